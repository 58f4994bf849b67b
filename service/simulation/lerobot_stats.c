#include "lerobot_stats.h"

#include <math.h>
#include <string.h>

void
lerobot_stats_init(struct lerobot_stats *stats, size_t width)
{
	*stats = (struct lerobot_stats){.width = width};
	for (size_t i = 0; i < width; i++) {
		stats->min[i] = INFINITY;
		stats->max[i] = -INFINITY;
	}
}

void
lerobot_stats_add(struct lerobot_stats *stats, const double *values)
{
	stats->count++;
	for (size_t i = 0; i < stats->width; i++) {
		stats->min[i] = fmin(stats->min[i], values[i]);
		stats->max[i] = fmax(stats->max[i], values[i]);
		stats->sum[i] += values[i];
		stats->squares[i] += values[i] * values[i];
	}
}

static json_t *
make_list(const double *values, size_t width, int is_picture)
{
	json_t *list = json_array();

	for (size_t i = 0; i < width; i++)
		json_array_append_new(list,
		    is_picture ? json_pack("[[f]]", values[i])
		               : json_real(values[i]));
	return list;
}

json_t *
lerobot_stats_json(const struct lerobot_stats *stats, int is_picture)
{
	double mean[LEROBOT_WIDTH_MAX];
	double deviation[LEROBOT_WIDTH_MAX];
	double count = (double)stats->count;

	for (size_t i = 0; i < stats->width; i++) {
		double variance;

		mean[i] = stats->sum[i] / count;
		variance = stats->squares[i] / count - mean[i] * mean[i];
		deviation[i] = variance > 0 ? sqrt(variance) : 0;
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:[I]}", "min",
	    make_list(stats->min, stats->width, is_picture), "max",
	    make_list(stats->max, stats->width, is_picture), "mean",
	    make_list(mean, stats->width, is_picture), "std",
	    make_list(deviation, stats->width, is_picture), "count",
	    (json_int_t)stats->count);
}
