/* Fetches what is wanted: several deliveries at once on the calling thread,
 * chunks checked and written on worker threads.
 *
 * Of each delivery at most one whole chunk is not yet recorded: the next one
 * is not received to its end before that. */
#ifndef SL_CLIENT_GATHER_H
#define SL_CLIENT_GATHER_H

#include <stdint.h>

#include "checks.h"
#include "engine.h"
#include "journal.h"
#include "sluice/client/wish.h"
#include "stage.h"
#include "want.h"

struct sl_gather_options {
	struct sl_client *client;
	const char *dataset;
	const struct sl_wish *wish; /* its licence and purpose */
	struct sl_stage *stage;
	struct sl_journal *journal; /* or NULL */
	struct sl_checks *checks;   /* or NULL */
	/* Where heads of the ledger are kept, and of which licence; or NULL. */
	const char *book;
	const struct sl_uuid *licence;
	unsigned jobs;
	void (*on_progress)(void *ctx, const struct sl_wants *wants);
	void *ctx;
};

struct sl_gather_result {
	uint64_t received_chunks;
	uint64_t received_bytes;
	uint64_t ledger_number;
};

/* SL_OK: all came.  SL_ERR_QUOTA, SL_ERR_DENIED: the server refused part, the
 * rest came.  SL_ERR_CONFLICT with code "retracted" or "stale": ask for a new
 * head. */
SL_MUST_CHECK enum sl_status sl_gather_run(struct sl_wants *wants,
    const struct sl_gather_options *options, struct sl_gather_result *result,
    struct sl_error *err);

#endif /* SL_CLIENT_GATHER_H */
