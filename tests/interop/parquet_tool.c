/* A Parquet file by our reader, for tests that compare it with others'.
 *
 *   parquet_tool dump FILE [ROW]   each column as a line of JSON: its path,
 *                                  then an array of rows; numbers of floating
 *                                  point by their bits, bytes in hexadecimal
 *   parquet_tool copy FILE TO none|snappy|zstd [FIRST COUNT]
 *   parquet_tool read FILE...      decodes everything, prints rows */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/formats/parquet_writer.h"

static struct sl_error err;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, err.text);
	exit(1);
}

static struct sl_parquet_file *
open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sl_parquet_file *file;
	struct stat info;

	if (fd < 0 || fstat(fd, &info) != 0)
		die(path);
	if (sl_parquet_open(&file, fd, (uint64_t)info.st_size, &err) != SL_OK)
		die(path);
	return file;
}

static void
print_value(
    const struct sl_parquet_batch *batch, enum sl_parquet_type type, size_t at)
{
	uint64_t bits = 0;

	switch (type) {
	case SL_PARQUET_BOOLEAN:
		printf(
		    "%s", batch->values.booleans[at] != 0 ? "true" : "false");
		return;
	case SL_PARQUET_INT32:
		printf("\"%" PRId32 "\"", batch->values.int32[at]);
		return;
	case SL_PARQUET_INT64:
		printf("\"%" PRId64 "\"", batch->values.int64[at]);
		return;
	case SL_PARQUET_FLOAT:
		memcpy(&bits, &batch->values.float32[at], 4);
		printf("\"%08" PRIx64 "\"", bits);
		return;
	case SL_PARQUET_DOUBLE:
		memcpy(&bits, &batch->values.float64[at], 8);
		printf("\"%016" PRIx64 "\"", bits);
		return;
	case SL_PARQUET_INT96:
	case SL_PARQUET_BYTES:
	case SL_PARQUET_FIXED:
		putchar('"');
		for (size_t i = 0; i < batch->values.bytes[at].len; i++)
			printf("%02x", batch->values.bytes[at].data[i]);
		putchar('"');
		return;
	}
}

/* The leaf's path without the lists' own names, and the definition level at
 * which each repeated node has an element. */
static void
describe(const struct sl_parquet_schema *schema,
    const struct sl_parquet_leaf *leaf, unsigned *element_def)
{
	uint32_t left[SL_PARQUET_DEPTH_MAX + 1];
	uint32_t path[SL_PARQUET_DEPTH_MAX + 1];
	size_t depth = 0;
	unsigned def = 0;
	unsigned rep = 0;

	for (uint32_t at = leaf->top;; at++) {
		while (depth > 0 && left[depth - 1] == 0)
			depth--;
		if (depth > 0)
			left[depth - 1]--;
		path[depth] = at;
		if (at == leaf->node)
			break;
		left[depth++] = schema->nodes[at].child_count;
	}
	printf("{\"path\":[");
	for (size_t i = 0; i <= depth; i++) {
		const struct sl_parquet_node *node = &schema->nodes[path[i]];

		def += node->repetition != SL_PARQUET_REQUIRED;
		if (node->repetition == SL_PARQUET_REPEATED)
			element_def[rep++] = def;
		else if (i == 0 || rep == 0)
			printf("%s\"%s\"", i == 0 ? "" : ",", node->name);
	}
	printf("],\"type\":%d,\"rows\":[", (int)schema->nodes[leaf->node].type);
}

struct shape {
	unsigned depth; /* brackets open */
	bool is_first;
	unsigned max_rep;
	unsigned max_def;
	unsigned element_def[SL_PARQUET_DEPTH_MAX + 1];
};

static void
print_entry(struct shape *shape, unsigned rep, unsigned def,
    const struct sl_parquet_batch *batch, enum sl_parquet_type type,
    size_t value)
{
	unsigned level = rep;

	while (shape->depth > rep) {
		putchar(']');
		shape->depth--;
	}
	if (!shape->is_first)
		printf(rep == 0 ? ",\n" : ",");
	shape->is_first = false;
	while (shape->depth < shape->max_rep) {
		if (def < shape->element_def[level]) {
			printf(def + 1 == shape->element_def[level] ? "[]"
			                                            : "null");
			return;
		}
		putchar('[');
		shape->depth++;
		level++;
	}
	if (def == shape->max_def)
		print_value(batch, type, value);
	else
		printf("null");
}

