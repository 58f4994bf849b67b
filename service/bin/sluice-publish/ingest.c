#include "sluice/ingest/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/metadata.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/progress.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/command/value.h"

#include "commands.h"
#include "place.h"

static bool
on_progress(void *ctx, const struct sl_ingest_progress *progress)
{
	struct sl_progress *bar = ctx;

	sl_progress_total(bar, progress->total_bytes, progress->total_episodes);
	sl_progress_set(bar, progress->bytes, progress->episodes);
	return !sl_interrupt_seen();
}

static enum sl_status
read_facets(struct sl_facets *out, struct sl_run *run, struct sl_error *err)
{
	for (size_t i = 0; i < sl_run_count(run, "facet"); i++) {
		const char *text = sl_run_text_at(run, "facet", i);
		size_t len = strcspn(text, "=");
		enum sl_facet facet;
		enum sl_status status;

		if (text[len] != '=' ||
		    sl_facet_by_name(&facet, sl_slice_of(text, len)) != SL_OK)
			return sl_run_usage(run, err,
			    "--facet '%s' is not NAME=VALUE with NAME one of "
			    "task, success, failure_mode, source, site, "
			    "robot, recorded, embodiment, "
			    "environment, consent",
			    text);
		status = sl_facets_set(
		    out, facet, sl_slice_text(text + len + 1), err);
		if (status != SL_OK)
			return sl_run_blame(run, status);
	}
	return SL_OK;
}

static enum sl_status
read_metadata(json_t **out, struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "metadata");
	enum sl_status status;
	struct sl_buf text;

	*out = NULL;
	if (path == NULL)
		return SL_OK;
	sl_buf_init(&text, SL_METADATA_BYTES_MAX);
	status = sl_file_read(&text, path, err);
	if (status == SL_OK) {
		status = sl_json_parse(
		    out, sl_buf_slice(&text), SL_METADATA_BYTES_MAX, err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "%s", path);
	}
	sl_buf_clear(&text);
	if (status == SL_OK && !json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		status = sl_error_set(
		    err, SL_ERR_INVALID, "%s: not a JSON object", path);
	}
	return status;
}

static json_t *
to_json(const struct sl_ingest_result *result)
{
	const struct sl_draft *draft = result->draft;
	json_t *warnings = json_array();
	json_t *left_out = json_array();

	for (size_t i = 0; i < draft->warning_count; i++)
		(void)json_array_append_new(
		    warnings, json_string(draft->warnings[i]));
	for (size_t i = 0; i < draft->left_out_count; i++)
		(void)json_array_append_new(left_out,
		    json_pack("{s:s, s:s}", "key", draft->left_out[i].key,
		        "reason", draft->left_out[i].reason));
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, "
	                 "s:b, s:I, s:I, s:o, s:o}",
	    "draft", result->id, "dir", result->dir, "dataset", draft->dataset,
	    "site", draft->site, "episodes", (json_int_t)draft->episode_count,
	    "dataset_files", (json_int_t)draft->dataset_file_count, "new",
	    (json_int_t)result->new_count, "changed",
	    (json_int_t)result->changed_count, "unchanged",
	    (json_int_t)result->same_count, "vanished",
	    (json_int_t)result->vanished_count, "same_as_before",
	    result->is_same, "read_bytes", (json_int_t)result->read_bytes,
	    "linked_files", (json_int_t)result->linked_files, "warnings",
	    warnings, "left_out", left_out);
}

static void
print_result(struct sl_run *run, const struct sl_ingest_result *result)
{
	const struct sl_draft *draft = result->draft;
	char read[SL_VALUE_SHOW_MAX];

	for (size_t i = 0; i < draft->warning_count; i++)
		sl_run_warn(run, "%s", draft->warnings[i]);
	for (size_t i = 0; i < draft->left_out_count; i++)
		sl_run_warn(run, "episode %s is left out: %s",
		    draft->left_out[i].key, draft->left_out[i].reason);
	if (sl_run_is_json(run)) {
		sl_run_json(run, to_json(result));
		return;
	}
	sl_run_print(run,
	    "draft %s: %zu episodes (%zu new, %zu changed, %zu unchanged%s)",
	    result->id, draft->episode_count, result->new_count,
	    result->changed_count, result->same_count,
	    result->is_same ? "; as the draft before" : "");
	if (result->vanished_count > 0)
		sl_run_print(run,
		    "gone from the source since the draft before: %zu",
		    result->vanished_count);
	if (draft->left_out_count > 0)
		sl_run_print(run,
		    "left out: %zu; what was published of them stays as it "
		    "is; mend them at the source and ingest it again",
		    draft->left_out_count);
	if (result->linked_files > 0) {
		sl_value_show_bytes(read, result->read_bytes);
		sl_run_say(run,
		    "%s read; %llu files are known from an earlier run", read,
		    (unsigned long long)result->linked_files);
	}
	sl_run_say(
	    run, "publish it with 'sluice-publish publish %s'", draft->dataset);
}

static enum sl_status
run_with(
    struct sl_run *run, struct sl_ingest_options *options, struct sl_error *err)
{
	struct sl_ingest_result result;
	struct sl_progress *bar = NULL;
	enum sl_status status;

