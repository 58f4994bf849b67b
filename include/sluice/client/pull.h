/* Bring a mirror to the newest batch: head, selection, fetch, apply.
 *
 * Runs on the caller's thread and uses worker threads of its own.  Killed at
 * any moment, the next run goes on from the last recorded chunk. */
#ifndef SLUICE_CLIENT_PULL_H
#define SLUICE_CLIENT_PULL_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/multirange.h"
#include "sluice/client/client.h"
#include "sluice/client/trust_state.h"
#include "sluice/client/wish.h"

#define SL_PULL_JOBS_DEFAULT 4
#define SL_PULL_JOBS_MAX     64

struct sl_pull_progress {
	uint64_t bytes_done; /* decoded, resumed ones included */
	uint64_t bytes_total;
	uint64_t episodes_done;
	uint64_t episodes_total;
};

struct sl_pull_options {
	const char *dataset;
	const char *dir; /* NULL: only for a plan */
	/* Changes the remembered wish; NULL keeps it. */
	const struct sl_wish_options *change;
	bool forget;   /* start from "everything", not the remembered */
	unsigned jobs; /* deliveries at once; 0: the default */
	/* Often, on the calling thread; may be NULL. */
	void (*on_progress)(void *ctx, const struct sl_pull_progress *progress);
	void *ctx;
};

/* What was, or would be, done.  The owner embeds it and calls clear. */
struct sl_pull_result {
	uint32_t seq_before; /* 0: there was no mirror */
	uint32_t seq;
	bool is_complete; /* the tree is what was asked for */
	uint64_t episodes;
	uint64_t segments;
	uint64_t files;
	uint64_t content_bytes;
	struct sl_multirange joined;    /* episodes */
	struct sl_multirange revised;   /* episodes with other segments now */
	struct sl_multirange left;      /* no longer covered */
	struct sl_multirange retracted; /* withdrawn by the publisher */
	uint64_t fetch_segments;
	uint64_t fetch_chunks;    /* asked for in this run */
	uint64_t fetch_bytes;     /* stored bytes of them */
	uint64_t fetch_content;   /* file bytes of the segments to fetch */
	uint64_t resumed_chunks;  /* found staged already */
	uint64_t received_chunks; /* by this run */
	uint64_t received_bytes;  /* body bytes of this run, heads included */
	uint64_t added_files;
	uint64_t removed_files;
	uint64_t ledger_number;
	bool has_licence; /* of the grant: */
	struct sl_uuid licence;
	struct sl_trust_state trust;
};

void sl_pull_result_init(struct sl_pull_result *result);
void sl_pull_result_clear(struct sl_pull_result *result);

/* Changes nothing on disk.  options->dir may be NULL or not there. */
SL_MUST_CHECK enum sl_status sl_plan(struct sl_client *client,
    const struct sl_pull_options *options, struct sl_pull_result *result,
    json_t **quote, struct sl_error *err);

/* SL_OK: the tree is what was asked for.  SL_ERR_QUOTA, SL_ERR_DENIED: the
 * server refused part; whole episodes that came are in the tree, the rest
 * stays pending (INCOMPLETE).  Other failures leave the tree as it was, or an
 * apply that the next command completes.  SL_ERR_NOT_FOUND "nothing_matches":
 * a changed wish would have emptied the mirror. */
SL_MUST_CHECK enum sl_status sl_pull(struct sl_client *client,
    const struct sl_pull_options *options, struct sl_pull_result *result,
    struct sl_error *err);

#endif /* SLUICE_CLIENT_PULL_H */
