/* Outcome of every call that can fail.
 *
 * Compare with `!= SL_OK`; sl_status_name() is for logs and tests.  A status
 * says what kind of failure it is, struct sl_error says it in words. */
#ifndef SLUICE_BASE_STATUS_H
#define SLUICE_BASE_STATUS_H

#define SL_MUST_CHECK        __attribute__((warn_unused_result))
#define SL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* SL_STATUS_LIST(X): X(name, text) */
#define SL_STATUS_LIST(X)                                 \
	X(OK, "ok")                                       \
	X(ERR_NOMEM, "out of memory")                     \
	X(ERR_STATE, "called in the wrong state")         \
	X(ERR_INVALID, "malformed input")                 \
	X(ERR_LIMIT, "a limit is exceeded")               \
	X(ERR_IO, "input/output error")                   \
	X(ERR_FULL, "no space left")                      \
	X(ERR_NOT_FOUND, "not found")                     \
	X(ERR_EXISTS, "exists already")                   \
	X(ERR_CONFLICT, "conflict")                       \
	X(ERR_INTEGRITY, "integrity check failed")        \
	X(ERR_AUTH, "authentication missing or rejected") \
	X(ERR_DENIED, "not licensed")                     \
	X(ERR_QUOTA, "quota or rate limit reached")       \
	X(ERR_NETWORK, "network or server failure")       \
	X(ERR_TIMEOUT, "deadline passed")                 \
	X(ERR_CANCELLED, "cancelled")                     \
	X(ERR_PARTIAL, "done in part")

enum sl_status {
#define X(name, text) SL_##name,
	SL_STATUS_LIST(X)
#undef X
};

/* "SL_ERR_LIMIT"; never NULL. */
const char *sl_status_name(enum sl_status status);

/* "a limit is exceeded"; never NULL. */
const char *sl_status_text(enum sl_status status);

#endif /* SLUICE_BASE_STATUS_H */
