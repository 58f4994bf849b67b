#include "sluice/ingest/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/formats/media.h"

#include "describe.h"
#include "items.h"
#include "run.h"
#include "scan_units.h"

static enum sl_status
open_source(struct run *run)
{
	const char *format = run->options->format;

	if (strcmp(format, "lerobot") == 0)
		return sl_lerobot_open(
		    &run->source, run->options->dir, run->err);
	if (strcmp(format, "files") == 0)
		return sl_files_open(&run->source, run->options->dir, run->err);
	if (strcmp(format, "mcap") == 0)
		return sl_mcap_source_open(&run->source, run->options->dir,
		    &run->options->mcap, run->err);
	return sl_error_set(run->err, SL_ERR_INVALID,
	    "unknown format \"%s\": use lerobot, files or mcap", format);
}

static bool
on_look(void *ctx)
{
	struct run *run = ctx;

	run->progress.bytes = atomic_load(&run->meter.bytes);
	return run->options->on_progress == NULL ||
	    run->options->on_progress(run->options->ctx, &run->progress);
}

enum sl_status
run_wait(struct run *run, struct crew_job *job)
{
	enum sl_status status = crew_wait(run->crew, job, on_look, run);

	return status == SL_ERR_CANCELLED
	    ? sl_error_set(
	          run->err, status, "interrupted; run it again to go on")
	    : status;
}

/* ---- the draft ---- */

static const struct item *
find_bad_item(const struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].status != SL_OK)
			return &items[i];
	}
	return NULL;
}

static enum sl_status
leave_out(struct sl_draft *draft, const char *key,
    const struct sl_source_episode *episode, const struct item *bad)
{
	char reason[SL_ERROR_TEXT_MAX + SL_PATH_MAX];

	if (bad == NULL) {
		snprintf(reason, sizeof(reason), "%s", episode->defect);
	} else {
		const char *text = bad->err == NULL ? "" : bad->err->text;
		size_t path_len = strlen(bad->source->path);

		/* Some texts begin with the path already. */
		if (strncmp(text, bad->source->path, path_len) == 0)
			snprintf(reason, sizeof(reason), "%s", text);
		else
			snprintf(reason, sizeof(reason), "%s: %s",
			    bad->source->path, text);
	}
	return sl_draft_add_left_out(draft, key, reason);
}

static enum sl_status
draft_file(struct sl_draft *draft, const struct item *item)
{
	struct sl_draft_file file = {
	    .layer = item->source->layer == NULL ? "meta" : item->source->layer,
	    .path = item->path,
	    .media_type = sl_media_type(item->path),
	    .bytes = item->copy.bytes};

	memcpy(file.sha256, item->copy.sha256, sizeof(file.sha256));
	if (item->episode == DATASET_FILE)
		return sl_draft_add_dataset_file(draft, &file);
	return sl_draft_add_file(draft, &file);
}

static enum sl_status
draft_episode(struct run *run, struct sl_draft *draft,
    const struct sl_source_episode *episode, const struct item *items,
    size_t count)
{
	const struct item *bad = find_bad_item(items, count);
	char *key;
	enum sl_status status;

	status = mirror_path(run, episode->key, &key);
	if (status != SL_OK)
		return status;
	if (episode->defect != NULL || bad != NULL) {
		status = leave_out(draft, key, episode, bad);
		free(key);
		return status;
	}
	status = sl_draft_add_episode(
	    draft, key, episode->metadata, &episode->facets);
	free(key);
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = draft_file(draft, &items[i]);
	return status;
}

static enum sl_status
fill_draft(struct run *run, struct sl_draft *draft, const struct items *items)
{
	const struct sl_source *source = run->source;
	size_t at = 0;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < source->warning_count; i++)
		status = sl_draft_add_warning(draft, source->warnings[i]);
	for (size_t i = 0; status == SL_OK && i < source->episode_count; i++) {
		size_t first = at;

		while (at < items->count && items->all[at].episode == i)
			at++;
		status = draft_episode(run, draft, &source->episodes[i],
		    items->all + first, at - first);
	}
	for (; status == SL_OK && at < items->count; at++)
		status = draft_file(draft, &items->all[at]);
	return status;
}

static enum sl_status
build_draft(struct run *run, const struct items *items, struct sl_draft **out)
{
	const struct sl_ingest_options *options = run->options;
	struct sl_draft *draft;
	enum sl_status status;

	status = sl_draft_new(
	    &draft, options->dataset, options->site, options->into, run->err);
	if (status != SL_OK)
		return status;
	status = sl_draft_set_source(draft, run->source->format,
	    run->place.source_path, sl_clock_wall_us());
	if (status == SL_OK)
		status = fill_draft(run, draft, items);
	if (status == SL_OK && draft->episode_count == 0)
		status = sl_error_set(run->err, SL_ERR_INVALID,
		    "no episode is left: %s",
		    draft->left_out_count > 0 ? draft->left_out[0].reason
		                              : "the source has none");
	if (status == SL_OK)
		status = sl_draft_seal(draft, run->err);
	if (status != SL_OK) {
		sl_draft_free(draft);
		return status;
	}
	*out = draft;
	return SL_OK;
}

