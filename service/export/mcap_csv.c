/* A table as text: the first column is the time since the episode's beginning,
 * NAME_0, NAME_1 … beside each other are a list, six columns fx … tz a wrench,
 * each other one a value.  It is read twice, so that one that is not understood
 * to its end is not begun. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcap_series.h"
#include "sluice/formats/csv.h"

#define TIME_MAX_NS (366 * 86400 * 1e9)

struct column {
	struct series *series;
	size_t first;
	size_t count;
	bool is_wrench;
};

struct table {
	struct mcap_input input;
	struct sl_csv *csv;
	const double *row; /* NULL: no more */
	double unit_ns;
	struct column *columns;
	size_t column_count;
};

static void
free_table(struct mcap_input *input)
{
	struct table *table = (struct table *)input;

	for (size_t i = 0; i < table->column_count; i++)
		series_free(table->columns[i].series);
	free(table->columns);
	sl_csv_free(table->csv);
	free(table);
}

/* ---- time ---- */

static enum sl_status
find_unit(struct table *table)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"t_s", 1e9}, {"time_s", 1e9}, {"timestamp", 1e9},
	    {"t_ms", 1e6}, {"t_us", 1e3}, {"t_ns", 1}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(sl_csv_name(table->csv, 0), units[i].name) == 0)
			table->unit_ns = units[i].ns;
	}
	return table->unit_ns > 0
	    ? SL_OK
	    : sl_error_set(table->input.episode->err, SL_ERR_INVALID,
	          "its first column is no time: t_s, time_s, timestamp, t_ms, "
	          "t_us or t_ns");
}

static enum sl_status
check(struct table *table)
{
	struct mcap_episode *episode = table->input.episode;
	const double *row;
	double last = 0;
	struct sl_csv *csv;
	enum sl_status status;

	status = sl_csv_open(
	    &csv, table->input.fd, table->input.file->bytes, episode->err);
	while (status == SL_OK) {
		status = sl_csv_next(csv, &row, episode->err);
		if (status != SL_OK || row == NULL)
			break;
		if (!(row[0] >= last && row[0] * table->unit_ns < TIME_MAX_NS))
			status = sl_error_set(episode->err, SL_ERR_INVALID,
			    "its time is none, or runs backwards");
		last = row[0];
	}
	sl_csv_free(csv);
	return status;
}

static enum sl_status
advance(struct table *table)
{
	struct mcap_input *input = &table->input;
	enum sl_status status =
	    sl_csv_next(table->csv, &table->row, input->episode->err);

	input->is_over = status != SL_OK || table->row == NULL;
	if (!input->is_over)
		input->time_ns = input->episode->start_ns +
		    (uint64_t)(table->row[0] * table->unit_ns + 0.5);
	return status;
}

static enum sl_status
put(struct mcap_input *input)
{
	struct table *table = (struct table *)input;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		series_begin(column->series);
		for (size_t n = 0; status == SL_OK && n < column->count; n++)
			status = series_add_number(column->series,
			    table->row[column->first + n], false);
		if (status == SL_OK)
			status = series_end(column->series, input->time_ns);
	}
	return status == SL_OK ? advance(table) : status;
}

/* ---- columns ---- */

/* How many columns from `first` on are NAME_0, NAME_1 …; *len is NAME's. */
static size_t
count_numbered(const struct table *table, size_t first, size_t *len)
{
	const char *name = sl_csv_name(table->csv, first);
	const char *end = strrchr(name, '_');
	size_t count = 0;

	if (end == NULL || strcmp(end, "_0") != 0 || end == name)
		return 0;
	*len = (size_t)(end - name);
	while (first + count < sl_csv_columns(table->csv)) {
		char want[32];
		const char *other = sl_csv_name(table->csv, first + count);

		snprintf(want, sizeof(want), "_%zu", count);
		if (strncmp(other, name, *len) != 0 ||
		    strcmp(other + *len, want) != 0)
			break;
		count++;
	}
	return count;
}

static json_t *
names_from(const struct table *table, size_t first, size_t count)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(
		    names, json_string(sl_csv_name(table->csv, first + i)));
	return names;
}

/* The columns from `first` on that are one, and the name that they share. */
static enum sl_status
find_group(const struct table *table, size_t first, struct column *column,
    char name[MCAP_TOPIC_MAX])
{
	size_t columns = sl_csv_columns(table->csv);
	size_t len = strlen(sl_csv_name(table->csv, first));
	size_t numbered = count_numbered(table, first, &len);
	json_t *axes = names_from(table, first, columns - first < 6 ? 0 : 6);
	unsigned place[6];

	*column = (struct column){
	    .first = first, .count = numbered == 0 ? 1 : numbered};
	snprintf(name, MCAP_TOPIC_MAX, "%.*s", len > 100 ? 100 : (int)len,
	    sl_csv_name(table->csv, first));
	if (axes != NULL && series_axes(axes, place)) {
		column->count = 6;
		column->is_wrench = true;
		snprintf(name, MCAP_TOPIC_MAX, "wrench");
	}
	json_decref(axes);
	return axes == NULL ? SL_ERR_NOMEM : SL_OK;
}

static enum sl_status
add_column(struct table *table, const char *stem, const struct column *column,
    const char *name)
{
	json_t *names = names_from(table, column->first, column->count);
	char topic[MCAP_TOPIC_MAX];
	const struct series_words words = {.topic = topic,
	    .name = name,
	    .type = SERIES_NUMBER,
	    .is_list = column->count > 1,
	    .width = column->count,
	    .names = names};
	struct column *mine = &table->columns[table->column_count++];
	enum sl_status status;

	/* A table of nothing but a wrench is one. */
	if (column->is_wrench && sl_csv_columns(table->csv) == 7)
		snprintf(topic, sizeof(topic), "%s", stem);
	else
		mcap_topic_of(topic, stem, name);
	*mine = *column;
	status = names == NULL
	    ? SL_ERR_NOMEM
	    : series_new(&mine->series, table->input.episode, &words);
	json_decref(names);
	return status;
}

static enum sl_status
add_columns(struct table *table)
{
	char stem[MCAP_TOPIC_MAX];
	char name[MCAP_TOPIC_MAX];
	size_t count = sl_csv_columns(table->csv);
	struct column column;
	enum sl_status status = SL_OK;

	table->columns = calloc(count + 1, sizeof(*table->columns));
	if (table->columns == NULL)
		return SL_ERR_NOMEM;
	mcap_episode_stem(table->input.episode, table->input.file, stem);
	for (size_t i = 1; status == SL_OK && i < count; i += column.count) {
		status = find_group(table, i, &column, name);
		if (status == SL_OK)
			status = add_column(table, stem, &column, name);
	}
	return status;
}

enum sl_status
mcap_csv_open(struct mcap_input **out, struct mcap_episode *episode,
    const struct sl_contents_file *file, int fd)
{
	static const struct mcap_input_kind kind = {put, free_table};
	struct table *table = calloc(1, sizeof(*table));
	enum sl_status status;

	if (table == NULL)
		return SL_ERR_NOMEM;
	table->input = (struct mcap_input){
	    .kind = &kind, .episode = episode, .file = file, .fd = fd};
	status = sl_csv_open(&table->csv, fd, file->bytes, episode->err);
	if (status == SL_OK)
		status = find_unit(table);
	if (status == SL_OK)
		status = check(table);
	if (status == SL_OK)
		status = add_columns(table);
	if (status == SL_OK)
		status = advance(table);
	if (status != SL_OK) {
		free_table(&table->input);
		return status;
	}
	*out = &table->input;
	return SL_OK;
}
