#include "sluice/simulation/simulation.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clip.h"
#include "session.h"
#include "sluice/base/file.h"

#define TEXT_BYTES_MAX (1u << 30)
/* Monday 2026-01-05 08:00:00 UTC; an episode every 90 seconds. */
#define RECORDED_US INT64_C(1767600000000000)
#define EPISODE_US  INT64_C(90000000)

#define README_TEXT                                                        \
	"# Simulated demonstrations\n\n"                                   \
	"Made by `sluice-publish simulate`: a person moves a leader arm, " \
	"a UR5e with a\ngripper follows it and inserts or kits a part; "   \
	"some attempts fail. Joint angles,\ngripper, wrist wrench, "       \
	"contacts and labels come from a simulation at 1 kHz; no\nrobot "  \
	"was involved. Files named `wrist.bin` are random bytes for load " \
	"tests.\n"

static const struct output *const outputs[] = {
    [SL_SIMULATE_FILES] = &output_files,
    [SL_SIMULATE_MCAP] = &output_mcap,
    [SL_SIMULATE_LEROBOT] = &output_lerobot,
};

enum sl_status
episode_make(
    struct episode *out, const struct session *session, uint32_t number)
{
	*out = (struct episode){.number = number,
	    .revision = 1,
	    .recorded_us = RECORDED_US + number * EPISODE_US};
	snprintf(out->key, sizeof(out->key), "ep-%06u", number);
	return rollout_make(&out->rollout, session->options->seed, number);
}

void
episode_clear(struct episode *episode)
{
	rollout_clear(&episode->rollout);
}

enum sl_status
session_path(struct session *session, const char *name, char **out)
{
	char *slash;
	enum sl_status status;

	if (asprintf(out, "%s/%s", session->options->dir, name) < 0) {
		*out = NULL;
		return SL_ERR_NOMEM;
	}
	slash = strrchr(*out, '/');
	*slash = '\0';
	status = sl_file_make_dirs(*out, session->err);
	*slash = '/';
	if (status != SL_OK) {
		free(*out);
		*out = NULL;
	}
	return status;
}

bool
session_has(const struct session *session, const char *name)
{
	char *path;
	bool is_there;

	if (asprintf(&path, "%s/%s", session->options->dir, name) < 0)
		return false;
	is_there = access(path, F_OK) == 0;
	free(path);
	return is_there;
}

enum sl_status
session_open(struct session *session, const char *name, int flags, int *out)
{
	char *path;
	enum sl_status status = session_path(session, name, &path);

	*out = -1;
	if (status != SL_OK)
		return status;
	*out = open(path, flags | O_CREAT | O_CLOEXEC, 0644);
	if (*out < 0)
		status = sl_error_errno(session->err, "%s", path);
	free(path);
	return status;
}

void
session_close(struct session *session, int fd)
{
	struct stat info;

	if (fstat(fd, &info) == 0)
		session->result->bytes += (uint64_t)info.st_size;
	close(fd);
}

static enum sl_status
put_text(struct session *session, const char *name, int flags)
{
	int fd;
	enum sl_status status = session_open(session, name, flags, &fd);

	if (status != SL_OK)
		return status;
	status = sl_file_write_all(
	    fd, session->text.data, session->text.len, session->err);
	close(fd);
	if (status != SL_OK)
		return sl_error_prefix(
		    session->err, status, "%s/%s", session->options->dir, name);
	session->result->bytes += session->text.len;
	return SL_OK;
}

enum sl_status
session_write(struct session *session, const char *name)
{
	return put_text(session, name, O_WRONLY | O_TRUNC);
}

enum sl_status
session_append(struct session *session, const char *name)
{
	return put_text(session, name, O_WRONLY | O_APPEND);
}

static enum sl_status
write_readme(struct session *session)
{
	char *path;
	enum sl_status status;

	/* Only once: a file that is there again would be read again. */
	if (session_has(session, "README.md"))
		return SL_OK;
	status = session_path(session, "README.md", &path);
	if (status == SL_OK)
		status = sl_file_replace(
		    path, sl_slice_text(README_TEXT), 0644, session->err);
	free(path);
	return status;
}

static bool
report(const struct session *session)
{
	const struct sl_simulate_options *options = session->options;
	struct sl_simulate_progress progress = {
	    .episodes = session->result->written + session->result->revised,
	    .total = options->count + (uint32_t)options->revise_count,
	    .bytes = session->result->bytes};

	return options->on_progress == NULL ||
	    options->on_progress(options->ctx, &progress);
}

static enum sl_status
write_one(struct session *session, const struct output *output, void *state,
    uint32_t number)
{
	struct episode episode;
	enum sl_status status = episode_make(&episode, session, number);

	if (status == SL_OK)
		status = output->write(session, state, &episode);
	session->result->written++;
	session->result->failures += !episode.rollout.success;
	episode_clear(&episode);
	if (status == SL_OK && !report(session))
		status = sl_error_set(session->err, SL_ERR_CANCELLED,
		    "interrupted behind episode %u, with which %s is whole: "
		    "--start %u goes on",
		    number, session->options->dir, number + 1);
	return status;
}

