#include "sluice/formats/lerobot_stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void
sl_lerobot_stats_clear(struct sl_lerobot_stats *stats)
{
	free(stats->elements);
	*stats = (struct sl_lerobot_stats){0};
}

static enum sl_status
make_room(struct sl_lerobot_stats *stats, size_t count)
{
	struct sl_lerobot_element *elements;
	size_t had = stats->elements == NULL ? 0 : stats->room;
	size_t room = had == 0 ? 8 : had;

	if (count > SL_LEROBOT_ELEMENTS_MAX)
		return SL_ERR_LIMIT;
	while (room < count)
		room *= 2;
	if (room == had)
		return SL_OK;
	elements = realloc(stats->elements, room * sizeof(*elements));
	if (elements == NULL)
		return SL_ERR_NOMEM;
	memset(elements + had, 0, (room - had) * sizeof(*elements));
	stats->elements = elements;
	stats->room = room;
	return SL_OK;
}

/* Welford's way: exact enough over any number of rows. */
static void
count_value(struct sl_lerobot_element *element, double value, uint64_t times)
{
	double away = value - element->mean;

	if (element->count == 0 || value < element->min)
		element->min = value;
	if (element->count == 0 || value > element->max)
		element->max = value;
	element->count += times;
	element->mean += (double)times * away / (double)element->count;
	element->m2 += (double)times * away * (value - element->mean);
}

enum sl_status
sl_lerobot_stats_add_many(
    struct sl_lerobot_stats *stats, size_t at, double value, uint64_t times)
{
	if (at >= stats->room || stats->elements == NULL) {
		enum sl_status status = make_room(stats, at + 1);

		if (status != SL_OK)
			return status;
	}
	if (at >= stats->count)
		stats->count = at + 1;
	if (isfinite(value) && times > 0)
		count_value(&stats->elements[at], value, times);
	return SL_OK;
}

enum sl_status
sl_lerobot_stats_add(struct sl_lerobot_stats *stats, size_t at, double value)
{
	return sl_lerobot_stats_add_many(stats, at, value, 1);
}

/* ---- as JSON ---- */

static void
append(json_t *list, double value, bool is_image)
{
	json_array_append_new(
	    list, is_image ? json_pack("[[f]]", value) : json_real(value));
}

/* Has each element a value, and sums that a number can hold? */
static bool
has_values(const struct sl_lerobot_stats *stats)
{
	for (size_t i = 0; i < stats->count; i++) {
		const struct sl_lerobot_element *element = &stats->elements[i];

		if (element->count == 0 || !isfinite(element->mean) ||
		    !isfinite(element->m2))
			return false;
	}
	return stats->count > 0;
}

static json_t *
make_json(const struct sl_lerobot_stats *stats, bool is_image, uint64_t count)
{
	json_t *min;
	json_t *max;
	json_t *mean;
	json_t *deviation;

	if (!has_values(stats))
		return json_null();
	min = json_array();
	max = json_array();
	mean = json_array();
	deviation = json_array();
	for (size_t i = 0; i < stats->count; i++) {
		const struct sl_lerobot_element *element = &stats->elements[i];

		append(min, element->min, is_image);
		append(max, element->max, is_image);
		append(mean, element->mean, is_image);
		append(deviation, sqrt(element->m2 / (double)element->count),
		    is_image);
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:[I]}", "min", min, "max", max,
	    "mean", mean, "std", deviation, "count", (json_int_t)count);
}

json_t *
sl_lerobot_stats_json(const struct sl_lerobot_stats *stats)
{
	uint64_t count = 0;

	for (size_t i = 0; i < stats->count; i++) {
		if (stats->elements[i].count > count)
			count = stats->elements[i].count;
	}
	return make_json(stats, false, count);
}

json_t *
sl_lerobot_stats_image_json(
    const struct sl_lerobot_stats *stats, uint64_t pictures)
{
	return make_json(stats, true, pictures);
}

/* ---- merging ---- */

struct pair {
	double count_a;
	double count_b;
};

static bool
is_like(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return true;
	if (!json_is_array(a) || !json_is_array(b) ||
	    json_array_size(a) != json_array_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++) {
		if (!is_like(json_array_get(a, i), json_array_get(b, i)))
			return false;
	}
	return true;
}

