#include "sluice/publish/publish.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/command/interrupt.h"
#include "sluice/command/progress.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/command/value.h"
#include "sluice/ingest/draft_store.h"

#include "commands.h"
#include "log_key.h"
#include "offline.h"
#include "place.h"
#include "publish_run.h"
#include "release.h"

static const char *const steps[] = {
    [SL_PUBLISH_RESERVE] = "reserve",
    [SL_PUBLISH_WRITE] = "write",
    [SL_PUBLISH_SIGN] = "sign",
    [SL_PUBLISH_SEAL] = "seal",
    [SL_PUBLISH_SHOW] = "show",
};

static bool
on_progress(void *ctx, const struct sl_publish_progress *progress)
{
	struct sl_progress *bar = ctx;

	sl_progress_total(bar, progress->total_bytes, progress->total_episodes);
	sl_progress_set(bar, progress->bytes, progress->episodes);
	return !sl_interrupt_seen();
}

void
publish_print_batch(
    struct sl_run *run, const char *dataset, const json_t *batch)
{
	char size[SL_VALUE_SHOW_MAX];

	sl_value_show_bytes(size,
	    (uint64_t)json_integer_value(
	        json_object_get(batch, "content_bytes")));
	sl_run_print(run,
	    "%s batch %lld: %lld added, %lld revised, %lld retracted, %s",
	    dataset,
	    (long long)json_integer_value(json_object_get(batch, "seq")),
	    (long long)json_integer_value(json_object_get(batch, "added")),
	    (long long)json_integer_value(json_object_get(batch, "revised")),
	    (long long)json_integer_value(json_object_get(batch, "retracted")),
	    size);
}

static void
print_waiting(struct sl_run *run, const char *dataset, const char *whom)
{
	if (strcmp(whom, "signature") == 0)
		return; /* told with the request */
	if (strcmp(whom, "log") == 0)
		sl_run_print(run,
		    "%s: a batch is sealed; the log signer shows it: "
		    "sluice-publish log run %s",
		    dataset, dataset);
	else
		sl_run_print(run,
		    "%s: a batch is logged and waits for its witnesses: "
		    "sluice-publish witness %s, then log run %s",
		    dataset, dataset, dataset);
}

static void
print_result(struct sl_run *run, const char *dataset,
    const struct sl_publish_result *result)
{
	const json_t *batch;
	size_t i;

	json_array_foreach (result->batches, i, batch)
		publish_print_batch(run, dataset, batch);
	if (result->completed_count > 0)
		sl_run_say(run,
		    "%zu of them completed what an earlier run "
		    "had sealed",
		    result->completed_count);
	if (result->withdrawn_count > 0)
		sl_run_warn(run,
		    "%zu episodes of the drafts were retracted before and "
		    "stay retracted; the dataset's own files (such as "
		    "LeRobot's meta/) go on telling of them until they are "
		    "taken out of the source",
		    result->withdrawn_count);
	if (result->waits_for != NULL)
		print_waiting(run, dataset, result->waits_for);
	else if (result->stopped)
		sl_run_say(run, "stopped as asked; run it again to go on");
	else if (json_array_size(result->batches) == 0)
		sl_run_print(run, "%s: nothing new", dataset);
	sl_run_json(run,
	    json_pack("{s:s, s:O, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O, "
	              "s:b, s:s?}",
	        "dataset", dataset, "batches", result->batches, "completed",
	        (json_int_t)result->completed_count, "added",
	        (json_int_t)result->added_count, "revised",
	        (json_int_t)result->revised_count, "moved",
	        (json_int_t)result->moved_count, "retracted",
	        (json_int_t)result->retracted_count, "unchanged",
	        (json_int_t)result->same_count, "withdrawn",
	        (json_int_t)result->withdrawn_count, "vanished",
	        result->vanished, "stopped", result->stopped, "waits_for",
	        result->waits_for));
}

static void
explain(struct sl_run *run, const struct sl_publish_result *result,
    const struct sl_error *err)
{
	const json_t *name;
	size_t i;

	if (strcmp(err->code, "episodes_vanished") == 0) {
		json_array_foreach (result->vanished, i, name) {
			if (i < 20)
				sl_run_warn(run, "vanished: %s",
				    json_string_value(name));
		}
		sl_run_hint(run,
		    "bring them back, or publish with "
		    "--retract-vanished");
	} else if (strcmp(err->code, "publication_waits") == 0) {
		sl_run_hint(run,
		    "'publish --offline' gives the request again, '--signature "
		    "FILE' completes it, '--discard' gives it up");
	} else if (strcmp(err->code, "publication_busy") == 0) {
		sl_run_hint(run,
		    "wait for the other publisher and run it "
		    "again");
	} else if (strcmp(err->code, "no_root") == 0) {
		sl_run_hint(run,
		    "'sluice-publish log run --root SHA256:...' says it once: "
		    "the fingerprint that the ceremony told");
	} else if (strcmp(err->code, "no_trust") == 0) {
		sl_run_hint(run,
		    "'sluice-publish ceremony' makes a trust file, 'sluicectl "
		    "trust install' installs it");
	}
}

