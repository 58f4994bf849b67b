#include "notary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "anchor.h"
#include "evidence.h"
#include "seal.h"
#include "sluice/base/array.h"
#include "sluice/catalog/witness.h"
#include "standing.h"

/* -- what is known at the beginning -- */

/* Damage is told, not a failure. */
static enum sl_status
tell(enum sl_status status, const struct sl_error *why, struct sl_error *damage,
    struct sl_error *err)
{
	if (status == SL_OK)
		return SL_OK;
	if (status == SL_ERR_INTEGRITY) {
		if (damage != NULL && damage->status == SL_OK)
			*damage = *why;
		return SL_OK;
	}
	if (err != NULL)
		*err = *why;
	return status;
}

const struct sl_trust *
sl_notary_own_trust(const struct sl_notary *notary)
{
	return sl_trust_chain_version(&notary->own) > 0 ? &notary->own.newest
	                                                : &notary->chain.newest;
}

/* Go on with what another mirror of this machine has learnt. */
static enum sl_status
extend_chain(struct sl_notary *notary, struct sl_error *err)
{
	uint32_t before = sl_trust_chain_version(&notary->chain);
	enum sl_status status =
	    sl_anchor_extend(notary->options.anchor, &notary->chain, err);

	if (status != SL_OK || sl_trust_chain_version(&notary->chain) == before)
		return status;
	status = sl_chain_init(&notary->own, notary->options.pin, err);
	return status == SL_OK
	    ? sl_chain_load(&notary->own, notary->options.meta, err)
	    : status;
}

/* When did witnesses last speak of the kept checkpoint? */
static void
read_freshness(struct sl_notary *notary)
{
	const struct sl_sight_note *kept = &notary->sight.kept;
	struct sl_note note;

	if (kept->text.len == 0 ||
	    sl_note_parse(&note, sl_buf_slice(&kept->text), NULL) != SL_OK ||
	    sl_freshness_read(&notary->freshness, sl_notary_own_trust(notary),
	        &note, INT64_MAX, NULL) != SL_OK)
		memset(&notary->freshness, 0, sizeof(notary->freshness));
}

enum sl_status
sl_notary_open(struct sl_notary *notary,
    const struct sl_notary_options *options, struct sl_error *damage,
    struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status;

	memset(notary, 0, sizeof(*notary));
	notary->options = *options;
	sl_sight_init(&notary->sight);
	status = sl_chain_init(&notary->chain, options->pin, err);
	if (status != SL_OK || options->meta < 0)
		return status;
	status = tell(sl_chain_load(&notary->chain, options->meta, &why), &why,
	    damage, err);
	if (status == SL_OK && options->is_offline)
		status = extend_chain(notary, err);
	if (status == SL_OK) {
		why = (struct sl_error){0};
		status = tell(
		    sl_sight_load(&notary->sight, sl_notary_own_trust(notary),
		        options->dataset, options->meta, &why),
		    &why, damage, err);
	}
	if (status == SL_OK)
		read_freshness(notary);
	return status;
}

static void
forget_response(struct sl_notary *notary)
{
	sl_sight_note_clear(&notary->next);
	memset(&notary->from, 0, sizeof(notary->from));
	notary->link_count = notary->moved_to = 0;
	notary->is_from_root = notary->has_consistency = false;
	notary->has_inclusion = notary->is_settled = false;
}

static void
drop_links(struct sl_notary *notary)
{
	while (notary->pending_count > 0)
		sl_chain_link_clear(&notary->links[--notary->pending_count]);
	free(notary->links);
	notary->links = NULL;
}

void
sl_notary_clear(struct sl_notary *notary)
{
	forget_response(notary);
	drop_links(notary);
	sl_sight_clear(&notary->sight);
	sl_trust_chain_clear(&notary->chain);
	sl_trust_chain_clear(&notary->own);
}

enum sl_status
sl_notary_ask(struct sl_notary *notary, struct sl_buf *path)
{
	const struct sl_sight_note *kept = &notary->sight.kept;
	bool is_known = kept->text.len > 0;

	forget_response(notary);
	return sl_buf_printf(path, "&known=%" PRIu64 "&epoch=%u&trust=%u",
	    is_known ? kept->checkpoint.tree.size : 0,
	    is_known ? kept->checkpoint.epoch : 1,
	    sl_trust_chain_known(&notary->chain));
}

