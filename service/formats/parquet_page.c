#include "parquet_page.h"

#include <libdeflate.h>

#include "sluice/base/file.h"
#include "sluice/formats/parquet_column.h"

/* Read ahead: many pages are small. */
#define WINDOW (256u << 10)
#define HEADER 512
/* Statistics in it may hold long values. */
#define HEADER_MAX (1u << 20)

void
parquet_pages_init(struct parquet_pages *pages, int fd)
{
	*pages = (struct parquet_pages){.fd = fd};
	sl_buf_init(&pages->window, SL_PARQUET_PAGE_MAX + HEADER_MAX + WINDOW);
	parquet_unpacker_init(&pages->unpacker);
}

void
parquet_pages_clear(struct parquet_pages *pages)
{
	sl_buf_clear(&pages->window);
	parquet_unpacker_clear(&pages->unpacker);
	*pages = (struct parquet_pages){0};
}

void
parquet_pages_enter(
    struct parquet_pages *pages, const struct parquet_chunk *chunk)
{
	sl_buf_reset(&pages->window);
	pages->at = 0;
	pages->offset = chunk->offset;
	pages->end = chunk->offset + chunk->bytes;
	pages->codec = chunk->codec;
}

static uint64_t
bytes_left(const struct parquet_pages *pages)
{
	return pages->window.len - pages->at + (pages->end - pages->offset);
}

bool
parquet_pages_more(const struct parquet_pages *pages)
{
	return bytes_left(pages) > 0;
}

/* Have `count` bytes in the window, at `at`; they are there in the file. */
static enum sl_status
fill(struct parquet_pages *pages, size_t count, struct sl_error *err)
{
	uint64_t left = pages->end - pages->offset;
	size_t have = pages->window.len - pages->at;
	size_t want;
	enum sl_status status;

	if (have >= count)
		return SL_OK;
	want = count - have < WINDOW ? WINDOW : count - have;
	if (want > left)
		want = (size_t)left;
	sl_buf_consume(&pages->window, pages->at);
	pages->at = 0;
	status = sl_buf_reserve(&pages->window, want);
	if (status == SL_OK)
		status = sl_file_read_at(pages->fd,
		    pages->window.data + pages->window.len, want, pages->offset,
		    err);
	if (status != SL_OK)
		return status;
	pages->window.len += want;
	pages->offset += want;
	return SL_OK;
}

static void
read_data_head(struct thrift *in, struct parquet_page *page)
{
	struct thrift_field field = {0};

	while (thrift_next(in, &field)) {
		uint32_t *into = field.id == 1 ? &page->entry_count
		    : field.id == 2            ? &page->encoding
		    : field.id == 3            ? &page->def_encoding
		    : field.id == 4            ? &page->rep_encoding
		                               : NULL;

		/* A dictionary's third is whether it is sorted. */
		if (into == NULL || field.type != THRIFT_I32)
			thrift_skip(in, &field);
		else
			*into =
			    (uint32_t)thrift_number(in, &field, 0, INT32_MAX);
	}
}

static void
read_data_head_v2(struct thrift *in, struct parquet_page *page)
{
	struct thrift_field field = {0};

	page->is_compressed = true;
	while (thrift_next(in, &field)) {
		uint32_t *into = field.id == 1 ? &page->entry_count
		    : field.id == 3            ? &page->row_count
		    : field.id == 4            ? &page->encoding
		    : field.id == 5            ? &page->def_bytes
		    : field.id == 6            ? &page->rep_bytes
		                               : NULL;

		if (into != NULL)
			*into =
			    (uint32_t)thrift_number(in, &field, 0, INT32_MAX);
		else if (field.id == 7)
			page->is_compressed = thrift_bool(in, &field);
		else
			thrift_skip(in, &field);
	}
}

