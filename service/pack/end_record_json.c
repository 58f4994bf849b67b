/* The end record's JSON, written and read in one fixed form.  The parser
 * builds the record and then compares the bytes with what the writer makes of
 * it, so that there is exactly one text per record. */
#include "sluice/pack/end_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/hex.h"

static const char *const status_names[] = {
    [SL_END_COMPLETE] = "complete",
    [SL_END_REFUSED] = "refused",
    [SL_END_INTERRUPTED] = "interrupted",
};
#define STATUS_COUNT (sizeof(status_names) / sizeof(*status_names))
/* What JSON can carry exactly everywhere. */
#define NUMBER_MAX ((UINT64_C(1) << 53) - 1)

const char *
sl_end_status_name(enum sl_end_status status)
{
	return status_names[status];
}

/* Bytes of the UTF-8 sequence at the front of `text`, 0 if it is none
 * (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). */
static size_t
utf8_len(const unsigned char *text)
{
	unsigned char lead = text[0];
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	size_t len;

	if (lead < 0x80)
		return 1;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	len = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (lead == 0xE0)
		low = 0xA0;
	if (lead == 0xED)
		high = 0x9F;
	if (lead == 0xF0)
		low = 0x90;
	if (lead == 0xF4)
		high = 0x8F;
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (text[i] < 0x80 || text[i] > 0xBF)
			return 0;
	return len;
}

/* `text` ends with a NUL, which stops every sequence that is cut short.  Bytes
 * that are not UTF-8 become '?': a text cut at its maximum must not cost a
 * delivery its end record. */
static enum sl_status
put_string(struct sl_buf *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	enum sl_status status = sl_buf_append(out, "\"", 1);

	while (status == SL_OK && *at != '\0') {
		size_t len = utf8_len(at);

		if (len == 0)
			status = sl_buf_append(out, "?", 1);
		else if (*at == '"' || *at == '\\')
			status = sl_buf_printf(out, "\\%c", *at);
		else if (*at < ' ')
			status = sl_buf_printf(out, "\\u%04x", *at);
		else
			status = sl_buf_append(out, at, len);
		at += len == 0 ? 1 : len;
	}
	if (status != SL_OK)
		return status;
	return sl_buf_append(out, "\"", 1);
}

static enum sl_status
put_position(struct sl_buf *out, const struct sl_end_record *record)
{
	if (!record->has_position)
		return sl_buf_append_text(out, ",\"position\":null");
	if (record->position_seq > NUMBER_MAX ||
	    record->position_chunk > NUMBER_MAX)
		return SL_ERR_INVALID;
	return sl_buf_printf(out,
	    ",\"position\":{\"seq\":%" PRIu64 ",\"chunk\":%" PRIu64 "}",
	    record->position_seq, record->position_chunk);
}

static enum sl_status
put_ledger(struct sl_buf *out, const struct sl_end_record *record)
{
	char head[2 * sizeof(record->ledger_head) + 1];

	if (!record->has_ledger)
		return sl_buf_append_text(out, ",\"ledger\":null}");
	if (record->ledger_number > NUMBER_MAX)
		return SL_ERR_INVALID;
	sl_hex_encode(head, record->ledger_head, sizeof(record->ledger_head));
	return sl_buf_printf(out,
	    ",\"ledger\":{\"number\":%" PRIu64 ",\"head\":\"%s\"}}",
	    record->ledger_number, head);
}

enum sl_status
sl_end_record_json(struct sl_buf *out, const struct sl_end_record *record)
{
	size_t before = out->len;
	enum sl_status status;

	status =
	    sl_buf_printf(out, "{\"version\":1,\"status\":\"%s\",\"code\":",
	        status_names[record->status]);
	if (status == SL_OK)
		status = put_string(out, record->code);
	if (status == SL_OK)
		status = sl_buf_append_text(out, ",\"text\":");
	if (status == SL_OK)
		status = put_string(out, record->text);
	if (status == SL_OK)
		status = put_position(out, record);
	if (status == SL_OK)
		status = put_ledger(out, record);
	if (status == SL_OK && out->len - before > SL_END_RECORD_JSON_MAX)
		status = SL_ERR_LIMIT;
	if (status != SL_OK)
		out->len = before;
	return status;
}

/* What is left to read. */
struct cursor {
	const unsigned char *at;
	const unsigned char *end;
};

/* Take `text` off the front; false if something else is there. */
static bool
take(struct cursor *cursor, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(cursor->end - cursor->at) < len ||
	    memcmp(cursor->at, text, len) != 0)
		return false;
	cursor->at += len;
	return true;
}

