#include "sluice/crypto/minisig.h"

#include <stdio.h>
#include <string.h>

#include "sluice/base/base64.h"

#include "key_file.h"

#define TRUSTED_COMMENT     "trusted comment: "
#define TRUSTED_COMMENT_MAX 1024
#define SIGNATURE_RAW_BYTES (KEY_PREFIX_BYTES + SL_SIGNATURE_BYTES)

/* What the second signature covers: the first one and the comment's text. */
struct comment_message {
	unsigned char bytes[SL_SIGNATURE_BYTES + SL_MINISIG_MAX];
	size_t len;
};

static void
make_comment_message(struct comment_message *out,
    const unsigned char signature[SL_SIGNATURE_BYTES], struct sl_slice comment)
{
	memcpy(out->bytes, signature, SL_SIGNATURE_BYTES);
	if (comment.len > 0)
		memcpy(
		    out->bytes + SL_SIGNATURE_BYTES, comment.data, comment.len);
	out->len = SL_SIGNATURE_BYTES + comment.len;
}

/* minisign's own comments have a tab between time and file. */
static bool
is_one_line(struct sl_slice comment)
{
	if (comment.len > TRUSTED_COMMENT_MAX)
		return false;
	for (size_t i = 0; i < comment.len; i++)
		if ((comment.data[i] < ' ' && comment.data[i] != '\t') ||
		    comment.data[i] == 0x7f)
			return false;
	return true;
}

enum sl_status
sl_minisig_write(struct sl_buf *out, const struct sl_sign_key *key,
    struct sl_slice message, const char *trusted_comment)
{
	struct sl_slice comment = sl_slice_text(trusted_comment);
	unsigned char raw[SIGNATURE_RAW_BYTES];
	unsigned char second[SL_SIGNATURE_BYTES];
	char first_text[SL_BASE64_LEN(SIGNATURE_RAW_BYTES) + 1];
	char second_text[SL_BASE64_LEN(SL_SIGNATURE_BYTES) + 1];
	struct comment_message covered;
	struct sl_verify_key public_half;

	if (!is_one_line(comment))
		return SL_ERR_INVALID;
	sl_sign_key_public(key, &public_half);
	memcpy(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM));
	memcpy(raw + strlen(KEY_ALGORITHM), public_half.id, SL_KEY_ID_BYTES);
	sl_sign_key_sign(key, raw + KEY_PREFIX_BYTES, message);
	make_comment_message(&covered, raw + KEY_PREFIX_BYTES, comment);
	sl_sign_key_sign(key, second, sl_slice_of(covered.bytes, covered.len));
	sl_base64_encode(first_text, raw, sizeof(raw));
	sl_base64_encode(second_text, second, sizeof(second));
	return sl_buf_printf(out,
	    KEY_COMMENT "signature from a sluice key\n%s\n" TRUSTED_COMMENT
	                "%.*s\n%s\n",
	    first_text, (int)comment.len, trusted_comment, second_text);
}

/* Drop `prefix` from the front of `line`; false if it does not begin so. */
static bool
drop_prefix(struct sl_slice *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (line->len < len || memcmp(line->data, prefix, len) != 0)
		return false;
	line->data += len;
	line->len -= len;
	return true;
}

static enum sl_status
parse_lines(struct sl_minisig *out, struct sl_slice text)
{
	unsigned char raw[SIGNATURE_RAW_BYTES];
	struct sl_slice rest = text;
	struct sl_slice lines[4];

	if (text.len > SL_MINISIG_MAX)
		return SL_ERR_INVALID;
	for (size_t i = 0; i < 4; i++)
		if (!sl_key_take_line(&rest, &lines[i]))
			return SL_ERR_INVALID;
	if (rest.len != 0 || !drop_prefix(&lines[0], KEY_COMMENT) ||
	    !drop_prefix(&lines[2], TRUSTED_COMMENT))
		return SL_ERR_INVALID;
	if (!is_one_line(lines[0]) || !is_one_line(lines[2]))
		return SL_ERR_INVALID;
	if (sl_base64_decode(raw, sizeof(raw), lines[1]) != SL_OK)
		return SL_ERR_INVALID;
	if (sl_base64_decode(out->comment_signature,
	        sizeof(out->comment_signature), lines[3]) != SL_OK)
		return SL_ERR_INVALID;
	if (memcmp(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM)) != 0)
		return SL_ERR_INVALID;
	memcpy(out->key_id, raw + strlen(KEY_ALGORITHM), SL_KEY_ID_BYTES);
	memcpy(out->signature, raw + KEY_PREFIX_BYTES, SL_SIGNATURE_BYTES);
	out->trusted_comment = lines[2];
	return SL_OK;
}

enum sl_status
sl_minisig_parse(
    struct sl_minisig *out, struct sl_slice text, struct sl_error *err)
{
	*out = (struct sl_minisig){0};
	if (parse_lines(out, text) != SL_OK)
		return sl_error_code(err, SL_ERR_INVALID, "bad_signature_file",
		    "not a minisign signature file of algorithm Ed");
	return SL_OK;
}

static bool
verifies(const struct sl_minisig *minisig, struct sl_slice message,
    const struct sl_verify_key *key)
{
	struct comment_message covered;

	if (sl_verify_key_check(key, message, minisig->signature) != SL_OK)
		return false;
	make_comment_message(
	    &covered, minisig->signature, minisig->trusted_comment);
	return sl_verify_key_check(key, sl_slice_of(covered.bytes, covered.len),
	           minisig->comment_signature) == SL_OK;
}

enum sl_status
sl_minisig_verify(struct sl_slice text, struct sl_slice message,
    const struct sl_verify_key *keys, size_t key_count, size_t *signer,
    struct sl_error *err)
{
	struct sl_minisig minisig;
	enum sl_status status;
	bool is_known = false;

	status = sl_minisig_parse(&minisig, text, err);
	if (status != SL_OK)
		return status;
	for (size_t i = 0; i < key_count; i++) {
		if (memcmp(keys[i].id, minisig.key_id, SL_KEY_ID_BYTES) != 0)
			continue;
		is_known = true;
		if (!verifies(&minisig, message, &keys[i]))
			continue;
		if (signer != NULL)
			*signer = i;
		return SL_OK;
	}
	if (!is_known)
		return sl_error_code(err, SL_ERR_INTEGRITY, "unknown_key",
		    "signed by a key that is not trusted");
	return sl_error_code(err, SL_ERR_INTEGRITY, "bad_signature",
	    "the signature does not match");
}
