#include "lerobot_rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lerobot_notes.h"
#include "sluice/base/array.h"
#include "sluice/formats/lerobot_stats.h"

/* A row group is what a loader reads at least for one episode. */
#define GROUP_ROWS 8192
#define BLOCK      1024

static bool
is_video(const json_t *feature)
{
	const char *type = json_string_value(json_object_get(feature, "dtype"));

	return type != NULL && strcmp(type, "video") == 0;
}

static enum sl_status
open_state(const struct lerobot_set *set, const struct lerobot_episode *episode,
    int *fd, struct sl_parquet_file **out, struct sl_error *err)
{
	const char *path = episode->state->path;
	enum sl_status status;

	*out = NULL;
	status = sl_contents_open_file(fd, set->run->contents, path, err);
	if (status != SL_OK)
		return status;
	status = sl_parquet_open(out, *fd, episode->state->bytes, err);
	if (status == SL_OK)
		return SL_OK;
	close(*fd);
	*fd = -1;
	return sl_error_prefix(err, status, "%s", path);
}

/* The top-level node of that name; 0 (the root) if there is none. */
static uint32_t
find_top(const struct sl_parquet_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->leaf_count; i++) {
		uint32_t top = schema->leaves[i].top;

		if (strcmp(schema->nodes[top].name, name) == 0)
			return top;
	}
	return 0;
}

static enum lerobot_column_kind
kind_of(const char *name, bool is_there)
{
	if (strcmp(name, "episode_index") == 0)
		return LEROBOT_EPISODE_INDEX;
	if (strcmp(name, "index") == 0)
		return LEROBOT_INDEX;
	if (strcmp(name, "frame_index") == 0 && !is_there)
		return LEROBOT_FRAME_INDEX;
	if (strcmp(name, "timestamp") == 0 && !is_there)
		return LEROBOT_TIMESTAMP;
	/* GR00T's annotations are places in the table of tasks, too. */
	if (strcmp(name, "task_index") == 0 ||
	    strncmp(name, "annotation.", 11) == 0)
		return LEROBOT_TASKS;
	return LEROBOT_COPIED;
}

static enum sl_status
add_column(struct lerobot_rows *rows, const char *name)
{
	uint32_t top = find_top(sl_parquet_schema(rows->model), name);
	enum lerobot_column_kind kind = kind_of(name, top != 0);
	size_t before = rows->schema.leaf_count;
	enum sl_status status;

	if (kind == LEROBOT_TIMESTAMP)
		status = sl_parquet_schema_add(
		    &rows->schema, name, SL_PARQUET_FLOAT, SL_PARQUET_PLAIN, 0);
	else if (kind != LEROBOT_COPIED && (kind != LEROBOT_TASKS || top == 0))
		status = sl_parquet_schema_add(
		    &rows->schema, name, SL_PARQUET_INT64, SL_PARQUET_PLAIN, 0);
	else
		status = sl_parquet_schema_copy(
		    &rows->schema, sl_parquet_schema(rows->model), top);
	for (size_t i = before; status == SL_OK && i < rows->schema.leaf_count;
	     i++) {
		struct lerobot_column *columns = sl_array_room(
		    rows->columns, rows->column_count, sizeof(*columns));

		if (columns == NULL)
			return SL_ERR_NOMEM;
		rows->columns = columns;
		columns[rows->column_count++] = (struct lerobot_column){
		    .name = name, .kind = kind, .leaf = i, .place = i - before};
	}
	return status;
}

/* Made here if the data have none. */
static bool
is_default(const char *name)
{
	return strcmp(name, "task_index") == 0 ||
	    (kind_of(name, false) != LEROBOT_COPIED &&
	        kind_of(name, false) != LEROBOT_TASKS);
}

enum sl_status
lerobot_rows_check(struct lerobot_set *set, struct sl_error *err)
{
	const struct sl_parquet_schema *schema;
	struct sl_parquet_file *model;
	const char *name;
	json_t *feature;
	void *next;
	enum sl_status status;
	int fd;

	status = open_state(set, &set->episodes[0], &fd, &model, err);
	if (status != SL_OK)
		return status;
	schema = sl_parquet_schema(model);
	json_object_foreach_safe(set->features, next, name, feature)
	{
		if (is_video(feature) || find_top(schema, name) != 0 ||
		    is_default(name))
			continue;
		export_warn(set->run,
		    "feature %s is left out: the data have no such column",
		    name);
		(void)json_object_del(set->features, name);
	}
	for (size_t i = 0; i < schema->leaf_count; i++) {
		uint32_t top = schema->leaves[i].top;

		name = schema->nodes[top].name;
		if (json_object_get(set->features, name) == NULL &&
		    (i == 0 || schema->leaves[i - 1].top != top))
			export_warn(set->run,
			    "column %s is left out: it is no feature of "
			    "meta/info.json",
			    name);
	}
	sl_parquet_close(model);
	close(fd);
	return SL_OK;
}

