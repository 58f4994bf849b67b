/* Parquet: each column is a topic, each row a time.
 *
 * The time is `timestamp`, in seconds, put to the next frame's if it is within
 * LeRobot's tolerance of it, for 32 bits are not precise; without a sound
 * column of that name it is the row's number by the fps of meta/info.json. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcap_series.h"
#include "sluice/formats/parquet_column.h"

#define NANO 1e9
/* lerobot v0.3.3, LeRobotDataset, tolerance_s. */
#define TOLERANCE_S 1e-4
#define SECONDS_MAX (366 * 86400.0)

/* One column on its way. */
struct cell {
	struct sl_parquet_column *reader;
	const struct sl_parquet_leaf *leaf;
	enum sl_parquet_type type;
	bool has_nulls; /* the value itself may be missing */
	struct sl_parquet_batch batch;
	size_t at;             /* entry in the batch */
	size_t value;          /* the same among its values */
	struct series *series; /* NULL: only the last number is kept */
	double number;
};

struct rows {
	struct mcap_input input;
	struct sl_parquet_file *file;
	struct cell *cells;
	size_t cell_count;
	struct cell clock; /* reader NULL: there is none */
	double fps;        /* 0: not known */
	uint64_t row;
	uint64_t count;
};

static void
free_rows(struct mcap_input *input)
{
	struct rows *rows = (struct rows *)input;

	for (size_t i = 0; i < rows->cell_count; i++) {
		sl_parquet_column_free(rows->cells[i].reader);
		series_free(rows->cells[i].series);
	}
	free(rows->cells);
	sl_parquet_column_free(rows->clock.reader);
	sl_parquet_close(rows->file);
	free(rows);
}

/* ---- reading a row of one column ---- */

static enum sl_status
open_cell(struct cell *cell, struct rows *rows, size_t leaf)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(rows->file);
	const struct sl_parquet_node *node;

	*cell = (struct cell){.leaf = &schema->leaves[leaf]};
	node = &schema->nodes[cell->leaf->node];
	cell->type = node->type;
	cell->has_nulls = node->repetition == SL_PARQUET_OPTIONAL;
	return sl_parquet_column_new(&cell->reader, rows->file, leaf);
}

static enum sl_status
add_value(struct cell *cell)
{
	const struct sl_parquet_batch *batch = &cell->batch;
	size_t at = cell->value++;

	switch (cell->type) {
	case SL_PARQUET_BOOLEAN:
		return series_add_boolean(
		    cell->series, batch->values.booleans[at] != 0);
	case SL_PARQUET_INT32:
		return series_add_integer(
		    cell->series, batch->values.int32[at]);
	case SL_PARQUET_INT64:
		return series_add_integer(
		    cell->series, batch->values.int64[at]);
	case SL_PARQUET_FLOAT:
		return series_add_number(
		    cell->series, (double)batch->values.float32[at], true);
	case SL_PARQUET_DOUBLE:
		return series_add_number(
		    cell->series, batch->values.float64[at], false);
	case SL_PARQUET_BYTES:
		return series_add_text(cell->series, batch->values.bytes[at]);
	case SL_PARQUET_INT96:
	case SL_PARQUET_FIXED:
		break;
	}
	return SL_ERR_STATE;
}

static enum sl_status
add_entry(struct cell *cell)
{
	const struct sl_parquet_batch *batch = &cell->batch;
	unsigned def =
	    batch->def == NULL ? cell->leaf->max_def : batch->def[cell->at];

	if (def == cell->leaf->max_def) {
		if (cell->series != NULL)
			return add_value(cell);
		cell->number = cell->type == SL_PARQUET_FLOAT
		    ? (double)batch->values.float32[cell->value]
		    : batch->values.float64[cell->value];
		cell->value++;
		return SL_OK;
	}
	/* A value that is NULL, not a list that is empty. */
	if (cell->series != NULL && cell->has_nulls &&
	    def + 1 == cell->leaf->max_def)
		return series_add_null(cell->series);
	return SL_OK;
}

