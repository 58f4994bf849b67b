/* Rows of episodes as LeRobot's data files have them: the columns of the
 * features, their indices counted anew. */
#ifndef SL_EXPORT_LEROBOT_ROWS_H
#define SL_EXPORT_LEROBOT_ROWS_H

#include "lerobot_set.h"
#include "sluice/formats/parquet_writer.h"

/* What a column is made of. */
enum lerobot_column_kind {
	LEROBOT_COPIED,
	LEROBOT_TASKS,         /* places in the table of tasks */
	LEROBOT_EPISODE_INDEX, /* the same in each row */
	LEROBOT_INDEX,
	LEROBOT_FRAME_INDEX, /* where the source has none */
	LEROBOT_TIMESTAMP,
};

struct lerobot_column {
	const char *name; /* of the feature */
	enum lerobot_column_kind kind;
	size_t leaf;  /* in the file that is written */
	size_t place; /* which leaf of that name it is */
};

/* A file under way. */
struct lerobot_rows {
	const struct lerobot_set *set;
	struct sl_parquet_writer *writer;
	struct sl_parquet_schema schema;
	/* The first episode's file says what the columns are. */
	struct sl_parquet_file *model;
	int model_fd;
	struct lerobot_column *columns;
	size_t column_count;
	uint64_t group_rows;
};

/* Features that the data have no column for, and columns that are no feature,
 * are left out with a word. */
SL_MUST_CHECK enum sl_status lerobot_rows_check(
    struct lerobot_set *set, struct sl_error *err);

/* Cleared by the caller in any case. */
SL_MUST_CHECK enum sl_status lerobot_rows_begin(struct lerobot_rows *rows,
    const struct lerobot_set *set, const struct lerobot_episode *first, int fd,
    struct sl_error *err);
/* *stats: of every numeric feature that has values, an object. */
SL_MUST_CHECK enum sl_status lerobot_rows_add(struct lerobot_rows *rows,
    size_t episode, uint64_t first_row, json_t **stats, struct sl_error *err);
SL_MUST_CHECK enum sl_status lerobot_rows_finish(
    struct lerobot_rows *rows, struct sl_error *err);
void lerobot_rows_clear(struct lerobot_rows *rows);

#endif /* SL_EXPORT_LEROBOT_ROWS_H */