static void
dump_column(struct sl_parquet_file *file, size_t leaf, uint64_t first)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(file);
	const struct sl_parquet_leaf *kind = &schema->leaves[leaf];
	struct shape shape = {.is_first = true,
	    .max_rep = kind->max_rep,
	    .max_def = kind->max_def};
	struct sl_parquet_column *column;
	struct sl_parquet_batch batch = {.count = 1};

	describe(schema, kind, shape.element_def);
	if (sl_parquet_column_new(&column, file, leaf) != SL_OK ||
	    sl_parquet_column_skip(column, first, &err) != SL_OK)
		die("column");
	while (batch.count > 0) {
		size_t value = 0;

		if (sl_parquet_column_read(column, UINT64_MAX, &batch, &err) !=
		    SL_OK)
			die("column");
		for (size_t i = 0; i < batch.count; i++) {
			unsigned def =
			    batch.def == NULL ? kind->max_def : batch.def[i];

			print_entry(&shape,
			    batch.rep == NULL ? 0 : batch.rep[i], def, &batch,
			    schema->nodes[kind->node].type, value);
			value += def == kind->max_def;
		}
	}
	for (; shape.depth > 0; shape.depth--)
		putchar(']');
	printf("]}\n");
	sl_parquet_column_free(column);
}

static void
copy_column(struct sl_parquet_file *file, size_t leaf,
    struct sl_parquet_writer *writer, uint64_t first, uint64_t count)
{
	struct sl_parquet_column *column;
	struct sl_parquet_batch batch = {.count = 1};

	if (sl_parquet_column_new(&column, file, leaf) != SL_OK ||
	    sl_parquet_column_skip(column, first, &err) != SL_OK)
		die("column");
	while (batch.count > 0) {
		if (sl_parquet_column_read(
		        column, first + count, &batch, &err) != SL_OK)
			die("read");
		if (sl_parquet_writer_add(writer, leaf, &batch, &err) != SL_OK)
			die("write");
	}
	sl_parquet_column_free(column);
}

static void
copy(struct sl_parquet_file *file, char **argv)
{
	enum sl_parquet_codec codec = SL_PARQUET_UNCOMPRESSED;
	const struct sl_parquet_schema *schema = sl_parquet_schema(file);
	uint64_t first = argv[5] == NULL ? 0 : strtoull(argv[5], NULL, 10);
	uint64_t count = argv[5] == NULL ? sl_parquet_rows(file)
	                                 : strtoull(argv[6], NULL, 10);
	struct sl_slice note = sl_parquet_note(file, "pandas");
	struct sl_parquet_writer *writer;
	int fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (strcmp(argv[4], "none") != 0)
		codec = argv[4][0] == 's' ? SL_PARQUET_SNAPPY : SL_PARQUET_ZSTD;
	if (fd < 0 ||
	    sl_parquet_writer_new(&writer, fd, schema, codec, &err) != SL_OK)
		die(argv[3]);
	for (size_t i = 0; i < schema->leaf_count; i++)
		copy_column(file, i, writer, first, count);
	if (sl_parquet_writer_end_group(writer, count, &err) != SL_OK ||
	    (note.data != NULL &&
	        sl_parquet_writer_note(writer, "pandas", note) != SL_OK) ||
	    sl_parquet_writer_finish(writer, &err) != SL_OK || close(fd) != 0)
		die(argv[3]);
	sl_parquet_writer_free(writer);
}

static void
read_all(struct sl_parquet_file *file)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(file);
	uint64_t values = 0;

	for (size_t i = 0; i < schema->leaf_count; i++) {
		struct sl_parquet_column *column;
		struct sl_parquet_batch batch = {.count = 1};

		if (sl_parquet_column_new(&column, file, i) != SL_OK)
			die("column");
		while (batch.count > 0) {
			if (sl_parquet_column_read(
			        column, UINT64_MAX, &batch, &err) != SL_OK)
				die("read");
			values += batch.value_count;
		}
		sl_parquet_column_free(column);
	}
	printf("%" PRIu64 " rows, %" PRIu64 " values\n", sl_parquet_rows(file),
	    values);
}

int
main(int argc, char **argv)
{
	struct sl_parquet_file *file;

	if (argc < 3) {
		fprintf(stderr, "usage: parquet_tool dump|copy|read FILE …\n");
		return 2;
	}
	file = open_file(argv[2]);
	if (strcmp(argv[1], "dump") == 0) {
		for (size_t i = 0; i < sl_parquet_schema(file)->leaf_count; i++)
			dump_column(file, i,
			    argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
	} else if (strcmp(argv[1], "copy") == 0 && (argc == 5 || argc == 7)) {
		copy(file, argv);
	} else {
		read_all(file);
	}
	sl_parquet_close(file);
	return 0;
}
