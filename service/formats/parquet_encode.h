/* One column of a row group on its way into a file: entries gather to pages,
 * pages to a chunk. */
#ifndef SL_FORMATS_PARQUET_ENCODE_H
#define SL_FORMATS_PARQUET_ENCODE_H

#include "sluice/base/buf.h"
#include "sluice/formats/parquet_writer.h"

struct parquet_encoder {
	const struct sl_parquet_node *node;
	const struct sl_parquet_leaf *leaf;
	enum sl_parquet_codec codec;
	/* The page: levels (u32 each), values as PLAIN has them (booleans one
	 * byte each), their places in the dictionary. */
	struct sl_buf rep;
	struct sl_buf def;
	struct sl_buf plain;
	struct sl_buf indices;
	uint32_t entries;
	uint32_t values;
	/* The dictionary, in PLAIN; slots hold place + 1. */
	struct sl_buf dictionary;
	uint32_t *offsets;
	uint32_t *slots;
	uint32_t dictionary_count;
	bool is_open;  /* may values still be looked up? */
	bool was_used; /* by a page of this chunk */
	/* The chunk. */
	struct sl_buf pages;
	uint64_t plain_bytes; /* with headers */
	uint64_t entry_count;
	uint64_t row_count;
	uint64_t null_count;
	int64_t min; /* of whole numbers */
	int64_t max;
	bool has_range;
	bool has_plain; /* a page of plain values */
	struct sl_buf body;
	struct sl_buf small; /* compressed */
};

SL_MUST_CHECK enum sl_status parquet_encoder_init(
    struct parquet_encoder *encoder, const struct sl_parquet_schema *schema,
    size_t leaf, enum sl_parquet_codec codec);
void parquet_encoder_clear(struct parquet_encoder *encoder);

SL_MUST_CHECK enum sl_status parquet_encoder_add(
    struct parquet_encoder *encoder, const struct sl_parquet_batch *batch,
    struct sl_error *err);

/* The last page; `dictionary` gets the page that comes first, or nothing. */
SL_MUST_CHECK enum sl_status parquet_encoder_end(
    struct parquet_encoder *encoder, struct sl_buf *dictionary);
/* Ready for another row group. */
void parquet_encoder_reset(struct parquet_encoder *encoder);

#endif /* SL_FORMATS_PARQUET_ENCODE_H */
