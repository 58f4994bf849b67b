#include "lerobot_shards.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/formats/parquet_column.h"

/* Some 30 years; what is beyond is no time. */
#define SECONDS_MAX 1e9

struct shard {
	struct sl_parquet_file *file;
	const char *path;
	struct lerobot_rows *episodes;
	size_t episode_count;
	struct lerobot_rows *current;
	/* Those of which rows were found, in the order of the rows. */
	struct lerobot_rows **order;
	size_t order_count;
	size_t at;
	int64_t time; /* of the row before */
	uint64_t strangers;
};

/* NULL is -1; seconds come as nanoseconds. */
typedef enum sl_status row_fn(struct shard *shard, uint64_t row, int64_t value);

struct shard_column {
	const char *name;
	bool is_needed; /* others are passed over where there are none */
	bool is_time;   /* may be in seconds; others are whole numbers */
	row_fn *on_row;
};

static bool
has_type(const struct shard_column *kind, enum sl_parquet_type type)
{
	if (type == SL_PARQUET_INT32 || type == SL_PARQUET_INT64)
		return true;
	return kind->is_time &&
	    (type == SL_PARQUET_FLOAT || type == SL_PARQUET_DOUBLE);
}

static int64_t
value_at(
    const struct sl_parquet_batch *batch, enum sl_parquet_type type, size_t at)
{
	double seconds;

	if (type == SL_PARQUET_INT32)
		return batch->values.int32[at];
	if (type == SL_PARQUET_INT64)
		return batch->values.int64[at];
	seconds = type == SL_PARQUET_FLOAT ? (double)batch->values.float32[at]
	                                   : batch->values.float64[at];
	return seconds >= 0 && seconds < SECONDS_MAX ? llround(seconds * 1e9)
	                                             : -1;
}

static enum sl_status
read_rows(struct shard *shard, const struct shard_column *kind, size_t leaf,
    struct sl_error *err)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(shard->file);
	const struct sl_parquet_leaf *of = &schema->leaves[leaf];
	struct sl_parquet_batch batch = {.count = 1};
	struct sl_parquet_column *column;
	uint64_t row = 0;
	enum sl_status status;

	status = sl_parquet_column_new(&column, shard->file, leaf);
	while (status == SL_OK && batch.count > 0) {
		size_t value = 0;

		status =
		    sl_parquet_column_read(column, UINT64_MAX, &batch, err);
		for (size_t i = 0; status == SL_OK && i < batch.count; i++) {
			bool is_there =
			    batch.def == NULL || batch.def[i] == of->max_def;

			status = kind->on_row(shard, row++,
			    is_there
			        ? value_at(&batch, schema->nodes[of->node].type,
			              value++)
			        : -1);
		}
	}
	sl_parquet_column_free(column);
	return status;
}

/* Each value of a column. */
static enum sl_status
each_row(
    struct shard *shard, const struct shard_column *kind, struct sl_error *err)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(shard->file);
	const struct sl_parquet_leaf *of;
	size_t leaf = 0;
	enum sl_status status;

	status = sl_parquet_find(&leaf, schema, kind->name, err);
	if (status == SL_ERR_NOT_FOUND && !kind->is_needed)
		return sl_error_clear(err);
	if (status != SL_OK)
		return status == SL_ERR_NOT_FOUND ? SL_ERR_INVALID : status;
	of = &schema->leaves[leaf];
	if (of->max_rep > 0 || !has_type(kind, schema->nodes[of->node].type))
		return sl_error_set(err, SL_ERR_INVALID, "column %s is no %s",
		    kind->name, kind->is_time ? "time" : "whole number");
	return read_rows(shard, kind, leaf, err);
}

static int
compare_index(const void *key, const void *item)
{
	uint64_t index = *(const uint64_t *)key;
	const struct lerobot_rows *episode = item;

	return (index > episode->index) - (index < episode->index);
}

static struct lerobot_rows *
find_episode(struct shard *shard, int64_t value)
{
	uint64_t index = (uint64_t)value;

	if (value < 0)
		return NULL;
	return bsearch(&index, shard->episodes, shard->episode_count,
	    sizeof(*shard->episodes), compare_index);
}

static enum sl_status
on_episode_index(struct shard *shard, uint64_t row, int64_t value)
{
	struct lerobot_rows *episode = shard->current;
	struct lerobot_rows **order;

	if (episode != NULL && (int64_t)episode->index == value) {
		episode->count++;
		return SL_OK;
	}
	episode = find_episode(shard, value);
	shard->current = episode;
	if (episode == NULL) {
		shard->strangers++;
		return SL_OK;
	}
	if (episode->path != NULL) {
		episode->is_split = true;
		shard->current = NULL;
		return SL_OK;
	}
	order = sl_array_room(
	    shard->order, shard->order_count, sizeof(*shard->order));
	if (order == NULL)
		return SL_ERR_NOMEM;
	shard->order = order;
	order[shard->order_count++] = episode;
	episode->path = strdup(shard->path);
	episode->first = row;
	episode->count = 1;
	return episode->path == NULL ? SL_ERR_NOMEM : SL_OK;
}

