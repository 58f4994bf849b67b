/* Questions to the person at the terminal. */
#ifndef SL_SLUICE_PUBLISH_ASK_H
#define SL_SLUICE_PUBLISH_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "sluice/base/error.h"
#include "sluice/base/secret.h"

struct sl_run;

/* Is there somebody to ask?  Not with --json or -q, and not without a
 * terminal. */
bool ask_can(const struct sl_run *run);

/* "QUESTION [FALLBACK]: " and the answer, or the fallback (NULL: ask again)
 * for an empty line.  SL_ERR_CANCELLED at the end of input. */
SL_MUST_CHECK enum sl_status ask_line(char *out, size_t size,
    const char *question, const char *fallback, struct sl_error *err);

/* "QUESTION [y/N] "; SL_ERR_CANCELLED for anything but yes. */
SL_MUST_CHECK enum sl_status ask_yes(
    const char *question, struct sl_error *err);

/* Without echo; `twice` asks again until both agree.  May be empty. */
SL_MUST_CHECK enum sl_status ask_secret(struct sl_secret *out,
    const char *question, bool twice, struct sl_error *err);

#endif /* SL_SLUICE_PUBLISH_ASK_H */
