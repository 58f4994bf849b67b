#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/formats/parquet_writer.h"
#include "sluice/formats/source.h"

#include "mp4_cut.h"

/* Rows of a row group that is written: of robot state some 100 bytes each. */
#define GROUP_ROWS 262144u

static enum sl_status
copy_column(struct sl_parquet_file *from, size_t leaf,
    struct sl_parquet_writer *to, uint64_t first, uint64_t until,
    struct sl_error *err)
{
	struct sl_parquet_column *column;
	struct sl_parquet_batch batch = {.count = 1};
	enum sl_status status;

	status = sl_parquet_column_new(&column, from, leaf);
	if (status == SL_OK)
		status = sl_parquet_column_skip(column, first, err);
	while (status == SL_OK && batch.count > 0) {
		status = sl_parquet_column_read(column, until, &batch, err);
		if (status == SL_OK)
			status = sl_parquet_writer_add(to, leaf, &batch, err);
	}
	sl_parquet_column_free(column);
	return status;
}

/* The notes say what the columns are, of any rows. */
static enum sl_status
copy_notes(struct sl_parquet_file *from, struct sl_parquet_writer *to)
{
	static const char *const keys[] = {"huggingface", "pandas"};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < 2; i++) {
		struct sl_slice note = sl_parquet_note(from, keys[i]);

		/* A range index counts rows of the whole. */
		if (note.data != NULL &&
		    (i == 0 ||
		        memmem(note.data, note.len, "\"range\"", 7) == NULL))
			status = sl_parquet_writer_note(to, keys[i], note);
	}
	return status;
}

static enum sl_status
copy_rows(int fd, struct sl_parquet_file *from,
    const struct sl_source_file *file, struct sl_error *err)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(from);
	uint64_t end = file->first + file->count;
	struct sl_parquet_writer *writer;
	enum sl_status status;

	if (end > sl_parquet_rows(from) || end < file->first)
		return sl_error_set(err, SL_ERR_INVALID,
		    "rows %llu to %llu are wanted, there are %llu",
		    (unsigned long long)file->first, (unsigned long long)end,
		    (unsigned long long)sl_parquet_rows(from));
	status =
	    sl_parquet_writer_new(&writer, fd, schema, SL_PARQUET_SNAPPY, err);
	for (uint64_t at = file->first; status == SL_OK && at < end;) {
		uint64_t until = end - at > GROUP_ROWS ? at + GROUP_ROWS : end;

		for (size_t i = 0; status == SL_OK && i < schema->leaf_count;
		     i++)
			status = copy_column(from, i, writer, at, until, err);
		if (status == SL_OK)
			status = sl_parquet_writer_end_group(
			    writer, until - at, err);
		at = until;
	}
	if (status == SL_OK)
		status = copy_notes(from, writer);
	if (status == SL_OK)
		status = sl_parquet_writer_finish(writer, err);
	sl_parquet_writer_free(writer);
	return status;
}

static enum sl_status
make_rows(int fd, int from, uint64_t from_bytes,
    const struct sl_source_file *file, struct sl_error *err)
{
	struct sl_parquet_file *parquet;
	enum sl_status status =
	    sl_parquet_open(&parquet, from, from_bytes, err);

	if (status == SL_OK)
		status = copy_rows(fd, parquet, file, err);
	sl_parquet_close(parquet);
	return status;
}

enum sl_status
sl_source_make_file(int fd, const struct sl_source *source,
    const struct sl_source_file *file, struct sl_error *err)
{
	struct stat info;
	enum sl_status status;
	int from;

	status = sl_source_open_file(&from, source->dir_fd, file->from, err);
	if (status != SL_OK)
		return status;
	if (fstat(from, &info) != 0)
		status = sl_error_errno(err, "stat");
	else if (file->part == SL_SOURCE_ROWS)
		status = make_rows(fd, from, (uint64_t)info.st_size, file, err);
	else if (file->part == SL_SOURCE_FRAMES)
		status = mp4_cut(fd, from, (uint64_t)info.st_size, file->first,
		    file->count, err);
	else
		status = SL_ERR_STATE;
	close(from);
	if (status == SL_ERR_INVALID)
		return sl_error_prefix(err, status, "%s", file->from);
	return status;
}
