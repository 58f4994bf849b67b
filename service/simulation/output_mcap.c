/* Format mcap: one file per episode, all streams on one clock. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "annotation.h"
#include "clip.h"
#include "metadata.h"
#include "session.h"
#include "sluice/catalog/json.h"
#include "sluice/formats/robot_log.h"

#define CLIP_MAX  (512u << 20)
#define TEXT_MAX  65536
#define NS_PER_MS UINT64_C(1000000)
#define PART_NAME ".part"

/* One file under way. */
struct recording {
	struct session *session;
	const struct episode *episode;
	struct sl_robot_log *log;
	struct sl_buf clips[CAMERA_COUNT]; /* Annex B */
	size_t clip_at[CAMERA_COUNT];      /* where the next picture is */
	json_t *items;                     /* annotation, by start */
	size_t item;
	uint64_t begin_ns;
};

/* ---- the streams, each asked at every millisecond ---- */

/* Does a row of a stream of `hz` begin at this millisecond?  Rows are where
 * rollout_row() has them. */
static bool
is_due(uint32_t at_ms, uint32_t hz)
{
	uint64_t row = ((uint64_t)at_ms * hz + ROLLOUT_HZ - 1) / ROLLOUT_HZ;

	return row * ROLLOUT_HZ / hz == at_ms;
}

static enum sl_status
put_joints(struct recording *recording, uint64_t time_ns,
    const struct rollout_sample *sample)
{
	static const char *const finger[] = {"finger_joint"};
	double values[4][ARM_JOINTS];
	double opening = (double)sample->gripper;
	struct sl_robot_joints leader = {"/leader/joint_states",
	    arm_joint_names, ARM_JOINTS, values[0], NULL, NULL};
	struct sl_robot_joints follower = {"/follower/joint_states",
	    arm_joint_names, ARM_JOINTS, values[1], values[2], values[3]};
	struct sl_robot_joints gripper = {
	    "/gripper/joint_states", finger, 1, &opening, NULL, NULL};
	struct sl_error *err = recording->session->err;
	enum sl_status status;

	for (unsigned i = 0; i < ARM_JOINTS; i++) {
		values[0][i] = (double)sample->leader[i];
		values[1][i] = (double)sample->follower[i];
		values[2][i] = (double)sample->velocity[i];
		values[3][i] = (double)sample->effort[i];
	}
	status = sl_robot_log_joints(recording->log, time_ns, &leader, err);
	if (status == SL_OK)
		status = sl_robot_log_joints(
		    recording->log, time_ns, &follower, err);
	if (status == SL_OK)
		status =
		    sl_robot_log_joints(recording->log, time_ns, &gripper, err);
	return status;
}

static enum sl_status
put_wrench(struct recording *recording, uint64_t time_ns,
    const struct rollout_sample *sample)
{
	double wrench[6];

	for (unsigned i = 0; i < 6; i++)
		wrench[i] = (double)sample->wrench[i];
	return sl_robot_log_wrench(recording->log, time_ns, "/wrist/wrench",
	    "tool0", wrench, recording->session->err);
}

/* The next picture of the stream: from one access unit delimiter (NAL type 9,
 * ITU-T H.264, 7.3.2.4) to the next. */
static struct sl_slice
next_picture(struct recording *recording, enum camera_view view)
{
	static const unsigned char mark[] = {0, 0, 0, 1, 9};
	const struct sl_buf *clip = &recording->clips[view];
	size_t begin = recording->clip_at[view];
	size_t next = clip->len;
	const unsigned char *end = NULL;

	if (begin + sizeof(mark) < clip->len)
		end = memmem(clip->data + begin + sizeof(mark),
		    clip->len - begin - sizeof(mark), mark, sizeof(mark));
	if (end != NULL)
		next = (size_t)(end - clip->data);
	recording->clip_at[view] = next;
	return sl_slice_of(clip->data + begin, next - begin);
}

static enum sl_status
put_pictures(struct recording *recording, uint64_t time_ns)
{
	static const struct {
		const char *topic;
		const char *frame;
	} names[] = {
	    [CAMERA_WRIST] = {"/camera/wrist/video", "wrist_camera"},
	    [CAMERA_SCENE] = {"/camera/scene/video", "scene_camera"},
	};
	enum sl_status status = SL_OK;

	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		struct sl_robot_picture picture = {.topic = names[view].topic,
		    .frame_id = names[view].frame,
		    .format = "h264",
		    .shown_ns = time_ns};

		if (status != SL_OK || recording->clips[view].len == 0)
			continue;
		picture.data = next_picture(recording, view);
		if (picture.data.len > 0)
			status = sl_robot_log_video(recording->log, time_ns,
			    &picture, recording->session->err);
	}
	return status;
}

