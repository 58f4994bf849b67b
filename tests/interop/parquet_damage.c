/* A Parquet file cut, and with a byte changed, at every 1,000th place, read by
 * our reader within 1 GiB of address space and a minute of CPU.
 *
 *   parquet_damage FILE...
 *
 * A cut file must be refused.  A changed one is refused, gives the same values,
 * or, as most writers put no checksum into their pages, others; all of them
 * are counted.  A crash, a hang or memory that runs out is an exit other than
 * 0. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/parquet_column.h"

#define STEP        1000
#define FILE_MAX    (64u << 20)
#define MEMORY_MAX  (1u << 30)
#define SECONDS_MAX 60

static struct sl_error err;

static uint64_t
mix(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return (hash ^ len) * 0x100000001b3u;
}

static uint64_t
mix_values(uint64_t hash, const struct sl_parquet_batch *batch,
    enum sl_parquet_type type)
{
	size_t count = batch->value_count;

	switch (type) {
	case SL_PARQUET_BOOLEAN:
		return mix(hash, batch->values.any, count);
	case SL_PARQUET_INT32:
	case SL_PARQUET_FLOAT:
		return mix(hash, batch->values.any, count * 4);
	case SL_PARQUET_INT64:
	case SL_PARQUET_DOUBLE:
		return mix(hash, batch->values.any, count * 8);
	case SL_PARQUET_INT96:
	case SL_PARQUET_BYTES:
	case SL_PARQUET_FIXED:
		for (size_t i = 0; i < count; i++)
			hash = mix(hash, batch->values.bytes[i].data,
			    batch->values.bytes[i].len);
	}
	return hash;
}

static enum sl_status
read_column(struct sl_parquet_file *file, size_t leaf, uint64_t *hash)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(file);
	struct sl_parquet_column *column;
	struct sl_parquet_batch batch = {.count = 1};
	enum sl_status status = sl_parquet_column_new(&column, file, leaf);

	while (status == SL_OK && batch.count > 0) {
		status =
		    sl_parquet_column_read(column, UINT64_MAX, &batch, &err);
		*hash = mix_values(*hash, &batch,
		    schema->nodes[schema->leaves[leaf].node].type);
	}
	sl_parquet_column_free(column);
	return status;
}

/* A hash over all values of the first `len` bytes. */
static enum sl_status
read_all(int fd, size_t len, uint64_t *hash)
{
	struct sl_parquet_file *file;
	enum sl_status status = sl_parquet_open(&file, fd, len, &err);

	*hash = 0xcbf29ce484222325u;
	for (size_t i = 0;
	     status == SL_OK && i < sl_parquet_schema(file)->leaf_count; i++)
		status = read_column(file, i, hash);
	sl_parquet_close(file);
	return status;
}

static void
require(bool is_so, const char *path, size_t at, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "%s: byte %zu: %s: %s\n", path, at, what, err.text);
	exit(1);
}

/* What the reader may say of bytes that are wrong. */
static bool
is_refusal(enum sl_status status)
{
	return status == SL_ERR_INVALID || status == SL_ERR_LIMIT;
}

static void
damage(const char *path)
{
	unsigned places = 0, refused = 0, equal = 0;
	struct sl_buf file;
	uint64_t whole;
	uint64_t hash;
	int fd = memfd_create("damaged", MFD_CLOEXEC);

	sl_buf_init(&file, FILE_MAX);
	require(sl_file_read(&file, path, &err) == SL_OK &&
	        sl_file_write_all(fd, file.data, file.len, &err) == SL_OK,
	    path, 0, "not copied");
	require(read_all(fd, file.len, &whole) == SL_OK, path, 0, "not read");
	for (size_t at = 0; at < file.len; at += STEP, places++) {
		unsigned char byte = file.data[at] ^ 0x55;
		enum sl_status status;

		require(is_refusal(read_all(fd, at, &hash)), path, at,
		    "cut, but not refused");
		require(pwrite(fd, &byte, 1, (off_t)at) == 1, path, at, "");
		status = read_all(fd, file.len, &hash);
		require(status == SL_OK || is_refusal(status), path, at,
		    "neither read nor refused");
		refused += status != SL_OK;
		equal += status == SL_OK && hash == whole;
		require(pwrite(fd, &file.data[at], 1, (off_t)at) == 1, path, at,
		    "");
	}
	printf("%s: %u cuts refused; of %u changes %u refused, %u without "
	       "effect, %u other values\n",
	    path, places, places, refused, equal, places - refused - equal);
	sl_buf_clear(&file);
	close(fd);
}

int
main(int argc, char **argv)
{
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};
	const struct rlimit seconds = {SECONDS_MAX, SECONDS_MAX};

#ifndef __SANITIZE_ADDRESS__ /* which needs the address space itself */
	if (setrlimit(RLIMIT_AS, &memory) != 0)
		return 1;
#endif
	(void)memory;
	if (argc < 2 || setrlimit(RLIMIT_CPU, &seconds) != 0) {
		fprintf(stderr, "usage: parquet_damage FILE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		damage(argv[i]);
	return 0;
}
