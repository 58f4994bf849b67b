/* Any bytes as a Parquet file: it is refused, or each column has the rows that
 * the file says, and what can be read can be written and read again. */
#include "fuzz.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/parquet_writer.h"

#include "../../service/formats/parquet_table.h"

/* Runs make rows cheap; a fuzzer's second is dear. */
#define ROWS_MAX   20000u
#define TABLE_ROWS 50

static int
memory_file(void)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_ASSERT(fd >= 0);
	return fd;
}

/* Rows of the column as it was read; into `writer` unless NULL. */
static enum sl_status
read_column(
    struct sl_parquet_file *file, size_t leaf, struct sl_parquet_writer *writer)
{
	const struct sl_parquet_leaf *kind =
	    &sl_parquet_schema(file)->leaves[leaf];
	struct sl_parquet_column *column;
	struct sl_parquet_batch batch = {.count = 1};
	uint64_t rows = 0;
	enum sl_status status = SL_OK;

	FUZZ_ASSERT(sl_parquet_column_new(&column, file, leaf) == SL_OK);
	while (status == SL_OK && batch.count > 0) {
		status =
		    sl_parquet_column_read(column, UINT64_MAX, &batch, NULL);
		for (size_t i = 0; i < batch.count; i++) {
			rows += batch.rep == NULL || batch.rep[i] == 0;
			FUZZ_ASSERT(
			    batch.rep == NULL || batch.rep[i] <= kind->max_rep);
			FUZZ_ASSERT(
			    batch.def == NULL || batch.def[i] <= kind->max_def);
		}
		if (status == SL_OK && writer != NULL)
			FUZZ_ASSERT(sl_parquet_writer_add(
			                writer, leaf, &batch, NULL) == SL_OK);
	}
	sl_parquet_column_free(column);
	if (status == SL_OK)
		FUZZ_ASSERT(rows == sl_parquet_rows(file));
	return status;
}

static void
copy(struct sl_parquet_file *file)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(file);
	struct sl_parquet_writer *writer;
	struct sl_parquet_file *again;
	struct stat info;
	int fd = memory_file();

	FUZZ_ASSERT(sl_parquet_writer_new(
	                &writer, fd, schema, SL_PARQUET_SNAPPY, NULL) == SL_OK);
	for (size_t i = 0; i < schema->leaf_count; i++)
		FUZZ_ASSERT(read_column(file, i, writer) == SL_OK);
	FUZZ_ASSERT(sl_parquet_writer_end_group(
	                writer, sl_parquet_rows(file), NULL) == SL_OK);
	FUZZ_ASSERT(sl_parquet_writer_finish(writer, NULL) == SL_OK);
	sl_parquet_writer_free(writer);
	FUZZ_ASSERT(fstat(fd, &info) == 0);
	FUZZ_ASSERT(
	    sl_parquet_open(&again, fd, (uint64_t)info.st_size, NULL) == SL_OK);
	for (size_t i = 0; i < schema->leaf_count; i++)
		FUZZ_ASSERT(read_column(again, i, NULL) == SL_OK);
	sl_parquet_close(again);
	close(fd);
}

/* The first rows as JSON: each an object. */
static void
tabulate(int fd, size_t size)
{
	struct parquet_table *table;
	json_t *row = NULL;

	if (parquet_table_open(&table, fd, size, NULL) != SL_OK)
		return;
	for (unsigned i = 0; i < TABLE_ROWS; i++) {
		if (parquet_table_next(table, &row, NULL) != SL_OK ||
		    row == NULL)
			break;
		FUZZ_ASSERT(json_is_object(row));
		json_decref(row);
	}
	parquet_table_close(table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_parquet_file *file;
	bool is_whole = true;
	int fd = memory_file();

	FUZZ_ASSERT(sl_file_write_all(fd, data, size, NULL) == SL_OK);
	if (sl_parquet_open(&file, fd, size, NULL) != SL_OK) {
		FUZZ_ASSERT(file == NULL);
		close(fd);
		return 0;
	}
	(void)sl_parquet_note(file, "pandas");
	if (sl_parquet_rows(file) <= ROWS_MAX) {
		for (size_t i = 0; i < sl_parquet_schema(file)->leaf_count; i++)
			is_whole =
			    read_column(file, i, NULL) == SL_OK && is_whole;
		if (is_whole && sl_parquet_schema(file)->leaf_count <= 64)
			copy(file);
		if (sl_parquet_schema(file)->leaf_count <= 64)
			tabulate(fd, size);
	}
	sl_parquet_close(file);
	close(fd);
	return 0;
}
