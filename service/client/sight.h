/* The dataset's log as this side has seen it, in .sluice/log/:
 *
 *   checkpoint   the last one that was accepted, a signed note
 *   inclusion    what the batches were proven against: C2SP tlog-proof of the
 *                last of them, with the checkpoint of then
 *
 * A checkpoint is kept as soon as it was accepted, so that a server cannot go
 * back behind it; the proof once all batches up to it are here. */
#ifndef SL_CLIENT_SIGHT_H
#define SL_CLIENT_SIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/catalog/checkpoint.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/trust.h"

#define SL_SIGHT_PROOF_MAX (SL_NOTE_BYTES_MAX + SL_LOG_PROOF_TEXT_MAX + 64)

/* A note and its body. */
struct sl_sight_note {
	struct sl_buf text; /* empty: there is none */
	struct sl_checkpoint checkpoint;
};

/* SL_ERR_INTEGRITY with code bad_checkpoint; *out is as it was then.  Nothing
 * is verified. */
SL_MUST_CHECK enum sl_status sl_sight_note_set(
    struct sl_sight_note *out, struct sl_slice text, struct sl_error *err);
void sl_sight_note_clear(struct sl_sight_note *note);

/* The owner embeds it and calls clear. */
struct sl_sight {
	struct sl_sight_note kept;
	/* The proof, if has_proof; batches up to proof.index + 1 are proven. */
	bool has_proof;
	struct sl_buf proof_text;
	struct sl_log_portable proof; /* borrows proof_text */
	struct sl_checkpoint proven;  /* its note's body */
};

void sl_sight_init(struct sl_sight *sight);
void sl_sight_clear(struct sl_sight *sight);

/* Read both files beneath `meta` (.sluice).  A checkpoint that is missing is
 * that of the proof.  A file that is malformed, of another log, or not what a
 * key of the trust file signed is SL_ERR_INTEGRITY with code
 * checkpoint_damaged, and counts as missing; one by a key that the trust file
 * no longer has is kept: it only ever makes more be refused. */
SL_MUST_CHECK enum sl_status sl_sight_load(struct sl_sight *sight,
    const struct sl_trust *trust, const char *dataset, int meta,
    struct sl_error *err);

/* How many batches are proven. */
uint32_t sl_sight_proven(const struct sl_sight *sight);

/* Keep a checkpoint that was accepted; durably if `meta` >= 0. */
SL_MUST_CHECK enum sl_status sl_sight_keep(struct sl_sight *sight,
    struct sl_slice note, int meta, struct sl_error *err);
/* Keep the proof of batch index + 1 against the kept checkpoint. */
SL_MUST_CHECK enum sl_status sl_sight_prove(struct sl_sight *sight,
    const struct sl_log_inclusion *inclusion, int meta, struct sl_error *err);
/* Root put the log back to fewer batches than were proven. */
SL_MUST_CHECK enum sl_status sl_sight_forget_proof(
    struct sl_sight *sight, int meta, struct sl_error *err);

#endif /* SL_CLIENT_SIGHT_H */