static enum sl_status
put_annotations(struct recording *recording, uint64_t now_ns, uint64_t time_ns)
{
	struct sl_buf text;
	enum sl_status status = SL_OK;

	sl_buf_init(&text, TEXT_MAX);
	while (status == SL_OK &&
	    recording->item < json_array_size(recording->items)) {
		const json_t *item =
		    json_array_get(recording->items, recording->item);

		if ((uint64_t)json_integer_value(
		        json_object_get(item, "start_ns")) > now_ns)
			break;
		recording->item++;
		sl_buf_reset(&text);
		status = sl_json_dump(&text, item);
		if (status == SL_OK)
			status = sl_robot_log_json(recording->log, time_ns,
			    "/annotation", sl_buf_slice(&text),
			    recording->session->err);
	}
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
put_millisecond(struct recording *recording, uint32_t at_ms)
{
	const struct rollout_sample *sample =
	    &recording->episode->rollout.samples[at_ms];
	uint64_t time_ns = recording->begin_ns + at_ms * NS_PER_MS;
	enum sl_status status =
	    put_annotations(recording, at_ms * NS_PER_MS, time_ns);

	if (status == SL_OK && is_due(at_ms, recording->session->state_hz))
		status = put_joints(recording, time_ns, sample);
	if (status == SL_OK && is_due(at_ms, recording->session->wrench_hz))
		status = put_wrench(recording, time_ns, sample);
	if (status == SL_OK && is_due(at_ms, CAMERA_FPS))
		status = put_pictures(recording, time_ns);
	return status;
}

/* ---- one file ---- */

static enum sl_status
keep_item(void *ctx, const json_t *item, uint64_t start_ns)
{
	struct recording *recording = ctx;

	(void)start_ns;
	return json_array_append(recording->items, (json_t *)(uintptr_t)item) ==
	        0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

static enum sl_status
put_metadata(struct recording *recording)
{
	json_t *metadata =
	    metadata_make(recording->session, recording->episode);
	struct sl_buf text;
	enum sl_status status = SL_ERR_NOMEM;

	sl_buf_init(&text, TEXT_MAX);
	if (metadata != NULL)
		status = sl_json_dump(&text, metadata);
	if (status == SL_OK)
		status = sl_robot_log_episode(recording->log,
		    recording->episode->key, sl_buf_slice(&text),
		    recording->session->err);
	json_decref(metadata);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
record(struct recording *recording, int fd)
{
	struct session *session = recording->session;
	enum sl_status status;

	status = annotation_each(recording->episode, keep_item, recording);
	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		const struct clip clip = {
		    .episode = recording->episode, .view = view};

		if (status == SL_OK && session->sees[view])
			status = clip_append_annexb(
			    session, &clip, &recording->clips[view]);
	}
	if (status == SL_OK)
		status = sl_robot_log_new(
		    &recording->log, sl_mcap_to_fd, &fd, session->err);
	if (status == SL_OK)
		status = put_metadata(recording);
	for (uint32_t i = 0;
	     status == SL_OK && i < recording->episode->rollout.count; i++)
		status = put_millisecond(recording, i);
	if (status == SL_OK)
		status = sl_robot_log_finish(recording->log, session->err);
	sl_robot_log_free(recording->log);
	return status;
}

/* Under its name only when it is whole: a half one would be ingested. */
static enum sl_status
write_file(struct recording *recording)
{
	struct session *session = recording->session;
	char *part = NULL;
	char *path = NULL;
	int fd = -1;
	char name[SESSION_KEY_MAX + 8];
	enum sl_status status;

	snprintf(name, sizeof(name), "%s.mcap", recording->episode->key);
	status = session_path(session, name, &path);
	if (status == SL_OK)
		status = session_path(session, PART_NAME, &part);
	if (status == SL_OK)
		status =
		    session_open(session, PART_NAME, O_WRONLY | O_TRUNC, &fd);
	if (status == SL_OK) {
		status = record(recording, fd);
		session_close(session, fd);
		if (status != SL_OK)
			status =
			    sl_error_prefix(session->err, status, "%s", path);
	}
	if (status == SL_OK && rename(part, path) != 0)
		status = sl_error_errno(session->err, "%s", path);
	if (status != SL_OK && fd >= 0)
		(void)unlink(part);
	free(part);
	free(path);
	return status;
}

static enum sl_status
write_episode(struct session *session, void *state, struct episode *episode)
{
	struct recording recording = {.session = session,
	    .episode = episode,
	    .items = json_array(),
	    .begin_ns = (uint64_t)episode->recorded_us * 1000};
	enum sl_status status = SL_ERR_NOMEM;

	(void)state;
	for (unsigned view = 0; view < CAMERA_COUNT; view++)
		sl_buf_init(&recording.clips[view], CLIP_MAX);
	if (recording.items != NULL)
		status = write_file(&recording);
	json_decref(recording.items);
	for (unsigned view = 0; view < CAMERA_COUNT; view++)
		sl_buf_clear(&recording.clips[view]);
	return status;
}

/* ---- the source ---- */

/* Recordings in the folder; none if there is no folder. */
static uint32_t
count_recordings(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	uint32_t count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		count +=
		    len > 5 && strcmp(entry->d_name + len - 5, ".mcap") == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

static bool
is_there(const struct session *session)
{
	return count_recordings(session->options->dir) > 0;
}

static enum sl_status
begin(struct session *session, void **out_state)
{
	(void)session;
	*out_state = NULL;
	return SL_OK;
}

static enum sl_status
finish(struct session *session, void *state)
{
	(void)state;
	session->result->total = count_recordings(session->options->dir);
	return SL_OK;
}

static void
free_state(void *state)
{
	(void)state;
}

const struct output output_mcap = {
    .name = "mcap",
    .is_there = is_there,
    .begin = begin,
    .write = write_episode,
    .finish = finish,
    .free_state = free_state,
};
