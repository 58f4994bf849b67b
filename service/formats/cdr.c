#include "cdr.h"

#include <stdlib.h>
#include <string.h>

#define ENCAPSULATION_BYTES 4
/* Writers round a message up. */
#define PADDING_MAX 7

enum sl_status
cdr_begin(struct cdr *cdr, struct sl_slice message, struct sl_error *err)
{
	*cdr = (struct cdr){0};
	if (message.len < ENCAPSULATION_BYTES)
		return sl_error_set(err, SL_ERR_INVALID,
		    "CDR: %zu bytes, the encapsulation alone has %d",
		    message.len, ENCAPSULATION_BYTES);
	if (message.data[0] != 0 || message.data[1] > 1)
		return sl_error_set(err, SL_ERR_INVALID,
		    "CDR: representation %02x%02x is not read, only plain "
		    "XCDR version 1 (0000, 0001)",
		    message.data[0], message.data[1]);
	cdr->is_big = message.data[1] == 0;
	cdr->body = sl_slice_of(message.data + ENCAPSULATION_BYTES,
	    message.len - ENCAPSULATION_BYTES);
	return SL_OK;
}

/* The next `len` bytes behind the padding; NULL if they are not there. */
static const unsigned char *
take(struct cdr *cdr, size_t align, size_t len)
{
	size_t at = (cdr->at + align - 1) / align * align;

	if (cdr->failed || at > cdr->body.len || len > cdr->body.len - at) {
		cdr->failed = true;
		return NULL;
	}
	cdr->at = at + len;
	return cdr->body.data + at;
}

static uint64_t
number(struct cdr *cdr, size_t width)
{
	const unsigned char *bytes = take(cdr, width, width);
	uint64_t value = 0;

	for (size_t i = 0; bytes != NULL && i < width; i++)
		value = value << 8 | bytes[cdr->is_big ? i : width - 1 - i];
	return value;
}

uint8_t
cdr_u8(struct cdr *cdr)
{
	return (uint8_t)number(cdr, 1);
}

uint32_t
cdr_u32(struct cdr *cdr)
{
	return (uint32_t)number(cdr, 4);
}

double
cdr_f64(struct cdr *cdr)
{
	uint64_t bits = number(cdr, 8);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

void
cdr_f64s(struct cdr *cdr, double *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = cdr_f64(cdr);
}

struct sl_slice
cdr_bytes(struct cdr *cdr)
{
	uint32_t len = cdr_u32(cdr);
	const unsigned char *bytes = take(cdr, 1, len);

	return sl_slice_of(bytes, bytes == NULL ? 0 : len);
}

struct sl_slice
cdr_text(struct cdr *cdr)
{
	struct sl_slice text = cdr_bytes(cdr);

	/* Some writers send an empty text without its NUL. */
	if (text.len > 0 && text.data[text.len - 1] != '\0')
		cdr->failed = true;
	return sl_slice_of(text.data, text.len == 0 ? 0 : text.len - 1);
}

size_t
cdr_count(struct cdr *cdr, size_t item_bytes)
{
	uint32_t count = cdr_u32(cdr);

	if (count > (cdr->body.len - cdr->at) / item_bytes) {
		cdr->failed = true;
		return 0;
	}
	return count;
}

enum sl_status
cdr_doubles(struct cdr *cdr, double **out, size_t *count)
{
	*count = cdr_count(cdr, sizeof(double));
	*out = NULL;
	if (*count == 0)
		return SL_OK;
	*out = calloc(*count, sizeof(double));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	cdr_f64s(cdr, *out, *count);
	return SL_OK;
}

enum sl_status
cdr_end(const struct cdr *cdr, const char *what, struct sl_error *err)
{
	if (cdr->failed)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: its %zu bytes end inside of it, at %zu", what,
		    cdr->body.len, cdr->at);
	if (cdr->body.len - cdr->at > PADDING_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: %zu bytes are left behind it", what,
		    cdr->body.len - cdr->at);
	return SL_OK;
}
