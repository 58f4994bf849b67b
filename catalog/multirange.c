#include "sluice/catalog/multirange.h"

#include <stdlib.h>
#include <string.h>

void
sl_multirange_init(struct sl_multirange *set)
{
	memset(set, 0, sizeof(*set));
}

void
sl_multirange_clear(struct sl_multirange *set)
{
	free(set->ranges);
	memset(set, 0, sizeof(*set));
}

static enum sl_status
make_room(struct sl_multirange *set, size_t count)
{
	struct sl_range *ranges;
	size_t capacity = set->capacity < 4 ? 4 : set->capacity * 2;

	if (count <= set->capacity)
		return SL_OK;
	if (count > SL_RANGES_MAX)
		return SL_ERR_LIMIT;
	if (capacity < count)
		capacity = count;
	ranges = realloc(set->ranges, capacity * sizeof(*ranges));
	if (ranges == NULL)
		return SL_ERR_NOMEM;
	set->ranges = ranges;
	set->capacity = capacity;
	return SL_OK;
}

/* The first range that ends at or after `value`; count if none does. */
static size_t
lower_bound(const struct sl_multirange *set, uint32_t value)
{
	size_t low = 0;
	size_t high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->ranges[middle].last < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum sl_status
sl_multirange_add(struct sl_multirange *set, uint32_t first, uint32_t last)
{
	size_t from;
	size_t to;
	enum sl_status status;

	if (first > last || last > SL_RANGE_VALUE_MAX)
		return SL_ERR_INVALID;
	/* [from, to) are the ranges that touch the new one. */
	from = lower_bound(set, first == 0 ? 0 : first - 1);
	to = from;
	while (to < set->count && set->ranges[to].first <= last + 1)
		to++;
	if (from == to) {
		status = make_room(set, set->count + 1);
		if (status != SL_OK)
			return status;
		memmove(set->ranges + from + 1, set->ranges + from,
		    (set->count - from) * sizeof(set->ranges[0]));
		set->ranges[from] = (struct sl_range){first, last};
		set->count++;
		return SL_OK;
	}
	if (set->ranges[from].first > first)
		set->ranges[from].first = first;
	if (set->ranges[to - 1].last > last)
		last = set->ranges[to - 1].last;
	set->ranges[from].last = last;
	memmove(set->ranges + from + 1, set->ranges + to,
	    (set->count - to) * sizeof(set->ranges[0]));
	set->count -= to - from - 1;
	return SL_OK;
}

/* Append what `other` leaves of one range; *at moves on through `other`. */
static enum sl_status
append_rest(struct sl_multirange *out, struct sl_range range,
    const struct sl_multirange *other, size_t *at)
{
	uint64_t first = range.first;
	enum sl_status status = SL_OK;

	while (*at < other->count && other->ranges[*at].last < range.first)
		(*at)++;
	for (size_t i = *at; status == SL_OK && i < other->count &&
	     other->ranges[i].first <= range.last;
	     i++) {
		if (other->ranges[i].first > first)
			status = sl_multirange_add(
			    out, (uint32_t)first, other->ranges[i].first - 1);
		first = (uint64_t)other->ranges[i].last + 1;
	}
	if (status == SL_OK && first <= range.last)
		status = sl_multirange_add(out, (uint32_t)first, range.last);
	return status;
}

enum sl_status
sl_multirange_subtract(
    struct sl_multirange *set, const struct sl_multirange *other)
{
	struct sl_multirange rest = {0};
	size_t at = 0;

	for (size_t i = 0; i < set->count; i++) {
		enum sl_status status =
		    append_rest(&rest, set->ranges[i], other, &at);

		if (status != SL_OK) {
			sl_multirange_clear(&rest);
			return status;
		}
	}
	sl_multirange_clear(set);
	*set = rest;
	return SL_OK;
}

/* Merge by first bound, so that every add is at the end. */
enum sl_status
sl_multirange_unite(
    struct sl_multirange *set, const struct sl_multirange *other)
{
	struct sl_multirange sum = {0};
	size_t i = 0;
	size_t j = 0;

	while (i < set->count || j < other->count) {
		const struct sl_range *next;
		enum sl_status status;

		if (j == other->count ||
		    (i < set->count &&
		        set->ranges[i].first <= other->ranges[j].first))
			next = &set->ranges[i++];
		else
			next = &other->ranges[j++];
		status = sl_multirange_add(&sum, next->first, next->last);
		if (status != SL_OK) {
			sl_multirange_clear(&sum);
			return status;
		}
	}
	sl_multirange_clear(set);
	*set = sum;
	return SL_OK;
}

enum sl_status
sl_multirange_copy(struct sl_multirange *out, const struct sl_multirange *set)
{
	enum sl_status status;

	sl_multirange_init(out);
	status = make_room(out, set->count);
	if (status != SL_OK)
		return status;
	if (set->count > 0)
		memcpy(out->ranges, set->ranges,
		    set->count * sizeof(set->ranges[0]));
	out->count = set->count;
	return SL_OK;
}

bool
sl_multirange_contains(const struct sl_multirange *set, uint32_t value)
{
	size_t at = lower_bound(set, value);

	return at < set->count && set->ranges[at].first <= value;
}

bool
sl_multirange_is_equal(
    const struct sl_multirange *a, const struct sl_multirange *b)
{
	return a->count == b->count &&
	    (a->count == 0 ||
	        memcmp(a->ranges, b->ranges, a->count * sizeof(a->ranges[0])) ==
	            0);
}

uint64_t
sl_multirange_count(const struct sl_multirange *set)
{
	uint64_t count = 0;

	for (size_t i = 0; i < set->count; i++)
		count +=
		    (uint64_t)set->ranges[i].last - set->ranges[i].first + 1;
	return count;
}

/* A cursor over text. */
struct reader {
	const unsigned char *at;
	const unsigned char *end;
};

static bool
take(struct reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != (unsigned char)c)
		return false;
	reader->at++;
	return true;
}

