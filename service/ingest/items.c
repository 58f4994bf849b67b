#include "items.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the list ---- */

enum sl_status
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

/* How many files are made of each: {from: count}. */
static enum sl_status
count_parts(json_t **out, const struct items *items)
{
	json_t *uses = json_object();

	*out = uses;
	for (size_t i = 0; uses != NULL && i < items->count; i++) {
		const char *from = items->all[i].source->from;

		if (from != NULL &&
		    json_object_set_new_nocheck(uses, from,
		        json_integer(1 +
		            json_integer_value(json_object_get(uses, from)))) !=
		        0)
			return SL_ERR_NOMEM;
	}
	return uses == NULL ? SL_ERR_NOMEM : SL_OK;
}

static const char *
source_path(const struct sl_source_file *file)
{
	return file->from != NULL ? file->from : file->path;
}

/* About; how long a part is, is known once it is made. */
static uint64_t
expect_bytes(const struct run *run, const struct item *item, const json_t *uses)
{
	const struct sl_source_file *file = item->source;
	json_int_t parts = 1;
	struct stat info;

	if (file->generated != NULL)
		return strlen(file->generated);
	if (file->part == SL_SOURCE_LAYER)
		return 0; /* the scan has counted it */
	if (file->part > SL_SOURCE_WHOLE)
		parts = json_integer_value(json_object_get(uses, file->from));
	if (fstatat(run->source->dir_fd, source_path(file), &info,
	        AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return (uint64_t)info.st_size / (uint64_t)(parts < 1 ? 1 : parts);
}

static enum sl_status
expect_all(struct items *items, struct run *run)
{
	json_t *uses;
	enum sl_status status = count_parts(&uses, items);

	for (size_t i = 0; status == SL_OK && i < items->count; i++) {
		struct item *item = &items->all[i];

		item->expected_bytes = expect_bytes(run, item, uses);
		run->progress.total_bytes += item->expected_bytes;
	}
	json_decref(uses);
	return status;
}

static enum sl_status
add_item(struct items *items, struct run *run,
    const struct sl_source_file *file, size_t episode)
{
	struct item *item = &items->all[items->count++];

	*item = (struct item){.run = run, .source = file, .episode = episode};
	return mirror_path(run, file->path, &item->path);
}

static enum sl_status
add_episodes(struct items *items, struct run *run)
{
	const struct sl_source *source = run->source;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < source->episode_count; i++) {
		const struct sl_source_episode *episode = &source->episodes[i];

		if (episode->defect != NULL)
			continue;
		if (source->unit_count == 0)
			run->progress.total_episodes++;
		for (size_t n = 0; status == SL_OK && n < episode->file_count;
		     n++)
			status = add_item(items, run, &episode->files[n], i);
	}
	return status;
}

static enum sl_status
judge_paths(const struct items *items, struct run *run)
{
	struct sl_path_set *paths;
	enum sl_status status = sl_path_set_new(&paths);

	if (status != SL_OK)
		return status;
	for (size_t i = 0; status == SL_OK && i < items->count; i++)
		status = sl_path_set_add(
		    paths, sl_slice_text(items->all[i].path), 0, run->err);
	sl_path_set_free(paths);
	/* To the caller it is the source that is at fault. */
	return status == SL_ERR_CONFLICT ? SL_ERR_INVALID : status;
}

enum sl_status
items_list(struct items *out, struct run *run)
{
	const struct sl_source *source = run->source;
	size_t total = source->dataset_file_count;
	enum sl_status status;

	for (size_t i = 0; i < source->episode_count; i++)
		total += source->episodes[i].file_count;
	*out = (struct items){.all = calloc(total + 1, sizeof(*out->all))};
	if (out->all == NULL)
		return SL_ERR_NOMEM;
	status = add_episodes(out, run);
	for (size_t i = 0; status == SL_OK && i < source->dataset_file_count;
	     i++)
		status =
		    add_item(out, run, &source->dataset_files[i], DATASET_FILE);
	if (status == SL_OK)
		status = judge_paths(out, run);
	return status == SL_OK ? expect_all(out, run) : status;
}

void
items_clear(struct items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		free(items->all[i].path);
		free(items->all[i].err);
	}
	free(items->all);
	*items = (struct items){0};
}

/* ---- on a worker thread ---- */

static enum sl_status
make_part(struct item *item, struct sl_error *err)
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

/* Under which name the caches have it: the file's path, and what was made of
 * the file, or asked of it; NULL when out of memory. */
static char *
cache_name(const struct sl_source_file *file)
{
	static const char *const kinds[] = {[SL_SOURCE_TABLE] = "episode",
	    [SL_SOURCE_ROWS] = "rows",
	    [SL_SOURCE_FRAMES] = "frames"};
	char *name;

	if (file->part == SL_SOURCE_ITSELF)
		return strdup(file->path);
	if (file->part == SL_SOURCE_WHOLE)
		return strdup(file->from);
	return asprintf(&name, "%s\t%s %llu %llu %d", file->from,
	           kinds[file->part], (unsigned long long)file->first,
	           (unsigned long long)file->count, SL_SOURCE_PART_VERSION) < 0
	    ? NULL
	    : name;
}