static void
compare_drafts(struct sl_ingest_result *result, const struct sl_draft *before)
{
	const struct sl_draft *draft = result->draft;

	for (size_t i = 0; i < draft->episode_count; i++) {
		const struct sl_draft_episode *episode = &draft->episodes[i];
		const struct sl_draft_episode *old =
		    before == NULL ? NULL : sl_draft_find(before, episode->key);

		if (old == NULL)
			result->new_count++;
		else if (memcmp(old->digest, episode->digest,
		             sizeof(old->digest)) == 0)
			result->same_count++;
		else
			result->changed_count++;
	}
	if (before == NULL)
		return;
	result->vanished_count =
	    before->episode_count - result->same_count - result->changed_count;
	/* What is left out is still there. */
	for (size_t i = 0; i < draft->left_out_count; i++) {
		if (sl_draft_find(before, draft->left_out[i].key) != NULL)
			result->vanished_count--;
	}
}

/* Do both tell the publisher the same of what is not in them? */
static bool
same_remarks(const struct sl_draft *a, const struct sl_draft *b)
{
	if (a->left_out_count != b->left_out_count ||
	    a->warning_count != b->warning_count)
		return false;
	for (size_t i = 0; i < a->left_out_count; i++)
		if (strcmp(a->left_out[i].key, b->left_out[i].key) != 0 ||
		    strcmp(a->left_out[i].reason, b->left_out[i].reason) != 0)
			return false;
	for (size_t i = 0; i < a->warning_count; i++)
		if (strcmp(a->warnings[i], b->warnings[i]) != 0)
			return false;
	return true;
}

/* Make it durable, unless it is the draft before. */
static enum sl_status
keep_draft(struct run *run)
{
	struct sl_ingest_result *result = run->result;
	const struct sl_draft *before = workplace_previous(&run->place);

	compare_drafts(result, before);
	result->is_same = before != NULL &&
	    memcmp(before->digest, result->draft->digest,
	        sizeof(before->digest)) == 0 &&
	    same_remarks(before, result->draft) &&
	    workplace_previous_is_whole(&run->place, result->draft);
	return result->is_same
	    ? workplace_discard(&run->place, result->id, &result->dir, run->err)
	    : workplace_publish(&run->place, result->draft, result->id,
	          &result->dir, run->err);
}

static enum sl_status
find_episodes(struct run *run)
{
	struct describer *describer;
	enum sl_status status;

	status = describer_new(&describer, run->source, run->options, run->err);
	if (status == SL_OK)
		status = scan_units(run, describer);
	if (status == SL_OK)
		status = describer_go_on(describer);
	describer_free(describer);
	return status;
}

static enum sl_status
copy_files(struct run *run, struct items *items)
{
	enum sl_status status = items_list(items, run);

	if (status == SL_OK)
		status = items_copy(items, run);
	/* Also joins what is still under way after a failure. */
	crew_free(run->crew);
	run->crew = NULL;
	return status;
}

static enum sl_status
run_all(struct run *run)
{
	struct items items = {0};
	enum sl_status status;

	status = open_source(run);
	if (status == SL_OK)
		status = workplace_open(&run->place, run->options, run->err);
	run->place.objects.meter = &run->meter;
	if (status == SL_OK)
		status = crew_new(
		    &run->crew, run->options->thread_count, &run->meter);
	if (status == SL_OK)
		status = find_episodes(run);
	if (status == SL_OK)
		status = copy_files(run, &items);
	crew_free(run->crew);
	if (status == SL_OK)
		status = build_draft(run, &items, &run->result->draft);
	items_clear(&items);
	if (status == SL_OK)
		status = keep_draft(run);
	return status == SL_OK && run->result->draft->left_out_count > 0
	    ? SL_ERR_PARTIAL
	    : status;
}

enum sl_status
sl_ingest_run(struct sl_ingest_result *out,
    const struct sl_ingest_options *options, struct sl_error *err)
{
	struct run run = {.options = options, .result = out, .err = err};
	enum sl_status status;

	*out = (struct sl_ingest_result){0};
	run.place.dir_fd = -1;
	status = run_all(&run);
	workplace_close(&run.place);
	sl_source_free(run.source);
	return status;
}

void
sl_ingest_result_clear(struct sl_ingest_result *result)
{
	free(result->dir);
	sl_draft_free(result->draft);
	*result = (struct sl_ingest_result){0};
}