static enum sl_status
read_row(struct cell *cell, struct sl_error *err)
{
	bool has_begun = false;
	enum sl_status status = SL_OK;

	cell->number = (double)NAN;
	if (cell->series != NULL)
		series_begin(cell->series);
	while (status == SL_OK) {
		const struct sl_parquet_batch *batch = &cell->batch;

		if (cell->at == batch->count) {
			status = sl_parquet_column_read(
			    cell->reader, UINT64_MAX, &cell->batch, err);
			cell->at = 0;
			cell->value = 0;
			if (status != SL_OK || batch->count == 0)
				return status;
		}
		if (has_begun &&
		    (batch->rep == NULL || batch->rep[cell->at] == 0))
			return SL_OK;
		has_begun = true;
		status = add_entry(cell);
		cell->at++;
	}
	return status;
}

/* ---- time ---- */

static uint64_t
to_ns(double time, double fps)
{
	double frame = floor(time * fps + 0.5);

	if (fps > 0 && fabs(time - frame / fps) <= TOLERANCE_S)
		return (uint64_t)(frame * NANO / fps + 0.5);
	return (uint64_t)(time * NANO + 0.5);
}

/* Read once to see that the time never runs backwards. */
static enum sl_status
check_clock(struct rows *rows, size_t leaf, bool *is_sound)
{
	struct cell cell;
	double last = 0;
	enum sl_status status = open_cell(&cell, rows, leaf);

	*is_sound = true;
	for (uint64_t i = 0; status == SL_OK && i < rows->count; i++) {
		status = read_row(&cell, rows->input.episode->err);
		if (status != SL_OK || cell.number >= last)
			last = cell.number;
		else
			*is_sound = false;
		if (!(cell.number >= 0 && cell.number <= SECONDS_MAX))
			*is_sound = false;
	}
	sl_parquet_column_free(cell.reader);
	return status;
}

static enum sl_status
open_clock(struct rows *rows)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(rows->file);
	struct mcap_episode *episode = rows->input.episode;
	bool is_sound = false;
	enum sl_parquet_type type;
	size_t leaf;
	enum sl_status status;

	status = sl_parquet_find(&leaf, schema, "timestamp", NULL);
	if (status == SL_OK) {
		type = schema->nodes[schema->leaves[leaf].node].type;
		if (type == SL_PARQUET_FLOAT || type == SL_PARQUET_DOUBLE) {
			status = check_clock(rows, leaf, &is_sound);
			if (status != SL_OK)
				return status;
		}
	}
	if (is_sound)
		return open_cell(&rows->clock, rows, leaf);
	if (!(rows->fps > 0))
		return sl_error_set(episode->err, SL_ERR_INVALID,
		    "its rows have no time: no timestamp that never runs "
		    "backwards, no fps");
	return mcap_episode_word(episode,
	    "episode %u: %s has no timestamp that never runs backwards: rows "
	    "count at %g a second",
	    episode->from->number, rows->input.file->path, rows->fps);
}

static enum sl_status
advance(struct rows *rows)
{
	struct mcap_input *input = &rows->input;
	double time = rows->fps > 0 ? (double)rows->row / rows->fps : 0;
	enum sl_status status = SL_OK;

	input->is_over = rows->row == rows->count;
	if (input->is_over)
		return SL_OK;
	if (rows->clock.reader != NULL) {
		status = read_row(&rows->clock, input->episode->err);
		time = rows->clock.number;
	}
	/* A column of the same file, read a second time, is as sound. */
	if (status == SL_OK)
		input->time_ns =
		    input->episode->start_ns + to_ns(time, rows->fps);
	return status;
}

static enum sl_status
put(struct mcap_input *input)
{
	struct rows *rows = (struct rows *)input;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < rows->cell_count; i++) {
		struct cell *cell = &rows->cells[i];

		status = read_row(cell, input->episode->err);
		if (status == SL_OK)
			status = series_end(cell->series, input->time_ns);
	}
	rows->row++;
	return status == SL_OK ? advance(rows) : status;
}

/* ---- columns ---- */

/* How many values the first row has, as far as the first batch tells. */
static enum sl_status
count_first(struct rows *rows, size_t leaf, size_t *width)
{
	struct cell cell;
	enum sl_status status = open_cell(&cell, rows, leaf);

	*width = 0;
	if (status == SL_OK)
		status = sl_parquet_column_read(cell.reader, UINT64_MAX,
		    &cell.batch, rows->input.episode->err);
	for (size_t i = 0; status == SL_OK && i < cell.batch.count; i++) {
		if (i > 0 && (cell.batch.rep == NULL || cell.batch.rep[i] == 0))
			break;
		++*width;
	}
	sl_parquet_column_free(cell.reader);
	return status;
}

