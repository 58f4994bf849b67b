/* Key-value metadata that LeRobot's loaders look for in a Parquet file. */
#ifndef SL_EXPORT_LEROBOT_NOTES_H
#define SL_EXPORT_LEROBOT_NOTES_H

#include <jansson.h>

#include "sluice/formats/parquet_writer.h"

/* `huggingface`: the types of the features, as `datasets` names them; and
 * `pandas`. */
SL_MUST_CHECK enum sl_status lerobot_note_features(
    struct sl_parquet_writer *writer, const json_t *features);

/* `pandas` of meta/tasks.parquet, whose index is `task`; without it pandas
 * makes an index of numbers, and looking a task up fails. */
SL_MUST_CHECK enum sl_status lerobot_note_tasks(
    struct sl_parquet_writer *writer);

#endif /* SL_EXPORT_LEROBOT_NOTES_H */
