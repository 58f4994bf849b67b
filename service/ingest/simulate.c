#include "sluice/ingest/simulate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"

#include "arm.h"

#define STATE_HZ       50
#define WRENCH_HZ      200
#define TEXT_BYTES_MAX (256u << 20)
#define LIST_BYTES_MAX (512u << 20)
#define PIECE_BYTES    (1u << 20)
/* Monday 2026-01-05 08:00:00 UTC; an episode every 90 seconds. */
#define RECORDED_US INT64_C(1767600000000000)
#define EPISODE_US  INT64_C(90000000)

/* Streams of random numbers of one episode. */
#define STREAM_STATE      (UINT64_C(1) << 32)
#define STREAM_WRENCH     (UINT64_C(2) << 32)
#define STREAM_PAYLOAD    (UINT64_C(3) << 32)
#define STREAM_ANNOTATION (UINT64_C(4) << 32)

#define README_TEXT                                                       \
	"# Simulated demonstrations\n\n"                                  \
	"Made by `sluice-publish simulate`: a leader and a follower arm " \
	"(UR5e kinematics,\nminimum-jerk motion), a gripper and a wrist " \
	"wrench. No robot was involved; files\nnamed wrist.h264 hold "    \
	"random bytes between start codes and cannot be decoded.\n"

struct simulation {
	const struct sl_simulate_options *options;
	struct sl_simulate_result *result;
	json_t *lines;      /* key -> line object, in order */
	struct sl_buf text; /* of the file being made */
	struct sl_error *err;
};

static void
episode_key(char out[32], uint32_t number)
{
	snprintf(out, 32, "ep-%06u", number);
}

/* ---- files ---- */

static enum sl_status
write_text(struct simulation *sim, uint32_t number, const char *name)
{
	char *path = NULL;
	enum sl_status status;
	int fd;

	if (asprintf(&path, "%s/episodes/ep-%06u/%s", sim->options->dir, number,
	        name) < 0)
		return SL_ERR_NOMEM;
	/* No fsync: a simulation can be made again. */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		status = sl_error_errno(sim->err, "%s", path);
	} else {
		status = sl_file_write_all(
		    fd, sim->text.data, sim->text.len, sim->err);
		close(fd);
	}
	free(path);
	sim->result->bytes += sim->text.len;
	return status;
}

static enum sl_status
write_state(
    struct simulation *sim, uint32_t number, const struct arm_episode *episode)
{
	uint32_t hz =
	    sim->options->state_hz > 0 ? sim->options->state_hz : STATE_HZ;
	unsigned rows = (unsigned)(episode->duration_s * hz);
	struct arm_random noise;
	enum sl_status status;

	arm_random_init(&noise, sim->options->seed, number | STREAM_STATE);
	sl_buf_reset(&sim->text);
	status = sl_buf_append_text(&sim->text,
	    "t_s,leader_0,leader_1,leader_2,leader_3,leader_4,leader_5,"
	    "follower_0,follower_1,follower_2,follower_3,follower_4,"
	    "follower_5,gripper_command,gripper\n");
	for (unsigned i = 0; status == SL_OK && i < rows; i++) {
		struct arm_sample s;

		arm_episode_sample(episode, (double)i / hz, &noise, &s);
		status = sl_buf_printf(&sim->text,
		    "%.4f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,"
		    "%.5f,%.5f,%.0f,%.3f\n",
		    (double)i / hz, s.leader[0], s.leader[1], s.leader[2],
		    s.leader[3], s.leader[4], s.leader[5], s.follower[0],
		    s.follower[1], s.follower[2], s.follower[3], s.follower[4],
		    s.follower[5], s.gripper_command, s.gripper);
	}
	return status == SL_OK ? write_text(sim, number, "state.csv") : status;
}

static enum sl_status
write_wrench(
    struct simulation *sim, uint32_t number, const struct arm_episode *episode)
{
	uint32_t hz =
	    sim->options->wrench_hz > 0 ? sim->options->wrench_hz : WRENCH_HZ;
	unsigned rows = (unsigned)(episode->duration_s * hz);
	struct arm_random noise;
	enum sl_status status;

	arm_random_init(&noise, sim->options->seed, number | STREAM_WRENCH);
	sl_buf_reset(&sim->text);
	status = sl_buf_append_text(
	    &sim->text, "t_s,fx_N,fy_N,fz_N,tx_Nm,ty_Nm,tz_Nm\n");
	for (unsigned i = 0; status == SL_OK && i < rows; i++) {
		struct arm_sample s;

		arm_episode_sample(episode, (double)i / hz, &noise, &s);
		status = sl_buf_printf(&sim->text,
		    "%.4f,%.3f,%.3f,%.3f,%.4f,%.4f,%.4f\n", (double)i / hz,
		    s.wrench[0], s.wrench[1], s.wrench[2], s.wrench[3],
		    s.wrench[4], s.wrench[5]);
	}
	return status == SL_OK ? write_text(sim, number, "wrench.csv") : status;
}

