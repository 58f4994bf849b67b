#include "sluice/client/contents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspection.h"
#include "plan.h"
#include "resume.h"
#include "sluice/base/array.h"
#include "tree.h"

struct sl_contents_store {
	struct sl_verify_options look;
	struct sl_verify_result unused;
	struct sl_check check;
	char *dir;
	bool is_open;
	/* Place in episodes plus 1 by number; 0: not there. */
	uint32_t *place;
	uint32_t max;
};

struct listing {
	struct sl_contents *contents;
	const struct sl_where *where;
};

static enum sl_status
add_episode(struct listing *listing, uint32_t number)
{
	struct sl_contents *contents = listing->contents;
	struct sl_contents_store *store = contents->store;
	struct sl_live_episode live = {0};
	struct sl_contents_episode *episodes;
	struct sl_contents_episode *episode;

	if (number != 0 &&
	    sl_live_find(&live, store->check.heads.live, number) != SL_OK)
		return SL_OK;
	if (number != 0 &&
	    (live.retracted ||
	        !sl_where_matches_values(listing->where, live.facets)))
		return SL_OK;
	episodes = sl_array_room(
	    contents->episodes, contents->episode_count, sizeof(*episodes));
	if (episodes == NULL)
		return SL_ERR_NOMEM;
	contents->episodes = episodes;
	episode = &episodes[contents->episode_count++];
	*episode = (struct sl_contents_episode){.id = live.id,
	    .number = number,
	    .revision = live.revision,
	    .batch = live.first_seq,
	    .duration_ms = live.duration_ms};
	memcpy(episode->facets, live.facets, sizeof(episode->facets));
	store->place[number] = (uint32_t)contents->episode_count;
	return SL_OK;
}

static enum sl_status
on_segment(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	struct listing *listing = ctx;
	struct sl_contents *contents = listing->contents;
	const struct sl_index_segment *segment = &index->segments[ordinal];
	struct sl_contents_store *store = contents->store;
	struct sl_contents_episode *episode;
	struct sl_contents_file *files;

	(void)seq;
	(void)err;
	if (segment->number > store->max)
		return SL_OK;
	if (store->place[segment->number] == 0) {
		enum sl_status status = add_episode(listing, segment->number);

		if (status != SL_OK)
			return status;
	}
	if (store->place[segment->number] == 0)
		return SL_OK;
	episode = &contents->episodes[store->place[segment->number] - 1];
	for (uint32_t i = 0; i < segment->file_count; i++) {
		const struct sl_index_file *file =
		    &index->files[segment->file_first + i];

		files = sl_array_room(
		    episode->files, episode->file_count, sizeof(*files));
		if (files == NULL)
			return SL_ERR_NOMEM;
		episode->files = files;
		files[episode->file_count++] =
		    (struct sl_contents_file){.path = file->path,
		        .layer = segment->layer,
		        .bytes = file->bytes,
		        .sha256 = file->sha256};
	}
	return SL_OK;
}

static int
compare_numbers(const void *a, const void *b)
{
	const struct sl_contents_episode *x = a;
	const struct sl_contents_episode *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static enum sl_status
list(struct listing *listing, struct sl_error *err)
{
	struct sl_contents *contents = listing->contents;
	struct sl_contents_store *store = contents->store;
	struct sl_check *check = &store->check;
	enum sl_status status;

	status = sl_check_load_whole(check, err);
	if (status != SL_OK)
		return status;
	if (!check->mirror.state.is_complete ||
	    sl_mirror_has(&check->mirror, "INCOMPLETE") ||
	    sl_mirror_has(&check->mirror, "redo.json"))
		return sl_error_code(err, SL_ERR_PARTIAL, "incomplete",
		    "%s is not complete: `sluice pull` goes on",
		    check->mirror.dir);
	snprintf(contents->dataset, sizeof(contents->dataset), "%s",
	    check->mirror.state.dataset);
	contents->seq = check->mirror.state.seq;
	store->max = sl_live_max_number(check->heads.live);
	store->place = calloc((size_t)store->max + 1, sizeof(*store->place));
	if (store->place == NULL)
		return SL_ERR_NOMEM;
	status = sl_plan_each(
	    &check->heads, &check->mirror.state.held, on_segment, listing, err);
	if (status == SL_OK && contents->episode_count > 0)
		qsort(contents->episodes, contents->episode_count,
		    sizeof(*contents->episodes), compare_numbers);
	return status;
}

enum sl_status
sl_contents_open(struct sl_contents **out, const char *dir,
    const struct sl_where *where, struct sl_error *err)
{
	struct sl_contents *contents = calloc(1, sizeof(*contents));
	struct listing listing = {.contents = contents, .where = where};
	struct sl_contents_store *store;
	enum sl_status status = SL_ERR_NOMEM;

	*out = NULL;
	if (contents == NULL)
		return SL_ERR_NOMEM;
	store = contents->store = calloc(1, sizeof(*store));
	if (store != NULL)
		store->dir = strdup(dir);
	if (store != NULL && store->dir != NULL) {
		store->look.dir = store->dir;
		store->check.options = &store->look;
		store->check.result = &store->unused;
		status = sl_check_open(&store->check, SL_MIRROR_WRITE, err);
		store->is_open = status == SL_OK;
	}
	if (status == SL_OK)
		status = list(&listing, err);
	if (status == SL_OK)
		*out = contents;
	else
		sl_contents_free(contents);
	return status;
}

void
sl_contents_free(struct sl_contents *contents)
{
	if (contents == NULL)
		return;
	for (size_t i = 0; i < contents->episode_count; i++)
		free(contents->episodes[i].files);
	free(contents->episodes);
	if (contents->store != NULL) {
		if (contents->store->is_open)
			sl_check_clear(&contents->store->check);
		free(contents->store->place);
		free(contents->store->dir);
	}
	free(contents->store);
	free(contents);
}

static enum sl_status
is_bad(const struct sl_contents *contents, const char *path, const char *what,
    struct sl_error *err)
{
	const char *dir = contents->store->dir;

	return sl_error_code(err, SL_ERR_INTEGRITY, "damaged",
	    "%s of %s is %s: `sluice repair %s` fetches it again", path, dir,
	    what, dir);
}

enum sl_status
sl_contents_open_file(int *fd, const struct sl_contents *contents,
    const char *path, struct sl_error *err)
{
	enum sl_status status =
	    sl_tree_open(contents->store->check.mirror.root, path, fd, err);

	return status == SL_ERR_NOT_FOUND
	    ? is_bad(contents, path, "missing", err)
	    : status;
}

enum sl_status
sl_contents_check_file(const struct sl_contents *contents,
    const struct sl_contents_file *file, struct sl_error *err)
{
	struct sl_index_file info = {.path = file->path, .bytes = file->bytes};
	enum sl_status status;
	int fd;

	memcpy(info.sha256, file->sha256, sizeof(info.sha256));
	status = sl_contents_open_file(&fd, contents, file->path, err);
	if (status != SL_OK)
		return status;
	status = sl_file_hash_check(fd, &info, err);
	close(fd);
	return status == SL_ERR_INTEGRITY
	    ? is_bad(contents, file->path, "damaged", err)
	    : status;
}
