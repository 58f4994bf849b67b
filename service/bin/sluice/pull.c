#include <string.h>

#include "commands.h"
#include "connect.h"
#include "credentials.h"
#include "hint.h"
#include "pull_run.h"
#include "receipt.h"
#include "show_pull.h"
#include "sluice/command/progress.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"
#include "trust_words.h"
#include "wish_options.h"

static const struct sl_option options_of_pull[] = {WISH_OPTIONS, FETCH_OPTIONS,
    {.name = "bundle",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "take it from this file that the provider wrote, offline"},
    {0}};

static void
on_progress(void *ctx, const struct sl_pull_progress *progress)
{
	sl_progress_total(ctx, progress->bytes_total, progress->episodes_total);
	sl_progress_set(ctx, progress->bytes_done, progress->episodes_done);
}

/* What a person can do about it. */
static void
hint(struct sl_run *run, const struct sl_pull_options *options,
    enum sl_status status, const struct sl_error *err)
{
	if (status == SL_OK || hint_refusal(run, err))
		return;
	if (strcmp(err->code, "nothing_matches") == 0)
		sl_run_hint(run,
		    "`sluice show %s` tells its layers; `sluice status` what "
		    "the mirror wants",
		    options->dataset);
	else if (status == SL_ERR_QUOTA)
		sl_run_hint(run,
		    "the whole episodes that came are in %s; ask for a larger "
		    "quota or ceiling, or choose less (--episodes, --max-episodes, "
		    "--layers), then pull again",
		    options->dir);
	else if (status == SL_ERR_NETWORK || status == SL_ERR_TIMEOUT ||
	    status == SL_ERR_FULL || status == SL_ERR_CANCELLED)
		sl_run_hint(run,
		    "nothing is lost: run the same command again to go on");
}

/* After other failures the tree is as it was, and what came waits. */
static bool
is_applied(enum sl_status status)
{
	return status == SL_OK || status == SL_ERR_QUOTA ||
	    status == SL_ERR_DENIED;
}

enum sl_status
pull_run(struct sl_run *run, struct sl_client *client,
    struct sl_pull_options *options, struct sl_pull_result *result,
    struct sl_error *err)
{
	struct sl_progress *progress = NULL;
	enum sl_status status;

	if (sl_progress_new(&progress, run, options->dataset, "episodes") ==
	    SL_OK) {
		options->on_progress = on_progress;
		options->ctx = progress;
	}
	status = sl_pull(client, options, result, err);
	sl_progress_free(progress);
	options->on_progress = NULL;
	options->ctx = NULL;
	hint(run, options, status, err);
	if (status == SL_OK)
		status = receipt_merge(run, options, result, err);
	if (is_applied(status) && result->seq > 0 &&
	    !sl_client_has_bundle(client))
		receipt_after(run, client, options);
	return status;
}

enum sl_status
pull_client(struct sl_run *run, struct sl_client **out, struct sl_error *err)
{
	struct sl_profile profile;
	enum sl_status status;

	*out = NULL;
	sl_profile_init(&profile);
	status = credentials_load(run, &profile, err);
	if (status == SL_OK)
		status = connect_as(run, &profile,
		    sl_run_number(run, "limit-rate", 0), out, err);
	sl_profile_clear(&profile);
	return status;
}

static void
report(struct sl_run *run, enum sl_status status,
    const struct sl_pull_options *options, const struct sl_pull_result *result)
{
	char received[SL_VALUE_SHOW_MAX];

	if (is_applied(status)) {
		show_pull(run, options, result);
	} else if (result->received_chunks > 0) {
		sl_value_show_bytes(received, result->received_bytes);
		sl_run_print(run, "%s: received %s, kept for the next run",
		    options->dataset, received);
	}
	sl_run_json(run, show_pull_json(options, result));
}

static enum sl_status
run_pull(struct sl_run *run, struct sl_error *err)
{
	struct sl_pull_options options = {0};
	struct sl_wish_options change;
	struct sl_pull_result result;
	struct sl_client *client = NULL;
	enum sl_status status;

	sl_pull_result_init(&result);
	status = wish_read(run, &options, &change, true, err);
	if (status == SL_OK)
		status = pull_client(run, &client, err);
	if (status == SL_OK && sl_run_text(run, "bundle") != NULL)
		status = sl_client_use_bundle(
		    client, sl_run_text(run, "bundle"), err);
	if (status == SL_OK) {
		status = pull_run(run, client, &options, &result, err);
		trust_warn(run, &result.trust);
		if (status == SL_OK || result.seq > 0)
			report(run, status, &options, &result);
	}
	sl_client_free(client);
	sl_pull_result_clear(&result);
	return status;
}

const struct sl_command cmd_pull = {
    .name = "pull",
    .summary = "bring a mirror to the newest batch",
    .arguments = "DATASET [DIR]",
    .args_min = 1,
    .args_max = 2,
    .options = options_of_pull,
    .details =
        "DIR is the dataset's name if it is not given.  What is wanted is "
        "remembered in the mirror; options change it.  Killed or cut off at "
        "any moment, the same command goes on where it was.  With --bundle no "
        "server is asked; everything is checked as if one was.",
    .run = run_pull,
};