/* The episode that the row is of; rows are walked in order. */
static struct lerobot_rows *
episode_at(struct shard *shard, uint64_t row)
{
	struct lerobot_rows *episode;

	while (shard->at + 1 < shard->order_count &&
	    shard->order[shard->at + 1]->first <= row)
		shard->at++;
	if (shard->at >= shard->order_count)
		return NULL;
	episode = shard->order[shard->at];
	return row >= episode->first && row - episode->first < episode->count
	    ? episode
	    : NULL;
}

static enum sl_status
on_frame_index(struct shard *shard, uint64_t row, int64_t value)
{
	struct lerobot_rows *episode = episode_at(shard, row);

	if (episode != NULL && value != (int64_t)(row - episode->first))
		episode->is_out_of_order = true;
	return SL_OK;
}

static enum sl_status
on_index(struct shard *shard, uint64_t row, int64_t value)
{
	struct lerobot_rows *episode = episode_at(shard, row);

	if (episode != NULL &&
	    value != (int64_t)(episode->global_first + row - episode->first))
		episode->is_off = true;
	return SL_OK;
}

static enum sl_status
on_timestamp(struct shard *shard, uint64_t row, int64_t value)
{
	struct lerobot_rows *episode = episode_at(shard, row);

	if (episode != NULL && row > episode->first && value < shard->time &&
	    !episode->is_backwards) {
		episode->is_backwards = true;
		episode->backwards_at = row - episode->first;
	}
	shard->time = value;
	return SL_OK;
}

static const struct shard_column columns[] = {
    {"episode_index", true, false, on_episode_index},
    {"frame_index", false, false, on_frame_index},
    {"index", false, false, on_index},
    {"timestamp", false, true, on_timestamp},
};

static enum sl_status
walk(struct shard *shard, int fd, uint64_t bytes, struct sl_error *err)
{
	enum sl_status status = sl_parquet_open(&shard->file, fd, bytes, err);

	for (size_t i = 0;
	     status == SL_OK && i < sizeof(columns) / sizeof(*columns); i++) {
		shard->current = NULL;
		shard->at = 0;
		status = each_row(shard, &columns[i], err);
	}
	sl_parquet_close(shard->file);
	free(shard->order);
	return status;
}

enum sl_status
lerobot_shard_walk(const struct lerobot *lerobot, const char *path,
    struct lerobot_rows *episodes, size_t episode_count, uint64_t *strangers,
    struct sl_error *err)
{
	struct shard shard = {
	    .path = path, .episodes = episodes, .episode_count = episode_count};
	uint64_t bytes;
	enum sl_status status;
	int fd;

	*strangers = 0;
	status = lerobot_open_file(lerobot, path, &fd, &bytes, err);
	if (status != SL_OK)
		return status;
	status = walk(&shard, fd, bytes, err);
	close(fd);
	*strangers = shard.strangers;
	return status;
}

enum sl_status
lerobot_rows_judge(const struct lerobot_rows *rows, uint64_t frames,
    const char *table, struct sl_error *err)
{
	if (rows->is_split)
		return sl_error_set(err, SL_ERR_INVALID,
		    "its rows are in several places of the data files");
	if (rows->count != frames)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s has %llu rows of it, %s says %llu", rows->path,
		    (unsigned long long)rows->count, table,
		    (unsigned long long)frames);
	if (rows->is_out_of_order)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: its frame_index is not 0, 1, 2 and so on", rows->path);
	if (rows->is_backwards)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: its timestamp runs backwards at frame %llu",
		    rows->path, (unsigned long long)rows->backwards_at);
	return SL_OK;
}

static enum sl_status
judge_rows(const struct sl_source_file *file, const struct lerobot_rows *rows,
    uint64_t strangers, struct sl_error *err)
{
	if (strangers > 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s has %llu rows of other episodes", file->from,
		    (unsigned long long)strangers);
	if (rows->path == NULL)
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s has no rows", file->from);
	return lerobot_rows_judge(
	    rows, file->count, "meta/episodes.jsonl", err);
}

/* In version 2 a file has the rows of one episode. */
enum sl_status
sl_source_judge_table(
    const struct sl_source_file *file, int fd, struct sl_error *err)
{
	struct lerobot_rows rows = {.index = file->first};
	struct shard shard = {
	    .path = file->from, .episodes = &rows, .episode_count = 1};
	enum sl_status status;
	struct stat info;

	if (fstat(fd, &info) != 0)
		return sl_error_errno(err, "%s", file->from);
	status = walk(&shard, fd, (uint64_t)info.st_size, err);
	if (status == SL_OK)
		status = judge_rows(file, &rows, shard.strangers, err);
	free(rows.path);
	return status;
}
