#include "lerobot_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lerobot_notes.h"

#define CHUNK 1000 /* files */
/* Entries of one cell: statistics of one feature, tasks of one episode. */
#define CELL_MAX      65536
#define NAME_MAX_HERE 512

/* A column that is written cell by cell. */
struct cell {
	unsigned lists;
	size_t count;
	size_t value_count;
	unsigned char rep[CELL_MAX];
	unsigned char def[CELL_MAX];
	int64_t whole[CELL_MAX];
	double real[CELL_MAX];
	struct sl_slice text[CELL_MAX];
};

struct table {
	struct sl_parquet_writer *writer;
	struct sl_parquet_schema schema;
	struct cell *cell;
	size_t leaf; /* of the column that comes next */
	struct sl_error *err;
};

static enum sl_status
add_entry(struct cell *cell, unsigned rep, unsigned def, const json_t *value)
{
	if (cell->count == CELL_MAX)
		return SL_ERR_LIMIT;
	cell->rep[cell->count] = (unsigned char)rep;
	cell->def[cell->count++] = (unsigned char)def;
	if (value == NULL)
		return SL_OK;
	cell->whole[cell->value_count] = json_is_integer(value)
	    ? json_integer_value(value)
	    : (int64_t)json_number_value(value);
	cell->real[cell->value_count] = json_number_value(value);
	cell->text[cell->value_count++] =
	    sl_slice_of(json_string_value(value), json_string_length(value));
	return SL_OK;
}

/* A value at that depth of lists, by Dremel's levels: each list and each
 * value is optional. */
static enum sl_status
add_value(struct cell *cell, const json_t *value, unsigned depth, unsigned rep)
{
	enum sl_status status = SL_OK;

	if (value == NULL || json_is_null(value) ||
	    (depth < cell->lists) != json_is_array(value))
		return add_entry(cell, rep, 2 * depth, NULL);
	if (depth == cell->lists)
		return add_entry(cell, rep, 2 * depth + 1, value);
	if (json_array_size(value) == 0)
		return add_entry(cell, rep, 2 * depth + 1, NULL);
	for (size_t i = 0; status == SL_OK && i < json_array_size(value); i++)
		status = add_value(cell, json_array_get(value, i), depth + 1,
		    i == 0 ? rep : depth + 1);
	return status;
}

/* One row of the column that comes next. */
static enum sl_status
put_cell(struct table *table, const json_t *value)
{
	const struct sl_parquet_leaf *leaf = &table->schema.leaves[table->leaf];
	enum sl_parquet_type type = table->schema.nodes[leaf->node].type;
	struct cell *cell = table->cell;
	struct sl_parquet_batch batch = {.rep = cell->rep, .def = cell->def};
	enum sl_status status;

	cell->lists = leaf->max_rep;
	cell->count = 0;
	cell->value_count = 0;
	status = add_value(cell, value, 0, 0);
	if (status != SL_OK)
		return status;
	batch.count = cell->count;
	batch.value_count = cell->value_count;
	if (type == SL_PARQUET_INT64)
		batch.values.int64 = cell->whole;
	else if (type == SL_PARQUET_DOUBLE)
		batch.values.float64 = cell->real;
	else
		batch.values.bytes = cell->text;
	return sl_parquet_writer_add(
	    table->writer, table->leaf++, &batch, table->err);
}

static enum sl_status
put_number(struct table *table, uint64_t value)
{
	json_t *number = json_integer((json_int_t)value);
	enum sl_status status = put_cell(table, number);

	json_decref(number);
	return status;
}

static enum sl_status
put_time(struct table *table, double value)
{
	json_t *number = json_real(value);
	enum sl_status status = put_cell(table, number);

	json_decref(number);
	return status;
}

static enum sl_status
begin(struct table *table, int fd)
{
	return sl_parquet_writer_new(
	    &table->writer, fd, &table->schema, SL_PARQUET_SNAPPY, table->err);
}

