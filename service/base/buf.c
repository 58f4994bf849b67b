#include "sluice/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"

#define CAPACITY_MIN 64

void
sl_buf_init(struct sl_buf *buf, size_t max)
{
	*buf = (struct sl_buf){.max = max};
}

void
sl_buf_clear(struct sl_buf *buf)
{
	free(buf->data);
	sl_buf_init(buf, buf->max);
}

void
sl_buf_reset(struct sl_buf *buf)
{
	buf->len = 0;
}

enum sl_status
sl_buf_reserve(struct sl_buf *buf, size_t more)
{
	size_t need;
	size_t capacity;
	unsigned char *data;

	if (!sl_add_size(buf->len, more, &need) || need > buf->max)
		return SL_ERR_LIMIT;
	if (need <= buf->capacity && buf->data != NULL)
		return SL_OK;
	capacity = buf->capacity < CAPACITY_MIN ? CAPACITY_MIN : buf->capacity;
	while (capacity < need)
		capacity = capacity > buf->max / 2 ? buf->max : capacity * 2;
	data = realloc(buf->data, capacity);
	if (data == NULL)
		return SL_ERR_NOMEM;
	buf->data = data;
	buf->capacity = capacity;
	return SL_OK;
}

enum sl_status
sl_buf_append(struct sl_buf *buf, const void *data, size_t len)
{
	enum sl_status status;

	if (len == 0)
		return SL_OK;
	status = sl_buf_reserve(buf, len);
	if (status != SL_OK)
		return status;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	return SL_OK;
}

enum sl_status
sl_buf_append_text(struct sl_buf *buf, const char *text)
{
	return sl_buf_append(buf, text, strlen(text));
}

enum sl_status
sl_buf_vprintf(struct sl_buf *buf, const char *fmt, va_list args)
{
	enum sl_status status;
	char *text = NULL;
	int len;

	len = vasprintf(&text, fmt, args);
	if (len < 0)
		return SL_ERR_NOMEM;
	status = sl_buf_append(buf, text, (size_t)len);
	free(text);
	return status;
}

enum sl_status
sl_buf_printf(struct sl_buf *buf, const char *fmt, ...)
{
	enum sl_status status;
	va_list args;

	va_start(args, fmt);
	status = sl_buf_vprintf(buf, fmt, args);
	va_end(args);
	return status;
}

void
sl_buf_consume(struct sl_buf *buf, size_t count)
{
	if (count == 0)
		return;
	memmove(buf->data, buf->data + count, buf->len - count);
	buf->len -= count;
}

struct sl_slice
sl_buf_slice(const struct sl_buf *buf)
{
	return sl_slice_of(buf->data, buf->len);
}

const char *
sl_buf_text(struct sl_buf *buf)
{
	if (sl_buf_reserve(buf, 1) != SL_OK)
		return NULL;
	buf->data[buf->len] = '\0';
	return (const char *)buf->data;
}