enum sl_status
lerobot_rows_begin(struct lerobot_rows *rows, const struct lerobot_set *set,
    const struct lerobot_episode *first, int fd, struct sl_error *err)
{
	const char *name;
	json_t *feature;
	enum sl_status status;

	*rows = (struct lerobot_rows){.set = set, .model_fd = -1};
	status = open_state(set, first, &rows->model_fd, &rows->model, err);
	if (status == SL_OK)
		status = sl_parquet_schema_init(&rows->schema);
	json_object_foreach (set->features, name, feature) {
		if (status == SL_OK && !is_video(feature))
			status = add_column(rows, name);
	}
	if (status == SL_OK)
		status = sl_parquet_writer_new(
		    &rows->writer, fd, &rows->schema, SL_PARQUET_SNAPPY, err);
	return status;
}

/* An episode on its way. */
struct source {
	struct lerobot_rows *rows;
	const struct lerobot_episode *episode;
	size_t index;
	uint64_t first_row;
	struct sl_parquet_file *file;
	struct sl_lerobot_stats stats;
	size_t element;
};

/* Whole numbers that are counted. */
static enum sl_status
write_counted(struct source *source, const struct lerobot_column *column,
    struct sl_error *err)
{
	uint64_t length = source->episode->length;
	int64_t block[BLOCK];
	enum sl_status status = SL_OK;

	for (uint64_t at = 0; status == SL_OK && at < length;) {
		size_t count =
		    length - at < BLOCK ? (size_t)(length - at) : BLOCK;

		for (size_t i = 0; status == SL_OK && i < count; i++) {
			if (column->kind == LEROBOT_EPISODE_INDEX)
				block[i] = (int64_t)source->index;
			else if (column->kind == LEROBOT_INDEX)
				block[i] =
				    (int64_t)(source->first_row + at + i);
			else if (column->kind == LEROBOT_FRAME_INDEX)
				block[i] = (int64_t)(at + i);
			else /* no task is known */
				block[i] = 0;
			status = sl_lerobot_stats_add(
			    &source->stats, 0, (double)block[i]);
		}
		if (status == SL_OK)
			status = sl_parquet_writer_rows(source->rows->writer,
			    column->leaf, block, count, 1, err);
		at += count;
	}
	return status;
}

static enum sl_status
write_times(struct source *source, const struct lerobot_column *column,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (uint64_t i = 0; status == SL_OK && i < source->episode->length;
	     i++) {
		float time = (float)((double)i / source->rows->set->fps);

		status = sl_lerobot_stats_add(&source->stats, 0, (double)time);
		if (status == SL_OK)
			status = sl_parquet_writer_rows(source->rows->writer,
			    column->leaf, &time, 1, 1, err);
	}
	return status;
}

static bool
number_at(const struct sl_parquet_batch *batch, enum sl_parquet_type type,
    size_t at, double *out)
{
	switch (type) {
	case SL_PARQUET_BOOLEAN:
		*out = batch->values.booleans[at];
		return true;
	case SL_PARQUET_INT32:
		*out = batch->values.int32[at];
		return true;
	case SL_PARQUET_INT64:
		*out = (double)batch->values.int64[at];
		return true;
	case SL_PARQUET_FLOAT:
		*out = (double)batch->values.float32[at];
		return true;
	case SL_PARQUET_DOUBLE:
		*out = batch->values.float64[at];
		return true;
	case SL_PARQUET_INT96:
	case SL_PARQUET_BYTES:
	case SL_PARQUET_FIXED:
		return false;
	}
	return false;
}

static enum sl_status
count_batch(struct source *source, const struct sl_parquet_batch *batch,
    const struct sl_parquet_leaf *leaf, enum sl_parquet_type type)
{
	size_t value = 0;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < batch->count; i++) {
		double number;

		if (batch->rep == NULL || batch->rep[i] == 0)
			source->element = 0;
		else
			source->element++;
		if (batch->def != NULL && batch->def[i] < leaf->max_def)
			continue;
		if (number_at(batch, type, value++, &number))
			status = sl_lerobot_stats_add(
			    &source->stats, source->element, number);
	}
	return status;
}

static void
map_tasks(const struct source *source, const struct sl_parquet_batch *batch,
    int64_t *mapped)
{
	const struct lerobot_root *root = source->episode->root;

	for (size_t i = 0; i < batch->value_count; i++) {
		int64_t task = batch->values.int64[i];

		mapped[i] = task >= 0 && (uint64_t)task < root->task_count
		    ? root->tasks[task]
		    : task;
	}
}

static enum sl_status
copy_leaf(struct source *source, const struct lerobot_column *column,
    size_t from, struct sl_error *err)
{
	const struct sl_parquet_schema *schema =
	    sl_parquet_schema(source->file);
	const struct sl_parquet_leaf *leaf = &schema->leaves[from];
	enum sl_parquet_type type = schema->nodes[leaf->node].type;
	struct sl_parquet_batch batch = {.count = 1};
	struct sl_parquet_column *reader;
	int64_t mapped[SL_PARQUET_BATCH_MAX];
	enum sl_status status;

	status = sl_parquet_column_new(&reader, source->file, from);
	while (status == SL_OK && batch.count > 0) {
		status =
		    sl_parquet_column_read(reader, UINT64_MAX, &batch, err);
		if (status != SL_OK)
			break;
		if (column->kind == LEROBOT_TASKS && type == SL_PARQUET_INT64) {
			map_tasks(source, &batch, mapped);
			batch.values.int64 = mapped;
		}
		status = sl_parquet_writer_add(
		    source->rows->writer, column->leaf, &batch, err);
		if (status == SL_OK && leaf->max_rep <= 1)
			status = count_batch(source, &batch, leaf, type);
	}
	sl_parquet_column_free(reader);
	return status;
}