static enum sl_status
end(struct table *table, uint64_t rows)
{
	enum sl_status status =
	    sl_parquet_writer_end_group(table->writer, rows, table->err);

	return status == SL_OK
	    ? sl_parquet_writer_finish(table->writer, table->err)
	    : status;
}

static void
clear(struct table *table)
{
	sl_parquet_writer_free(table->writer);
	sl_parquet_schema_clear(&table->schema);
	free(table->cell);
}

static enum sl_status
add_numbers(struct table *table, const char *const *names)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && names[i] != NULL; i++)
		status = sl_parquet_schema_add(&table->schema, names[i],
		    SL_PARQUET_INT64, SL_PARQUET_PLAIN, 0);
	return status;
}

static const char *const statistics[] = {
    "min", "max", "mean", "std", "count", NULL};

static bool
is_video(const json_t *feature)
{
	const char *type = json_string_value(json_object_get(feature, "dtype"));

	return type != NULL && strcmp(type, "video") == 0;
}

/* Of images they are nested as their pixels are; of words there are none. */
static bool
has_stats(const json_t *feature)
{
	const char *type = json_string_value(json_object_get(feature, "dtype"));

	return type != NULL &&
	    (is_video(feature) || strncmp(type, "float", 5) == 0 ||
	        strncmp(type, "int", 3) == 0 || strncmp(type, "uint", 4) == 0 ||
	        strcmp(type, "bool") == 0);
}

static enum sl_status
add_statistics(struct table *table, const struct lerobot_set *set)
{
	char name[NAME_MAX_HERE];
	const char *feature;
	json_t *value;
	enum sl_status status = SL_OK;

	json_object_foreach (set->features, feature, value) {
		for (size_t i = 0; status == SL_OK && has_stats(value) &&
		     statistics[i] != NULL;
		     i++) {
			bool is_count = strcmp(statistics[i], "count") == 0;

			snprintf(name, sizeof(name), "stats/%s/%s", feature,
			    statistics[i]);
			status = sl_parquet_schema_add(&table->schema, name,
			    is_count ? SL_PARQUET_INT64 : SL_PARQUET_DOUBLE,
			    SL_PARQUET_PLAIN,
			    is_video(value) && !is_count ? 3 : 1);
		}
	}
	return status;
}

static enum sl_status
add_films(struct table *table, const struct lerobot_set *set)
{
	static const char *const names[] = {
	    "chunk_index", "file_index", "from_timestamp", "to_timestamp"};
	char name[NAME_MAX_HERE];
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < set->video_count; i++) {
		for (size_t n = 0; status == SL_OK && n < 4; n++) {
			snprintf(name, sizeof(name), "videos/%s/%s",
			    set->videos[i], names[n]);
			status = sl_parquet_schema_add(&table->schema, name,
			    n < 2 ? SL_PARQUET_INT64 : SL_PARQUET_DOUBLE,
			    SL_PARQUET_PLAIN, 0);
		}
	}
	return status;
}

static enum sl_status
make_schema(struct table *table, const struct lerobot_set *set)
{
	static const char *const first[] = {"episode_index", "data/chunk_index",
	    "data/file_index", "dataset_from_index", "dataset_to_index", NULL};
	static const char *const last[] = {
	    "meta/episodes/chunk_index", "meta/episodes/file_index", NULL};
	static const char *const length[] = {"length", NULL};
	enum sl_status status;

	table->cell = malloc(sizeof(*table->cell));
	if (table->cell == NULL)
		return SL_ERR_NOMEM;
	status = sl_parquet_schema_init(&table->schema);
	if (status == SL_OK)
		status = add_numbers(table, first);
	if (status == SL_OK)
		status = add_films(table, set);
	if (status == SL_OK)
		status = sl_parquet_schema_add(&table->schema, "tasks",
		    SL_PARQUET_BYTES, SL_PARQUET_UTF8, 1);
	if (status == SL_OK)
		status = add_numbers(table, length);
	if (status == SL_OK)
		status = add_statistics(table, set);
	if (status == SL_OK)
		status = add_numbers(table, last);
	return status;
}

