/* Parquet: each column is a topic, each row a time.
 *
 * The time is `timestamp`, in seconds, put to the next frame's if it is within
 * LeRobot's tolerance of it, for 32 bits are not precise; without a sound
 * column of that name it is the row's number by the fps of meta/info.json. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcap_cell.h"

#define NANO 1e9
/* lerobot v0.3.3, LeRobotDataset, tolerance_s. */
#define TOLERANCE_S 1e-4
#define SECONDS_MAX (366 * 86400.0)

/* parquet.thrift, ConvertedType: what is stored is another number. */
#define CONVERTED_DECIMAL 5
#define CONVERTED_UINT_32 13
#define CONVERTED_UINT_64 14

struct rows {
	struct mcap_input input;
	struct sl_parquet_file *file;
	struct mcap_cell *cells;
	size_t cell_count;
	struct mcap_cell clock; /* reader NULL: there is none */
	double fps;             /* 0: not known */
	uint64_t row;
	uint64_t count;
};

static void
free_rows(struct mcap_input *input)
{
	struct rows *rows = (struct rows *)input;

	for (size_t i = 0; i < rows->cell_count; i++)
		mcap_cell_clear(&rows->cells[i]);
	free(rows->cells);
	mcap_cell_clear(&rows->clock);
	sl_parquet_close(rows->file);
	free(rows);
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
	struct mcap_cell cell;
	double last = 0;
	enum sl_status status = mcap_cell_open(&cell, rows->file, leaf);

	*is_sound = true;
	for (uint64_t i = 0; status == SL_OK && i < rows->count; i++) {
		status = mcap_cell_read(&cell, rows->input.episode->err);
		if (status != SL_OK || cell.number >= last)
			last = cell.number;
		else
			*is_sound = false;
		if (!(cell.number >= 0 && cell.number <= SECONDS_MAX))
			*is_sound = false;
	}
	mcap_cell_clear(&cell);
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
		return mcap_cell_open(&rows->clock, rows->file, leaf);
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
		status = mcap_cell_read(&rows->clock, input->episode->err);
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
		struct mcap_cell *cell = &rows->cells[i];

		status = mcap_cell_read(cell, input->episode->err);
		if (status == SL_OK)
			status = series_end(cell->series, input->time_ns);
	}
	rows->row++;
	return status == SL_OK ? advance(rows) : status;
}

/* ---- columns ---- */

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
		return node->converted != CONVERTED_DECIMAL &&
		    node->converted != CONVERTED_UINT_32 &&
		    node->converted != CONVERTED_UINT_64;
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
leave_out(const struct rows *rows, size_t leaf)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(rows->file);
	uint32_t top = schema->leaves[leaf].top;

	/* Columns within one are one. */
	if (leaf > 0 && schema->leaves[leaf - 1].top == top)
		return SL_OK;
	return mcap_episode_word(rows->input.episode,
	    "episode %u: %s: column %.80s is left out: no message has its "
	    "type",
	    rows->input.episode->from->number, rows->input.file->path,
	    schema->nodes[top].name);
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
	char prefix[MCAP_TOPIC_MAX] = "";
	char topic[MCAP_TOPIC_MAX];
	struct series_words words = {.topic = topic,
	    .name = name,
	    .is_list = place->max_rep > 0,
	    .names = names_of(feature),
	    .shape = json_object_get(feature, "shape")};
	struct mcap_cell *cell = &rows->cells[rows->cell_count];
	enum sl_status status;

	if (!is_alone(schema, leaf) ||
	    !type_of(&schema->nodes[place->node], &words.type))
		return leave_out(rows, leaf);
	if (mcap_episode_count(episode, NULL, ".parquet") > 1)
		mcap_episode_stem(episode, rows->input.file, prefix);
	mcap_topic_of(topic, prefix, name);
	status = mcap_cell_width(rows->file, leaf, &words.width, episode->err);
	if (status == SL_OK)
		status = mcap_cell_open(cell, rows->file, leaf);
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
