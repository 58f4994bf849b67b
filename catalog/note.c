#include "sluice/catalog/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"

#include "reader.h"

/* An em dash in UTF-8 and a space. */
#define DASH "\xe2\x80\x94 "
/* Signature types (C2SP signed-note). */
#define TYPE_ED25519     0x01
#define TYPE_COSIGNATURE 0x04
#define ED25519_BYTES    (SL_NOTE_HASH_BYTES + SL_SIGNATURE_BYTES)
#define COSIGNATURE_BYTES \
	(SL_NOTE_HASH_BYTES + SL_NOTE_TIME_BYTES + SL_SIGNATURE_BYTES)
/* What a witness signs before the body. */
#define COSIGNED_HEADER_MAX 48

bool
sl_note_name_is_valid(struct sl_slice name)
{
	if (name.len == 0 || name.len > SL_NOTE_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] <= ' ' || name.data[i] > '~' ||
		    name.data[i] == '+')
			return false;
	}
	return true;
}

/* ---- reading ---- */

/* Lines of printable ASCII, none of them empty. */
static bool
is_body(struct sl_slice body)
{
	bool is_start = true;

	for (size_t i = 0; i < body.len; i++) {
		unsigned char c = body.data[i];

		if (c == '\n' ? is_start : c < ' ' || c > '~')
			return false;
		is_start = c == '\n';
	}
	return body.len > 0 && is_start;
}

static void
take_signature(struct sl_reader *reader, struct sl_note_line *line)
{
	unsigned char raw[COSIGNATURE_BYTES];
	struct sl_slice text = sl_reader_until(reader, '\n');
	size_t len = ED25519_BYTES;
	const unsigned char *at = raw + SL_NOTE_HASH_BYTES;

	line->is_cosignature = text.len == SL_BASE64_LEN(COSIGNATURE_BYTES);
	if (line->is_cosignature)
		len = COSIGNATURE_BYTES;
	if (reader->failed || sl_base64_decode(raw, len, text) != SL_OK) {
		reader->failed = true;
		return;
	}
	memcpy(line->key_hash, raw, SL_NOTE_HASH_BYTES);
	for (size_t i = 0; line->is_cosignature && i < SL_NOTE_TIME_BYTES; i++)
		line->time_s = line->time_s << 8 | *at++;
	memcpy(line->signature, at, SL_SIGNATURE_BYTES);
}

static void
take_line(struct sl_reader *reader, struct sl_note_line *line)
{
	const unsigned char *start = reader->rest.data;

	memset(line, 0, sizeof(*line));
	sl_reader_text(reader, DASH);
	line->name = sl_reader_until(reader, ' ');
	if (!reader->failed && !sl_note_name_is_valid(line->name))
		reader->failed = true;
	take_signature(reader, line);
	if (reader->failed || line->time_s > INT64_MAX) {
		reader->failed = true;
		return;
	}
	line->text = sl_slice_of(start, (size_t)(reader->rest.data - start));
}

enum sl_status
sl_note_parse_line(
    struct sl_note_line *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_reader reader = {text, false};

	take_line(&reader, out);
	if (reader.failed || reader.rest.len != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "not a signature line of a note");
	return SL_OK;
}

