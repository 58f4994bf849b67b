#include "unpack_tar.h"

#include <string.h>

#include "sluice/base/checked.h"

/* Fields of a ustar header: offset and length. */
#define NAME_AT     0
#define NAME_LEN    100
#define SIZE_AT     124
#define SIZE_DIGITS 11
#define MTIME_AT    136
#define TYPE_AT     156
#define PREFIX_AT   345
#define PREFIX_LEN  155

/* What a header states, before it is compared. */
struct claim {
	char path[SL_TAR_PATH_MAX + 1];
	size_t path_len;
	uint64_t size;
	uint64_t mtime;
};

bool
sl_unpack_tar_is_between(const struct sl_unpack_tar *tar)
{
	return tar->state == UNPACK_TAR_HEADER && tar->header_len == 0;
}

static enum sl_status
refuse(struct sl_error *err, const char *why)
{
	return sl_error_code(
	    err, SL_ERR_INTEGRITY, "bad_tar", "the tar stream %s", why);
}

static bool
get_octal(const unsigned char *field, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < SIZE_DIGITS; i++) {
		if (field[i] < '0' || field[i] > '7')
			return false;
		*out = *out << 3 | (uint64_t)(field[i] - '0');
	}
	return true;
}

static bool
add_text(struct claim *claim, const unsigned char *text, size_t len)
{
	if (len > SL_TAR_PATH_MAX - claim->path_len)
		return false;
	memcpy(claim->path + claim->path_len, text, len);
	claim->path_len += len;
	claim->path[claim->path_len] = '\0';
	return true;
}

static bool
read_ustar(const unsigned char *header, struct claim *claim)
{
	const char *name = (const char *)header + NAME_AT;
	const char *prefix = (const char *)header + PREFIX_AT;
	size_t prefix_len = strnlen(prefix, PREFIX_LEN);

	if (!get_octal(header + SIZE_AT, &claim->size) ||
	    !get_octal(header + MTIME_AT, &claim->mtime))
		return false;
	if (prefix_len > 0 &&
	    (!add_text(claim, header + PREFIX_AT, prefix_len) ||
	        !add_text(claim, (const unsigned char *)"/", 1)))
		return false;
	return add_text(claim, header + NAME_AT, strnlen(name, NAME_LEN));
}

/* The value of the record "LENGTH key=value\n" at `text`, whose LENGTH is a
 * number of at most three digits. */
static bool
read_record(struct sl_slice *text, const char *key, struct sl_slice *value)
{
	size_t key_len = strlen(key);
	size_t total = 0;
	size_t at = 0;

	while (at < 3 && at < text->len && text->data[at] >= '0' &&
	    text->data[at] <= '9')
		total = total * 10 + (size_t)(text->data[at++] - '0');
	if (total > text->len || at + key_len + 3 > total ||
	    text->data[at] != ' ' || text->data[at + 1 + key_len] != '=' ||
	    memcmp(text->data + at + 1, key, key_len) != 0)
		return false;
	at += key_len + 2;
	*value = sl_slice_of(text->data + at, total - at - 1);
	text->data += total;
	text->len -= total;
	return true;
}

static bool
read_size(struct sl_slice value, uint64_t *out)
{
	char digits[24];

	if (value.len >= sizeof(digits))
		return false;
	memcpy(digits, value.data, value.len);
	digits[value.len] = '\0';
	return sl_parse_u64(digits, UINT64_MAX, out);
}

/* Pax header, records, ustar header: the records override. */
static bool
read_pax(const unsigned char *header, struct claim *claim)
{
	struct sl_slice text;
	struct sl_slice value;
	uint64_t len;

	if (!get_octal(header + SIZE_AT, &len) || len > SL_TAR_BLOCK_BYTES ||
	    !read_ustar(header + 2 * (size_t)SL_TAR_BLOCK_BYTES, claim))
		return false;
	text = sl_slice_of(header + SL_TAR_BLOCK_BYTES, (size_t)len);
	if (read_record(&text, "path", &value)) {
		claim->path_len = 0;
		if (!add_text(claim, value.data, value.len))
			return false;
	}
	if (read_record(&text, "size", &value))
		return read_size(value, &claim->size);
	return true;
}