static int
place(const struct sl_notary *notary)
{
	return notary->options.may_write ? notary->options.meta : -1;
}

/* -- trust files -- */

enum sl_status
sl_notary_take_trust(
    struct sl_notary *notary, struct sl_chain_link *link, struct sl_error *err)
{
	enum sl_status status = sl_chain_accept(&notary->chain, link, err);
	struct sl_chain_link *more;

	notary->link_count++;
	if (status != SL_OK || place(notary) < 0)
		return status;
	more =
	    sl_array_room(notary->links, notary->pending_count, sizeof(*more));
	if (more == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	notary->links = more;
	notary->links[notary->pending_count++] = *link;
	sl_chain_link_init(link, 0);
	return SL_OK;
}

/* The newest version is good for now: it and those before it stay. */
static enum sl_status
keep_links(struct sl_notary *notary, struct sl_error *err)
{
	const struct sl_trust_chain *chain = &notary->chain;
	enum sl_status status = SL_OK;

	if (place(notary) < 0)
		return SL_OK;
	for (size_t i = 0; status == SL_OK && i < notary->pending_count; i++)
		status = sl_chain_store(&notary->links[i], place(notary), err);
	if (status == SL_OK)
		status = sl_anchor_raise(notary->options.anchor,
		    notary->options.endpoint, chain, place(notary), err);
	drop_links(notary);
	return status;
}

/* No more versions come. */
static enum sl_status
finish_chain(struct sl_notary *notary, struct sl_error *err)
{
	const struct sl_trust_chain *chain = &notary->chain;
	enum sl_status status;

	if (notary->link_count >= SL_CHAIN_STEP_MAX)
		return sl_error_code(err, SL_ERR_CONFLICT, "trust_more",
		    "more versions of the trust file follow %u",
		    sl_trust_chain_version(chain));
	if (sl_trust_chain_version(chain) == 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_gap",
		    "the server does not send version %u of the trust file, "
		    "which is pinned",
		    chain->pin.version);
	status = sl_anchor_check(
	    notary->options.anchor, notary->options.endpoint, chain, err);
	if (status == SL_OK)
		status = sl_trust_check_time(
		    &chain->newest, notary->options.rule.now_us, err);
	return status == SL_OK ? keep_links(notary, err) : status;
}

/* -- the checkpoint -- */

/* Two statements that cannot both be true. */
static enum sl_status
contradict(struct sl_notary *notary, const struct sl_log_proof *proof,
    const char *why, struct sl_error *err)
{
	const struct sl_checkpoint *old = &notary->sight.kept.checkpoint;
	const struct sl_checkpoint *next = &notary->next.checkpoint;
	struct sl_evidence evidence = {{sl_buf_slice(&notary->sight.kept.text),
	                                   sl_buf_slice(&notary->next.text)},
	    proof != NULL, {0}};
	char name[SL_EVIDENCE_NAME_MAX] = "";
	char roots[2][SL_SEAL_ROOT_TEXT];
	struct sl_buf text;

	sl_buf_init(&text, SL_LOG_PROOF_TEXT_MAX);
	if (proof != NULL && sl_log_proof_format(&text, proof) == SL_OK)
		evidence.proof = sl_buf_slice(&text);
	if (place(notary) >= 0 &&
	    sl_evidence_keep(place(notary), &evidence, name, err) != SL_OK)
		name[0] = '\0';
	sl_buf_clear(&text);
	sl_seal_show_root(roots[0], &old->tree.root);
	sl_seal_show_root(roots[1], &next->tree.root);
	return sl_error_code(err, SL_ERR_INTEGRITY, "fork",
	    "the log signed two histories%s%.160s%s%s: %s (seen: size %" PRIu64
	    " root %s; now: size %" PRIu64 " root %s)",
	    name[0] == '\0' ? "" : ", kept as ",
	    name[0] == '\0' ? "" : notary->options.meta_dir,
	    name[0] == '\0' ? "" : "/", name, why, old->tree.size, roots[0],
	    next->tree.size, roots[1]);
}

static enum sl_status
go_back(const struct sl_notary *notary, uint64_t seen, struct sl_error *err)
{
	const struct sl_checkpoint *next = &notary->next.checkpoint;
	char root[SL_SEAL_ROOT_TEXT];

	sl_seal_show_root(root, &next->tree.root);
	return sl_error_code(err, SL_ERR_INTEGRITY, "rollback",
	    "the server's checkpoint has %" PRIu64 " batches (root %s), but "
	    "one with %" PRIu64 " was seen before",
	    next->tree.size, root, seen);
}

/* The same epoch as before. */
static enum sl_status
follow(struct sl_notary *notary, struct sl_error *err)
{
	const struct sl_log_tree *old = &notary->sight.kept.checkpoint.tree;
	const struct sl_log_tree *next = &notary->next.checkpoint.tree;

	if (next->size < old->size)
		return go_back(notary, old->size, err);
	if (next->size == old->size)
		return sl_log_hash_is(&next->root, &old->root)
		    ? SL_OK
		    : contradict(notary, NULL, "two roots for one size", err);
	notary->from = *old;
	return SL_OK;
}

/* The fewest batches that an epoch after `from`, up to `to`, began with. */
static uint32_t
least_start(const struct sl_trust *trust, const char *dataset, uint32_t from,
    uint32_t to)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < trust->epoch_count; i++) {
		const struct sl_trust_point *point = &trust->epochs[i];

		if (strcmp(point->dataset, dataset) == 0 &&
		    point->epoch > from && point->epoch <= to &&
		    point->size < least)
			least = point->size;
	}
	return least;
}

