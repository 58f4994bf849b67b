/* Format files: CSV, JSON Lines and a clip per episode, episodes.jsonl. */
#include <stdio.h>
#include <stdlib.h>

#include "annotation.h"
#include "clip.h"
#include "metadata.h"
#include "random.h"
#include "session.h"
#include "source_list.h"

#define STREAM_PAYLOAD (UINT64_C(3) << 32)
#define NAME_MAX_BYTES 80

static void
name_file(
    char out[NAME_MAX_BYTES], const struct episode *episode, const char *name)
{
	snprintf(out, NAME_MAX_BYTES, "episodes/%s/%s", episode->key, name);
}

static enum sl_status
write_named(
    struct session *session, const struct episode *episode, const char *name)
{
	char path[NAME_MAX_BYTES];

	name_file(path, episode, name);
	return session_write(session, path);
}

static enum sl_status
write_state(struct session *session, const struct episode *episode)
{
	uint32_t hz = session->state_hz;
	uint32_t rows = rollout_rows(&episode->rollout, hz);
	enum sl_status status;

	sl_buf_reset(&session->text);
	status = sl_buf_append_text(&session->text,
	    "t_s,leader_0,leader_1,leader_2,leader_3,leader_4,leader_5,"
	    "follower_0,follower_1,follower_2,follower_3,follower_4,"
	    "follower_5,gripper_command,gripper_m\n");
	for (uint32_t i = 0; status == SL_OK && i < rows; i++) {
		const struct rollout_sample *s =
		    rollout_row(&episode->rollout, hz, i);

		status = sl_buf_printf(&session->text,
		    "%.4f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,"
		    "%.5f,%.5f,%.0f,%.4f\n",
		    (double)i / hz, (double)s->leader[0], (double)s->leader[1],
		    (double)s->leader[2], (double)s->leader[3],
		    (double)s->leader[4], (double)s->leader[5],
		    (double)s->follower[0], (double)s->follower[1],
		    (double)s->follower[2], (double)s->follower[3],
		    (double)s->follower[4], (double)s->follower[5],
		    (double)s->gripper_command, (double)s->gripper);
	}
	return status == SL_OK ? write_named(session, episode, "state.csv")
	                       : status;
}

static enum sl_status
write_wrench(struct session *session, const struct episode *episode)
{
	uint32_t hz = session->wrench_hz;
	uint32_t rows = rollout_rows(&episode->rollout, hz);
	enum sl_status status;

	sl_buf_reset(&session->text);
	status = sl_buf_append_text(
	    &session->text, "t_s,fx_N,fy_N,fz_N,tx_Nm,ty_Nm,tz_Nm\n");
	for (uint32_t i = 0; status == SL_OK && i < rows; i++) {
		const float *wrench =
		    rollout_row(&episode->rollout, hz, i)->wrench;

		status = sl_buf_printf(&session->text,
		    "%.4f,%.3f,%.3f,%.3f,%.4f,%.4f,%.4f\n", (double)i / hz,
		    (double)wrench[0], (double)wrench[1], (double)wrench[2],
		    (double)wrench[3], (double)wrench[4], (double)wrench[5]);
	}
	return status == SL_OK ? write_named(session, episode, "wrench.csv")
	                       : status;
}

static enum sl_status
write_annotation(struct session *session, const struct episode *episode)
{
	enum sl_status status;

	sl_buf_reset(&session->text);
	status = annotation_write(session, episode, &session->text);
	return status == SL_OK
	    ? write_named(session, episode, "annotation.jsonl")
	    : status;
}

static enum sl_status
write_metadata(struct session *session, const struct episode *episode)
{
	json_t *metadata = metadata_make(session, episode);
	char *text = metadata == NULL
	    ? NULL
	    : json_dumps(metadata, JSON_INDENT(2) | JSON_SORT_KEYS);
	enum sl_status status = text == NULL ? SL_ERR_NOMEM : SL_OK;

	json_decref(metadata);
	sl_buf_reset(&session->text);
	if (status == SL_OK)
		status = sl_buf_printf(&session->text, "%s\n", text);
	free(text);
	return status == SL_OK ? write_named(session, episode, "metadata.json")
	                       : status;
}

/* Random bytes in the place of a clip. */
static enum sl_status
write_payload(struct session *session, const struct episode *episode)
{
	uint64_t bytes = session->options->payload_bytes;
	struct random random;

	if (bytes > session->text.max)
		return sl_error_set(session->err, SL_ERR_LIMIT,
		    "a payload of at most %zu bytes can be made",
		    session->text.max);
	random_init(
	    &random, session->options->seed, episode->number | STREAM_PAYLOAD);
	sl_buf_reset(&session->text);
	while (session->text.len < bytes) {
		uint64_t word = random_next(&random);
		size_t left = (size_t)bytes - session->text.len;
		enum sl_status status = sl_buf_append(&session->text, &word,
		    left < sizeof(word) ? left : sizeof(word));

		if (status != SL_OK)
			return status;
	}
	return write_named(session, episode, "wrist.bin");
}

