/* Pages of one column chunk, one after the other: header, bytes, and the
 * bytes decompressed (README.md of parquet-format, "Data Pages"). */
#ifndef SL_FORMATS_PARQUET_PAGE_H
#define SL_FORMATS_PARQUET_PAGE_H

#include "parquet_codec.h"
#include "parquet_format.h"

struct parquet_page {
	enum parquet_page_type type;
	uint32_t stored_bytes;
	uint32_t plain_bytes; /* with the levels of a version 2 page */
	bool has_crc;
	uint32_t crc;
	uint32_t entry_count;
	uint32_t row_count; /* version 2 only */
	uint32_t encoding;
	uint32_t def_encoding;
	uint32_t rep_encoding;
	uint32_t def_bytes; /* version 2 only */
	uint32_t rep_bytes;
	bool is_compressed; /* version 2 may leave it */
};

/* Where in the file we are.  The stored bytes of the last page lie in
 * `window` until the next call. */
struct parquet_pages {
	int fd;
	uint64_t offset; /* of the next byte that is not in the window */
	uint64_t end;
	uint32_t codec;
	struct sl_buf window;
	size_t at; /* in the window */
	struct parquet_unpacker unpacker;
};

void parquet_pages_init(struct parquet_pages *pages, int fd);
void parquet_pages_clear(struct parquet_pages *pages);
/* Go to another chunk. */
void parquet_pages_enter(
    struct parquet_pages *pages, const struct parquet_chunk *chunk);

/* Are there bytes left? */
bool parquet_pages_more(const struct parquet_pages *pages);

/* The next page's header.  Then either skip its bytes or load them. */
SL_MUST_CHECK enum sl_status parquet_pages_next(struct parquet_pages *pages,
    struct parquet_page *out, struct sl_error *err);
void parquet_pages_skip(
    struct parquet_pages *pages, const struct parquet_page *page);
/* `levels`: the uncompressed head of a version 2 page; `body` the rest.
 * Borrowed until the next call. */
SL_MUST_CHECK enum sl_status parquet_pages_load(struct parquet_pages *pages,
    const struct parquet_page *page, struct sl_slice *levels,
    struct sl_slice *body, struct sl_error *err);

#endif /* SL_FORMATS_PARQUET_PAGE_H */