/* A later epoch than before: it goes on from what root said. */
static enum sl_status
change_epoch(struct sl_notary *notary, const struct sl_heads *heads,
    struct sl_error *err)
{
	const struct sl_trust *trust = &notary->chain.newest;
	const struct sl_checkpoint *next = &notary->next.checkpoint;
	const char *dataset = notary->options.dataset;
	const struct sl_trust_point *start =
	    sl_trust_epoch_start(trust, dataset, next->epoch);
	uint32_t least = least_start(
	    trust, dataset, notary->sight.kept.checkpoint.epoch, next->epoch);

	if (start == NULL || next->epoch < notary->sight.kept.checkpoint.epoch)
		return sl_error_code(err, SL_ERR_INTEGRITY, "epoch_unproven",
		    "epoch %u of the log was seen, and root says nothing of "
		    "how epoch %u began",
		    notary->sight.kept.checkpoint.epoch, next->epoch);
	if (next->tree.size < start->size)
		return go_back(notary, start->size, err);
	if (next->tree.size == start->size &&
	    memcmp(start->root, next->tree.root.bytes, sizeof(start->root)) !=
	        0)
		return sl_standing_refuse_start(
		    start, "the checkpoint of that size has another root", err);
	if (heads->count > least || heads->known > least) {
		notary->moved_to = least;
		return sl_error_code(err, SL_ERR_CONFLICT, "epoch_moved",
		    "root has put the log back to batch %u (trust file %u, "
		    "epoch %u)",
		    least, trust->version, next->epoch);
	}
	notary->is_from_root = true;
	if (next->tree.size > start->size) {
		notary->from.size = start->size;
		memcpy(
		    notary->from.root.bytes, start->root, sizeof(start->root));
	}
	return SL_OK;
}

static enum sl_status
check_witnesses(
    struct sl_notary *notary, const struct sl_note *note, struct sl_error *err)
{
	enum sl_status status = sl_freshness_read(&notary->next_freshness,
	    &notary->chain.newest, note, notary->options.rule.now_us, err);

	return status == SL_OK ? sl_freshness_check(&notary->next_freshness,
	                             &notary->options.rule, err)
	                       : status;
}

