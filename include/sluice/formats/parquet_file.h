/* A Parquet file: its footer, read and judged when it is opened
 * (parquet.thrift, FileMetaData).
 *
 * The file borrows the descriptor, which must outlive it and its columns.
 * Nothing is allocated for what a header merely claims: sizes are held
 * against the file first.  Read-only once open; columns of one file may be
 * read from several threads. */
#ifndef SLUICE_FORMATS_PARQUET_FILE_H
#define SLUICE_FORMATS_PARQUET_FILE_H

#include <stdint.h>

#include "sluice/formats/parquet_schema.h"

/* A footer; a file of 1,000 columns and 100 row groups has 20 MB of it. */
#define SL_PARQUET_FOOTER_MAX (64u << 20)
/* Rows that one byte of a file may stand for; runs of one value make them
 * cheap, so this is what bounds the work on a hostile file. */
#define SL_PARQUET_ROWS_PER_BYTE 16384

struct sl_parquet_file;

/* Two pages and dictionaries of the largest size; writers make them of 1 MiB.
 */
#define SL_PARQUET_MEMORY (512u << 20)

/* SL_ERR_INVALID in plain words if it is no sound Parquet file. */
SL_MUST_CHECK enum sl_status sl_parquet_open(struct sl_parquet_file **out,
    int fd, uint64_t file_bytes, struct sl_error *err);
/* NULL is allowed; its columns are freed before. */
void sl_parquet_close(struct sl_parquet_file *file);

/* What its columns may have in memory together, SL_PARQUET_MEMORY at first;
 * a page beyond it is SL_ERR_LIMIT. */
void sl_parquet_limit(struct sl_parquet_file *file, uint64_t bytes);

/* Borrowed until the file is closed. */
const struct sl_parquet_schema *sl_parquet_schema(
    const struct sl_parquet_file *file);
uint64_t sl_parquet_rows(const struct sl_parquet_file *file);
size_t sl_parquet_group_count(const struct sl_parquet_file *file);
uint64_t sl_parquet_group_rows(
    const struct sl_parquet_file *file, size_t group);

/* Key-value metadata: "pandas", "huggingface".  Data NULL if there is none of
 * that key. */
struct sl_slice sl_parquet_note(
    const struct sl_parquet_file *file, const char *key);

#endif /* SLUICE_FORMATS_PARQUET_FILE_H */