/* Random bytes, a start code every 4 KiB. */
static enum sl_status
write_payload(struct simulation *sim, uint32_t number)
{
	uint64_t left = sim->options->payload_bytes;
	struct arm_random random;
	char *path = NULL;
	enum sl_status status = SL_OK;
	int fd;

	arm_random_init(&random, sim->options->seed, number | STREAM_PAYLOAD);
	if (asprintf(&path, "%s/episodes/ep-%06u/wrist.h264", sim->options->dir,
	        number) < 0)
		return SL_ERR_NOMEM;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		status = sl_error_errno(sim->err, "%s", path);
	sim->result->bytes += left;
	while (status == SL_OK && left > 0) {
		size_t len = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;

		sl_buf_reset(&sim->text);
		status = sl_buf_reserve(&sim->text, PIECE_BYTES);
		if (status != SL_OK)
			break;
		for (size_t at = 0; at < len; at += 8) {
			uint64_t word = at % 4096 == 0
			    ? UINT64_C(0x6588846501000000)
			    : arm_random_next(&random);

			memcpy(sim->text.data + at, &word, 8);
		}
		status = sl_file_write_all(fd, sim->text.data, len, sim->err);
		left -= len;
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return status;
}

static enum sl_status
write_spans(struct simulation *sim, const struct arm_episode *episode,
    unsigned revision)
{
	enum sl_status status = SL_OK;

	for (unsigned i = 0; status == SL_OK && i < episode->phase_count; i++) {
		const struct arm_phase *phase = &episode->phases[i];

		status = sl_buf_printf(&sim->text,
		    "{\"layer\":\"subtask\",\"label\":\"%s\",\"skill\":"
		    "\"%s\",\"start_ns\":%.0f,\"end_ns\":%.0f,\"annotator\":"
		    "{\"type\":\"model\"},\"tool_version\":\"%u\"}\n",
		    phase->name, phase->skill, phase->begin_s * 1e9,
		    phase->end_s * 1e9, revision);
	}
	if (status == SL_OK && episode->failure_mode[0] != '\0')
		status = sl_buf_printf(&sim->text,
		    "{\"layer\":\"failure\",\"mode\":\"%s\",\"start_ns\":"
		    "%.0f,\"end_ns\":%.0f,\"annotator\":{\"type\":\"model\"},"
		    "\"tool_version\":\"%u\"}\n",
		    episode->failure_mode, episode->failure_s * 1e9,
		    episode->duration_s * 1e9, revision);
	return status;
}

/* Spans, then key points until it is as long as was asked for. */
static enum sl_status
write_annotation(struct simulation *sim, uint32_t number,
    const struct arm_episode *episode, unsigned revision)
{
	struct arm_random random;
	enum sl_status status;

	arm_random_init(
	    &random, sim->options->seed + revision, number | STREAM_ANNOTATION);
	sl_buf_reset(&sim->text);
	status = write_spans(sim, episode, revision);
	for (unsigned frame = 0;
	     status == SL_OK && sim->text.len < sim->options->annotation_bytes;
	     frame++)
		status = sl_buf_printf(&sim->text,
		    "{\"layer\":\"keypoint\",\"frame\":%u,\"camera\":"
		    "\"wrist\",\"xy\":[%.2f,%.2f]}\n",
		    frame, 640 * arm_random_unit(&random),
		    480 * arm_random_unit(&random));
	return status == SL_OK ? write_text(sim, number, "annotation.jsonl")
	                       : status;
}

static enum sl_status
write_metadata(
    struct simulation *sim, uint32_t number, const struct arm_episode *episode)
{
	char recorded[SL_TIME_TEXT_MAX];
	json_t *value;
	char *text;
	enum sl_status status;

	sl_time_format(recorded, RECORDED_US + number * EPISODE_US);
	value = json_pack(
	    "{s:s, s:b, s:{s:s, s:I}, s:s, s:f, s:{s:s, s:s, s:s, s:i}, "
	    "s:{s:s, s:i}, s:{s:s, s:s}, s:{s:s, s:s, s:s}}",
	    "schema_version", "1.0.0", "simulated", 1, "simulator", "name",
	    "sluice-publish simulate", "seed", (json_int_t)sim->options->seed,
	    "recorded_at_start", recorded, "duration_s", episode->duration_s,
	    "embodiment", "robot_type", "ur5e", "morphology", "single_arm",
	    "end_effector", "parallel-gripper", "dof", ARM_JOINTS, "control",
	    "action_convention", "leader_position", "latency_ms",
	    (int)(episode->delay_s * 1000), "task", "task_id", episode->task,
	    "language_instruction", episode->instruction, "outcome", "success",
	    episode->success, "success_source", "checker", "failure_mode",
	    episode->failure_mode);
	text = value == NULL ? NULL : json_dumps(value, JSON_INDENT(2));
	json_decref(value);
	if (text == NULL)
		return SL_ERR_NOMEM;
	sl_buf_reset(&sim->text);
	status = sl_buf_printf(&sim->text, "%s\n", text);
	free(text);
	return status == SL_OK ? write_text(sim, number, "metadata.json")
	                       : status;
}

/* ---- episodes.jsonl ---- */

static json_t *
make_facets(uint32_t number, const struct arm_episode *episode)
{
	char recorded[SL_TIME_TEXT_MAX];
	json_t *facets;

	sl_time_format(recorded, RECORDED_US + number * EPISODE_US);
	facets = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "task",
	    episode->task, "success", episode->success, "source", "simulation",
	    "robot", "ur5e", "recorded", recorded, "duration_ms",
	    (json_int_t)(episode->duration_s * 1000 + 0.5));
	if (facets != NULL && episode->failure_mode[0] != '\0' &&
	    json_object_set_new(facets, "failure_mode",
	        json_string(episode->failure_mode)) != 0) {
		json_decref(facets);
		return NULL;
	}
	return facets;
}

