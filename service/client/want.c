#include "want.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* A share may be this much larger or smaller to end between episodes. */
#define SLACK_DIVISOR 4

void
sl_wants_clear(struct sl_wants *wants)
{
	for (size_t i = 0; i < wants->count; i++) {
		free(wants->items[i].files);
		sl_segment_reader_free(wants->items[i].reader);
	}
	free(wants->items);
	free(wants->runs);
	free(wants->episodes);
	memset(wants, 0, sizeof(*wants));
}

static enum sl_status
add_item(struct sl_wants *wants, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index)
{
	struct sl_want *item;

	if (wants->count == wants->capacity) {
		size_t capacity =
		    wants->capacity == 0 ? 64 : wants->capacity * 2;
		struct sl_want *more =
		    reallocarray(wants->items, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		wants->items = more;
		wants->capacity = capacity;
	}
	assert(wants->items != NULL);
	item = &wants->items[wants->count++];
	memset(item, 0, sizeof(*item));
	item->seq = seq;
	item->ordinal = ordinal;
	item->index = index;
	item->segment = &index->segments[ordinal];
	wants->decoded_bytes += item->segment->decoded_bytes;
	return SL_OK;
}

enum sl_status
sl_wants_put_back(struct sl_wants *wants, const struct sl_run_of *run)
{
	if (run->count == 0)
		return SL_OK;
	if (wants->run_count == wants->run_capacity) {
		size_t capacity =
		    wants->run_capacity == 0 ? 64 : wants->run_capacity * 2;
		struct sl_run_of *more =
		    reallocarray(wants->runs, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		wants->runs = more;
		wants->run_capacity = capacity;
	}
	wants->runs[wants->run_count++] = *run;
	return SL_OK;
}

static enum sl_status
add_run(struct sl_wants *wants, struct sl_want *want, uint32_t first,
    uint32_t count)
{
	const struct sl_run_of run = {want, first, count};

	for (uint32_t i = first; i < first + count; i++)
		wants->stored_bytes += want->index->chunks[i].stored_bytes;
	wants->chunks += count;
	want->chunks_left += count;
	return sl_wants_put_back(wants, &run);
}

/* The chunks of one segment that are not in `done`. */
static enum sl_status
add_missing(struct sl_wants *wants, struct sl_want *want,
    const struct sl_multirange *done)
{
	uint32_t first = want->segment->chunk_first;
	uint32_t end = first + want->segment->chunk_count;
	enum sl_status status = SL_OK;
	uint32_t begin = first;

	for (uint32_t i = first; status == SL_OK && i < end; i++) {
		if (done == NULL || !sl_multirange_contains(done, i))
			continue;
		wants->chunks_staged++;
		wants->decoded_done += want->index->chunks[i].decoded_bytes;
		if (i > begin)
			status = add_run(wants, want, begin, i - begin);
		begin = i + 1;
	}
	if (status == SL_OK && end > begin)
		status = add_run(wants, want, begin, end - begin);
	return status;
}

static int
by_number(const void *a, const void *b)
{
	const struct sl_want *const *left = a;
	const struct sl_want *const *right = b;
	uint32_t x = (*left)->segment->number;
	uint32_t y = (*right)->segment->number;

	return x < y ? -1 : x > y;
}

/* Give each want its episode, and count what each episode waits for. */
static enum sl_status
count_episodes(struct sl_wants *wants)
{
	struct sl_want **sorted = calloc(wants->count + 1, sizeof(*sorted));
	size_t last = 0;

	wants->episodes = calloc(wants->count + 1, sizeof(*wants->episodes));
	if (sorted == NULL || wants->episodes == NULL) {
		free(sorted);
		return SL_ERR_NOMEM;
	}
	for (size_t i = 0; i < wants->count; i++)
		sorted[i] = &wants->items[i];
	qsort(sorted, wants->count, sizeof(struct sl_want *), by_number);
	for (size_t i = 0; i < wants->count; i++) {
		if (i == 0 ||
		    sorted[i]->segment->number !=
		        sorted[i - 1]->segment->number)
			last = wants->episode_count++;
		sorted[i]->episode = last;
		if (sorted[i]->chunks_left > 0)
			wants->episodes[last]++;
	}
	wants->has_own_files =
	    wants->count > 0 && sorted[0]->segment->number == 0;
	for (size_t i = 0; i < wants->episode_count; i++)
		wants->episodes_done += wants->episodes[i] == 0;
	free(sorted);
	return SL_OK;
}

static enum sl_status
on_segment(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	enum sl_status status = add_item(ctx, seq, ordinal, index);

	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

enum sl_status
sl_wants_build(struct sl_wants *wants, const struct sl_heads *heads,
    const struct sl_holdings *fetch, const struct sl_holdings *done,
    struct sl_error *err)
{
	enum sl_status status;

	memset(wants, 0, sizeof(*wants));
	status = sl_plan_each(heads, fetch, on_segment, wants, err);
	for (size_t i = 0; status == SL_OK && i < wants->count; i++)
		status = add_missing(wants, &wants->items[i],
		    sl_holdings_of(done, wants->items[i].seq));
	if (status == SL_OK)
		status = count_episodes(wants);
	if (status == SL_OK)
		return SL_OK;
	sl_wants_clear(wants);
	return sl_error_set(err, status, "out of memory");
}

enum sl_status
sl_want_open_reader(struct sl_want *want, struct sl_error *err)
{
	const struct sl_index_segment *segment = want->segment;
	struct sl_segment_file *files;
	enum sl_status status;

	if (want->reader != NULL)
		return SL_OK;
	files = calloc((size_t)segment->file_count + 1, sizeof(*files));
	if (files == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (uint32_t i = 0; i < segment->file_count; i++) {
		const struct sl_index_file *file =
		    &want->index->files[segment->file_first + i];

		files[i].path = sl_slice_text(file->path);
		files[i].bytes = file->bytes;
	}
	status = sl_segment_reader_new(&want->reader, files,
	    segment->file_count, want->index->published_us);
	free(files);
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "segment %u.%u", want->seq, want->ordinal);
	if (sl_segment_reader_bytes(want->reader) != segment->decoded_bytes ||
	    sl_segment_reader_chunk_count(want->reader) !=
	        segment->chunk_count) {
		sl_segment_reader_free(want->reader);
		want->reader = NULL;
		return sl_error_code(err, SL_ERR_INTEGRITY, "index_invalid",
		    "segment %u.%u: its files do not make the bytes that the "
		    "index states",
		    want->seq, want->ordinal);
	}
	return SL_OK;
}

enum sl_status
sl_wants_add_file(struct sl_wants *wants, const struct sl_heads *heads,
    uint32_t seq, uint32_t ordinal, uint32_t file, struct sl_error *err)
{
	struct sl_want *want =
	    wants->count == 0 ? NULL : &wants->items[wants->count - 1];
	const struct sl_index *index = sl_heads_index(heads, seq);
	enum sl_status status;

	if (want == NULL || want->seq != seq || want->ordinal != ordinal) {
		status = add_item(wants, seq, ordinal, index);
		if (status != SL_OK)
			return sl_error_set(err, status, "out of memory");
		want = &wants->items[wants->count - 1];
		want->files =
		    calloc((size_t)want->segment->file_count / 8 + 1, 1);
	}
	if (want->files == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	want->files[file / 8] |= (unsigned char)(1u << (file % 8));
	return SL_OK;
}

struct sieve {
	bool (*is_needed)(
	    void *ctx, const struct sl_want *want, uint32_t chunk);
	void *ctx;
};

/* Those of chunks first … end - 1 that are needed. */
static enum sl_status
add_needed(struct sl_wants *wants, struct sl_want *want, uint32_t first,
    uint32_t end, const struct sieve *sieve)
{
	enum sl_status status = SL_OK;
	uint32_t begin = first;

	if (sieve->is_needed == NULL)
		return add_run(wants, want, first, end - first);
	for (uint32_t i = first; status == SL_OK && i < end; i++) {
		if (sieve->is_needed(sieve->ctx, want, i))
			continue;
		if (i > begin)
			status = add_run(wants, want, begin, i - begin);
		begin = i + 1;
	}
	if (status == SL_OK && end > begin)
		status = add_run(wants, want, begin, end - begin);
	return status;
}

/* Runs over the chunks that hold a part of a wanted file. */
static enum sl_status
cover_files(struct sl_wants *wants, struct sl_want *want,
    const struct sieve *sieve, struct sl_error *err)
{
	enum sl_status status = sl_want_open_reader(want, err);
	uint32_t base = want->segment->chunk_first;
	uint32_t next = 0; /* first chunk of the segment not yet looked at */

	for (uint32_t i = 0; status == SL_OK && i < want->segment->file_count;
	     i++) {
		const struct sl_index_file *file =
		    &want->index->files[want->segment->file_first + i];
		const struct sl_segment_part part = {i, 0, file->bytes};
		uint32_t first, count;

		if ((want->files[i / 8] & (1u << (i % 8))) == 0)
			continue;
		status = sl_segment_reader_cover(
		    want->reader, &part, &first, &count);
		if (status != SL_OK)
			return sl_error_set(err, status, "%s", file->path);
		if (first + count <= next)
			continue;
		if (first < next) {
			count -= next - first;
			first = next;
		}
		next = first + count;
		status =
		    add_needed(wants, want, base + first, base + next, sieve);
	}
	return status;
}

enum sl_status
sl_wants_seal(struct sl_wants *wants,
    bool (*is_needed)(void *ctx, const struct sl_want *want, uint32_t chunk),
    void *ctx, struct sl_error *err)
{
	const struct sieve sieve = {is_needed, ctx};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < wants->count; i++)
		status = cover_files(wants, &wants->items[i], &sieve, err);
	if (status != SL_OK)
		return status;
	status = count_episodes(wants);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

static int
by_place(const void *a, const void *b)
{
	const struct sl_run_of *left = a;
	const struct sl_run_of *right = b;

	if (left->want->seq != right->want->seq)
		return left->want->seq < right->want->seq ? -1 : 1;
	return left->first < right->first ? -1 : left->first > right->first;
}

static uint64_t
bytes_of(const struct sl_run_of *run, uint32_t count)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += run->want->index->chunks[run->first + i].stored_bytes;
	return bytes;
}

static bool
begins_episode(const struct sl_wants *wants, size_t run)
{
	return wants->runs[run].want->segment->number !=
	    wants->runs[run - 1].want->segment->number;
}

/* How many runs a share of `bytes` has; the last one may be split: *rest is
 * then how many of its chunks stay behind. */
static size_t
measure(struct sl_wants *wants, uint64_t bytes, uint32_t *rest)
{
	uint64_t sum = 0;
	size_t run = 0;

	*rest = 0;
	for (; run < wants->run_count; run++) {
		struct sl_run_of *at = &wants->runs[run];
		uint64_t more = bytes_of(at, at->count);
		uint32_t keep = at->count;

		if (run > 0 && sum >= bytes - bytes / SLACK_DIVISOR &&
		    begins_episode(wants, run))
			return run;
		if (sum + more <= bytes + bytes / SLACK_DIVISOR) {
			sum += more;
			continue;
		}
		while (keep > 1 && sum + bytes_of(at, keep) > bytes)
			keep = keep > 16 ? keep - keep / 16 : keep - 1;
		if (run > 0 && sum + bytes_of(at, keep) > bytes)
			return run;
		*rest = at->count - keep;
		return run + 1;
	}
	return run;
}

enum sl_status
sl_wants_take(struct sl_wants *wants, uint64_t bytes, struct sl_run_of **out,
    size_t *count)
{
	struct sl_run_of remainder;
	uint32_t rest;

	*out = NULL;
	*count = 0;
	if (wants->run_count == 0)
		return SL_OK;
	qsort(wants->runs, wants->run_count, sizeof(*wants->runs), by_place);
	*count = measure(wants, bytes, &rest);
	*out = calloc(*count, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	memcpy(*out, wants->runs, *count * sizeof(**out));
	remainder = (*out)[*count - 1];
	remainder.first += remainder.count - rest;
	remainder.count = rest;
	(*out)[*count - 1].count -= rest;
	wants->run_count -= *count;
	memmove(wants->runs, wants->runs + *count,
	    wants->run_count * sizeof(*wants->runs));
	return sl_wants_put_back(wants, &remainder);
}

enum sl_status
sl_wants_whole(const struct sl_wants *wants, struct sl_holdings *out)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < wants->count; i++) {
		const struct sl_want *want = &wants->items[i];

		if (want->chunks_left == 0)
			status = sl_holdings_add(
			    out, want->seq, want->ordinal, want->ordinal);
	}
	return status;
}
