#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/session/delivery.h"

/* More than the entries of any batch (2,000 episodes and the pseudo-episode),
 * so that every page holds a whole batch. */
#define PAGE_ROWS 4096u

static enum sl_status ask_entries(
    struct listing *listing, struct sl_error *err);

void
listing_clear(struct listing *listing)
{
	free(listing->batches);
	listing->batches = NULL;
	sl_fetch_clear(&listing->fetch);
	sl_live_free(listing->live);
	listing->live = NULL;
	sl_selection_free(listing->before);
	listing->before = NULL;
}

static void
on_batches(void *ctx, enum sl_status status, const struct sl_batch *batches,
    size_t count, const struct sl_error *err)
{
	struct listing *listing = ctx;
	struct sl_error words = *err;

	if (status == SL_OK && count > 0) {
		listing->batches = calloc(count, sizeof(*batches));
		if (listing->batches == NULL) {
			status =
			    sl_error_set(&words, SL_ERR_NOMEM, "out of memory");
		} else {
			memcpy(listing->batches, batches,
			    count * sizeof(*batches));
			listing->batch_count = count;
		}
	}
	listing->fn(listing->ctx, status, &words);
}

static enum sl_status
ask_batches(struct listing *listing, struct sl_error *err)
{
	return sl_store_batches(listing->db, listing->dataset,
	    listing->after + 1, listing->until, on_batches, listing, err);
}

static int
compare_items(const void *a, const void *b)
{
	const struct sl_selection_item *left = a;
	const struct sl_selection_item *right = b;

	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	if (left->ordinal != right->ordinal)
		return left->ordinal < right->ordinal ? -1 : 1;
	return 0;
}

/* The segments of the selection now that were not in the one before. */
static enum sl_status
make_fetch(struct listing *listing, struct sl_error *err)
{
	struct sl_selection *now = NULL;
	struct sl_selection_diff diff;
	enum sl_status status;

	status = sl_selection_compute(
	    &now, listing->live, listing->scope, &listing->request, err);
	if (status == SL_OK)
		status = sl_selection_compare(
		    &diff, listing->before, now, listing->live);
	if (status != SL_OK) {
		sl_selection_free(now);
		return status;
	}
	qsort(diff.fetch, diff.fetch_count, sizeof(*diff.fetch), compare_items);
	for (size_t i = 0; status == SL_OK && i < diff.fetch_count; i++)
		status =
		    sl_fetch_add_segments(&listing->fetch, diff.fetch[i].seq,
		        diff.fetch[i].ordinal, diff.fetch[i].ordinal);
	sl_selection_diff_clear(&diff);
	sl_selection_free(now);
	return status;
}

/* Apply one batch, and remember the selection where the stream begins. */
static enum sl_status
apply_batch(struct listing *listing, uint32_t seq,
    const struct sl_entry_row *rows, size_t count, struct sl_error *err)
{
	struct sl_entry *entries = calloc(count + 1, sizeof(*entries));
	enum sl_status status;

	if (entries == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		entries[i] = rows[i].entry; /* borrowed */
	status = sl_live_apply(listing->live, seq, entries, count, err);
	free(entries);
	if (status == SL_OK && seq == listing->after)
		status = sl_selection_compute(&listing->before, listing->live,
		    listing->scope, &listing->request, err);
	return status;
}

/* Apply the whole batches of a page.  A full page may end in the middle of
 * one, which is then asked for again. */
static enum sl_status
apply_page(struct listing *listing, const struct sl_entry_row *rows,
    size_t count, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	size_t first = 0;

	while (status == SL_OK && first < count) {
		uint32_t seq = sl_live_seq(listing->live) + 1;
		size_t end = first;

		while (end < count && rows[end].seq == seq)
			end++;
		if (end == count && count == PAGE_ROWS)
			break;
		if (end == first && rows[first].seq < seq)
			return sl_error_set(err, SL_ERR_INTEGRITY,
			    "entries of batch %u come twice", rows[first].seq);
		status =
		    apply_batch(listing, seq, rows + first, end - first, err);
		first = end;
	}
	return status;
}

static void
on_entries(void *ctx, enum sl_status status, const struct sl_entry_row *rows,
    size_t count, const struct sl_error *err)
{
	struct listing *listing = ctx;
	struct sl_error words = *err;

	if (status == SL_OK)
		status = apply_page(listing, rows, count, &words);
	if (status == SL_OK && count == PAGE_ROWS) {
		status = ask_entries(listing, &words);
		if (status == SL_OK)
			return;
	}
	if (status == SL_OK)
		status = make_fetch(listing, &words);
	sl_live_free(listing->live);
	listing->live = NULL;
	if (status == SL_OK) {
		status = ask_batches(listing, &words);
		if (status == SL_OK)
			return;
	}
	listing->fn(listing->ctx, status, &words);
}

static enum sl_status
ask_entries(struct listing *listing, struct sl_error *err)
{
	const struct sl_entry_page page = {.until = listing->until,
	    .after_seq = sl_live_seq(listing->live),
	    .after_number = UINT32_MAX,
	    .limit = PAGE_ROWS};

	return sl_store_entries(
	    listing->db, listing->dataset, &page, on_entries, listing, err);
}

enum sl_status
listing_start(struct listing *listing, struct sl_error *err)
{
	enum sl_status status;

	sl_fetch_init(&listing->fetch);
	if (!listing->with_segments || listing->after >= listing->until)
		return ask_batches(listing, err);
	status = sl_live_new(&listing->live);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	return ask_entries(listing, err);
}
