/* Format mcap: one file per episode, all streams on one clock. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "annotation.h"
#include "camera.h"
#include "clip.h"
#include "metadata.h"
#include "session.h"
#include "sluice/catalog/json.h"
#include "sluice/formats/robot_log.h"

#define CLIP_MAX   (512u << 20)
#define TEXT_MAX   65536
#define NS_PER_MS  UINT64_C(1000000)
#define FRAME_NAME "wrist_camera"

/* One file under way. */
struct recording {
	struct session *session;
	const struct episode *episode;
	struct sl_robot_log *log;
	struct sl_buf clip; /* Annex B */
	size_t clip_at;
	uint32_t frame; /* the next picture */
	json_t *items;  /* annotation, by start */
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
next_picture(struct recording *recording)
{
	static const unsigned char mark[] = {0, 0, 0, 1, 9};
	const struct sl_buf *clip = &recording->clip;
	size_t begin = recording->clip_at;
	const unsigned char *end = NULL;

	if (begin + sizeof(mark) < clip->len)
		end = memmem(clip->data + begin + sizeof(mark),
		    clip->len - begin - sizeof(mark), mark, sizeof(mark));
	recording->clip_at =
	    end == NULL ? clip->len : (size_t)(end - clip->data);
	return sl_slice_of(clip->data + begin, recording->clip_at - begin);
}

static enum sl_status
put_picture(struct recording *recording, uint64_t time_ns)
{
	struct sl_slice picture = next_picture(recording);

	if (picture.len == 0)
		return SL_OK;
	return sl_robot_log_video(recording->log, time_ns,
	    "/camera/wrist/video", FRAME_NAME, picture,
	    recording->session->err);
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
	if (status == SL_OK && recording->clip.len > 0 &&
	    is_due(at_ms, CAMERA_FPS))
		status = put_picture(recording, time_ns);
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
	if (status == SL_OK && session->options->has_camera)
		status = clip_append_annexb(
		    session, recording->episode, &recording->clip);
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

static enum sl_status
write_episode(struct session *session, void *state, struct episode *episode)
{
	struct recording recording = {.session = session,
	    .episode = episode,
	    .items = json_array(),
	    .begin_ns = (uint64_t)episode->recorded_us * 1000};
	char *path = NULL;
	struct stat info;
	enum sl_status status = SL_ERR_NOMEM;
	int fd;

	(void)state;
	sl_buf_init(&recording.clip, CLIP_MAX);
	if (recording.items == NULL ||
	    asprintf(&path, "%s/%s.mcap", session->options->dir, episode->key) <
	        0) {
		json_decref(recording.items);
		return status;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		status = sl_error_errno(session->err, "%s", path);
	} else {
		status = record(&recording, fd);
		if (fstat(fd, &info) == 0)
			session->result->bytes += (uint64_t)info.st_size;
		close(fd);
	}
	free(path);
	json_decref(recording.items);
	sl_buf_clear(&recording.clip);
	return status;
}

/* ---- the source ---- */

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
	DIR *dir = opendir(session->options->dir);
	struct dirent *entry;

	(void)state;
	if (dir == NULL)
		return sl_error_errno(
		    session->err, "%s", session->options->dir);
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		session->result->total +=
		    len > 5 && strcmp(entry->d_name + len - 5, ".mcap") == 0;
	}
	closedir(dir);
	return SL_OK;
}

static void
free_state(void *state)
{
	(void)state;
}

const struct output output_mcap = {
    .begin = begin,
    .write = write_episode,
    .finish = finish,
    .free_state = free_state,
};