static json_t *
extreme(const json_t *a, const json_t *b, bool is_max)
{
	json_t *out;

	if (json_is_number(a)) {
		double x = json_number_value(a);
		double y = json_number_value(b);

		return json_real((x > y) == is_max ? x : y);
	}
	out = json_array();
	for (size_t i = 0; i < json_array_size(a); i++)
		json_array_append_new(out,
		    extreme(
		        json_array_get(a, i), json_array_get(b, i), is_max));
	return out;
}

static json_t *
mean_of(const json_t *a, const json_t *b, const struct pair *pair)
{
	json_t *out;

	if (json_is_number(a))
		return json_real((json_number_value(a) * pair->count_a +
		                     json_number_value(b) * pair->count_b) /
		    (pair->count_a + pair->count_b));
	out = json_array();
	for (size_t i = 0; i < json_array_size(a); i++)
		json_array_append_new(out,
		    mean_of(json_array_get(a, i), json_array_get(b, i), pair));
	return out;
}

static json_t *
deviation_of(const json_t *a, const json_t *b, const struct pair *pair)
{
	const json_t *mean_a = json_array_get(a, 0);
	const json_t *std_a = json_array_get(a, 1);
	const json_t *mean_b = json_array_get(b, 0);
	const json_t *std_b = json_array_get(b, 1);
	json_t *out;

	if (json_is_number(mean_a)) {
		double all = pair->count_a + pair->count_b;
		double x = json_number_value(std_a);
		double y = json_number_value(std_b);
		double away =
		    json_number_value(mean_a) - json_number_value(mean_b);

		return json_real(sqrt(
		    (x * x * pair->count_a + y * y * pair->count_b) / all +
		    away * away * pair->count_a * pair->count_b / (all * all)));
	}
	out = json_array();
	for (size_t i = 0; i < json_array_size(mean_a); i++) {
		json_t *left = json_pack("[O, O]", json_array_get(mean_a, i),
		    json_array_get(std_a, i));
		json_t *right = json_pack("[O, O]", json_array_get(mean_b, i),
		    json_array_get(std_b, i));

		json_array_append_new(out, deviation_of(left, right, pair));
		json_decref(left);
		json_decref(right);
	}
	return out;
}

static double
count_of(const json_t *stats)
{
	return json_number_value(
	    json_array_get(json_object_get(stats, "count"), 0));
}

/* Are all five there, of one shape, in both? */
static bool
can_merge(const json_t *a, const json_t *b)
{
	static const char *const names[] = {"min", "max", "mean", "std"};
	const json_t *shape = json_object_get(a, "mean");

	for (size_t i = 0; i < 4; i++) {
		if (!is_like(shape, json_object_get(a, names[i])) ||
		    !is_like(shape, json_object_get(b, names[i])))
			return false;
	}
	return count_of(a) > 0 && count_of(b) > 0;
}

static json_t *
merge_one(const json_t *a, const json_t *b)
{
	struct pair pair = {count_of(a), count_of(b)};
	json_t *left = json_pack(
	    "[O, O]", json_object_get(a, "mean"), json_object_get(a, "std"));
	json_t *right = json_pack(
	    "[O, O]", json_object_get(b, "mean"), json_object_get(b, "std"));
	json_t *out = json_pack("{s:o, s:o, s:o, s:o, s:[I]}", "min",
	    extreme(
	        json_object_get(a, "min"), json_object_get(b, "min"), false),
	    "max",
	    extreme(json_object_get(a, "max"), json_object_get(b, "max"), true),
	    "mean",
	    mean_of(
	        json_object_get(a, "mean"), json_object_get(b, "mean"), &pair),
	    "std", deviation_of(left, right, &pair), "count",
	    (json_int_t)(pair.count_a + pair.count_b));

	json_decref(left);
	json_decref(right);
	return out;
}

/* Sums that no number can hold are missing from what was merged. */
static json_t *
merge_or_null(const json_t *a, const json_t *b)
{
	json_t *merged = can_merge(a, b) ? merge_one(a, b) : NULL;

	if (can_merge(merged, b))
		return merged;
	json_decref(merged);
	return json_null();
}

enum sl_status
sl_lerobot_stats_merge(json_t *into, const json_t *more)
{
	const char *name;
	json_t *stats;

	json_object_foreach ((json_t *)(uintptr_t)more, name, stats) {
		json_t *old = json_object_get(into, name);
		json_t *merged;

		/* Null from then on: what is of some is not of all. */
		if (old == NULL)
			merged = json_incref(stats);
		else
			merged = merge_or_null(old, stats);
		if (json_object_set_new(into, name, merged) != 0)
			return SL_ERR_NOMEM;
	}
	return SL_OK;
}
