/* The values of one page, by their encoding (Encodings.md).  Borrows the
 * page's bytes and the dictionary; the values of BYTES and FIXED point into
 * them. */
#ifndef SL_FORMATS_PARQUET_VALUES_H
#define SL_FORMATS_PARQUET_VALUES_H

#include "parquet_delta.h"
#include "parquet_format.h"
#include "parquet_rle.h"

struct parquet_dictionary {
	void *values; /* of the column's type; owned */
	uint32_t count;
	bool is_there;
};

struct parquet_values {
	enum sl_parquet_type type;
	uint32_t width; /* stored bytes of a value; 0: each has its length */
	uint32_t encoding;
	const unsigned char *at;
	const unsigned char *end;
	size_t bit;           /* of packed booleans: the next one */
	uint64_t split_count; /* values of a page that is split by byte */
	uint64_t split_at;
	struct parquet_rle rle;
	struct parquet_delta delta;
	const struct parquet_dictionary *dictionary;
	struct parquet_delta shared; /* lengths of common beginnings */
	struct sl_buf *joined;       /* where the owner has room for them */
};

/* SL_ERR_INVALID in plain words if it is no encoding of that type, or its
 * head is wrong.  `max` is the page's count of entries. */
SL_MUST_CHECK enum sl_status parquet_values_init(struct parquet_values *values,
    const struct sl_parquet_node *node, uint32_t encoding,
    struct sl_slice bytes, uint64_t max, struct sl_error *err);

/* Exactly `count` values into `out`, at most SL_PARQUET_BATCH_MAX; false if
 * the page has not so many, or they are wrong. */
bool parquet_values_read(
    struct parquet_values *values, void *out, size_t count);

/* Stored bytes of a value; 0: each has its length. */
uint32_t parquet_width(const struct sl_parquet_node *node);

#endif /* SL_FORMATS_PARQUET_VALUES_H */