/* The leaf of this episode's file that is the column, if it is of the same
 * kind. */
static enum sl_status
find_leaf(const struct source *source, const struct lerobot_column *column,
    size_t *out, struct sl_error *err)
{
	const struct sl_parquet_schema *mine = &source->rows->schema;
	const struct sl_parquet_schema *theirs =
	    sl_parquet_schema(source->file);
	const struct sl_parquet_leaf *want = &mine->leaves[column->leaf];
	uint32_t top = find_top(theirs, column->name);
	size_t place = column->place;

	for (size_t i = 0; i < theirs->leaf_count; i++) {
		const struct sl_parquet_leaf *leaf = &theirs->leaves[i];

		if (leaf->top != top || place-- > 0)
			continue;
		if (leaf->max_rep != want->max_rep ||
		    leaf->max_def != want->max_def ||
		    theirs->nodes[leaf->node].type !=
		        mine->nodes[want->node].type)
			break;
		*out = i;
		return SL_OK;
	}
	return sl_error_set(err, SL_ERR_INVALID,
	    "%s: column %s is not as in the other episodes",
	    source->episode->state->path, column->name);
}

static enum sl_status
write_column(struct source *source, const struct lerobot_column *column,
    struct sl_error *err)
{
	bool is_there =
	    find_top(sl_parquet_schema(source->file), column->name) != 0;
	size_t from = 0;
	enum sl_status status;

	if (column->kind == LEROBOT_TIMESTAMP)
		return write_times(source, column, err);
	if ((column->kind != LEROBOT_COPIED && column->kind != LEROBOT_TASKS) ||
	    (column->kind == LEROBOT_TASKS && !is_there))
		return write_counted(source, column, err);
	status = find_leaf(source, column, &from, err);
	return status == SL_OK ? copy_leaf(source, column, from, err) : status;
}

/* A feature without values is left out, as LeRobot merges what is there. */
static enum sl_status
note_stats(const struct source *source, const struct lerobot_column *column,
    json_t *stats)
{
	json_t *value = sl_lerobot_stats_json(&source->stats);

	if (json_is_null(value))
		return SL_OK;
	return json_object_set_new(stats, column->name, value) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

static enum sl_status
write_columns(struct source *source, json_t *stats, struct sl_error *err)
{
	struct lerobot_rows *rows = source->rows;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < rows->column_count; i++) {
		const struct lerobot_column *column = &rows->columns[i];

		sl_lerobot_stats_clear(&source->stats);
		status = write_column(source, column, err);
		if (status == SL_OK)
			status = note_stats(source, column, stats);
	}
	sl_lerobot_stats_clear(&source->stats);
	return status;
}

enum sl_status
lerobot_rows_add(struct lerobot_rows *rows, size_t episode, uint64_t first_row,
    json_t **stats, struct sl_error *err)
{
	struct source source = {.rows = rows,
	    .episode = &rows->set->episodes[episode],
	    .index = episode,
	    .first_row = first_row};
	enum sl_status status;
	int fd;

	*stats = NULL;
	/* What still parses may be other than what was signed. */
	status = sl_contents_check_file(
	    rows->set->run->contents, source.episode->state, err);
	if (status == SL_OK)
		status = open_state(
		    rows->set, source.episode, &fd, &source.file, err);
	if (status != SL_OK)
		return status;
	*stats = json_object();
	status =
	    *stats == NULL ? SL_ERR_NOMEM : write_columns(&source, *stats, err);
	sl_parquet_close(source.file);
	close(fd);
	rows->group_rows += source.episode->length;
	if (status == SL_OK && rows->group_rows >= GROUP_ROWS) {
		status = sl_parquet_writer_end_group(
		    rows->writer, rows->group_rows, err);
		rows->group_rows = 0;
	}
	if (status == SL_OK)
		return SL_OK;
	json_decref(*stats);
	*stats = NULL;
	return status;
}

enum sl_status
lerobot_rows_finish(struct lerobot_rows *rows, struct sl_error *err)
{
	enum sl_status status =
	    sl_parquet_writer_end_group(rows->writer, rows->group_rows, err);

	if (status == SL_OK)
		status =
		    lerobot_note_features(rows->writer, rows->set->features);
	return status == SL_OK ? sl_parquet_writer_finish(rows->writer, err)
	                       : status;
}

void
lerobot_rows_clear(struct lerobot_rows *rows)
{
	sl_parquet_writer_free(rows->writer);
	sl_parquet_schema_clear(&rows->schema);
	sl_parquet_close(rows->model);
	if (rows->model_fd >= 0)
		close(rows->model_fd);
	free(rows->columns);
}
