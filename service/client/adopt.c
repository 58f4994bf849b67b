#include "adopt.h"

#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "resume.h"
#include "sluice/catalog/path.h"
#include "tree.h"

#define THREADS 4

struct search {
	const struct sl_mirror *mirror;
	const struct sl_heads *heads;
	struct sl_file_list files;
	unsigned char *is_ours;    /* by place in files */
	struct sl_path_set *taken; /* paths of segments that were adopted */
	struct sl_holdings *held;
};

/* Anything but the file as it was signed is not ours. */
static enum sl_status
look(void *ctx, size_t item, struct sl_error *err)
{
	struct search *search = ctx;
	const struct sl_index_file *info = search->files.items[item].info;
	enum sl_tree_kind kind;
	struct stat stat;
	enum sl_status status;
	int fd;

	search->is_ours[item] = 0;
	if (sl_tree_look(search->mirror->root, info->path, &kind, &stat,
	        NULL) != SL_OK ||
	    kind != SL_TREE_FILE || (uint64_t)stat.st_size != info->bytes ||
	    sl_tree_open(search->mirror->root, info->path, &fd, NULL) != SL_OK)
		return SL_OK;
	status = sl_file_hash_check(fd, info, err);
	close(fd);
	search->is_ours[item] = status == SL_OK;
	return status == SL_ERR_NOMEM ? status : SL_OK;
}

/* The files from `first` are one segment's: take it if all are ours and none
 * belongs to another revision that was taken. */
static enum sl_status
take(struct search *search, size_t first, size_t count)
{
	const struct sl_stage_file *place = &search->files.items[first].place;
	enum sl_status status = SL_OK;
	uint32_t owner;

	for (size_t i = first; i < first + count; i++) {
		if (!search->is_ours[i] ||
		    sl_path_set_find(search->taken,
		        sl_slice_text(search->files.items[i].info->path),
		        &owner) == SL_OK)
			return SL_OK;
	}
	for (size_t i = first; status == SL_OK && i < first + count; i++)
		status = sl_path_set_add(search->taken,
		    sl_slice_text(search->files.items[i].info->path),
		    place->seq, NULL);
	/* Paths that clash are not ours to judge here: left as they are. */
	if (status != SL_OK)
		return status == SL_ERR_NOMEM ? status : SL_OK;
	return sl_holdings_add(
	    search->held, place->seq, place->ordinal, place->ordinal);
}

/* Of these segments, all that are there. */
static enum sl_status
adopt(struct search *search, const struct sl_holdings *segments,
    struct sl_error *err)
{
	enum sl_status status;
	size_t count;

	status =
	    sl_file_list_build(&search->files, search->heads, segments, err);
	search->is_ours = calloc(search->files.count + 1, 1);
	if (status == SL_OK && search->is_ours == NULL)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (status == SL_OK)
		status = sl_file_list_each(
		    &search->files, THREADS, look, search, err);
	for (size_t at = 0; status == SL_OK && at < search->files.count;
	     at += count) {
		const struct sl_stage_file *place =
		    &search->files.items[at].place;

		count =
		    sl_heads_segment(search->heads, place->seq, place->ordinal)
		        ->file_count;
		status = take(search, at, count);
		if (status != SL_OK)
			sl_error_set(err, status, "out of memory");
	}
	free(search->is_ours);
	search->is_ours = NULL;
	sl_file_list_clear(&search->files);
	return status;
}

/* Newest first: a later revision is the likelier one. */
static enum sl_status
adopt_others(struct search *search, const struct sl_holdings *target,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t seq = search->heads->count; status == SL_OK && seq > 0;
	     seq--) {
		const struct sl_index *index =
		    sl_heads_index(search->heads, (uint32_t)seq);
		struct sl_holdings all = {0}, others = {0};

		if (index == NULL || index->segment_count == 0)
			continue;
		status = sl_holdings_add(
		    &all, (uint32_t)seq, 0, index->segment_count - 1);
		if (status == SL_OK)
			status = sl_holdings_subtract(&others, &all, target);
		if (status != SL_OK)
			sl_error_set(err, status, "out of memory");
		else
			status = adopt(search, &others, err);
		sl_holdings_clear(&others);
		sl_holdings_clear(&all);
	}
	return status;
}

enum sl_status
sl_adopt(struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_holdings *target, struct sl_state *state, uint64_t *count,
    struct sl_error *err)
{
	struct search search = {
	    .mirror = mirror, .heads = heads, .held = &state->held};
	enum sl_status status = sl_path_set_new(&search.taken);

	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	status = adopt(&search, target, err);
	if (status == SL_OK)
		status = adopt_others(&search, target, err);
	sl_path_set_free(search.taken);
	*count = sl_holdings_count(&state->held);
	state->is_complete = false;
	if (status == SL_OK && *count > 0)
		status = sl_mirror_save_state(mirror, state, err);
	return status;
}