static enum sl_status
publish_with(struct sl_run *run, struct sl_publish_options *options,
    const struct offline *offline, struct sl_error *err)
{
	struct sl_publish_result result;
	struct sl_progress *bar = NULL;
	enum sl_status status;

	status = sl_progress_new(&bar, run, "publishing", "episodes");
	if (status != SL_OK)
		return status;
	sl_interrupt_catch();
	options->on_progress = on_progress;
	options->ctx = bar;
	status = sl_publish_run(&result, options, err);
	sl_progress_free(bar);
	if (status == SL_OK && result.request.len > 0)
		status = offline_ask(run, offline, &result.request, err);
	if (status == SL_OK)
		print_result(run, options->dataset, &result);
	else
		explain(run, &result, err);
	sl_publish_result_clear(&result);
	return status;
}

/* The keys, where this home has them. */
static enum sl_status
load_keys(struct sl_sign_key **publisher, struct sl_sign_key **log,
    struct sl_sign_key **witness, struct sl_run *run,
    const struct offline *offline, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	*publisher = NULL;
	if (!offline->is_asked && offline->signature == NULL)
		status = place_load_key(publisher, run, err);
	if (status == SL_OK)
		status = log_find_key(log, run, "log", err);
	if (status == SL_OK)
		status = log_find_key(witness, run, "witness", err);
	return status;
}

enum sl_status
publish_run(struct sl_run *run, struct sl_publish_options *options,
    const struct offline *offline, struct sl_error *err)
{
	struct sl_sign_key *key = NULL;
	struct sl_sign_key *log_key = NULL;
	struct sl_sign_key *witness_key = NULL;
	struct sl_objects *objects = NULL;
	struct sl_db *db = NULL;
	char *home = NULL;
	enum sl_status status;

	status = load_keys(&key, &log_key, &witness_key, run, offline, err);
	if (status == SL_OK)
		status = place_home(&home, run, err);
	if (status == SL_OK)
		status = place_objects(&objects, run, err);
	if (status == SL_OK)
		status = place_connect(&db, run, err);
	if (status == SL_OK) {
		options->db = db;
		options->objects = objects;
		options->key = key;
		options->log_key = log_key;
		options->witness_key = witness_key;
		options->home = home;
		if (offline->signature != NULL)
			status = offline_take(run, offline, options, err);
		if (status == SL_OK)
			status = publish_with(run, options, offline, err);
	}
	sl_db_close(db);
	sl_objects_close(objects);
	free(home);
	sl_sign_key_free(witness_key);
	sl_sign_key_free(log_key);
	sl_sign_key_free(key);
	return status;
}

/* ---- publish ---- */

static enum sl_status
find_drafts(struct sl_stored_drafts *out, struct sl_run *run, const char *home,
    struct sl_error *err)
{
	const char *dataset = sl_run_arg(run, 0);
	enum sl_status status = SL_OK;

	if (sl_run_arg_count(run) == 1) {
		status = sl_draft_store_list(out, home, dataset, err);
		if (status == SL_OK)
			sl_draft_store_keep_newest(out);
		return status;
	}
	*out = (struct sl_stored_drafts){0};
	for (size_t i = 1; status == SL_OK && i < sl_run_arg_count(run); i++) {
		struct sl_stored_drafts one;
		struct sl_stored_draft *items;

		status = sl_draft_store_find(
		    &one, home, dataset, sl_run_arg(run, i), err);
		if (status != SL_OK)
			break;
		items =
		    reallocarray(out->items, out->count + 1, sizeof(*items));
		if (items == NULL) {
			sl_stored_drafts_clear(&one);
			status = SL_ERR_NOMEM;
			break;
		}
		out->items = items;
		out->items[out->count++] = one.items[0];
		free(one.items);
	}
	if (status != SL_OK)
		sl_stored_drafts_clear(out);
	return status;
}

