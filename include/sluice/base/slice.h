/* Borrowed bytes: a pointer and a length, valid until the owner changes. */
#ifndef SLUICE_BASE_SLICE_H
#define SLUICE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sl_slice {
	const unsigned char *data; /* may be NULL when len is 0 */
	size_t len;
};

static inline struct sl_slice
sl_slice_of(const void *data, size_t len)
{
	struct sl_slice slice = {data, len};

	return slice;
}

/* Of a NUL-terminated string, without the NUL; NULL gives the empty slice. */
static inline struct sl_slice
sl_slice_text(const char *text)
{
	return sl_slice_of(text, text == NULL ? 0 : strlen(text));
}

static inline bool
sl_slice_is(struct sl_slice a, struct sl_slice b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Take the first `len` bytes off `rest`; false, and nothing taken, if it has
 * fewer. */
static inline bool
sl_slice_take(struct sl_slice *rest, uint64_t len, struct sl_slice *out)
{
	if (len > rest->len)
		return false;
	*out = sl_slice_of(rest->data, (size_t)len);
	if (len > 0)
		*rest = sl_slice_of(rest->data + len, rest->len - (size_t)len);
	return true;
}

static inline bool
sl_slice_is_text(struct sl_slice a, const char *text)
{
	return sl_slice_is(a, sl_slice_text(text));
}

#endif /* SLUICE_BASE_SLICE_H */
