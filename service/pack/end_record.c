#include "sluice/pack/end_record.h"

#include <string.h>

#include "sluice/pack/frame.h"

#include "frame_header.h"

#define SKIPPABLE_HEADER_BYTES 8 /* magic and length */

static void
put_u32le(unsigned char *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(value >> (8 * i));
}

static enum sl_status
put_skippable(struct sl_buf *out, struct sl_slice json)
{
	unsigned char header[SKIPPABLE_HEADER_BYTES];
	enum sl_status status;

	put_u32le(header, SL_END_RECORD_MAGIC);
	put_u32le(header + 4, (uint32_t)json.len);
	status = sl_buf_append(out, header, sizeof(header));
	if (status != SL_OK)
		return status;
	return sl_buf_append(out, json.data, json.len);
}

enum sl_status
sl_end_record_encode(struct sl_buf *out, const struct sl_end_record *record)
{
	struct sl_buf json;
	enum sl_status status;

	sl_buf_init(&json, SL_END_RECORD_JSON_MAX);
	status = sl_end_record_json(&json, record);
	if (status == SL_OK)
		status = put_skippable(out, sl_buf_slice(&json));
	sl_buf_clear(&json);
	return status;
}

static enum sl_status
put_end_member(struct sl_buf *out, struct sl_slice json, int64_t now_us)
{
	struct sl_slice end = sl_frame_end_of_archive();
	enum sl_status status;

	status = sl_frame_member(
	    out, sl_slice_text(SL_END_RECORD_MEMBER), json, now_us, NULL);
	if (status != SL_OK)
		return status;
	return sl_buf_append(out, end.data, end.len);
}

enum sl_status
sl_end_record_finish(struct sl_buf *out, const struct sl_end_record *record,
    bool at_segment_boundary, int64_t now_us)
{
	struct sl_buf json;
	enum sl_status status;

	sl_buf_init(&json, SL_END_RECORD_JSON_MAX);
	status = sl_end_record_json(&json, record);
	if (status == SL_OK)
		status = put_skippable(out, sl_buf_slice(&json));
	if (status == SL_OK && at_segment_boundary)
		status = put_end_member(out, sl_buf_slice(&json), now_us);
	sl_buf_clear(&json);
	return status;
}

bool
sl_end_record_begins(struct sl_slice bytes)
{
	return bytes.len >= 4 &&
	    sl_frame_number(bytes.data, 4) == SL_END_RECORD_MAGIC;
}

enum sl_status
sl_end_record_decode(struct sl_end_record *out, struct sl_slice bytes,
    size_t *used, struct sl_error *err)
{
	uint64_t len;
	enum sl_status status;

	if (bytes.len >= 4 && !sl_end_record_begins(bytes))
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_end_record", "not an end record");
	if (bytes.len < SKIPPABLE_HEADER_BYTES)
		return SL_ERR_PARTIAL;
	len = sl_frame_number(bytes.data + 4, 4);
	if (len > SL_END_RECORD_JSON_MAX)
		return sl_error_code(err, SL_ERR_INVALID, "bad_end_record",
		    "the end record is longer than it may be");
	if (bytes.len - SKIPPABLE_HEADER_BYTES < len)
		return SL_ERR_PARTIAL;
	status = sl_end_record_parse(out,
	    sl_slice_of(bytes.data + SKIPPABLE_HEADER_BYTES, (size_t)len), err);
	if (status != SL_OK)
		return status;
	*used = SKIPPABLE_HEADER_BYTES + (size_t)len;
	return SL_OK;
}
