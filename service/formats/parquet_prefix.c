#include "parquet_prefix.h"

#include <string.h>

/* The bytes of all values: before there is memory for them, because a few
 * bytes may stand for many. */
static enum sl_status
measure(struct parquet_delta shared, struct parquet_delta rest, size_t max,
    size_t *total)
{
	uint64_t before = 0;
	int64_t head;
	int64_t tail;

	*total = 0;
	while (parquet_delta_next(&shared, &head) &&
	    parquet_delta_next(&rest, &tail)) {
		if ((uint64_t)head > before)
			return SL_ERR_INVALID;
		before = (uint64_t)head + (uint64_t)tail;
		if (before > max - *total)
			return SL_ERR_LIMIT;
		*total += (size_t)before;
	}
	return SL_OK;
}

/* `out` has room for all. */
static bool
join(struct sl_buf *out, struct parquet_delta shared, struct parquet_delta rest,
    struct sl_slice tails)
{
	const unsigned char *before = out->data;
	int64_t head;
	int64_t tail;

	while (parquet_delta_next(&shared, &head) &&
	    parquet_delta_next(&rest, &tail)) {
		unsigned char *to = out->data + out->len;

		if ((uint64_t)tail > tails.len)
			return false;
		if (head > 0)
			memcpy(to, before, (size_t)head);
		if (tail > 0)
			memcpy(to + head, tails.data, (size_t)tail);
		tails =
		    sl_slice_of(tails.data + tail, tails.len - (size_t)tail);
		before = to;
		out->len += (size_t)head + (size_t)tail;
	}
	return true;
}

enum sl_status
parquet_prefix_join(struct sl_buf *out, struct sl_slice page, uint64_t max,
    struct parquet_delta *shared, struct parquet_delta *rest)
{
	size_t total;
	enum sl_status status;

	sl_buf_reset(out);
	if (!parquet_delta_lengths(shared, &page, max) ||
	    !parquet_delta_lengths(rest, &page, max) ||
	    shared->left != rest->left)
		return SL_ERR_INVALID;
	status = measure(*shared, *rest, out->max, &total);
	if (status != SL_OK || total == 0)
		return status;
	status = sl_buf_reserve(out, total);
	if (status != SL_OK)
		return status;
	return join(out, *shared, *rest, page) ? SL_OK : SL_ERR_INVALID;
}
