/* Drafts to batches: decide what is new, write, sign, seal, log, show.
 *
 * Whatever an earlier run left behind is dealt with first: a sealed
 * publication is completed, any other is abandoned and its objects removed.
 * A crash at any moment leaves the old state or the new one, and the next run
 * goes on from there.  Blocking. */
#ifndef SLUICE_PUBLISH_PUBLISH_H
#define SLUICE_PUBLISH_PUBLISH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/catalog/draft.h"
#include "sluice/crypto/key.h"
#include "sluice/objects/objects.h"

struct sl_db;

struct sl_publish_draft {
	const struct sl_draft *draft;
	const char *dir; /* has objects/<aa>/<sha256> */
};

struct sl_publish_retraction {
	/* Number, episode id, or "site/key" or key if that is clear. */
	const char *episode;
	const char *reason; /* slug */
};

enum sl_publish_step {
	SL_PUBLISH_RESERVE,
	SL_PUBLISH_WRITE,
	SL_PUBLISH_SIGN,
	SL_PUBLISH_SEAL,
	SL_PUBLISH_SHOW,
};

struct sl_publish_progress {
	uint32_t seq;
	uint64_t bytes;
	uint64_t total_bytes;
	uint64_t episodes;
	uint64_t total_episodes;
};

/* On the caller's thread; false ends the run with SL_ERR_CANCELLED. */
typedef bool sl_publish_progress_fn(
    void *ctx, const struct sl_publish_progress *progress);

/* Everything is borrowed. */
struct sl_publish_options {
	struct sl_db *db;
	struct sl_objects *objects;
	const char *dataset;
	/* NULL: the first batch is written and waits for a signature that is
	 * made elsewhere (result.request, sl_publish_take_signature()). */
	const struct sl_sign_key *key;
	/* Give up what waits for a signature. */
	bool discards_request;
	const struct sl_publish_draft *drafts;
	size_t draft_count;
	const struct sl_publish_retraction *retractions;
	size_t retraction_count;
	/* Reason code for episodes that vanished from their source; NULL: they
	 * stop the publication. */
	const char *vanished_reason;
	/* {"early":"2026-11-21T01:15:00Z"}: when each class of licences gets
	 * the batches, those not named with the last; NULL: all at once. */
	const json_t *release;
	/* With the log's key, and perhaps the witness's, batches are logged and
	 * shown at once (publish/log.h); without it they wait for who has it.
	 * `home` has the log's state; NULL without a log key. */
	const struct sl_sign_key *log_key;
	const struct sl_sign_key *witness_key;
	const char *home;
	/* Stop after this step of the first batch (SL_PUBLISH_SHOW: go on to
	 * the end); the next run deals with what is there. */
	enum sl_publish_step stop_after;
	unsigned thread_count;               /* 0: as many as processors */
	sl_publish_progress_fn *on_progress; /* may be NULL */
	void *ctx;
};

struct sl_publish_result {
	json_t *batches;        /* array, as the batches page shows them */
	size_t completed_count; /* of them, sealed by an earlier run */
	size_t added_count;
	size_t revised_count;
	size_t moved_count; /* of those revised: found under another key */
	size_t retracted_count;
	size_t same_count;
	size_t withdrawn_count; /* in a draft, but retracted before */
	json_t *vanished;       /* array of "site/key" */
	bool stopped;           /* by stop_after */
	/* Who comes next, "signature", "log" or "witness", before the batch can
	 * be seen and the next be made; NULL: nobody. */
	const char *waits_for;
	/* For "signature": the manifest to be signed. */
	struct sl_buf request;
};

/* SL_ERR_STATE, code no_trust, before a trust file is installed;
 * SL_ERR_CONFLICT, code publication_busy, while another session publishes
 * the dataset; SL_ERR_STATE, code episodes_vanished (they are named in
 * out->vanished); SL_ERR_CONFLICT, code path_conflict; SL_ERR_INVALID, code
 * release_retracts (a release, but episodes are to be retracted, which is for
 * everybody at once); SL_ERR_CONFLICT, code publication_waits (a batch waits
 * for its signature, and there is a key); SL_ERR_INTEGRITY with a code of
 * sl_trust_check_publisher() for a key that the trust file does not allow.  The
 * caller clears `out` in any case. */
SL_MUST_CHECK enum sl_status sl_publish_run(struct sl_publish_result *out,
    const struct sl_publish_options *options, struct sl_error *err);
void sl_publish_result_clear(struct sl_publish_result *result);

/* Seal the batch that waits for its signature: `minisig` is a signature file
 * over result.request by a key that the trust file allows.  The next run logs
 * and shows it.  Uses db, objects and dataset.  SL_ERR_NOT_FOUND, code
 * no_request; SL_ERR_INTEGRITY with the codes of sl_trust_verify_manifest(). */
SL_MUST_CHECK enum sl_status sl_publish_take_signature(
    const struct sl_publish_options *options, struct sl_slice minisig,
    struct sl_error *err);

/* Zero the stored bytes of a retracted episode, in every batch.  May be
 * repeated after a crash. */
SL_MUST_CHECK enum sl_status sl_publish_erase(json_t **out,
    const struct sl_publish_options *options, const char *episode,
    const char *reason, struct sl_error *err);

#endif /* SLUICE_PUBLISH_PUBLISH_H */
