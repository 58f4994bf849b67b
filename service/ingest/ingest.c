#include "sluice/ingest/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/base/workers.h"
#include "sluice/formats/media.h"
#include "sluice/formats/source.h"
#include "sluice/ingest/draft_store.h"

#include "describe.h"
#include "object_copy.h"
#include "workplace.h"

/* Files under way: enough to keep the threads busy, few enough to bound
 * descriptors and memory. */
#define JOBS_PER_THREAD 4
#define THREADS_MAX     64
/* A thread reads, hashes and writes one file; half of that is waiting for the
 * disk. */
#define THREADS_PER_PROCESSOR 2

#define DATASET_FILE SIZE_MAX

/* One file of the source on its way into the draft. */
struct item {
	struct sl_job job;
	struct run *run;
	const struct sl_source_file *source;
	size_t episode; /* position, or DATASET_FILE */
	char *path;     /* in the mirror */
	struct cached_file copy;
	bool linked;
	enum sl_status status;
	struct sl_error *err; /* heap, on failure only */
};

struct run {
	const struct sl_ingest_options *options;
	struct sl_source *source;
	struct workplace place;
	struct sl_workers *workers;
	struct item *items;
	size_t item_count;
	struct sl_ingest_progress progress;
	struct sl_ingest_result *result;
	struct sl_error *err;
};

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

static enum sl_status
mirror_path(const struct run *run, const char *path, char **out)
{
	const char *into = run->options->into;

	if (asprintf(out, "%s%s%s", into, into[0] == '\0' ? "" : "/", path) <
	    0) {
		*out = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
}

static enum sl_status
add_item(struct run *run, const struct sl_source_file *file, size_t episode)
{
	struct item *item = &run->items[run->item_count++];
	struct stat info;

	*item = (struct item){.run = run, .source = file, .episode = episode};
	if (file->generated == NULL &&
	    fstatat(run->source->dir_fd,
	        file->part == SL_SOURCE_WHOLE ? file->from : file->path, &info,
	        AT_SYMLINK_NOFOLLOW) == 0)
		run->progress.total_bytes += (uint64_t)info.st_size;
	return mirror_path(run, file->path, &item->path);
}

/* All files in the order of the source, and the judgement on their paths
 * before anything is read. */
static enum sl_status
list_items(struct run *run)
{
	const struct sl_source *source = run->source;
	size_t total = source->dataset_file_count;
	struct sl_path_set *paths;
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < source->episode_count; i++)
		total += source->episodes[i].file_count;
	run->items = calloc(total + 1, sizeof(*run->items));
	if (run->items == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; status == SL_OK && i < source->episode_count; i++) {
		const struct sl_source_episode *episode = &source->episodes[i];

		if (episode->defect != NULL)
			continue;
		for (size_t n = 0; status == SL_OK && n < episode->file_count;
		     n++)
			status = add_item(run, &episode->files[n], i);
	}
	for (size_t i = 0; status == SL_OK && i < source->dataset_file_count;
	     i++)
		status = add_item(run, &source->dataset_files[i], DATASET_FILE);
	run->progress.total_files = run->item_count;
	if (status == SL_OK)
		status = sl_path_set_new(&paths);
	if (status != SL_OK)
		return status;
	for (size_t i = 0; status == SL_OK && i < run->item_count; i++)
		status = sl_path_set_add(
		    paths, sl_slice_text(run->items[i].path), 0, run->err);
	sl_path_set_free(paths);
	/* To the caller it is the source that is at fault. */
	return status == SL_ERR_CONFLICT ? SL_ERR_INVALID : status;
}

/* ---- on a worker thread ---- */

/* Rows, frames or channels of another file; made anew each time, to the same
 * bytes. */
static enum sl_status
copy_part(struct item *item, struct sl_error *err)
{
	struct run *run = item->run;
	enum sl_status status;
	int fd;

	status = object_scratch(&fd, &run->place.objects, err);
	if (status != SL_OK)
		return status;
	status = sl_source_make_file(fd, run->source, item->source, err);
	if (status == SL_OK)
		status = object_copy(&item->copy, &run->place.objects, fd,
		    item->source->path, err);
	close(fd);
	return status;
}

static enum sl_status
copy_item(struct item *item, struct sl_error *err)
{
	struct run *run = item->run;
	const struct sl_source_file *file = item->source;
	const char *path =
	    file->part == SL_SOURCE_WHOLE ? file->from : file->path;
	struct stat info;
	enum sl_status status;
	int fd;

	if (file->part > SL_SOURCE_WHOLE)
		return copy_part(item, err);
	if (file->generated != NULL)
		return object_put(&item->copy, &run->place.objects,
		    sl_slice_text(file->generated), err);
	status = sl_source_open_file(&fd, run->source->dir_fd, path, err);
	if (status != SL_OK)
		return status;
	if (fstat(fd, &info) != 0) {
		status = sl_error_errno(err, "stat");
	} else if (workplace_reuse(&run->place, path, &info, &item->copy)) {
		item->linked = true;
	} else {
		status = object_copy(
		    &item->copy, &run->place.objects, fd, path, err);
	}
	close(fd);
	if (status == SL_OK)
		status =
		    workplace_remember(&run->place, path, &item->copy, err);
	return status;
}

