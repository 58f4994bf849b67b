/* Decides what of a dataset's trust files, checkpoints and proofs is accepted,
 * for a pull; kept.h is for who looks at a mirror offline.
 *
 * A response goes through it in the order in which its members come:
 *
 *   sl_notary_take_trust()        each version
 *   sl_notary_take_checkpoint()
 *   sl_notary_take_consistency()
 *   sl_notary_take_inclusion()
 *   sl_notary_settle()            before its first batch, or its end
 *   sl_notary_prove()             once its batches are here
 *
 * Each refusal is SL_ERR_INTEGRITY with a code of its own and says what it was
 * told; the list is in the folder's README. */
#ifndef SL_CLIENT_NOTARY_H
#define SL_CLIENT_NOTARY_H

#include "chain.h"
#include "freshness.h"
#include "heads.h"
#include "sight.h"
#include "sluice/client/trust_state.h"

struct sl_notary_options {
	const char *dataset;
	const struct sl_trust_pin *pin;
	int meta;             /* descriptor of .sluice, or -1 */
	const char *meta_dir; /* its path, for words */
	bool may_write;       /* keep there what is accepted */
	const char *anchor;   /* folder of sl_anchor_…(), or NULL */
	const char *endpoint; /* whose answers come, or NULL */
	/* Nobody is asked: what another mirror of this machine has learnt of
	 * trust files is used. */
	bool is_offline;
	struct sl_freshness_rule rule;
};

/* The owner embeds it and calls clear.  Options are borrowed. */
struct sl_notary {
	struct sl_notary_options options;
	struct sl_trust_chain chain;
	/* The mirror's own part of it, if the chain was extended by the
	 * machine's; else without a version. */
	struct sl_trust_chain own;
	struct sl_sight sight;
	struct sl_freshness freshness; /* of the kept checkpoint */
	/* Of the response under way. */
	uint32_t link_count;
	struct sl_chain_link *links; /* accepted, not yet kept */
	size_t pending_count;
	struct sl_sight_note next;
	struct sl_freshness next_freshness;
	struct sl_log_tree from; /* size > 0: `next` must be proven to follow */
	bool is_from_root;       /* root's word, not a checkpoint's */
	bool has_consistency;
	bool has_inclusion;
	struct sl_log_inclusion inclusion;
	bool is_settled;
	uint32_t moved_to; /* with code epoch_moved */
};

/* Read what the mirror keeps.  What is damaged there is no failure: a pull gets
 * it again; *damage (NULL is allowed) tells it. */
SL_MUST_CHECK enum sl_status sl_notary_open(struct sl_notary *notary,
    const struct sl_notary_options *options, struct sl_error *damage,
    struct sl_error *err);
void sl_notary_clear(struct sl_notary *notary);

/* Before a request: "&known=SIZE&epoch=E&trust=V"; forgets the response before
 * it. */
SL_MUST_CHECK enum sl_status sl_notary_ask(
    struct sl_notary *notary, struct sl_buf *path);

/* Takes the link's memory. */
SL_MUST_CHECK enum sl_status sl_notary_take_trust(
    struct sl_notary *notary, struct sl_chain_link *link, struct sl_error *err);
/* `heads` have the response's grant.  Codes beside refusals: trust_more (more
 * versions follow: ask again), epoch_moved (root put the log back to
 * notary->moved_to batches, and more are here). */
SL_MUST_CHECK enum sl_status sl_notary_take_checkpoint(struct sl_notary *notary,
    struct sl_slice text, const struct sl_heads *heads, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_notary_take_consistency(
    struct sl_notary *notary, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_notary_take_inclusion(
    struct sl_notary *notary, struct sl_slice text, struct sl_error *err);
/* Keeps the checkpoint, then tells whether the grant withholds something. */
SL_MUST_CHECK enum sl_status sl_notary_settle(struct sl_notary *notary,
    const struct sl_heads *heads, struct sl_error *err);
/* Are the heads' batches, all of them, the log's first leaves?  `is_last`: no
 * further response follows. */
SL_MUST_CHECK enum sl_status sl_notary_prove(struct sl_notary *notary,
    const struct sl_heads *heads, bool is_last, struct sl_error *err);

/* For people. */
void sl_notary_tell(const struct sl_notary *notary, struct sl_trust_state *out);

/* The newest trust file of the mirror itself, whatever the machine knows. */
const struct sl_trust *sl_notary_own_trust(const struct sl_notary *notary);

#endif /* SL_CLIENT_NOTARY_H */
