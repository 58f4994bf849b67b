#include "sluice/client/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "pull_run.h"
#include "show_pull.h"
#include "sluice/base/clock.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/run.h"
#include "trust_words.h"
#include "wish_options.h"

static const struct sl_option options_of_watch[] = {
    {.name = "once",
        .kind = SL_VALUE_FLAG,
        .help = "end after the first pull that changed the mirror"},
    {.name = "exec",
        .kind = SL_VALUE_TEXT,
        .argument = "COMMAND",
        .help = "run this by the shell after each change"},
    WISH_OPTIONS,
    FETCH_OPTIONS,
    {0},
};

static bool
has_changed(const struct sl_pull_result *result)
{
	return result->seq != result->seq_before || result->added_files > 0 ||
	    result->removed_files > 0;
}

/* The person's own command line, as wait(2) tells its end; -1: errno. */
static int
run_shell(const char *command)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return pid < 0 ? -1 : status;
}

static enum sl_status
run_hook(struct sl_run *run, const struct sl_pull_options *options,
    const struct sl_pull_result *result, struct sl_error *err)
{
	const char *command = sl_run_text(run, "exec");
	char seq[16];
	int code;

	if (command == NULL)
		return SL_OK;
	snprintf(seq, sizeof(seq), "%u", result->seq);
	setenv("SLUICE_DATASET", options->dataset, 1);
	setenv("SLUICE_DIR", options->dir, 1);
	setenv("SLUICE_SEQ", seq, 1);
	fflush(NULL);
	code = run_shell(command);
	if (code < 0)
		return sl_error_errno(err, "--exec");
	if (code == 0)
		return SL_OK;
	return sl_error_set(err, SL_ERR_PARTIAL, "--exec failed (status %d)",
	    WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code));
}

/* After a failure that passes, at the latest. */
#define RETRY_MS 60000

/* For how long the witnesses' statement is good; 0: there is none. */
static uint64_t
freshness_left(struct sl_run *run, const struct sl_freshness *freshness)
{
	uint64_t max_ms =
	    sl_run_number(run, "max-age", SL_FRESHNESS_AGE_DEFAULT_MS);
	int64_t age_us = sl_clock_wall_us() - freshness->at_us;
	uint64_t age_ms = age_us < 0 ? 0 : (uint64_t)age_us / 1000;

	if (!freshness->has_time)
		return 0;
	return age_ms >= max_ms ? 1 : max_ms - age_ms + 1;
}

/* One pull; *changed says whether there was something new. */
static enum sl_status
pull_once(struct sl_run *run, struct sl_client *client, struct sl_watch *watch,
    struct sl_pull_options *options, bool *changed, struct sl_error *err)
{
	struct sl_pull_result result;
	enum sl_status status;

	sl_pull_result_init(&result);
	status = pull_run(run, client, options, &result, err);
	*changed = status == SL_OK && has_changed(&result);
	if (options->change != NULL)
		trust_warn(run, &result.trust);
	sl_watch_wake(watch,
	    status == SL_OK ? freshness_left(run, &result.trust.freshness)
	                    : RETRY_MS);
	/* The mirror remembers them from now on. */
	options->change = NULL;
	options->forget = false;
	if (*changed) {
		show_pull(run, options, &result);
		sl_run_json_line(run, show_pull_json(options, &result));
		fflush(stdout);
		status = run_hook(run, options, &result, err);
	}
	sl_pull_result_clear(&result);
	return status;
}

/* Failures that pass: the next event, such as the witness speaking, brings
 * another try. */
static bool
is_passing(enum sl_status status, const struct sl_error *err)
{
	return status == SL_ERR_NETWORK || status == SL_ERR_TIMEOUT ||
	    strcmp(err->code, "unwitnessed") == 0;
}

/* For a person: what came, by the kind of the event. */
static const char *
event_words(const struct sl_watch_event *event)
{
	static const char *const words[][2] = {
	    {"connected", "connected; Ctrl-C ends it"},
	    {"batch", "a new batch was published"},
	    {"retraction", "episodes were retracted"},
	    {"licence", "the licence changed"},
	    {"freshness", "a witness spoke again"},
	    {"silence", "no witness spoke for long: asking"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(event->kind, words[i][0]) == 0)
			return words[i][1];
	}
	return event->kind;
}

static enum sl_status
follow(struct sl_run *run, struct sl_client *client,
    struct sl_pull_options *options, struct sl_error *err)
{
	struct sl_watch_event event;
	struct sl_watch *watch;
	enum sl_status status = SL_OK;
	bool changed = false;

	if (sl_watch_new(&watch, client, options->dataset) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	while (status == SL_OK && !(changed && sl_run_flag(run, "once"))) {
		status = sl_watch_next(watch, &event, err);
		if (status != SL_OK)
			break;
		sl_run_say(
		    run, "%s: %s", options->dataset, event_words(&event));
		status = pull_once(run, client, watch, options, &changed, err);
		if (is_passing(status, err)) {
			sl_run_warn(run, "%s", err->text);
			memset(err, 0, sizeof(*err));
			status = SL_OK;
		}
	}
	sl_watch_free(watch);
	return status;
}

static enum sl_status
run_watch(struct sl_run *run, struct sl_error *err)
{
	struct sl_pull_options options = {0};
	struct sl_wish_options change;
	struct sl_client *client = NULL;
	enum sl_status status;

	status = wish_read(run, &options, &change, true, err);
	if (status == SL_OK)
		status = pull_client(run, &client, err);
	if (status == SL_OK)
		status = follow(run, client, &options, err);
	sl_client_free(client);
	return status;
}

const struct sl_command cmd_watch = {
    .name = "watch",
    .summary = "follow a dataset: pull whenever it changes",
    .arguments = "DATASET DIR",
    .args_min = 2,
    .args_max = 2,
    .options = options_of_watch,
    .details = "Pulls at once and then whenever the server says that there is "
               "a new batch or a retraction.  COMMAND sees SLUICE_DATASET, "
               "SLUICE_DIR and SLUICE_SEQ.",
    .run = run_watch,
};