/* A film or table that is shorter than its episode. */
static enum sl_status
check_count(const struct item *item, struct sl_error *err)
{
	const struct sl_source_episode *episode;

	if (item->episode == DATASET_FILE || !item->copy.has_count)
		return SL_OK;
	episode = &item->run->source->episodes[item->episode];
	if (item->copy.count >= episode->frames)
		return SL_OK;
	return sl_error_set(err, SL_ERR_INVALID,
	    "ends after %llu of the episode's %llu frames",
	    (unsigned long long)item->copy.count,
	    (unsigned long long)episode->frames);
}

static void
on_item(struct sl_job *job)
{
	struct item *item = (struct item *)job; /* its first member */
	struct sl_error err = {0};

	item->status = copy_item(item, &err);
	if (item->status == SL_OK)
		item->status = check_count(item, &err);
	if (item->status == SL_OK)
		return;
	item->err = malloc(sizeof(*item->err));
	if (item->err != NULL)
		*item->err = err;
}

/* ---- on the caller's thread ---- */

/* Is it this file's own fault?  Then its episode is left out; everything else
 * ends the run. */
static bool
is_defect(const struct item *item)
{
	return item->episode != DATASET_FILE &&
	    (item->status == SL_ERR_INVALID || item->status == SL_ERR_LIMIT ||
	        item->status == SL_ERR_NOT_FOUND);
}

static enum sl_status
finish_item(struct run *run, struct item *item)
{
	sl_workers_wait(run->workers, &item->job);
	run->progress.files++;
	if (item->status != SL_OK && !is_defect(item)) {
		if (item->err != NULL && run->err != NULL)
			*run->err = *item->err;
		return sl_error_prefix(
		    run->err, item->status, "%s", item->source->path);
	}
	/* How long a part is, is known once it is made. */
	if (item->source->part > SL_SOURCE_WHOLE)
		run->progress.total_bytes += item->copy.bytes;
	run->progress.bytes += item->copy.bytes;
	if (item->linked)
		run->result->linked_files++;
	else
		run->result->read_bytes += item->copy.bytes;
	if (run->options->on_progress != NULL &&
	    !run->options->on_progress(run->options->ctx, &run->progress))
		return sl_error_set(run->err, SL_ERR_CANCELLED,
		    "interrupted; run it again to go on");
	return SL_OK;
}

/* Submit up to `window` items ahead of the one that is waited for. */
static enum sl_status
copy_items(struct run *run)
{
	unsigned threads = run->options->thread_count;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t window;
	size_t submitted = 0;
	size_t finished = 0;
	enum sl_status status;

	if (threads == 0)
		threads = THREADS_PER_PROCESSOR *
		    (processors < 1 ? 1 : (unsigned)processors);
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	window = (size_t)threads * JOBS_PER_THREAD;
	status = sl_workers_new(&run->workers, threads);
	while (status == SL_OK && finished < run->item_count) {
		while (submitted < run->item_count &&
		    submitted - finished < window) {
			struct item *item = &run->items[submitted++];

			item->job.run = on_item;
			sl_workers_submit(run->workers, &item->job);
		}
		status = finish_item(run, &run->items[finished++]);
	}
	/* Also joins what is still under way after a failure. */
	sl_workers_free(run->workers);
	run->workers = NULL;
	return status;
}

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
leave_out(struct run *run, struct sl_draft *draft, const char *key,
    const struct sl_source_episode *episode, const struct item *bad)
{
	char reason[SL_ERROR_TEXT_MAX + SL_PATH_MAX];

	(void)run;
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
		status = leave_out(run, draft, key, episode, bad);
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
fill_draft(struct run *run, struct sl_draft *draft)
{
	const struct sl_source *source = run->source;
	size_t at = 0;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < source->warning_count; i++)
		status = sl_draft_add_warning(draft, source->warnings[i]);
	for (size_t i = 0; status == SL_OK && i < source->episode_count; i++) {
		size_t first = at;

		while (at < run->item_count && run->items[at].episode == i)
			at++;
		status = draft_episode(run, draft, &source->episodes[i],
		    run->items + first, at - first);
	}
	for (; status == SL_OK && at < run->item_count; at++)
		status = draft_file(draft, &run->items[at]);
	return status;
}

static enum sl_status
build_draft(struct run *run, struct sl_draft **out)
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
		status = fill_draft(run, draft);
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

static enum sl_status
run_all(struct run *run)
{
	struct sl_ingest_result *result = run->result;
	const struct sl_draft *before;
	enum sl_status status;

	status = open_source(run);
	if (status == SL_OK)
		status = describe_source(run->source, run->options, run->err);
	if (status == SL_OK)
		status = list_items(run);
	if (status == SL_OK)
		status = workplace_open(&run->place, run->options, run->err);
	if (status == SL_OK)
		status = copy_items(run);
	if (status == SL_OK)
		status = build_draft(run, &result->draft);
	if (status != SL_OK)
		return status;
	before = workplace_previous(&run->place);
	compare_drafts(result, before);
	if (before != NULL &&
	    memcmp(before->digest, result->draft->digest,
	        sizeof(before->digest)) == 0 &&
	    before->left_out_count == result->draft->left_out_count &&
	    workplace_previous_is_whole(&run->place, result->draft)) {
		result->is_same = true;
		status = workplace_discard(
		    &run->place, result->id, &result->dir, run->err);
	} else {
		status = workplace_publish(&run->place, result->draft,
		    result->id, &result->dir, run->err);
	}
	if (status == SL_OK && result->draft->left_out_count > 0)
		status = SL_ERR_PARTIAL;
	return status;
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
	for (size_t i = 0; i < run.item_count; i++) {
		free(run.items[i].path);
		free(run.items[i].err);
	}
	free(run.items);
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