static void
read_head(struct thrift *in, struct parquet_page *page)
{
	struct thrift_field field = {0};
	bool has_head = false;
	int64_t type = -1;

	*page = (struct parquet_page){.def_encoding = PARQUET_RLE,
	    .rep_encoding = PARQUET_RLE,
	    .is_compressed = true};
	while (thrift_next(in, &field)) {
		if (field.id == 1)
			type = thrift_number(in, &field, 0, INT32_MAX);
		else if (field.id == 2)
			page->plain_bytes =
			    (uint32_t)thrift_number(in, &field, 0, INT32_MAX);
		else if (field.id == 3)
			page->stored_bytes =
			    (uint32_t)thrift_number(in, &field, 0, INT32_MAX);
		else if (field.id == 4) {
			page->has_crc = true;
			page->crc = (uint32_t)thrift_number(
			    in, &field, INT32_MIN, INT32_MAX);
		} else if ((field.id == 5 || field.id == 7) &&
		    thrift_enter(in, &field)) {
			has_head = true;
			read_data_head(in, page);
		} else if (field.id == 8 && thrift_enter(in, &field)) {
			has_head = true;
			read_data_head_v2(in, page);
		} else {
			thrift_skip(in, &field);
		}
	}
	if (type < 0 || type > PARQUET_DATA_PAGE_V2 ||
	    (!has_head && type != PARQUET_INDEX_PAGE))
		in->failed = true;
	page->type = (enum parquet_page_type)type;
}

enum sl_status
parquet_pages_next(
    struct parquet_pages *pages, struct parquet_page *out, struct sl_error *err)
{
	uint64_t left = bytes_left(pages);
	struct thrift in = {.failed = true};
	enum sl_status status;

	for (size_t size = HEADER; in.failed; size *= 8) {
		size_t there = size < left ? size : (size_t)left;

		status = fill(pages, there, err);
		if (status != SL_OK)
			return status;
		in = (struct thrift){pages->window.data + pages->at,
		    pages->window.data + pages->at + there, false};
		read_head(&in, out);
		if (in.failed && (there == left || size >= HEADER_MAX))
			return sl_error_set(err, SL_ERR_INVALID,
			    "parquet: the header of a page is damaged");
	}
	pages->at += (size_t)(in.at - (pages->window.data + pages->at));
	if (out->stored_bytes > bytes_left(pages))
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: a page of %u bytes is longer than its column",
		    out->stored_bytes);
	return SL_OK;
}

void
parquet_pages_skip(struct parquet_pages *pages, const struct parquet_page *page)
{
	size_t have = pages->window.len - pages->at;
	size_t part = page->stored_bytes < have ? page->stored_bytes : have;

	pages->at += part;
	pages->offset += page->stored_bytes - part;
}

static enum sl_status
damaged(struct sl_error *err)
{
	return sl_error_set(
	    err, SL_ERR_INVALID, "parquet: a page is not as long as it says");
}

enum sl_status
parquet_pages_load(struct parquet_pages *pages, const struct parquet_page *page,
    struct sl_slice *levels, struct sl_slice *body, struct sl_error *err)
{
	uint64_t head = (uint64_t)page->def_bytes + page->rep_bytes;
	struct sl_slice stored;
	enum sl_status status;

	if (page->stored_bytes > SL_PARQUET_PAGE_MAX ||
	    page->plain_bytes > SL_PARQUET_PAGE_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "parquet: a page of %u bytes; at most %u are read",
		    page->plain_bytes, SL_PARQUET_PAGE_MAX);
	if (head > page->stored_bytes || head > page->plain_bytes)
		return damaged(err);
	status = fill(pages, page->stored_bytes, err);
	if (status != SL_OK)
		return status;
	stored =
	    sl_slice_of(pages->window.data + pages->at, page->stored_bytes);
	pages->at += page->stored_bytes;
	if (page->has_crc &&
	    libdeflate_crc32(0, stored.data, stored.len) != page->crc)
		return sl_error_set(
		    err, SL_ERR_INVALID, "parquet: a page's checksum is wrong");
	*levels = sl_slice_of(stored.data, (size_t)head);
	*body = sl_slice_of(
	    stored.data + head, (size_t)(page->stored_bytes - head));
	if (pages->codec == PARQUET_UNCOMPRESSED || !page->is_compressed)
		return page->stored_bytes == page->plain_bytes ? SL_OK
		                                               : damaged(err);
	status = parquet_unpack(&pages->unpacker, pages->codec, *body,
	    (size_t)(page->plain_bytes - head), err);
	*body = sl_buf_slice(&pages->unpacker.plain);
	return status;
}