/* A whole header: it must be the one that its own claims make. */
static enum sl_status
begin_member(struct sl_unpack_tar *tar, struct sl_error *err)
{
	struct sl_unpack_member member;
	struct sl_tar_layout layout;
	struct claim claim = {0};
	bool is_read;

	is_read = tar->header_len > SL_TAR_BLOCK_BYTES
	    ? read_pax(tar->header, &claim)
	    : read_ustar(tar->header, &claim);
	if (!is_read || claim.mtime > INT64_MAX / 1000000)
		return refuse(err, "has a malformed header");
	member.path = sl_slice_of(tar->path, claim.path_len);
	member.bytes = claim.size;
	member.mtime_us = (int64_t)claim.mtime * 1000000;
	memcpy(tar->path, claim.path, sizeof(tar->path));
	if (sl_tar_layout(
	        &layout, member.path, member.bytes, member.mtime_us) != SL_OK ||
	    layout.header_len != tar->header_len ||
	    memcmp(layout.header, tar->header, tar->header_len) != 0)
		return refuse(err, "has a header that is not ours");
	tar->header_len = 0;
	tar->left = claim.size;
	tar->padding_len = layout.padding_len;
	tar->state = UNPACK_TAR_CONTENT;
	return tar->handler.on_begin(tar->handler.ctx, &member, err);
}

static bool
is_zero(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Collect header blocks; the first says how many there are. */
static enum sl_status
take_header(
    struct sl_unpack_tar *tar, struct sl_slice *bytes, struct sl_error *err)
{
	size_t need = SL_TAR_BLOCK_BYTES;
	size_t len;

	if (tar->header_len >= SL_TAR_BLOCK_BYTES)
		need = SL_TAR_HEADER_MAX;
	len = need - tar->header_len;
	if (len > bytes->len)
		len = bytes->len;
	memcpy(tar->header + tar->header_len, bytes->data, len);
	tar->header_len += len;
	bytes->data += len;
	bytes->len -= len;
	if (tar->header_len < need)
		return SL_OK;
	if (need == SL_TAR_BLOCK_BYTES && tar->header[TYPE_AT] == 'x')
		return SL_OK;
	if (need == SL_TAR_BLOCK_BYTES &&
	    is_zero(tar->header, SL_TAR_BLOCK_BYTES)) {
		tar->left = SL_TAR_BLOCK_BYTES;
		tar->state = UNPACK_TAR_TRAILER;
		return SL_OK;
	}
	return begin_member(tar, err);
}

/* The front of `bytes`, at most what is left of the present part. */
static struct sl_slice
take_left(struct sl_unpack_tar *tar, struct sl_slice *bytes)
{
	struct sl_slice part = *bytes;

	if (part.len > tar->left)
		part.len = (size_t)tar->left;
	tar->left -= part.len;
	bytes->data += part.len;
	bytes->len -= part.len;
	return part;
}

static enum sl_status
take_content(
    struct sl_unpack_tar *tar, struct sl_slice *bytes, struct sl_error *err)
{
	struct sl_slice part = take_left(tar, bytes);

	if (part.len == 0)
		return SL_OK;
	return tar->handler.on_data(tar->handler.ctx, part, err);
}

static enum sl_status
take_zeros(
    struct sl_unpack_tar *tar, struct sl_slice *bytes, struct sl_error *err)
{
	struct sl_slice part = take_left(tar, bytes);

	if (!is_zero(part.data, part.len))
		return refuse(err, "has bytes other than zero as padding");
	return SL_OK;
}

/* Leave each state whose bytes are complete. */
static enum sl_status
move_on(struct sl_unpack_tar *tar, struct sl_error *err)
{
	if (tar->state == UNPACK_TAR_CONTENT && tar->left == 0) {
		tar->state = UNPACK_TAR_PADDING;
		tar->left = tar->padding_len;
	}
	if (tar->state == UNPACK_TAR_PADDING && tar->left == 0) {
		tar->state = UNPACK_TAR_HEADER;
		return tar->handler.on_end(tar->handler.ctx, err);
	}
	if (tar->state == UNPACK_TAR_TRAILER && tar->left == 0)
		tar->state = UNPACK_TAR_END;
	return SL_OK;
}

static enum sl_status
step(struct sl_unpack_tar *tar, struct sl_slice *bytes, struct sl_error *err)
{
	switch (tar->state) {
	case UNPACK_TAR_HEADER:
		return take_header(tar, bytes, err);
	case UNPACK_TAR_CONTENT:
		return take_content(tar, bytes, err);
	case UNPACK_TAR_PADDING:
	case UNPACK_TAR_TRAILER:
		return take_zeros(tar, bytes, err);
	case UNPACK_TAR_END:
		break;
	}
	return refuse(err, "goes on after its end");
}

enum sl_status
sl_unpack_tar_push(
    struct sl_unpack_tar *tar, struct sl_slice bytes, struct sl_error *err)
{
	while (bytes.len > 0) {
		enum sl_status status = step(tar, &bytes, err);

		if (status == SL_OK)
			status = move_on(tar, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}
