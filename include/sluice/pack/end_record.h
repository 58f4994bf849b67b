/* The end record: what a delivery says last.
 *
 * A zstd skippable frame (RFC 8878, section 3.1.2) with magic 0x184D2A5E and
 * JSON of at most 4 KiB, keys in this order:
 *   {"version":1,"status":S,"code":C,"text":T,
 *    "position":{"seq":N,"chunk":N}|null,
 *    "ledger":{"number":N,"head":HEX}|null}
 * A value type without memory of its own. */
#ifndef SLUICE_PACK_END_RECORD_H
#define SLUICE_PACK_END_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define SL_END_RECORD_MAGIC    0x184D2A5Eu
#define SL_END_RECORD_JSON_MAX 4096
#define SL_END_RECORD_MEMBER   ".sluice/end.json"

enum sl_end_status {
	SL_END_COMPLETE = 0,
	SL_END_REFUSED,     /* the licence does not allow what is left */
	SL_END_INTERRUPTED, /* ask again for what is left */
};

struct sl_end_record {
	enum sl_end_status status;
	char code[SL_ERROR_CODE_MAX]; /* lower_snake_case, "" if none */
	char text[SL_ERROR_TEXT_MAX]; /* UTF-8 for a person, "" if none */
	bool has_position;            /* where it stopped: */
	uint64_t position_seq;
	uint64_t position_chunk; /* first chunk not sent */
	bool has_ledger;
	uint64_t ledger_number;
	unsigned char ledger_head[32];
};

/* "complete", "refused", "interrupted". */
const char *sl_end_status_name(enum sl_end_status status);

/* Append the JSON, no newline.  Bytes of code and text that are not UTF-8
 * become '?'; a number above 2^53 - 1 is SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_end_record_json(
    struct sl_buf *out, const struct sl_end_record *record);

/* Append the skippable frame. */
SL_MUST_CHECK enum sl_status sl_end_record_encode(
    struct sl_buf *out, const struct sl_end_record *record);

/* Append the whole end of a delivery: the skippable frame and, if it stops at
 * a segment boundary, the member .sluice/end.json and the end of the
 * archive. */
SL_MUST_CHECK enum sl_status sl_end_record_finish(struct sl_buf *out,
    const struct sl_end_record *record, bool at_segment_boundary,
    int64_t now_us);

/* Strict: exactly the JSON that encode writes, else SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_end_record_parse(
    struct sl_end_record *out, struct sl_slice json, struct sl_error *err);

/* Do these bytes (at least 4) begin an end record?  No chunk does. */
bool sl_end_record_begins(struct sl_slice bytes);

/* Take an end record from the front of `bytes`.  SL_OK sets *used to the
 * frame's length; SL_ERR_PARTIAL asks for more bytes (at most 8 +
 * SL_END_RECORD_JSON_MAX in all); SL_ERR_INVALID if it is none. */
SL_MUST_CHECK enum sl_status sl_end_record_decode(struct sl_end_record *out,
    struct sl_slice bytes, size_t *used, struct sl_error *err);

#endif /* SLUICE_PACK_END_RECORD_H */