static json_t *
make_line(const struct simulation *sim, uint32_t number,
    const struct arm_episode *episode, unsigned revision)
{
	char path[5][64];
	static const char *const names[5] = {"metadata.json", "state.csv",
	    "wrench.csv", "annotation.jsonl", "wrist.h264"};
	char key[32];
	json_t *line;

	episode_key(key, number);
	for (unsigned i = 0; i < 5; i++)
		snprintf(
		    path[i], sizeof(path[i]), "episodes/%s/%s", key, names[i]);
	line = json_pack(
	    "{s:s, s:{s:b, s:i}, s:o, s:{s:[s], s:[s], s:[s], s:[s]}}", "key",
	    key, "metadata", "simulated", 1, "annotation_revision",
	    (int)revision, "facets", make_facets(number, episode), "layers",
	    "meta", path[0], "state", path[1], "force", path[2], "annotation",
	    path[3]);
	if (line != NULL && sim->options->payload_bytes > 0 &&
	    json_object_set_new(json_object_get(line, "layers"), "video.wrist",
	        json_pack("[s]", path[4])) != 0) {
		json_decref(line);
		return NULL;
	}
	return line;
}

static enum sl_status
read_line(
    struct simulation *sim, const char *text, size_t len, const char *path)
{
	json_t *line;
	const char *key;
	enum sl_status status;

	status =
	    sl_json_parse(&line, sl_slice_of(text, len), 1u << 20, sim->err);
	if (status != SL_OK)
		return sl_error_prefix(sim->err, status, "%s", path);
	key = json_string_value(json_object_get(line, "key"));
	if (key != NULL && json_object_set(sim->lines, key, line) != 0)
		status = SL_ERR_NOMEM;
	json_decref(line);
	return status;
}

static enum sl_status
read_lines(struct simulation *sim, const char *path)
{
	struct sl_buf buf;
	enum sl_status status;

	if (access(path, F_OK) != 0)
		return SL_OK;
	sl_buf_init(&buf, LIST_BYTES_MAX);
	status = sl_file_read(&buf, path, sim->err);
	for (size_t at = 0; status == SL_OK && at < buf.len;) {
		const char *line = (const char *)buf.data + at;
		const char *end = memchr(line, '\n', buf.len - at);
		size_t len = end == NULL ? buf.len - at : (size_t)(end - line);

		at += len + 1;
		if (len > 0)
			status = read_line(sim, line, len, path);
	}
	sl_buf_clear(&buf);
	return status;
}

static enum sl_status
write_lines(struct simulation *sim, const char *path)
{
	struct sl_buf buf;
	const char *key;
	json_t *line;
	enum sl_status status;

	sl_buf_init(&buf, LIST_BYTES_MAX);
	status =
	    sl_buf_append_text(&buf, "{\"dataset_files\":[\"README.md\"]}\n");
	json_object_foreach (sim->lines, key, line) {
		if (status == SL_OK)
			status = sl_json_dump(&buf, line);
		if (status == SL_OK)
			status = sl_buf_append_text(&buf, "\n");
	}
	if (status == SL_OK)
		status =
		    sl_file_replace(path, sl_buf_slice(&buf), 0644, sim->err);
	sl_buf_clear(&buf);
	return status;
}

/* ---- episodes ---- */