static enum sl_status
copy_whole(struct item *item, struct sl_error *err)
{
	const struct sl_source_file *file = item->source;
	struct run *run = item->run;
	enum sl_status status;
	int fd;

	status = sl_source_open_file(
	    &fd, run->source->dir_fd, source_path(file), err);
	if (status != SL_OK)
		return status;
	if (file->part == SL_SOURCE_TABLE)
		status = sl_source_judge_table(file, fd, err);
	if (status == SL_OK)
		status = object_copy(&item->copy, &run->place.objects, fd,
		    source_path(file), err);
	close(fd);
	return status;
}

/* Rows or frames of another file, which is as `info` says. */
static enum sl_status
copy_part(struct item *item, const struct stat *info, struct sl_error *err)
{
	const char *from = item->source->from;
	struct cached_file seen = {0};
	struct stat after;
	enum sl_status status;

	cached_file_describe(&seen, info);
	status = make_part(item, err);
	if (status != SL_OK)
		return status;
	if (fstatat(item->run->source->dir_fd, from, &after,
	        AT_SYMLINK_NOFOLLOW) != 0)
		return sl_error_errno(err, "%s", from);
	if (!cached_file_is(&seen, &after))
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s: changed while it was read", from);
	cached_file_describe(&item->copy, info);
	item->copy.is_young = seen.is_young; /* before it was read */
	return SL_OK;
}

/* What was made of a file, or copied, is not made or copied again as long as
 * that file is as it is; it is not even opened. */
static enum sl_status
copy_file(struct item *item, const char *name, struct sl_error *err)
{
	const struct sl_source_file *file = item->source;
	struct run *run = item->run;
	struct stat info = {0};

	/* If it cannot be had, opening says why. */
	item->linked = fstatat(run->source->dir_fd, source_path(file), &info,
	                   AT_SYMLINK_NOFOLLOW) == 0 &&
	    workplace_reuse(&run->place, name, &info, &item->copy);
	if (item->linked)
		return SL_OK;
	return file->part <= SL_SOURCE_WHOLE ? copy_whole(item, err)
	                                     : copy_part(item, &info, err);
}

static enum sl_status
copy_remembered(struct item *item, struct sl_error *err)
{
	char *name = cache_name(item->source);
	enum sl_status status;

	if (name == NULL)
		return SL_ERR_NOMEM;
	status = copy_file(item, name, err);
	if (status == SL_OK)
		status = workplace_remember(
		    &item->run->place, name, &item->copy, err);
	free(name);
	return status;
}

static enum sl_status
copy_item(struct item *item, struct sl_error *err)
{
	const struct sl_source_file *file = item->source;

	if (file->generated != NULL)
		return object_put(&item->copy, &item->run->place.objects,
		    sl_slice_text(file->generated), err);
	if (file->part == SL_SOURCE_LAYER) {
		item->copy.bytes = file->made.bytes;
		memcpy(item->copy.sha256, file->made.sha256,
		    sizeof(item->copy.sha256));
		return SL_OK;
	}
	return copy_remembered(item, err);
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
on_item(struct crew_job *job)
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

static void
count_item(struct items *items, struct run *run, const struct item *item)
{
	const struct item *end = items->all + items->count;
	bool is_last = item + 1 == end || item[1].episode != item->episode;
	bool is_scanned = item->source->part == SL_SOURCE_LAYER;

	if (is_last && item->episode != DATASET_FILE &&
	    run->source->unit_count == 0)
		run->progress.episodes++;
	if (is_scanned || item->status != SL_OK)
		return;
	run->progress.total_bytes += item->copy.bytes;
	run->progress.total_bytes -= item->expected_bytes;
	/* The meter has what was copied. */
	if (item->linked || item->source->generated != NULL)
		(void)meter_add(&run->meter, item->copy.bytes);
	if (item->linked)
		run->result->linked_files++;
	else if (item->source->generated == NULL)
		run->result->read_bytes += item->copy.bytes;
}

static enum sl_status
finish_item(struct items *items, struct run *run, struct item *item)
{
	enum sl_status status = run_wait(run, &item->job);

	if (status != SL_OK)
		return status;
	if (item->status != SL_OK && !is_defect(item)) {
		if (item->err != NULL && run->err != NULL)
			*run->err = *item->err;
		return sl_error_prefix(
		    run->err, item->status, "%s", item->source->path);
	}
	count_item(items, run, item);
	return SL_OK;
}

enum sl_status
items_copy(struct items *items, struct run *run)
{
	size_t window = crew_window(run->crew);
	size_t submitted = 0;
	size_t finished = 0;
	enum sl_status status = SL_OK;

	while (status == SL_OK && finished < items->count) {
		while (
		    submitted < items->count && submitted - finished < window) {
			struct item *item = &items->all[submitted++];

			item->job.run = on_item;
			crew_submit(run->crew, &item->job);
		}
		status = finish_item(items, run, &items->all[finished++]);
	}
	return status;
}
