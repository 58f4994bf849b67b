/* Words for one failure, filled where it happened.
 *
 * A value type: the caller owns it, zero-initialised (`struct sl_error err =
 * {0};`).  Every function that takes one accepts NULL. */
#ifndef SLUICE_BASE_ERROR_H
#define SLUICE_BASE_ERROR_H

#include "sluice/base/status.h"

#define SL_ERROR_CODE_MAX 48
#define SL_ERROR_TEXT_MAX 512

struct sl_error {
	enum sl_status status;
	/* Stable machine-readable code in lower_snake_case; "" if none. */
	char code[SL_ERROR_CODE_MAX];
	/* One line of UTF-8 for a person, cut at the maximum; control
	 * characters and bytes that are not UTF-8 have become "?". */
	char text[SL_ERROR_TEXT_MAX];
};

/* Fill `err` (NULL is allowed) and return `status`. */
enum sl_status sl_error_set(struct sl_error *err, enum sl_status status,
    const char *fmt, ...) SL_PRINTF(3, 4);

/* The same with a stable code. */
enum sl_status sl_error_code(struct sl_error *err, enum sl_status status,
    const char *code, const char *fmt, ...) SL_PRINTF(4, 5);

/* The same for a failed system call: appends strerror(errno); ENOSPC and
 * EDQUOT become SL_ERR_FULL, ENOENT SL_ERR_NOT_FOUND, EEXIST SL_ERR_EXISTS,
 * ENOMEM SL_ERR_NOMEM, all others SL_ERR_IO. */
enum sl_status sl_error_errno(struct sl_error *err, const char *fmt, ...)
    SL_PRINTF(2, 3);

/* Put "context: " before the text that is there; returns err's status. */
enum sl_status sl_error_prefix(struct sl_error *err, enum sl_status status,
    const char *fmt, ...) SL_PRINTF(3, 4);

/* Make it one line of UTF-8 that no terminal obeys, as those of errors are:
 * what is not has become "?". */
void sl_error_tidy(char *text);

/* Forget what is in `err`: the failure turned out to be none.  SL_OK. */
enum sl_status sl_error_clear(struct sl_error *err);

#endif /* SLUICE_BASE_ERROR_H */