enum sl_status
sl_notary_take_checkpoint(struct sl_notary *notary, struct sl_slice text,
    const struct sl_heads *heads, struct sl_error *err)
{
	const struct sl_sight_note *kept = &notary->sight.kept;
	struct sl_note note;
	enum sl_status status = finish_chain(notary, err);

	if (status == SL_OK)
		status = sl_sight_note_set(&notary->next, text, err);
	if (status == SL_OK)
		status =
		    sl_note_parse(&note, sl_buf_slice(&notary->next.text), err);
	if (status == SL_OK)
		status = sl_seal_check_name(&notary->chain.newest,
		    notary->options.dataset, &notary->next.checkpoint, err);
	if (status == SL_OK)
		status = sl_seal_check_line(&notary->chain.newest,
		    &notary->next.checkpoint, &note, err);
	if (status == SL_OK)
		status = check_witnesses(notary, &note, err);
	if (status != SL_OK || kept->text.len == 0)
		return status;
	return kept->checkpoint.epoch == notary->next.checkpoint.epoch
	    ? follow(notary, err)
	    : change_epoch(notary, heads, err);
}

/* -- proofs -- */

static enum sl_status
bad_proof(struct sl_error *err, const char *name)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "head_invalid",
	    "head: '.sluice/%s' is not what comes next", name);
}

enum sl_status
sl_notary_take_consistency(
    struct sl_notary *notary, struct sl_slice text, struct sl_error *err)
{
	const struct sl_log_tree *next = &notary->next.checkpoint.tree;
	struct sl_log_proof proof;
	enum sl_status status;

	if (notary->from.size == 0 || notary->has_consistency)
		return bad_proof(err, "consistency");
	status = sl_log_proof_parse(&proof, text, err);
	if (status != SL_OK)
		return bad_proof(err, "consistency");
	status = sl_log_verify_consistency(&notary->from, next, &proof);
	notary->has_consistency = status == SL_OK;
	if (status == SL_OK)
		return SL_OK;
	if (notary->is_from_root)
		return sl_error_code(err, SL_ERR_INTEGRITY, "epoch_unproven",
		    "epoch %u of the log does not go on from the %" PRIu64
		    " batches that root named",
		    notary->next.checkpoint.epoch, notary->from.size);
	return contradict(
	    notary, &proof, "one does not continue the other", err);
}

enum sl_status
sl_notary_take_inclusion(
    struct sl_notary *notary, struct sl_slice text, struct sl_error *err)
{
	if (notary->next.text.len == 0 || notary->has_inclusion)
		return bad_proof(err, "inclusion");
	if (sl_log_inclusion_parse(&notary->inclusion, text, err) != SL_OK ||
	    notary->inclusion.index >= SL_SEQ_MAX)
		return bad_proof(err, "inclusion");
	notary->has_inclusion = true;
	return SL_OK;
}

/* -- the end of the log's members -- */

static enum sl_status
has_no_checkpoint(struct sl_notary *notary, const struct sl_heads *heads,
    struct sl_error *err)
{
	enum sl_status status = finish_chain(notary, err);

	if (status != SL_OK)
		return status;
	if (notary->sight.kept.text.len > 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "rollback",
		    "the server sends no checkpoint, but one with %" PRIu64
		    " batches was seen before",
		    notary->sight.kept.checkpoint.tree.size);
	if (heads->grant.seq > 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_checkpoint",
		    "the server says that batch %u is the newest, and sends no "
		    "checkpoint of the log",
		    heads->grant.seq);
	return SL_OK;
}

static enum sl_status
keep_checkpoint(struct sl_notary *notary, struct sl_error *err)
{
	const struct sl_checkpoint *old = &notary->sight.kept.checkpoint;
	const struct sl_checkpoint *next = &notary->next.checkpoint;
	enum sl_status status;

	/* Another server may know an older statement of the same. */
	if (notary->sight.kept.text.len > 0 && old->epoch == next->epoch &&
	    old->tree.size == next->tree.size && notary->freshness.has_time &&
	    notary->freshness.at_us >= notary->next_freshness.at_us)
		return SL_OK;
	status = sl_sight_keep(&notary->sight, sl_buf_slice(&notary->next.text),
	    place(notary), err);
	if (status == SL_OK)
		notary->freshness = notary->next_freshness;
	return status;
}

/* The grant is not signed: a release that is never to come would be a way to
 * withhold a batch for good.  Nobody sells a head start of two years. */
#define RELEASE_AHEAD_US (INT64_C(731) * 86400 * 1000000)

