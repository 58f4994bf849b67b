#include "lerobot_shards.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"
#include "sluice/formats/parquet_column.h"

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
	uint64_t strangers;
};

typedef enum sl_status row_fn(struct shard *shard, uint64_t row, int64_t value);

/* Each value of a whole-number column; NULL is -1.  A column that is not
 * there is passed over unless it is needed. */
static enum sl_status
each_row(struct shard *shard, const char *name, bool is_needed, row_fn *on_row,
    struct sl_error *err)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(shard->file);
	struct sl_parquet_batch batch = {.count = 1};
	struct sl_parquet_column *column = NULL;
	uint64_t row = 0;
	size_t leaf = 0;
	enum sl_status status;

	status = sl_parquet_find(&leaf, schema, name, err);
	if (status == SL_ERR_NOT_FOUND && !is_needed)
		return sl_error_clear(err);
	if (status != SL_OK)
		return status == SL_ERR_NOT_FOUND ? SL_ERR_INVALID : status;
	if (schema->leaves[leaf].max_rep > 0 ||
	    schema->nodes[schema->leaves[leaf].node].type != SL_PARQUET_INT64)
		return sl_error_set(err, SL_ERR_INVALID,
		    "column %s is no whole number of 64 bits", name);
	status = sl_parquet_column_new(&column, shard->file, leaf);
	while (status == SL_OK && batch.count > 0) {
		size_t value = 0;

		status =
		    sl_parquet_column_read(column, UINT64_MAX, &batch, err);
		for (size_t i = 0; status == SL_OK && i < batch.count; i++) {
			bool is_there = batch.def == NULL ||
			    batch.def[i] == schema->leaves[leaf].max_def;

			status = on_row(shard, row++,
			    is_there ? batch.values.int64[value++] : -1);
		}
	}
	sl_parquet_column_free(column);
	return status;
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

enum sl_status
lerobot_shard_walk(int fd, uint64_t file_bytes, const char *path,
    struct lerobot_rows *episodes, size_t episode_count, uint64_t *strangers,
    struct sl_error *err)
{
	struct shard shard = {
	    .path = path, .episodes = episodes, .episode_count = episode_count};
	enum sl_status status;

	status = sl_parquet_open(&shard.file, fd, file_bytes, err);
	if (status == SL_OK)
		status = each_row(
		    &shard, "episode_index", true, on_episode_index, err);
	shard.current = NULL;
	if (status == SL_OK)
		status =
		    each_row(&shard, "frame_index", false, on_frame_index, err);
	shard.current = NULL;
	if (status == SL_OK)
		status = each_row(&shard, "index", false, on_index, err);
	sl_parquet_close(shard.file);
	free(shard.order);
	*strangers = shard.strangers;
	return status;
}
