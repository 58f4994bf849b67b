/* What reader and writer of Parquet share: the format's numbers and the
 * places of column chunks (parquet.thrift). */
#ifndef SL_FORMATS_PARQUET_FORMAT_H
#define SL_FORMATS_PARQUET_FORMAT_H

#include "sluice/formats/parquet_file.h"

#include "thrift.h"

enum parquet_codec {
	PARQUET_UNCOMPRESSED = 0,
	PARQUET_SNAPPY = 1,
	PARQUET_GZIP = 2,
	PARQUET_LZO = 3,
	PARQUET_BROTLI = 4,
	PARQUET_LZ4 = 5,
	PARQUET_ZSTD = 6,
	PARQUET_LZ4_RAW = 7,
};

enum parquet_encoding {
	PARQUET_PLAIN = 0,
	PARQUET_PLAIN_DICTIONARY = 2,
	PARQUET_RLE = 3,
	PARQUET_BIT_PACKED = 4,
	PARQUET_DELTA_BINARY_PACKED = 5,
	PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
	PARQUET_DELTA_BYTE_ARRAY = 7,
	PARQUET_RLE_DICTIONARY = 8,
	PARQUET_BYTE_STREAM_SPLIT = 9,
};

enum parquet_page_type {
	PARQUET_DATA_PAGE = 0,
	PARQUET_INDEX_PAGE = 1,
	PARQUET_DICTIONARY_PAGE = 2,
	PARQUET_DATA_PAGE_V2 = 3,
};

/* A column's part of a row group, held against the file. */
struct parquet_chunk {
	uint64_t offset;
	uint64_t bytes;
	uint64_t value_count;
	uint32_t codec;
};

struct parquet_group {
	uint64_t first_row;
	uint64_t rows;
	struct parquet_chunk *chunks; /* one per leaf */
};

struct sl_parquet_file {
	int fd;
	uint64_t file_bytes;
	unsigned char *footer;
	size_t footer_len;
	uint64_t rows;
	struct sl_parquet_schema schema;
	struct parquet_group *groups;
	size_t group_count;
	struct sl_slice notes; /* the list of key-value metadata */
	size_t note_count;
	uint64_t memory_max; /* of all columns that are open */
	uint64_t memory_used;
};

static inline uint32_t
parquet_le32(const unsigned char *bytes)
{
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
	    (uint32_t)bytes[1] << 8 | bytes[0];
}

/* Bytes of a value in memory. */
size_t parquet_value_bytes(enum sl_parquet_type type);

/* Copies the name. */
SL_MUST_CHECK enum sl_status parquet_schema_add_node(
    struct sl_parquet_schema *schema, const struct sl_parquet_node *node,
    struct sl_slice name);
/* Compute the leaves; SL_ERR_INVALID if the nodes are no tree. */
SL_MUST_CHECK enum sl_status parquet_schema_seal(
    struct sl_parquet_schema *schema, struct sl_error *err);

#endif /* SL_FORMATS_PARQUET_FORMAT_H */