/* The name of what a camera saw; NULL if there is nothing of it. */
static const char *
video_name(const struct session *session, enum camera_view view)
{
	static const char *const names[] = {
	    [CAMERA_WRIST] = "wrist.mp4", [CAMERA_SCENE] = "scene.mp4"};

	if (view == CAMERA_WRIST && session->options->payload_bytes > 0)
		return "wrist.bin";
	return session->sees[view] ? names[view] : NULL;
}

static enum sl_status
write_video(struct session *session, const struct episode *episode,
    enum camera_view view)
{
	const char *name = video_name(session, view);
	const struct clip clip = {.episode = episode, .view = view};
	char path[NAME_MAX_BYTES];

	if (name == NULL)
		return SL_OK;
	if (view == CAMERA_WRIST && session->options->payload_bytes > 0)
		return write_payload(session, episode);
	name_file(path, episode, name);
	return clip_write_mp4(session, &clip, path);
}

/* ---- episodes.jsonl ---- */

static json_t *
make_line(const struct session *session, const struct episode *episode)
{
	static const char *const layers[][2] = {{"state", "state.csv"},
	    {"force", "wrench.csv"}, {"annotation", "annotation.jsonl"}};
	static const char *const videos[] = {
	    [CAMERA_WRIST] = "video.wrist", [CAMERA_SCENE] = "video.scene"};
	json_t *files = json_object();
	char path[NAME_MAX_BYTES];

	for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
		name_file(path, episode, layers[i][1]);
		json_object_set_new(
		    files, layers[i][0], json_pack("[s]", path));
	}
	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		const char *name = video_name(session, view);

		if (name == NULL)
			continue;
		name_file(path, episode, name);
		json_object_set_new(
		    files, videos[view], json_pack("[s]", path));
	}
	name_file(path, episode, "metadata.json");
	return json_pack("{s:s, s:s, s:o}", "key", episode->key,
	    "metadata_file", path, "layers", files);
}

static enum sl_status
set_line(struct session *session, struct source_list *list,
    const struct episode *episode)
{
	json_t *line = make_line(session, episode);
	enum sl_status status = line == NULL
	    ? SL_ERR_NOMEM
	    : source_list_set(list, episode->key, line);

	json_decref(line);
	return status;
}

static bool
is_there(const struct session *session)
{
	return session_has(session, SOURCE_LIST_NAME);
}

static enum sl_status
begin(struct session *session, void **out_state)
{
	struct source_list *list;
	enum sl_status status =
	    source_list_read(&list, session->options->dir, session->err);

	*out_state = list;
	return status;
}

static enum sl_status
write_episode(struct session *session, void *state, struct episode *episode)
{
	enum sl_status status = write_state(session, episode);

	if (status == SL_OK)
		status = write_wrench(session, episode);
	if (status == SL_OK)
		status = write_annotation(session, episode);
	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		if (status == SL_OK)
			status = write_video(session, episode, view);
	}
	/* They name the clips. */
	if (status == SL_OK)
		status = write_metadata(session, episode);
	return status == SL_OK ? set_line(session, state, episode) : status;
}

/* The revision that the annotation says to be of. */
static enum sl_status
read_revision(
    struct session *session, const struct episode *episode, unsigned *out)
{
	char *path = NULL;
	json_t *line;
	FILE *file;

	if (asprintf(&path, "%s/episodes/%s/annotation.jsonl",
	        session->options->dir, episode->key) < 0)
		return SL_ERR_NOMEM;
	file = fopen(path, "re");
	free(path);
	if (file == NULL)
		return sl_error_set(session->err, SL_ERR_NOT_FOUND,
		    "%s: there is no episode %s to revise",
		    session->options->dir, episode->key);
	line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
	fclose(file);
	*out = (unsigned)json_integer_value(json_object_get(line, "revision"));
	json_decref(line);
	return SL_OK;
}

static enum sl_status
revise(struct session *session, void *state, struct episode *episode)
{
	const struct source_list *list = state;
	unsigned revision = 0;
	enum sl_status status;

	if (!source_list_has(list, episode->key))
		return sl_error_set(session->err, SL_ERR_NOT_FOUND,
		    "%s: there is no episode %s to revise",
		    session->options->dir, episode->key);
	status = read_revision(session, episode, &revision);
	if (status != SL_OK)
		return status;
	episode->revision = revision + 1;
	return write_annotation(session, episode);
}

static enum sl_status
finish(struct session *session, void *state)
{
	const struct source_list *list = state;

	session->result->total = (uint32_t)source_list_count(list);
	return source_list_write(list, session->err);
}

static void
free_state(void *state)
{
	source_list_free(state);
}

const struct output output_files = {
    .name = "files",
    .is_there = is_there,
    .begin = begin,
    .write = write_episode,
    .revise = revise,
    .finish = finish,
    .free_state = free_state,
};
