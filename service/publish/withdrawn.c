#include "withdrawn.h"

#include <stdlib.h>
#include <string.h>

struct hashes {
	unsigned char (*items)[32];
	size_t count;
};

static int
compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static bool
has_hash(const struct hashes *list, const unsigned char hash[32])
{
	return list->count > 0 &&
	    bsearch(hash, list->items, list->count, sizeof(*list->items),
	        compare_hashes) != NULL;
}

static bool
has_retracted(const struct known *known)
{
	for (size_t i = 0; i < known->episode_count; i++) {
		if (known->episodes[i].retracted)
			return true;
	}
	return false;
}

static enum sl_status
count_files(size_t *out, struct known *known, struct sl_error *err)
{
	*out = 0;
	for (uint32_t seq = 1; seq <= known->batch_count; seq++) {
		const struct sl_index *index = NULL;
		enum sl_status status;

		status = known_index(&index, known, seq, err);
		if (status != SL_OK)
			return status;
		*out += index->file_count;
	}
	return SL_OK;
}

/* Files of retracted episodes go to one list, all others to the other. */
static enum sl_status
split_files(struct hashes *gone, struct hashes *live, struct known *known,
    struct sl_error *err)
{
	for (uint32_t seq = 1; seq <= known->batch_count; seq++) {
		const struct sl_index *index = NULL;
		enum sl_status status;

		status = known_index(&index, known, seq, err);
		if (status != SL_OK)
			return status;
		for (uint32_t s = 0; s < index->segment_count; s++) {
			const struct sl_index_segment *segment =
			    &index->segments[s];
			const struct known_episode *episode =
			    known_find_number(known, segment->number);
			struct hashes *list =
			    episode != NULL && episode->retracted ? gone : live;

			for (uint32_t i = 0; i < segment->file_count; i++)
				memcpy(list->items[list->count++],
				    index->files[segment->file_first + i]
				        .sha256,
				    32);
		}
	}
	qsort(gone->items, gone->count, sizeof(*gone->items), compare_hashes);
	qsort(live->items, live->count, sizeof(*live->items), compare_hashes);
	return SL_OK;
}

enum sl_status
withdrawn_load(struct withdrawn *out, struct known *known, struct sl_error *err)
{
	struct hashes gone = {0};
	struct hashes live = {0};
	size_t total = 0;
	enum sl_status status;

	*out = (struct withdrawn){0};
	if (!has_retracted(known))
		return SL_OK;
	status = count_files(&total, known, err);
	if (status != SL_OK)
		return status;
	gone.items = calloc(total + 1, sizeof(*gone.items));
	live.items = calloc(total + 1, sizeof(*live.items));
	status = gone.items == NULL || live.items == NULL
	    ? SL_ERR_NOMEM
	    : split_files(&gone, &live, known, err);
	for (size_t i = 0; status == SL_OK && i < gone.count; i++) {
		if (!has_hash(&live, gone.items[i]))
			memmove(gone.items[out->count++], gone.items[i], 32);
	}
	free(live.items);
	if (status != SL_OK) {
		free(gone.items);
		return status;
	}
	out->hashes = gone.items;
	return SL_OK;
}

void
withdrawn_clear(struct withdrawn *withdrawn)
{
	free(withdrawn->hashes);
	*withdrawn = (struct withdrawn){0};
}

bool
withdrawn_has_file_of(
    const struct withdrawn *withdrawn, const struct sl_draft_episode *episode)
{
	const struct hashes list = {withdrawn->hashes, withdrawn->count};

	for (size_t i = 0; i < episode->file_count; i++) {
		if (has_hash(&list, episode->files[i].sha256))
			return true;
	}
	return false;
}