static enum sl_status
revise_one(struct session *session, const struct output *output, void *state,
    uint32_t number)
{
	struct episode episode;
	enum sl_status status;

	status = episode_make(&episode, session, number);
	if (status == SL_OK)
		status = output->revise(session, state, &episode);
	session->result->revised++;
	episode_clear(&episode);
	if (status == SL_OK && !report(session))
		status = sl_error_set(session->err, SL_ERR_CANCELLED,
		    "interrupted; run it again to go on");
	return status;
}

/* What is interrupted is finished, too: a source with fewer episodes. */
static enum sl_status
finish(struct session *session, const struct output *output, void *state,
    enum sl_status status)
{
	enum sl_status finished = SL_OK;

	if (status == SL_OK || status == SL_ERR_CANCELLED)
		finished = write_readme(session);
	if (finished == SL_OK &&
	    (status == SL_OK || status == SL_ERR_CANCELLED))
		finished = output->finish(session, state);
	return finished == SL_OK ? status : finished;
}

/* A folder is a source of one format. */
static enum sl_status
refuse_others(struct session *session, const struct output *output)
{
	for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++) {
		if (outputs[i] != output && outputs[i]->is_there(session))
			return sl_error_set(session->err, SL_ERR_CONFLICT,
			    "%s is a source of the format %s already: give "
			    "--format %s or another --out",
			    session->options->dir, outputs[i]->name,
			    outputs[i]->name);
	}
	return SL_OK;
}

static enum sl_status
run(struct session *session)
{
	const struct sl_simulate_options *options = session->options;
	const struct output *output = outputs[options->format];
	void *state = NULL;
	enum sl_status status = refuse_others(session, output);

	if (status == SL_OK)
		status = output->begin(session, &state);
	if (status != SL_OK)
		return status;
	for (uint32_t i = 0; status == SL_OK && i < options->count; i++)
		status = write_one(session, output, state, options->first + i);
	for (size_t i = 0; status == SL_OK && i < options->revise_count; i++)
		status = revise_one(session, output, state, options->revise[i]);
	status = finish(session, output, state, status);
	output->free_state(state);
	return status;
}

static enum sl_status
check_rates(const struct sl_simulate_options *options, struct sl_error *err)
{
	if (options->state_hz > ROLLOUT_HZ || options->wrench_hz > ROLLOUT_HZ)
		return sl_error_set(err, SL_ERR_INVALID,
		    "--state-hz, --wrench-hz: at most %u rows a second are "
		    "simulated",
		    ROLLOUT_HZ);
	if (options->format == SL_SIMULATE_LEROBOT &&
	    (options->state_hz > 0 || options->wrench_hz > 0))
		return sl_error_set(err, SL_ERR_INVALID,
		    "LeRobot has %u rows a second, one for each picture: leave "
		    "out --state-hz and --wrench-hz",
		    CAMERA_FPS);
	return SL_OK;
}

static enum sl_status
check_options(const struct sl_simulate_options *options, struct sl_error *err)
{
	if (options->count > 0 &&
	    (options->first == 0 || options->first > SL_SIMULATE_EPISODE_MAX ||
	        options->count > SL_SIMULATE_EPISODE_MAX - options->first + 1))
		return sl_error_set(err, SL_ERR_INVALID,
		    "--start, --episodes: they are numbered 1 to %u",
		    SL_SIMULATE_EPISODE_MAX);
	if (options->format != SL_SIMULATE_FILES &&
	    (options->payload_bytes > 0 || options->annotation_bytes > 0))
		return sl_error_set(err, SL_ERR_INVALID,
		    "--payload-bytes and --annotation-bytes are for the format "
		    "files only");
	if (options->format != SL_SIMULATE_FILES && options->revise_count > 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "--revise: only episodes of the format files can be");
	return check_rates(options, err);
}

static void
set_rates(struct session *session)
{
	const struct sl_simulate_options *options = session->options;

	session->state_hz =
	    options->state_hz > 0 ? options->state_hz : SESSION_STATE_HZ;
	session->wrench_hz =
	    options->wrench_hz > 0 ? options->wrench_hz : SESSION_WRENCH_HZ;
	if (options->format == SL_SIMULATE_LEROBOT)
		session->state_hz = session->wrench_hz = CAMERA_FPS;
}

enum sl_status
sl_simulate(struct sl_simulate_result *out,
    const struct sl_simulate_options *options, struct sl_error *err)
{
	struct session session = {
	    .options = options, .result = out, .err = err};
	enum sl_status status = check_options(options, err);

	*out = (struct sl_simulate_result){0};
	if (status != SL_OK)
		return status;
	set_rates(&session);
	sl_buf_init(&session.text, TEXT_BYTES_MAX);
	clip_choose_cameras(&session);
	status = sl_file_make_dirs(options->dir, err);
	if (status == SL_OK)
		status = run(&session);
	sl_buf_clear(&session.text);
	return status;
}