enum sl_status
sl_note_parse(struct sl_note *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_reader reader;
	const unsigned char *gap;

	out->line_count = 0;
	if (text.len > SL_NOTE_BYTES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a note of more than %d bytes", SL_NOTE_BYTES_MAX);
	gap = text.len == 0 ? NULL : memmem(text.data, text.len, "\n\n", 2);
	if (gap == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a note: no empty line before signatures");
	out->body = sl_slice_of(text.data, (size_t)(gap + 1 - text.data));
	if (!is_body(out->body))
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a note: its body is not lines of text");
	reader = (struct sl_reader){
	    sl_slice_of(gap + 2, text.len - out->body.len - 1), false};
	do {
		if (out->line_count == SL_NOTE_LINES_MAX)
			return sl_error_set(err, SL_ERR_LIMIT,
			    "a note with more than %d signatures",
			    SL_NOTE_LINES_MAX);
		take_line(&reader, &out->lines[out->line_count++]);
	} while (!reader.failed && reader.rest.len > 0);
	if (reader.failed) {
		out->line_count--;
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a note: signature %zu is malformed",
		    out->line_count + 1);
	}
	return SL_OK;
}

/* ---- keys ---- */

/* SHA-256(name || 0x0a || type || key), the first bytes of it. */
static enum sl_status
hash_key(unsigned char out[SL_NOTE_HASH_BYTES], const struct sl_verify_key *key,
    const char *name, unsigned char type)
{
	unsigned char head[2] = {'\n', type};
	unsigned char digest[SL_SHA256_BYTES];
	struct sl_sha256 hash;
	enum sl_status status = sl_sha256_init(&hash);

	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, name, strlen(name));
	sl_sha256_update(&hash, head, sizeof(head));
	sl_sha256_update(&hash, key->bytes, sizeof(key->bytes));
	status = sl_sha256_final(&hash, digest);
	memcpy(out, digest, SL_NOTE_HASH_BYTES);
	return status;
}

enum sl_status
sl_note_format_vkey(char out[SL_NOTE_VKEY_MAX], const struct sl_verify_key *key,
    const char *name, bool is_witness)
{
	unsigned char raw[1 + SL_KEY_BYTES];
	unsigned char hash[SL_NOTE_HASH_BYTES];
	char digits[2 * SL_NOTE_HASH_BYTES + 1];
	char text[SL_BASE64_LEN(sizeof(raw)) + 1];
	enum sl_status status;

	raw[0] = is_witness ? TYPE_COSIGNATURE : TYPE_ED25519;
	memcpy(raw + 1, key->bytes, sizeof(key->bytes));
	if (!sl_note_name_is_valid(sl_slice_text(name)))
		return SL_ERR_INVALID;
	status = hash_key(hash, key, name, raw[0]);
	if (status != SL_OK)
		return status;
	sl_hex_encode(digits, hash, sizeof(hash));
	sl_base64_encode(text, raw, sizeof(raw));
	snprintf(out, SL_NOTE_VKEY_MAX, "%s+%s+%s", name, digits, text);
	return SL_OK;
}

/* ---- signing ---- */

static enum sl_status
write_line(char out[SL_NOTE_LINE_MAX], const char *name,
    const unsigned char *raw, size_t len)
{
	char text[SL_BASE64_LEN(COSIGNATURE_BYTES) + 1];

	sl_base64_encode(text, raw, len);
	snprintf(out, SL_NOTE_LINE_MAX, DASH "%s %s\n", name, text);
	return SL_OK;
}

enum sl_status
sl_note_wrap(char out[SL_NOTE_LINE_MAX], const struct sl_verify_key *key,
    const char *name, const unsigned char signature[SL_SIGNATURE_BYTES])
{
	unsigned char raw[ED25519_BYTES];
	enum sl_status status;

	if (!sl_note_name_is_valid(sl_slice_text(name)))
		return SL_ERR_INVALID;
	status = hash_key(raw, key, name, TYPE_ED25519);
	if (status != SL_OK)
		return status;
	memcpy(raw + SL_NOTE_HASH_BYTES, signature, SL_SIGNATURE_BYTES);
	return write_line(out, name, raw, sizeof(raw));
}

enum sl_status
sl_note_sign(char out[SL_NOTE_LINE_MAX], const struct sl_sign_key *key,
    const char *name, struct sl_slice body)
{
	unsigned char signature[SL_SIGNATURE_BYTES];
	struct sl_verify_key public_half;

	sl_sign_key_public(key, &public_half);
	sl_sign_key_sign(key, signature, body);
	return sl_note_wrap(out, &public_half, name, signature);
}