/* Digits without a leading zero, at most `max`. */
static bool
take_number(struct reader *reader, uint32_t max, uint32_t *out)
{
	const unsigned char *start = reader->at;
	uint64_t value = 0;

	while (reader->at < reader->end && *reader->at >= '0' &&
	    *reader->at <= '9') {
		value = value * 10 + (uint64_t)(*reader->at - '0');
		if (value > max)
			return false;
		reader->at++;
	}
	if (reader->at == start || (*start == '0' && reader->at - start > 1))
		return false;
	*out = (uint32_t)value;
	return true;
}

/* `4` or `4-9` */
static bool
take_range(struct reader *reader, struct sl_range *range)
{
	if (!take_number(reader, SL_RANGE_VALUE_MAX, &range->first))
		return false;
	range->last = range->first;
	return !take(reader, '-') ||
	    (take_number(reader, SL_RANGE_VALUE_MAX, &range->last) &&
	        range->last >= range->first);
}

/* `[4,10)` */
static bool
take_pg_range(struct reader *reader, struct sl_range *range)
{
	uint32_t end;

	if (!take(reader, '[') ||
	    !take_number(reader, SL_RANGE_VALUE_MAX, &range->first) ||
	    !take(reader, ',') ||
	    !take_number(reader, SL_RANGE_VALUE_MAX + 1U, &end) ||
	    !take(reader, ')') || end <= range->first)
		return false;
	range->last = end - 1;
	return true;
}

static int
compare_ranges(const void *a, const void *b)
{
	uint32_t left = ((const struct sl_range *)a)->first;
	uint32_t right = ((const struct sl_range *)b)->first;

	return left < right ? -1 : left > right;
}

/* Ranges in any order, possibly overlapping, into a proper set: sorted first,
 * so that hostile text costs no more than its sort. */
static enum sl_status
settle(struct sl_multirange *out, struct sl_multirange *loose)
{
	struct sl_multirange set = {0};
	enum sl_status status = SL_OK;

	for (size_t i = 1; i < loose->count; i++) {
		if (loose->ranges[i - 1].first > loose->ranges[i].first) {
			qsort(loose->ranges, loose->count,
			    sizeof(loose->ranges[0]), compare_ranges);
			break;
		}
	}
	for (size_t i = 0; status == SL_OK && i < loose->count; i++)
		status = sl_multirange_add(
		    &set, loose->ranges[i].first, loose->ranges[i].last);
	if (status != SL_OK) {
		sl_multirange_clear(&set);
		return status;
	}
	sl_multirange_clear(out);
	*out = set;
	return SL_OK;
}

static enum sl_status
parse_list(struct sl_multirange *out, struct reader *reader, bool pg,
    struct sl_error *err)
{
	struct sl_multirange loose = {0};
	enum sl_status status = SL_OK;
	bool well_formed = true;

	do {
		struct sl_range range;

		well_formed = pg ? take_pg_range(reader, &range)
		                 : take_range(reader, &range);
		if (!well_formed)
			break;
		status = make_room(&loose, loose.count + 1);
		if (status == SL_OK)
			loose.ranges[loose.count++] = range;
	} while (status == SL_OK && take(reader, ','));
	well_formed =
	    well_formed && (status != SL_OK || !pg || take(reader, '}'));
	if (status == SL_OK && (!well_formed || reader->at != reader->end))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "not a set of numbers like %s",
		    pg ? "{[0,13),[15,16)}" : "0-12,15");
	else if (status != SL_OK)
		status = sl_error_set(err, status, "a set of numbers: %s",
		    sl_status_text(status));
	else if (settle(out, &loose) != SL_OK)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	sl_multirange_clear(&loose);
	return status;
}

enum sl_status
sl_multirange_parse(
    struct sl_multirange *out, struct sl_slice text, struct sl_error *err)
{
	struct reader reader = {text.data, text.data};

	if (text.len == 0) {
		sl_multirange_clear(out);
		return SL_OK;
	}
	reader.end += text.len;
	return parse_list(out, &reader, false, err);
}

enum sl_status
sl_multirange_parse_pg(
    struct sl_multirange *out, struct sl_slice text, struct sl_error *err)
{
	struct reader reader = {text.data, text.data};

	if (sl_slice_is_text(text, "{}")) {
		sl_multirange_clear(out);
		return SL_OK;
	}
	if (text.len > 0)
		reader.end += text.len;
	if (!take(&reader, '{'))
		return sl_error_set(
		    err, SL_ERR_INVALID, "not an int4multirange");
	return parse_list(out, &reader, true, err);
}

enum sl_status
sl_multirange_format(struct sl_buf *buf, const struct sl_multirange *set)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < set->count; i++) {
		const struct sl_range *range = &set->ranges[i];

		status =
		    sl_buf_printf(buf, "%s%u", i == 0 ? "" : ",", range->first);
		if (status == SL_OK && range->last > range->first)
			status = sl_buf_printf(buf, "-%u", range->last);
	}
	return status;
}

enum sl_status
sl_multirange_format_pg(struct sl_buf *buf, const struct sl_multirange *set)
{
	enum sl_status status = sl_buf_append_text(buf, "{");

	for (size_t i = 0; status == SL_OK && i < set->count; i++)
		status = sl_buf_printf(buf, "%s[%u,%u)", i == 0 ? "" : ",",
		    set->ranges[i].first, set->ranges[i].last + 1);
	return status == SL_OK ? sl_buf_append_text(buf, "}") : status;
}
