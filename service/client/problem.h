/* What a refusal of the server means: problem documents (RFC 9457) and the
 * codes of end records. */
#ifndef SL_CLIENT_PROBLEM_H
#define SL_CLIENT_PROBLEM_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* Fill `err` from an answer that is not 2xx. */
void sl_problem_read(
    struct sl_error *err, long http_status, struct sl_slice body);

/* 429 and 5xx: the same call may succeed later. */
bool sl_problem_is_transient(long http_status);

/* The status that belongs to a code ("quota_bytes" → SL_ERR_QUOTA), or
 * `fallback` for one without a rule. */
enum sl_status sl_problem_status(const char *code, enum sl_status fallback);

#endif /* SL_CLIENT_PROBLEM_H */