static bool
take_number(struct cursor *cursor, uint64_t *out)
{
	const unsigned char *first = cursor->at;

	*out = 0;
	while (cursor->at < cursor->end && *cursor->at >= '0' &&
	    *cursor->at <= '9') {
		*out = *out * 10 + (uint64_t)(*cursor->at++ - '0');
		if (*out > NUMBER_MAX)
			return false;
	}
	return cursor->at > first;
}

/* One character of a string; the escapes are those that put_string writes. */
static bool
take_character(struct cursor *cursor, char *out)
{
	unsigned char value;

	if (cursor->at == cursor->end)
		return false;
	*out = (char)*cursor->at++;
	if (*out != '\\')
		return *out != '\0';
	if (take(cursor, "u00")) {
		if (cursor->end - cursor->at < 2)
			return false;
		if (sl_hex_decode(&value, 1, sl_slice_of(cursor->at, 2)) !=
		        SL_OK ||
		    value == 0)
			return false;
		cursor->at += 2;
		*out = (char)value;
		return true;
	}
	if (cursor->at == cursor->end)
		return false;
	*out = (char)*cursor->at++;
	return true;
}

static bool
take_string(struct cursor *cursor, char *out, size_t room)
{
	size_t len = 0;

	if (!take(cursor, "\""))
		return false;
	while (!take(cursor, "\"")) {
		if (len + 1 >= room || !take_character(cursor, &out[len]))
			return false;
		len++;
	}
	out[len] = '\0';
	return true;
}

static bool
take_status(struct cursor *cursor, enum sl_end_status *out)
{
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		if (take(cursor, status_names[i])) {
			*out = (enum sl_end_status)i;
			return true;
		}
	}
	return false;
}

static bool
take_position(struct cursor *cursor, struct sl_end_record *out)
{
	if (take(cursor, "null"))
		return true;
	out->has_position = true;
	return take(cursor, "{\"seq\":") &&
	    take_number(cursor, &out->position_seq) &&
	    take(cursor, ",\"chunk\":") &&
	    take_number(cursor, &out->position_chunk) && take(cursor, "}");
}

static bool
take_ledger(struct cursor *cursor, struct sl_end_record *out)
{
	char head[2 * sizeof(out->ledger_head) + 1];

	if (take(cursor, "null"))
		return true;
	out->has_ledger = true;
	return take(cursor, "{\"number\":") &&
	    take_number(cursor, &out->ledger_number) &&
	    take(cursor, ",\"head\":") &&
	    take_string(cursor, head, sizeof(head)) && take(cursor, "}") &&
	    sl_hex_decode(out->ledger_head, sizeof(out->ledger_head),
	        sl_slice_text(head)) == SL_OK;
}

static bool
take_record(struct cursor *cursor, struct sl_end_record *out)
{
	return take(cursor, "{\"version\":1,\"status\":\"") &&
	    take_status(cursor, &out->status) && take(cursor, "\",\"code\":") &&
	    take_string(cursor, out->code, sizeof(out->code)) &&
	    take(cursor, ",\"text\":") &&
	    take_string(cursor, out->text, sizeof(out->text)) &&
	    take(cursor, ",\"position\":") && take_position(cursor, out) &&
	    take(cursor, ",\"ledger\":") && take_ledger(cursor, out) &&
	    take(cursor, "}") && cursor->at == cursor->end;
}

/* Does the writer make the same bytes of it? */
static bool
is_canonical(const struct sl_end_record *record, struct sl_slice json)
{
	struct sl_buf again;
	bool is_same;

	sl_buf_init(&again, SL_END_RECORD_JSON_MAX);
	is_same = sl_end_record_json(&again, record) == SL_OK &&
	    sl_slice_is(sl_buf_slice(&again), json);
	sl_buf_clear(&again);
	return is_same;
}

enum sl_status
sl_end_record_parse(
    struct sl_end_record *out, struct sl_slice json, struct sl_error *err)
{
	struct cursor cursor = {json.data, json.data + json.len};

	*out = (struct sl_end_record){0};
	if (json.len == 0 || json.len > SL_END_RECORD_JSON_MAX ||
	    !take_record(&cursor, out) || !is_canonical(out, json)) {
		*out = (struct sl_end_record){0};
		return sl_error_code(err, SL_ERR_INVALID, "bad_end_record",
		    "the end record is malformed");
	}
	return SL_OK;
}