	status = sl_progress_new(&bar, run, "ingesting", "episodes");
	if (status != SL_OK)
		return status;
	sl_interrupt_catch();
	options->on_progress = on_progress;
	options->ctx = bar;
	status = sl_ingest_run(&result, options, err);
	sl_progress_free(bar);
	if (status == SL_OK || status == SL_ERR_PARTIAL)
		print_result(run, &result);
	if (status == SL_ERR_PARTIAL)
		*err = (struct sl_error){0};
	sl_ingest_result_clear(&result);
	return status;
}

static enum sl_status
run_ingest(struct sl_run *run, struct sl_error *err)
{
	const char *site = sl_run_text(run, "site");
	const char *into = sl_run_text(run, "into");
	struct sl_facets facets = {0};
	json_t *metadata = NULL;
	struct sl_ingest_options options = {
	    .dataset = sl_run_arg(run, 0),
	    .site = site == NULL ? "main" : site,
	    .into = into == NULL ? "" : into,
	    .format = sl_run_text(run, "format"),
	    .dir = sl_run_arg(run, 1),
	    .mcap = {.layer_map = sl_run_text(run, "layer-map"),
	        .keep_original = sl_run_flag(run, "keep-original")},
	    .facets = &facets,
	    .need_metadata = sl_run_flag(run, "require-metadata"),
	    .thread_count = (unsigned)sl_run_number(run, "threads", 0),
	};
	char *home;
	enum sl_status status;

	if (!sl_dataset_name_is_valid(sl_slice_text(options.dataset)))
		return sl_run_usage(run, err,
		    "\"%.80s\" is no dataset name: 2 to 63 of a-z, 0-9 and "
		    "'-', not '-' first",
		    options.dataset);
	if (strcmp(options.format, "lerobot") != 0 &&
	    strcmp(options.format, "files") != 0 &&
	    strcmp(options.format, "mcap") != 0)
		return sl_run_usage(run, err,
		    "--format \"%.80s\": use lerobot, files or mcap",
		    options.format);
	if (strcmp(options.format, "mcap") != 0 &&
	    (options.mcap.layer_map != NULL || options.mcap.keep_original))
		return sl_run_usage(run, err,
		    "--layer-map and --keep-original are for --format mcap");
	if (!sl_slug_is_valid(sl_slice_text(options.site)))
		return sl_run_usage(run, err,
		    "--site \"%.80s\": use a-z, 0-9, '.', '_', '-'",
		    options.site);
	if (options.into[0] != '\0' &&
	    sl_path_judge(sl_slice_text(options.into), err) != SL_OK)
		return sl_run_blame(
		    run, sl_error_prefix(err, SL_ERR_INVALID, "--into"));
	status = read_facets(&facets, run, err);
	if (status == SL_OK && site != NULL &&
	    facets.value[SL_FACET_SITE][0] == '\0')
		status = sl_facets_set(
		    &facets, SL_FACET_SITE, sl_slice_text(site), err);
	if (status == SL_OK)
		status = read_metadata(&metadata, run, err);
	if (status != SL_OK)
		return status;
	options.metadata = metadata;
	status = place_home(&home, run, err);
	if (status == SL_OK) {
		options.home = home;
		status = run_with(run, &options, err);
		free(home);
	}
	json_decref(metadata);
	return status;
}

static const struct sl_option ingest_options[] = {
    {.name = "format",
        .letter = 'f',
        .kind = SL_VALUE_TEXT,
        .is_required = true,
        .argument = "FORMAT",
        .help =
            "what DIR is: lerobot (v2.0, v2.1, v3.0), files (episodes.jsonl) or mcap (a "
            "folder of .mcap files, or one)"},
    {.name = "site",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "where the episodes were recorded; with their key it is their "
                "identity (default: main)"},
    {.name = "into",
        .kind = SL_VALUE_TEXT,
        .argument = "FOLDER",
        .help = "put all files below this folder of the mirror"},
    {.name = "facet",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "NAME=VALUE",
        .help = "a facet for episodes that have none of that name"},
    {.name = "metadata",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "metadata that all episodes have in common, as JSON "
                "(episode.schema.json)"},
    {.name = "require-metadata",
        .kind = SL_VALUE_FLAG,
        .help = "leave out episodes without metadata of that schema"},
    {.name = "layer-map",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "of mcap: lines TOPIC SCHEMA LAYER that go before the built-in "
                "table; * stands for any text, layer - leaves a channel out"},
    {.name = "keep-original",
        .kind = SL_VALUE_FLAG,
        .help = "of mcap: deliver each file as it is, too, as layer raw"},
    {.name = "threads",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "files read at once (default: two per processor, at most 8)"},
    {0},
};

const struct sl_command command_ingest = {
    .name = "ingest",
    .summary = "make a draft from a source",
    .arguments = "DATASET SOURCE",
    .args_min = 2,
    .args_max = 2,
    .options = ingest_options,
    .details =
        "Needs no database.  Episodes with a missing or broken file are left "
        "out and named; then the exit code is 3.  A run that was interrupted "
        "is continued by the next one.",
    .run = run_ingest,
};