/* May the licence's class lack the newest batches? */
static enum sl_status
check_grant(const struct sl_notary *notary, const struct sl_grant *grant,
    struct sl_error *err)
{
	const struct sl_log_tree *tree = &notary->next.checkpoint.tree;
	int64_t late_us = notary->options.rule.now_us - SL_WITNESS_AHEAD_US;
	char root[SL_SEAL_ROOT_TEXT];

	sl_seal_show_root(root, &tree->root);
	if (grant->seq > tree->size)
		return sl_error_code(err, SL_ERR_INTEGRITY, "not_in_log",
		    "the server says that batch %u is the newest, and the "
		    "log's checkpoint has %" PRIu64 " (root %s)",
		    grant->seq, tree->size, root);
	if (grant->seq == tree->size ||
	    (grant->release_seq == grant->seq + 1 &&
	        grant->release_at_us > late_us &&
	        grant->release_at_us - late_us < RELEASE_AHEAD_US))
		return SL_OK;
	return sl_error_code(err, SL_ERR_INTEGRITY, "withheld",
	    "the log has %" PRIu64 " batches (root %s), the server hands out "
	    "%u and names no release within two years: it withholds batch %u",
	    tree->size, root, grant->seq, grant->seq + 1);
}

enum sl_status
sl_notary_settle(struct sl_notary *notary, const struct sl_heads *heads,
    struct sl_error *err)
{
	enum sl_status status;

	if (notary->is_settled)
		return SL_OK;
	if (notary->next.text.len == 0) {
		status = has_no_checkpoint(notary, heads, err);
		notary->is_settled = status == SL_OK;
		return status;
	}
	if (notary->from.size > 0 && !notary->has_consistency) {
		if (notary->is_from_root)
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "epoch_unproven",
			    "no proof that epoch %u of the log goes on from "
			    "the %" PRIu64 " batches that root named",
			    notary->next.checkpoint.epoch, notary->from.size);
		return contradict(
		    notary, NULL, "no proof that one continues the other", err);
	}
	status = keep_checkpoint(notary, err);
	if (status == SL_OK)
		status = check_grant(notary, &heads->grant, err);
	notary->is_settled = status == SL_OK;
	return status;
}

/* -- the batches -- */

static enum sl_status
no_proof(const struct sl_heads *heads, const char *what, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "not_in_log",
	    "the server sends %s that batch %zu is in the log", what,
	    heads->count);
}

enum sl_status
sl_notary_prove(struct sl_notary *notary, const struct sl_heads *heads,
    bool is_last, struct sl_error *err)
{
	const struct sl_log_inclusion *inclusion = &notary->inclusion;
	const struct sl_checkpoint *next = &notary->next.checkpoint;
	enum sl_status status;

	if (heads->count == 0)
		return SL_OK;
	if (!notary->has_inclusion)
		return no_proof(heads, "no proof", err);
	/* Some that it speaks of are still to come, and the caller asks for
	 * them; nothing comes after the last one, which is to be proven. */
	if (inclusion->index >= heads->count && !is_last)
		return SL_OK;
	if (inclusion->index + 1 != heads->count ||
	    inclusion->size != next->tree.size)
		return no_proof(heads, "a proof of another batch, not", err);
	status = sl_standing_check(
	    heads, heads->count, &next->tree, &inclusion->proof, err);
	if (status == SL_OK)
		status = sl_standing_check_start(heads, next->epoch, err);
	if (status == SL_OK && is_last)
		status = sl_standing_check_signers(heads, err);
	return status == SL_OK
	    ? sl_sight_prove(&notary->sight, inclusion, place(notary), err)
	    : status;
}

/* -- for people -- */

void
sl_notary_tell(const struct sl_notary *notary, struct sl_trust_state *out)
{
	const struct sl_sight *sight = &notary->sight;

	memset(out, 0, sizeof(*out));
	out->version = sl_trust_chain_version(&notary->chain);
	out->own_version = sl_notary_own_trust(notary)->version;
	out->expires_us = notary->chain.newest.expires_us;
	sl_chain_fingerprint(out->fingerprint, &notary->chain);
	out->pinned = notary->chain.pin.version;
	out->has_checkpoint = sight->kept.text.len > 0;
	out->checkpoint = sight->kept.checkpoint;
	out->proven = sl_sight_proven(sight);
	out->freshness = notary->freshness;
}
