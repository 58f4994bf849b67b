#include "kept.h"

#include <inttypes.h>
#include <string.h>

#include "anchor.h"
#include "seal.h"
#include "standing.h"

/* The log's key was one when the mirror heard of it: a newer trust file may
 * have dropped it for its successor, and only takes it away by revoking it. */
static enum sl_status
check_kept_line(const struct sl_notary *notary,
    const struct sl_checkpoint *checkpoint, const struct sl_note *note,
    struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status = sl_seal_check_line(
	    sl_notary_own_trust(notary), checkpoint, note, err);

	if (status == SL_OK &&
	    sl_seal_check_line(&notary->chain.newest, checkpoint, note, &why) !=
	        SL_OK &&
	    strcmp(why.code, "revoked_key") == 0) {
		*err = why;
		status = SL_ERR_INTEGRITY;
	}
	return status;
}

/* The checkpoint that the proof carries, and the kept one if it is another. */
static enum sl_status
check_kept_notes(const struct sl_notary *notary, struct sl_error *err)
{
	const struct sl_sight *sight = &notary->sight;
	const struct sl_log_tree *old = &sight->proven.tree;
	const struct sl_log_tree *kept = &sight->kept.checkpoint.tree;
	struct sl_note note;
	enum sl_status status;

	status = sl_note_parse(&note, sl_buf_slice(&sight->kept.text), err);
	if (status == SL_OK)
		status = check_kept_line(
		    notary, &sight->kept.checkpoint, &note, err);
	if (status == SL_OK)
		status = sl_note_parse(&note, sight->proof.note, err);
	/* Root's word counts for what an ended epoch had. */
	if (status == SL_OK &&
	    sight->proven.epoch == sight->kept.checkpoint.epoch)
		status = check_kept_line(notary, &sight->proven, &note, err);
	if (status != SL_OK ||
	    sight->proven.epoch != sight->kept.checkpoint.epoch)
		return status;
	if (kept->size < old->size ||
	    (kept->size == old->size &&
	        !sl_log_hash_is(&kept->root, &old->root)))
		return sl_error_code(err, SL_ERR_INTEGRITY, "fork",
		    ".sluice/log/checkpoint (size %" PRIu64
		    ") and .sluice/log/inclusion (size %" PRIu64
		    ") contradict each other",
		    kept->size, old->size);
	return SL_OK;
}

/* If all leaves of the kept checkpoint are here, they have its root. */
static enum sl_status
check_kept_root(const struct sl_notary *notary, const struct sl_heads *heads,
    struct sl_error *err)
{
	const struct sl_log_tree *kept = &notary->sight.kept.checkpoint.tree;
	struct sl_log_hash own;
	enum sl_status status;

	if (kept->size > sl_sight_proven(&notary->sight))
		return SL_OK;
	status = sl_standing_root(&own, heads, (size_t)kept->size, err);
	if (status != SL_OK || sl_log_hash_is(&own, &kept->root))
		return status;
	return sl_error_code(err, SL_ERR_INTEGRITY, "not_in_log",
	    "the root of batches 1 to %" PRIu64
	    " is not that of .sluice/log/checkpoint",
	    kept->size);
}

enum sl_status
sl_kept_check(const struct sl_notary *notary, const struct sl_heads *heads,
    uint32_t seq, struct sl_error *err)
{
	const struct sl_sight *sight = &notary->sight;
	uint32_t proven = sl_sight_proven(sight);
	enum sl_status status =
	    sl_anchor_check(notary->options.anchor, NULL, &notary->chain, err);

	if (status != SL_OK)
		return status;
	if (seq == 0 && heads->count == 0)
		return SL_OK;
	if (proven < seq)
		return sl_error_code(err, SL_ERR_INTEGRITY, "not_in_log",
		    "nothing here proves that batch %u is in the log "
		    "(.sluice/log/inclusion); a pull gets the proof",
		    seq);
	if (proven == 0)
		return SL_OK;
	if (proven > heads->count)
		return sl_error_code(err, SL_ERR_INTEGRITY, "batch_damaged",
		    "batch %u was proven to be in the log, and only %zu are "
		    "here",
		    proven, heads->count);
	status = check_kept_notes(notary, err);
	if (status == SL_OK)
		status = sl_standing_check(heads, proven, &sight->proven.tree,
		    &sight->proof.proof, err);
	if (status == SL_OK)
		status = check_kept_root(notary, heads, err);
	if (status == SL_OK)
		status =
		    sl_standing_check_start(heads, sight->proven.epoch, err);
	return status == SL_OK ? sl_standing_check_signers(heads, err) : status;
}
