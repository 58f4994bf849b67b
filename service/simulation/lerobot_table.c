#include "lerobot_table.h"

#include <fcntl.h>
#include <stdlib.h>

#include "sluice/formats/lerobot_stats.h"
#include "sluice/formats/parquet_writer.h"

enum column {
	COLUMN_STATE,
	COLUMN_ACTION,
	COLUMN_WRENCH,
	COLUMN_TIMESTAMP,
	COLUMN_FRAME_INDEX,
	COLUMN_EPISODE_INDEX,
	COLUMN_INDEX,
	COLUMN_TASK_INDEX,
};

static const struct {
	const char *name;
	enum sl_parquet_type type;
	size_t width; /* 0: a plain value */
} columns[] = {
    [COLUMN_STATE] = {"observation.state", SL_PARQUET_FLOAT, LEROBOT_JOINTS},
    [COLUMN_ACTION] = {"action", SL_PARQUET_FLOAT, LEROBOT_JOINTS},
    [COLUMN_WRENCH] = {"observation.wrench", SL_PARQUET_FLOAT, LEROBOT_WRENCH},
    [COLUMN_TIMESTAMP] = {"timestamp", SL_PARQUET_FLOAT, 0},
    [COLUMN_FRAME_INDEX] = {"frame_index", SL_PARQUET_INT64, 0},
    [COLUMN_EPISODE_INDEX] = {"episode_index", SL_PARQUET_INT64, 0},
    [COLUMN_INDEX] = {"index", SL_PARQUET_INT64, 0},
    [COLUMN_TASK_INDEX] = {"task_index", SL_PARQUET_INT64, 0},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(*columns))

static void
read_row(const struct episode *episode, const struct lerobot_rows *rows,
    uint32_t row, double *state, double *action, double *wrench)
{
	const struct rollout_sample *sample =
	    rollout_row(&episode->rollout, rows->hz, row);

	for (unsigned i = 0; i < ARM_JOINTS; i++) {
		state[i] = (double)sample->follower[i];
		action[i] = (double)sample->leader[i];
		wrench[i] = (double)sample->wrench[i];
	}
	state[ARM_JOINTS] = (double)sample->gripper / ROLLOUT_GRIPPER_M;
	action[ARM_JOINTS] = 1 - (double)sample->gripper_command;
}

static int64_t
number_of(const struct lerobot_rows *rows, enum column column, uint32_t row)
{
	switch (column) {
	case COLUMN_FRAME_INDEX:
		return row;
	case COLUMN_EPISODE_INDEX:
		return rows->episode_index;
	case COLUMN_INDEX:
		return rows->first_index + row;
	case COLUMN_TASK_INDEX:
		return rows->task_index;
	case COLUMN_STATE:
	case COLUMN_ACTION:
	case COLUMN_WRENCH:
	case COLUMN_TIMESTAMP:
		break;
	}
	return 0;
}

static void
fill_floats(float *out, const struct episode *episode,
    const struct lerobot_rows *rows, enum column column)
{
	size_t width = columns[column].width;

	for (uint32_t i = 0; i < rows->count; i++) {
		double state[LEROBOT_JOINTS];
		double action[LEROBOT_JOINTS];
		double wrench[LEROBOT_WRENCH];
		const double *from = column == COLUMN_STATE ? state
		    : column == COLUMN_ACTION               ? action
		                                            : wrench;

		read_row(episode, rows, i, state, action, wrench);
		for (size_t k = 0; k < width; k++)
			*out++ = (float)from[k];
		if (width == 0)
			*out++ = (float)((double)i / rows->hz);
	}
}

static enum sl_status
put_column(struct sl_parquet_writer *writer, const struct episode *episode,
    const struct lerobot_rows *rows, enum column column, struct sl_error *err)
{
	size_t per_row = columns[column].width == 0 ? 1 : columns[column].width;
	bool is_float = columns[column].type == SL_PARQUET_FLOAT;
	void *values = calloc((size_t)rows->count * per_row + 1,
	    is_float ? sizeof(float) : sizeof(int64_t));
	enum sl_status status;

	if (values == NULL)
		return SL_ERR_NOMEM;
	if (is_float)
		fill_floats(values, episode, rows, column);
	for (uint32_t i = 0; !is_float && i < rows->count; i++)
		((int64_t *)values)[i] = number_of(rows, column, i);
	status = sl_parquet_writer_rows(
	    writer, column, values, rows->count, per_row, err);
	free(values);
	return status;
}

static enum sl_status
write_to(int fd, const struct episode *episode, const struct lerobot_rows *rows,
    struct sl_error *err)
{
	struct sl_parquet_writer *writer = NULL;
	struct sl_parquet_schema schema;
	enum sl_status status = sl_parquet_schema_init(&schema);

	for (size_t i = 0; status == SL_OK && i < COLUMN_COUNT; i++)
		status = sl_parquet_schema_add(&schema, columns[i].name,
		    columns[i].type, SL_PARQUET_PLAIN, columns[i].width > 0);
	if (status == SL_OK)
		status = sl_parquet_writer_new(
		    &writer, fd, &schema, SL_PARQUET_SNAPPY, err);
	for (size_t i = 0; status == SL_OK && i < COLUMN_COUNT; i++)
		status = put_column(writer, episode, rows, (enum column)i, err);
	if (status == SL_OK)
		status = sl_parquet_writer_end_group(writer, rows->count, err);
	if (status == SL_OK)
		status = sl_parquet_writer_finish(writer, err);
	sl_parquet_writer_free(writer);
	sl_parquet_schema_clear(&schema);
	return status;
}

enum sl_status
lerobot_table_write(struct session *session, const struct episode *episode,
    const struct lerobot_rows *rows, const char *name)
{
	int fd;
	enum sl_status status =
	    session_open(session, name, O_RDWR | O_TRUNC, &fd);

	if (status != SL_OK)
		return status;
	status = write_to(fd, episode, rows, session->err);
	session_close(session, fd);
	return status == SL_OK ? SL_OK
	                       : sl_error_prefix(session->err, status, "%s/%s",
	                             session->options->dir, name);
}

/* Of one feature: its values, row after row. */
static json_t *
make_stats(const struct episode *episode, const struct lerobot_rows *rows,
    enum column column)
{
	bool is_float = columns[column].type == SL_PARQUET_FLOAT;
	size_t width = columns[column].width == 0 ? 1 : columns[column].width;
	float *values =
	    calloc((size_t)rows->count * width + 1, sizeof(*values));
	struct sl_lerobot_stats stats = {0};
	json_t *out = NULL;
	enum sl_status status = values == NULL ? SL_ERR_NOMEM : SL_OK;

	if (status == SL_OK && is_float)
		fill_floats(values, episode, rows, column);
	for (uint32_t i = 0; i < rows->count; i++) {
		for (size_t k = 0; status == SL_OK && k < width; k++)
			status = sl_lerobot_stats_add(&stats, k,
			    is_float ? (double)values[i * width + k]
			             : (double)number_of(rows, column, i));
	}
	if (status == SL_OK)
		out = sl_lerobot_stats_json(&stats);
	sl_lerobot_stats_clear(&stats);
	free(values);
	return out;
}

json_t *
lerobot_table_stats(
    const struct episode *episode, const struct lerobot_rows *rows)
{
	json_t *out = json_object();

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (json_object_set_new(out, columns[i].name,
		        make_stats(episode, rows, (enum column)i)) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}