/* "cosignature/v1\ntime <t>\n" and the body (C2SP tlog-cosignature). */
static enum sl_status
write_cosigned(struct sl_buf *buf, struct sl_slice body, uint64_t time_s)
{
	enum sl_status status;

	sl_buf_init(buf, SL_NOTE_BYTES_MAX + COSIGNED_HEADER_MAX);
	status =
	    sl_buf_printf(buf, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
	if (status == SL_OK)
		status = sl_buf_append(buf, body.data, body.len);
	if (status != SL_OK)
		sl_buf_clear(buf);
	return status;
}

enum sl_status
sl_note_cosign(char out[SL_NOTE_LINE_MAX], const struct sl_sign_key *key,
    const char *name, struct sl_slice body, uint64_t time_s)
{
	unsigned char raw[COSIGNATURE_BYTES];
	struct sl_verify_key public_half;
	struct sl_buf message;
	enum sl_status status;

	if (!sl_note_name_is_valid(sl_slice_text(name)) || time_s > INT64_MAX)
		return SL_ERR_INVALID;
	status = write_cosigned(&message, body, time_s);
	if (status != SL_OK)
		return status;
	sl_sign_key_sign(key, raw + SL_NOTE_HASH_BYTES + SL_NOTE_TIME_BYTES,
	    sl_buf_slice(&message));
	sl_buf_clear(&message);
	for (size_t i = 0; i < SL_NOTE_TIME_BYTES; i++)
		raw[SL_NOTE_HASH_BYTES + i] =
		    (unsigned char)(time_s >> (56 - 8 * i));
	sl_sign_key_public(key, &public_half);
	status = hash_key(raw, &public_half, name, TYPE_COSIGNATURE);
	if (status != SL_OK)
		return status;
	return write_line(out, name, raw, sizeof(raw));
}

/* ---- checking ---- */

static enum sl_status
check_signature(const struct sl_note_line *line,
    const struct sl_verify_key *key, struct sl_slice body)
{
	struct sl_buf message;
	enum sl_status status;

	if (!line->is_cosignature)
		return sl_verify_key_check(key, body, line->signature);
	status = write_cosigned(&message, body, line->time_s);
	if (status != SL_OK)
		return status;
	status =
	    sl_verify_key_check(key, sl_buf_slice(&message), line->signature);
	sl_buf_clear(&message);
	return status;
}

/* SL_ERR_NOT_FOUND if the line is another's. */
enum sl_status
sl_note_check_line(const struct sl_note_line *line, const char *name,
    const struct sl_verify_key *key, struct sl_slice body)
{
	unsigned char hash[SL_NOTE_HASH_BYTES];
	enum sl_status status = hash_key(hash, key, name,
	    line->is_cosignature ? TYPE_COSIGNATURE : TYPE_ED25519);

	if (status != SL_OK)
		return status;
	if (!sl_slice_is_text(line->name, name) ||
	    memcmp(hash, line->key_hash, sizeof(hash)) != 0)
		return SL_ERR_NOT_FOUND;
	return check_signature(line, key, body);
}

/* All lines of this kind by this key are good, and there is one. */
static enum sl_status
check_lines(const struct sl_note *note, bool is_cosignature, const char *name,
    const struct sl_verify_key *key, uint64_t *newest_s)
{
	enum sl_status found = SL_ERR_NOT_FOUND;

	for (size_t i = 0; i < note->line_count; i++) {
		const struct sl_note_line *line = &note->lines[i];
		enum sl_status status;

		if (line->is_cosignature != is_cosignature)
			continue;
		status = sl_note_check_line(line, name, key, note->body);
		if (status == SL_ERR_NOT_FOUND)
			continue;
		if (status != SL_OK)
			return status;
		found = SL_OK;
		if (line->time_s > *newest_s)
			*newest_s = line->time_s;
	}
	return found;
}

enum sl_status
sl_note_check(const struct sl_note *note, const char *name,
    const struct sl_verify_key *key)
{
	uint64_t ignored = 0;

	return check_lines(note, false, name, key, &ignored);
}

enum sl_status
sl_note_check_cosignature(uint64_t *out_time_s, const struct sl_note *note,
    const char *name, const struct sl_verify_key *key)
{
	*out_time_s = 0;
	return check_lines(note, true, name, key, out_time_s);
}
