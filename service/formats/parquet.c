#include <string.h>

#include "sluice/base/file.h"
#include "sluice/formats/media.h"

#include "parquet_format.h"

/* "PAR1", footer, footer length (u32 little-endian), "PAR1". */
#define MAGIC_LEN 4
#define TAIL_LEN  8
#define FILE_MIN  (MAGIC_LEN + 1 + TAIL_LEN)
/* The footer's schema may be long, but num_rows follows it and our walk
 * stops there; a footer of more than this is only bounds-checked. */
#define FOOTER_READ_MAX (1u << 20)

/* FileMetaData: 1 version i32, 2 schema list, 3 num_rows i64. */
static bool
read_num_rows(struct thrift *in, uint64_t *out)
{
	struct thrift_field field = {0};

	while (thrift_next(in, &field)) {
		if (field.id == 3) {
			*out =
			    (uint64_t)thrift_number(in, &field, 0, INT64_MAX);
			return !in->failed;
		}
		thrift_skip(in, &field);
	}
	return false;
}

static enum sl_status
read_footer(struct sl_media_info *out, int fd, uint64_t offset, size_t len,
    struct sl_error *err)
{
	struct sl_buf buf;
	struct thrift in;
	enum sl_status status;

	sl_buf_init(&buf, FOOTER_READ_MAX);
	status = sl_buf_reserve(&buf, len);
	if (status == SL_OK)
		status = sl_file_read_at(fd, buf.data, len, offset, err);
	if (status == SL_OK) {
		in = (struct thrift){buf.data, buf.data + len, false};
		out->has_count = read_num_rows(&in, &out->count);
	}
	sl_buf_clear(&buf);
	return status;
}

enum sl_status
sl_parquet_check(struct sl_media_info *out, int fd, uint64_t file_bytes,
    struct sl_error *err)
{
	unsigned char head[MAGIC_LEN];
	unsigned char tail[TAIL_LEN];
	uint32_t footer;
	enum sl_status status;

	*out = (struct sl_media_info){0};
	if (file_bytes < FILE_MIN)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: %llu bytes are too few",
		    (unsigned long long)file_bytes);
	status = sl_file_read_at(fd, head, sizeof(head), 0, err);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, tail, sizeof(tail), file_bytes - TAIL_LEN, err);
	if (status != SL_OK)
		return status;
	if (memcmp(head, "PAR1", MAGIC_LEN) != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "parquet: does not begin with PAR1");
	if (memcmp(tail + 4, "PAR1", MAGIC_LEN) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: does not end with PAR1; it was not finished, or "
		    "is cut short");
	footer = parquet_le32(tail);
	if (footer == 0 || footer > file_bytes - MAGIC_LEN - TAIL_LEN)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: a footer of %u bytes does not fit in %llu",
		    footer, (unsigned long long)file_bytes);
	if (footer > FOOTER_READ_MAX)
		return SL_OK;
	return read_footer(
	    out, fd, file_bytes - TAIL_LEN - footer, footer, err);
}
