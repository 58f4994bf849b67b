/* Owned bytes that grow up to a maximum fixed at init.
 *
 * The owner embeds the struct and calls clear.  Appending past the maximum
 * is SL_ERR_LIMIT and leaves the buffer as it was. */
#ifndef SLUICE_BASE_BUF_H
#define SLUICE_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

struct sl_buf {
	unsigned char *data;
	size_t len;
	size_t capacity;
	size_t max;
};

/* Allocates nothing. */
void sl_buf_init(struct sl_buf *buf, size_t max);

/* Frees the bytes; the buffer is empty and usable again. */
void sl_buf_clear(struct sl_buf *buf);

/* Forget the bytes, keep the memory. */
void sl_buf_reset(struct sl_buf *buf);

/* Make room for `more` further bytes at data + len. */
SL_MUST_CHECK enum sl_status sl_buf_reserve(struct sl_buf *buf, size_t more);

SL_MUST_CHECK enum sl_status sl_buf_append(
    struct sl_buf *buf, const void *data, size_t len);
SL_MUST_CHECK enum sl_status sl_buf_append_text(
    struct sl_buf *buf, const char *text);
SL_MUST_CHECK enum sl_status sl_buf_printf(
    struct sl_buf *buf, const char *fmt, ...) SL_PRINTF(2, 3);
SL_MUST_CHECK enum sl_status sl_buf_vprintf(
    struct sl_buf *buf, const char *fmt, va_list args) SL_PRINTF(2, 0);

/* Drop `count` bytes from the front (count <= len). */
void sl_buf_consume(struct sl_buf *buf, size_t count);

/* Borrowed until the buffer changes. */
struct sl_slice sl_buf_slice(const struct sl_buf *buf);

/* The bytes as a NUL-terminated string; NULL if that does not fit.  Borrowed;
 * the NUL is not part of len. */
const char *sl_buf_text(struct sl_buf *buf);

#endif /* SLUICE_BASE_BUF_H */
