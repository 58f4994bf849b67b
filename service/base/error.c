#include "sluice/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the UTF-8 character at `at` has; 0 if it is none. */
static size_t
character_len(const unsigned char *at)
{
	size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates and what is beyond Unicode. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

void
sl_error_tidy(char *text)
{
	unsigned char *at = (unsigned char *)text;

	while (*at != '\0') {
		size_t len = character_len(at);

		if (len == 0 || *at < 0x20 || *at == 0x7f) {
			*at = '?';
			len = 1;
		}
		at += len;
	}
}

SL_PRINTF(4, 0)
static void
fill(struct sl_error *err, enum sl_status status, const char *code,
    const char *fmt, va_list args)
{
	if (err == NULL)
		return;
	err->status = status;
	snprintf(err->code, sizeof(err->code), "%s", code);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	sl_error_tidy(err->text);
}

enum sl_status
sl_error_set(struct sl_error *err, enum sl_status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(err, status, "", fmt, args);
	va_end(args);
	return status;
}

enum sl_status
sl_error_code(struct sl_error *err, enum sl_status status, const char *code,
    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(err, status, code, fmt, args);
	va_end(args);
	return status;
}

static enum sl_status
status_of_errno(int number)
{
	switch (number) {
	case ENOMEM:
		return SL_ERR_NOMEM;
	case ENOENT:
		return SL_ERR_NOT_FOUND;
	case EEXIST:
		return SL_ERR_EXISTS;
	case ENOSPC:
	case EDQUOT:
		return SL_ERR_FULL;
	default:
		return SL_ERR_IO;
	}
}

enum sl_status
sl_error_errno(struct sl_error *err, const char *fmt, ...)
{
	int number = errno;
	enum sl_status status = status_of_errno(number);
	char reason[128];
	size_t used;
	va_list args;

	if (err == NULL)
		return status;
	va_start(args, fmt);
	fill(err, status, "", fmt, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
	    strerror_r(number, reason, sizeof(reason)));
	sl_error_tidy(err->text);
	return status;
}

enum sl_status
sl_error_prefix(
    struct sl_error *err, enum sl_status status, const char *fmt, ...)
{
	char rest[SL_ERROR_TEXT_MAX];
	size_t used;
	va_list args;

	if (err == NULL)
		return status;
	memcpy(rest, err->text, sizeof(rest));
	if (rest[0] == '\0')
		snprintf(rest, sizeof(rest), "%s", sl_status_text(status));
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", rest);
	sl_error_tidy(err->text);
	err->status = status;
	return status;
}

enum sl_status
sl_error_clear(struct sl_error *err)
{
	if (err != NULL)
		memset(err, 0, sizeof(*err));
	return SL_OK;
}