static enum sl_status
set_line(struct simulation *sim, uint32_t number,
    const struct arm_episode *episode, unsigned revision)
{
	char key[32];

	episode_key(key, number);
	return json_object_set_new(sim->lines, key,
	           make_line(sim, number, episode, revision)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

static enum sl_status
write_episode(struct simulation *sim, uint32_t number)
{
	struct arm_episode episode;
	char *dir = NULL;
	enum sl_status status;

	if (asprintf(&dir, "%s/episodes/ep-%06u", sim->options->dir, number) <
	    0)
		return SL_ERR_NOMEM;
	status = mkdir(dir, 0777) == 0 || errno == EEXIST
	    ? SL_OK
	    : sl_error_errno(sim->err, "%s", dir);
	free(dir);
	arm_episode_make(&episode, sim->options->seed, number);
	if (status == SL_OK)
		status = write_metadata(sim, number, &episode);
	if (status == SL_OK)
		status = write_state(sim, number, &episode);
	if (status == SL_OK)
		status = write_wrench(sim, number, &episode);
	if (status == SL_OK)
		status = write_annotation(sim, number, &episode, 1);
	if (status == SL_OK && sim->options->payload_bytes > 0)
		status = write_payload(sim, number);
	if (status == SL_OK)
		status = set_line(sim, number, &episode, 1);
	sim->result->written++;
	return status;
}

static enum sl_status
revise_episode(struct simulation *sim, uint32_t number)
{
	struct arm_episode episode;
	char key[32];
	json_t *line;
	json_t *metadata;
	json_int_t revision;
	enum sl_status status;

	episode_key(key, number);
	line = json_object_get(sim->lines, key);
	if (line == NULL)
		return sl_error_set(sim->err, SL_ERR_NOT_FOUND,
		    "%s: there is no episode %s to revise", sim->options->dir,
		    key);
	metadata = json_object_get(line, "metadata");
	revision = 1 +
	    json_integer_value(
	        json_object_get(metadata, "annotation_revision"));
	arm_episode_make(&episode, sim->options->seed, number);
	status = write_annotation(sim, number, &episode, (unsigned)revision);
	if (status == SL_OK &&
	    json_object_set_new(
	        metadata, "annotation_revision", json_integer(revision)) != 0)
		status = SL_ERR_NOMEM;
	sim->result->revised++;
	return status;
}

static enum sl_status
write_readme(struct simulation *sim)
{
	char *path = NULL;
	enum sl_status status = SL_OK;

	if (asprintf(&path, "%s/README.md", sim->options->dir) < 0)
		return SL_ERR_NOMEM;
	/* Only once: a file that is there again would be read again. */
	if (access(path, F_OK) != 0)
		status = sl_file_replace(
		    path, sl_slice_text(README_TEXT), 0644, sim->err);
	free(path);
	return status;
}

static enum sl_status
simulate_all(struct simulation *sim, const char *list)
{
	const struct sl_simulate_options *options = sim->options;
	enum sl_status status;

	status = read_lines(sim, list);
	for (uint32_t i = 0; status == SL_OK && i < options->count; i++)
		status = write_episode(sim, options->first + i);
	for (size_t i = 0; status == SL_OK && i < options->revise_count; i++)
		status = revise_episode(sim, options->revise[i]);
	if (status == SL_OK)
		status = write_readme(sim);
	if (status == SL_OK)
		status = write_lines(sim, list);
	sim->result->total = (uint32_t)json_object_size(sim->lines);
	return status;
}

enum sl_status
sl_simulate(struct sl_simulate_result *out,
    const struct sl_simulate_options *options, struct sl_error *err)
{
	struct simulation sim = {.options = options,
	    .result = out,
	    .lines = json_object(),
	    .err = err};
	char *path = NULL;
	enum sl_status status;

	*out = (struct sl_simulate_result){0};
	if (sim.lines == NULL)
		return SL_ERR_NOMEM;
	if (options->count > 0 &&
	    (options->first == 0 || options->first > SL_SIMULATE_EPISODE_MAX ||
	        options->count > SL_SIMULATE_EPISODE_MAX - options->first + 1))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "episodes are numbered 1 to %u", SL_SIMULATE_EPISODE_MAX);
	else if (asprintf(&path, "%s/episodes", options->dir) < 0)
		status = SL_ERR_NOMEM;
	else
		status = sl_file_make_dirs(path, err);
	free(path);
	path = NULL;
	sl_buf_init(&sim.text, TEXT_BYTES_MAX);
	if (status == SL_OK &&
	    asprintf(&path, "%s/episodes.jsonl", options->dir) < 0)
		status = SL_ERR_NOMEM;
	if (status == SL_OK)
		status = simulate_all(&sim, path);
	free(path);
	sl_buf_clear(&sim.text);
	json_decref(sim.lines);
	return status;
}
