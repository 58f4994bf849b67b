#include "sluice/catalog/where.h"

#include <stdlib.h>
#include <string.h>

struct value {
	enum sl_facet facet;
	char text[SL_SLUG_MAX + 1];
};

/* Sorted by facet, then text: a facet's values are neighbours. */
struct sl_where {
	size_t count;
	size_t first[SL_FACET_COUNT + 1]; /* values[first[f] … first[f + 1]) */
	struct value values[SL_WHERE_VALUES_MAX];
};

static bool
is_digits(const unsigned char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* 2026, 2026-11 or 2026-11-20; whether such a day exists does not matter. */
static bool
is_date_prefix(struct sl_slice text)
{
	const unsigned char *data = text.data;

	if (text.len != 4 && text.len != 7 && text.len != 10)
		return false;
	return is_digits(data, 4) &&
	    (text.len < 7 || (data[4] == '-' && is_digits(data + 5, 2))) &&
	    (text.len < 10 || (data[7] == '-' && is_digits(data + 8, 2)));
}

static enum sl_status
check_value(enum sl_facet facet, struct sl_slice text, struct sl_error *err)
{
	struct sl_facets scratch;

	if (facet != SL_FACET_RECORDED)
		return sl_facets_set(&scratch, facet, text, err);
	if (!is_date_prefix(text))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.*s\" is not a date like 2026-11 or 2026-11-20",
		    (int)(text.len > 80 ? 80 : text.len),
		    text.len == 0 ? "" : (const char *)text.data);
	return SL_OK;
}

static enum sl_status
add_value(struct sl_where *where, enum sl_facet facet, struct sl_slice text,
    struct sl_error *err)
{
	enum sl_status status = check_value(facet, text, err);
	struct value *value;

	if (status != SL_OK)
		return status;
	if (where->count == SL_WHERE_VALUES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "more than %d values in a filter", SL_WHERE_VALUES_MAX);
	value = &where->values[where->count++];
	value->facet = facet;
	memcpy(value->text, text.data, text.len);
	value->text[text.len] = '\0';
	return SL_OK;
}

/* `key=value|value` */
static enum sl_status
add_term(struct sl_where *where, struct sl_slice term, unsigned *seen,
    struct sl_error *err)
{
	const unsigned char *equals =
	    term.len == 0 ? NULL : memchr(term.data, '=', term.len);
	enum sl_facet facet;
	size_t start;

	if (equals == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.*s\" is not key=value",
		    (int)(term.len > 80 ? 80 : term.len),
		    term.len == 0 ? "" : (const char *)term.data);
	start = (size_t)(equals - term.data);
	if (sl_facet_by_name(&facet, sl_slice_of(term.data, start)) != SL_OK)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a filter has no key \"%.*s\"",
		    (int)(start > 80 ? 80 : start), (const char *)term.data);
	if ((*seen & 1U << facet) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%s\" is named twice in a filter", sl_facet_name(facet));
	*seen |= 1U << facet;
	start++;
	for (size_t i = start; i <= term.len; i++) {
		enum sl_status status;

		if (i < term.len && term.data[i] != '|')
			continue;
		status = add_value(where, facet,
		    sl_slice_of(term.data + start, i - start), err);
		if (status != SL_OK)
			return status;
		start = i + 1;
	}
	return SL_OK;
}

static int
compare_values(const void *a, const void *b)
{
	const struct value *left = a;
	const struct value *right = b;

	if (left->facet != right->facet)
		return left->facet < right->facet ? -1 : 1;
	return strcmp(left->text, right->text);
}

/* Sort, drop repetitions, note where each facet begins. */
static void
settle(struct sl_where *where)
{
	size_t kept = 0;

	qsort(where->values, where->count, sizeof(where->values[0]),
	    compare_values);
	for (size_t i = 0; i < where->count; i++)
		if (i == 0 ||
		    compare_values(
		        &where->values[kept - 1], &where->values[i]) != 0)
			where->values[kept++] = where->values[i];
	where->count = kept;
	for (size_t facet = 0, i = 0; facet <= SL_FACET_COUNT; facet++) {
		while (i < kept && (size_t)where->values[i].facet < facet)
			i++;
		where->first[facet] = i;
	}
}

enum sl_status
sl_where_parse(
    struct sl_where **out, struct sl_slice text, struct sl_error *err)
{
	struct sl_where *where;
	unsigned seen = 0;
	size_t start = 0;

	*out = NULL;
	if (text.len == 0)
		return SL_OK;
	if (text.len > SL_WHERE_TEXT_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a filter longer than %d bytes", SL_WHERE_TEXT_MAX);
	where = calloc(1, sizeof(*where));
	if (where == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i <= text.len; i++) {
		enum sl_status status;

		if (i < text.len && text.data[i] != ',')
			continue;
		status = add_term(where,
		    sl_slice_of(text.data + start, i - start), &seen, err);
		if (status != SL_OK) {
			free(where);
			return status;
		}
		start = i + 1;
	}
	settle(where);
	*out = where;
	return SL_OK;
}

void
sl_where_free(struct sl_where *where)
{
	free(where);
}

enum sl_status
sl_where_format(struct sl_buf *buf, const struct sl_where *where)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && where != NULL && i < where->count;
	     i++) {
		const struct value *value = &where->values[i];

		if (i > 0 && where->values[i - 1].facet == value->facet)
			status = sl_buf_printf(buf, "|%s", value->text);
		else
			status =
			    sl_buf_printf(buf, "%s%s=%s", i == 0 ? "" : ",",
			        sl_facet_name(value->facet), value->text);
	}
	return status;
}

static bool
value_matches(const struct value *wanted, const char *found)
{
	if (found == NULL || found[0] == '\0')
		return false;
	if (wanted->facet == SL_FACET_RECORDED)
		return strncmp(wanted->text, found, strlen(wanted->text)) == 0;
	return strcmp(wanted->text, found) == 0;
}

bool
sl_where_matches_values(
    const struct sl_where *where, const char *const values[SL_FACET_COUNT])
{
	for (size_t facet = 0; where != NULL && facet < SL_FACET_COUNT;
	     facet++) {
		size_t i = where->first[facet];
		size_t end = where->first[facet + 1];

		if (i == end)
			continue;
		while (
		    i < end && !value_matches(&where->values[i], values[facet]))
			i++;
		if (i == end)
			return false;
	}
	return true;
}

bool
sl_where_matches(const struct sl_where *where, const struct sl_facets *facets)
{
	const char *values[SL_FACET_COUNT];

	for (size_t i = 0; i < SL_FACET_COUNT; i++)
		values[i] = facets->value[i];
	return sl_where_matches_values(where, values);
}

size_t
sl_where_value_count(const struct sl_where *where, enum sl_facet facet)
{
	return where == NULL ? 0
	                     : where->first[facet + 1] - where->first[facet];
}

const char *
sl_where_value(const struct sl_where *where, enum sl_facet facet, size_t i)
{
	return where->values[where->first[facet] + i].text;
}
