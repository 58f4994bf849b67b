/* What a signer or a witness remembers of a log: one text per dataset and
 * epoch in `<home>/<kind>/<dataset>.<epoch>`, replaced durably.  Who has it
 * open holds `<home>/<kind>/<dataset>.lock`. */
#ifndef SL_PUBLISH_LOG_STATE_H
#define SL_PUBLISH_LOG_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"

/* Embedded; close in any case. */
struct log_state {
	char *dir;
	const char *dataset; /* borrowed */
	int lock_fd;
	char *path; /* of the epoch that was read */
	bool has;   /* there is a text */
	struct sl_buf text;
};

/* Waits a few seconds for another one's end, then SL_ERR_CONFLICT, code
 * log_busy.  `kind` is "log" or "witness". */
SL_MUST_CHECK enum sl_status log_state_open(struct log_state *state,
    const char *home, const char *kind, const char *dataset,
    struct sl_error *err);

/* None is no failure. */
SL_MUST_CHECK enum sl_status log_state_read(
    struct log_state *state, uint32_t epoch, struct sl_error *err);

/* Durable on SL_OK; of the epoch that was read last. */
SL_MUST_CHECK enum sl_status log_state_write(
    struct log_state *state, struct sl_slice text, struct sl_error *err);

/* `<home>/<kind>/<dataset>.fork-<n>`, the first n that is free: evidence.
 * Failures are the caller's to ignore. */
SL_MUST_CHECK enum sl_status log_state_keep_fork(
    const struct log_state *state, struct sl_slice text, struct sl_error *err);

void log_state_close(struct log_state *state);

#endif /* SL_PUBLISH_LOG_STATE_H */