static enum sl_status
read_step(enum sl_publish_step *out, struct sl_run *run, struct sl_error *err)
{
	const char *text = sl_run_text(run, "stop-after");

	*out = SL_PUBLISH_SHOW;
	if (text == NULL)
		return SL_OK;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (strcmp(steps[i], text) == 0) {
			*out = (enum sl_publish_step)i;
			return SL_OK;
		}
	}
	return sl_run_usage(run, err,
	    "--stop-after %s: reserve, write, sign, seal or show", text);
}

static enum sl_status
publish_drafts(struct sl_run *run, const struct sl_stored_drafts *stored,
    struct sl_error *err)
{
	const char *reason = sl_run_text(run, "reason");
	struct sl_publish_options options = {
	    .dataset = sl_run_arg(run, 0),
	    .draft_count = stored->count,
	    .thread_count = (unsigned)sl_run_number(run, "threads", 0),
	};
	struct offline offline = {sl_run_flag(run, "offline"),
	    sl_run_text(run, "out"), sl_run_text(run, "signature")};
	struct sl_publish_draft *drafts;
	json_t *release = NULL;
	enum sl_status status;

	options.discards_request = sl_run_flag(run, "discard");
	if (sl_run_flag(run, "retract-vanished"))
		options.vanished_reason =
		    reason == NULL ? "source_withdrawn" : reason;
	drafts = calloc(stored->count + 1, sizeof(*drafts));
	if (drafts == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < stored->count; i++) {
		drafts[i].draft = stored->items[i].draft;
		drafts[i].dir = stored->items[i].dir;
	}
	options.drafts = drafts;
	status = read_step(&options.stop_after, run, err);
	if (status == SL_OK)
		status = release_read(&release, run, err);
	options.release = release;
	if (status == SL_OK)
		status = publish_run(run, &options, &offline, err);
	json_decref(release);
	free(drafts);
	return status;
}

static enum sl_status
run_publish(struct sl_run *run, struct sl_error *err)
{
	struct sl_stored_drafts drafts;
	char *home;
	enum sl_status status;

	if (sl_run_has(run, "signature") &&
	    (sl_run_flag(run, "offline") || sl_run_flag(run, "discard") ||
	        sl_run_arg_count(run) > 1))
		return sl_run_usage(run, err,
		    "--signature completes what waits; it takes no drafts, "
		    "--offline or --discard");
	status = place_home(&home, run, err);
	if (status != SL_OK)
		return status;
	drafts = (struct sl_stored_drafts){0};
	if (!sl_run_has(run, "signature"))
		status = find_drafts(&drafts, run, home, err);
	free(home);
	if (status != SL_OK)
		return status;
	if (drafts.count == 0 && !sl_run_has(run, "signature"))
		sl_run_say(
		    run, "no draft of %s on this machine", sl_run_arg(run, 0));
	status = publish_drafts(run, &drafts, err);
	sl_stored_drafts_clear(&drafts);
	return status;
}

static const struct sl_option publish_options[] = {
    {.name = "key",
        .letter = 'k',
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "the signing key (default: default)"},
    {.name = "retract-vanished",
        .kind = SL_VALUE_FLAG,
        .help = "retract episodes that are gone from their source"},
    {.name = "reason",
        .kind = SL_VALUE_TEXT,
        .argument = "CODE",
        .help = "why they are gone (default: source_withdrawn)"},
    {.name = "release",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "CLASS=TIME",
        .help = "when licences of a class get it; others with the last"},
    {.name = "offline",
        .kind = SL_VALUE_FLAG,
        .help = "write the batch and a request for its signature, and stop"},
    {.name = "out",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "where the request goes (default: requests/ in the home "
                "folder)"},
    {.name = "signature",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "complete the batch that waits, with this signature"},
    {.name = "discard",
        .kind = SL_VALUE_FLAG,
        .help = "give up the batch that waits for its signature"},
    {.name = "threads",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "threads that compress (default: processors)"},
    {.name = "stop-after",
        .kind = SL_VALUE_TEXT,
        .argument = "STEP",
        .help = "stop after reserve, write, sign or seal, as a crash would"},
    {0},
};

const struct sl_command command_publish = {
    .name = "publish",
    .summary = "publish drafts as signed batches",
    .arguments = "DATASET [DRAFT...]",
    .args_min = 1,
    .args_max = SL_ARGS_ANY,
    .options = publish_options,
    .details =
        "Without DRAFT, the newest draft of each source is taken.  Only new "
        "and changed episodes go out.  What an interrupted run had sealed is "
        "completed first.",
    .run = run_publish,
};