/* Names of values in each shape that LeRobot has given them: a list, or an
 * object with one list in it ("motors", "axes"). */
static const json_t *
names_of(const json_t *feature)
{
	const json_t *names = json_object_get(feature, "names");
	void *only;

	if (json_is_object(names) && json_object_size(names) == 1) {
		only = json_object_iter((json_t *)(uintptr_t)names);
		names = json_object_iter_value(only);
	}
	return json_is_array(names) && json_array_size(names) > 0 ? names
	                                                          : NULL;
}

/* False: no message can hold it. */
static bool
type_of(const struct sl_parquet_node *node, enum series_type *out)
{
	switch (node->type) {
	case SL_PARQUET_BOOLEAN:
		*out = SERIES_BOOLEAN;
		return true;
	case SL_PARQUET_INT32:
	case SL_PARQUET_INT64:
		*out = SERIES_INTEGER;
		return true;
	case SL_PARQUET_FLOAT:
	case SL_PARQUET_DOUBLE:
		*out = SERIES_NUMBER;
		return true;
	case SL_PARQUET_BYTES:
		*out = SERIES_TEXT;
		return node->converted == SL_PARQUET_UTF8;
	case SL_PARQUET_INT96:
	case SL_PARQUET_FIXED:
		break;
	}
	return false;
}

static bool
is_alone(const struct sl_parquet_schema *schema, size_t leaf)
{
	for (size_t i = 0; i < schema->leaf_count; i++) {
		if (i != leaf &&
		    schema->leaves[i].top == schema->leaves[leaf].top)
			return false;
	}
	return true;
}

static enum sl_status
add_column(struct rows *rows, size_t leaf)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(rows->file);
	const struct sl_parquet_leaf *place = &schema->leaves[leaf];
	struct mcap_episode *episode = rows->input.episode;
	const char *name = schema->nodes[place->top].name;
	const json_t *feature =
	    json_object_get(json_object_get(episode->source, "features"), name);
	char topic[MCAP_TOPIC_MAX];
	struct series_words words = {.topic = topic,
	    .name = name,
	    .is_list = place->max_rep > 0,
	    .names = names_of(feature),
	    .shape = json_object_get(feature, "shape")};
	struct cell *cell = &rows->cells[rows->cell_count];
	enum sl_status status;

	if (!is_alone(schema, leaf) ||
	    !type_of(&schema->nodes[place->node], &words.type))
		return mcap_episode_word(episode,
		    "episode %u: %s: column %.80s is left out: it is neither "
		    "numbers nor text",
		    episode->from->number, rows->input.file->path, name);
	mcap_topic_of(topic, "", name);
	status = count_first(rows, leaf, &words.width);
	if (status == SL_OK)
		status = open_cell(cell, rows, leaf);
	if (status != SL_OK)
		return status;
	rows->cell_count++;
	return series_new(&cell->series, episode, &words);
}

static enum sl_status
add_columns(struct rows *rows)
{
	size_t count = sl_parquet_schema(rows->file)->leaf_count;
	enum sl_status status = SL_OK;

	rows->cells = calloc(count + 1, sizeof(*rows->cells));
	if (rows->cells == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = add_column(rows, i);
	return status;
}

enum sl_status
mcap_rows_open(struct mcap_input **out, struct mcap_episode *episode,
    const struct sl_contents_file *file, int fd)
{
	static const struct mcap_input_kind kind = {put, free_rows};
	struct rows *rows = calloc(1, sizeof(*rows));
	enum sl_status status;

	if (rows == NULL)
		return SL_ERR_NOMEM;
	rows->input = (struct mcap_input){
	    .kind = &kind, .episode = episode, .file = file, .fd = fd};
	rows->fps = json_number_value(json_object_get(episode->source, "fps"));
	if (!(rows->fps > 0 && rows->fps < 1e6))
		rows->fps = 0;
	status = sl_parquet_open(&rows->file, fd, file->bytes, episode->err);
	if (status == SL_OK) {
		rows->count = sl_parquet_rows(rows->file);
		status = open_clock(rows);
	}
	if (status == SL_OK)
		status = add_columns(rows);
	if (status == SL_OK)
		status = advance(rows);
	if (status != SL_OK) {
		free_rows(&rows->input);
		return status;
	}
	*out = &rows->input;
	return SL_OK;
}