static enum sl_status
put_statistics(
    struct table *table, const struct lerobot_set *set, const json_t *stats)
{
	const char *feature;
	json_t *value;
	enum sl_status status = SL_OK;

	json_object_foreach (set->features, feature, value) {
		const json_t *of = json_object_get(stats, feature);

		for (size_t i = 0; status == SL_OK && has_stats(value) &&
		     statistics[i] != NULL;
		     i++)
			status =
			    put_cell(table, json_object_get(of, statistics[i]));
	}
	return status;
}

/* Each film is a file of its own, from its beginning. */
static enum sl_status
put_films(struct table *table, const struct lerobot_set *set, size_t at)
{
	double length = (double)set->episodes[at].length / set->fps;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < set->video_count; i++) {
		status = put_number(table, at / CHUNK);
		if (status == SL_OK)
			status = put_number(table, at % CHUNK);
		if (status == SL_OK)
			status = put_time(table, 0);
		if (status == SL_OK)
			status = put_time(table, length);
	}
	return status;
}

static enum sl_status
put_row(struct table *table, const struct lerobot_set *set,
    const struct lerobot_shard *shard, size_t at, uint64_t row,
    const json_t *stats)
{
	const struct lerobot_episode *episode = &set->episodes[at];
	const uint64_t first[] = {
	    at, shard->chunk, shard->file, row, row + episode->length};
	json_t *tasks = lerobot_set_tasks_of(set, episode);
	enum sl_status status = SL_OK;

	table->leaf = 0;
	for (size_t i = 0; status == SL_OK && i < 5; i++)
		status = put_number(table, first[i]);
	if (status == SL_OK)
		status = put_films(table, set, at);
	if (status == SL_OK)
		status = put_cell(table, tasks);
	json_decref(tasks);
	if (status == SL_OK)
		status = put_number(table, episode->length);
	if (status == SL_OK)
		status = put_statistics(table, set, stats);
	if (status == SL_OK)
		status = put_number(table, shard->chunk);
	return status == SL_OK ? put_number(table, shard->file) : status;
}

enum sl_status
lerobot_table_episodes(int fd, const struct lerobot_set *set,
    const struct lerobot_shard *shard, const json_t *stats,
    struct sl_error *err)
{
	struct table table = {.err = err};
	uint64_t row = shard->first_row;
	enum sl_status status = make_schema(&table, set);

	if (status == SL_OK)
		status = begin(&table, fd);
	for (size_t i = 0; status == SL_OK && i < shard->count; i++) {
		status = put_row(&table, set, shard, shard->first + i, row,
		    json_array_get(stats, i));
		row += set->episodes[shard->first + i].length;
	}
	if (status == SL_OK)
		status = end(&table, shard->count);
	clear(&table);
	return status;
}

enum sl_status
lerobot_table_tasks(int fd, const struct lerobot_set *set, struct sl_error *err)
{
	static const char *const names[] = {"task_index", NULL};
	struct table table = {.err = err};
	size_t i;
	json_t *task;
	enum sl_status status;

	table.cell = malloc(sizeof(*table.cell));
	if (table.cell == NULL)
		return SL_ERR_NOMEM;
	status = sl_parquet_schema_init(&table.schema);
	if (status == SL_OK)
		status = add_numbers(&table, names);
	if (status == SL_OK)
		status = sl_parquet_schema_add(&table.schema, "task",
		    SL_PARQUET_BYTES, SL_PARQUET_UTF8, 0);
	if (status == SL_OK)
		status = begin(&table, fd);
	json_array_foreach (set->tasks, i, task) {
		table.leaf = 0;
		if (status == SL_OK)
			status = put_number(&table, i);
		if (status == SL_OK)
			status = put_cell(&table, task);
	}
	if (status == SL_OK)
		status = lerobot_note_tasks(table.writer);
	if (status == SL_OK)
		status = end(&table, json_array_size(set->tasks));
	clear(&table);
	return status;
}
