#include "log_signer.h"

#include <string.h>

#include "log_leaf.h"
#include "log_trust.h"
#include "witness.h"

/* ---- one more leaf ---- */

static enum sl_status
forked(struct signer *signer, uint64_t size)
{
	return sl_error_code(signer->err, SL_ERR_CONFLICT, "log_forked",
	    "another log of %s with %llu leaves was signed before; nothing is "
	    "signed",
	    signer->dataset, (unsigned long long)size);
}

/* The tree with the pending leaf, checked against what was signed before. */
static enum sl_status
grow(struct signer *signer, struct sl_log_tree *tree)
{
	const struct sl_log_pending *pending = &signer->pending[0];
	struct sl_log_tree before = {0};
	struct sl_log_reader reader =
	    sl_tile_source_reader(&signer->tiles->source);
	struct sl_log_range range;
	struct sl_log_hash leaf;
	bool is_again =
	    signer->has_signed && signer->last.tree.size == pending->seq;
	enum sl_status status;

	before.size = pending->seq - 1;
	status = sl_log_read_range(&range, before.size, &reader, signer->err);
	if (status == SL_OK)
		status = sl_log_range_root(&before.root, &range);
	if (status == SL_OK && signer->has_signed && !is_again &&
	    !sl_log_hash_is(&before.root, &signer->last.tree.root))
		return sl_error_code(signer->err, SL_ERR_INTEGRITY, "bad_tiles",
		    "the stored tiles of the log of %s have not the root that "
		    "was signed",
		    signer->dataset);
	if (status == SL_OK)
		status =
		    sl_log_hash_leaf(&leaf, sl_buf_slice(&pending->manifest));
	if (status == SL_OK)
		status = sl_log_range_append(&range, &leaf);
	tree->size = range.size;
	if (status == SL_OK)
		status = sl_log_range_root(&tree->root, &range);
	if (status == SL_OK && is_again &&
	    !sl_log_hash_is(&tree->root, &signer->last.tree.root))
		return forked(signer, tree->size);
	return status;
}

/* Root says that the log up to and with this leaf is good. */
static bool
is_vouched(const struct signer *signer, const struct sl_log_tree *tree)
{
	const struct sl_trust_point *vouch =
	    sl_trust_vouch(signer->trust, signer->dataset, signer->epoch);

	return vouch != NULL && vouch->size == tree->size &&
	    memcmp(vouch->root, tree->root.bytes, SL_LOG_HASH_BYTES) == 0;
}

static enum sl_status
check_leaf(struct signer *signer, struct sl_log_tree *tree)
{
	unsigned char previous[32];
	struct log_leaf leaf = {
	    .pending = &signer->pending[0], .previous = previous};
	enum sl_status status = grow(signer, tree);

	if (status == SL_OK)
		status = log_tiles_last(signer->tiles, previous, signer->err);
	if (status != SL_OK)
		return status;
	leaf.is_vouched = is_vouched(signer, tree);
	return log_leaf_check(&leaf, signer->trust, signer->err);
}

static enum sl_status
append(struct signer *signer)
{
	const struct sl_log_pending *pending = &signer->pending[0];
	uint64_t size = signer->has_signed ? signer->last.tree.size : 0;
	struct sl_log_tree tree;
	enum sl_status status;

	if (size != pending->seq && size + 1 != pending->seq)
		return sl_error_code(signer->err, SL_ERR_STATE,
		    "log_state_ahead", "batch %u of %s comes after %llu leaves",
		    pending->seq, signer->dataset, (unsigned long long)size);
	log_tiles_init(signer->tiles, signer->options->objects, signer->dataset,
	    signer->epoch, (uint64_t)pending->seq - 1);
	status = check_leaf(signer, &tree);
	if (status != SL_OK || signer_stops_after(signer, SL_LOG_CHECK))
		return status;
	status = log_tiles_append(
	    signer->tiles, sl_buf_slice(&pending->manifest), signer->err);
	if (status != SL_OK || signer_stops_after(signer, SL_LOG_TILES))
		return status;
	status = signer_remember(signer, &tree);
	if (status != SL_OK || signer_stops_after(signer, SL_LOG_STATE))
		return status;
	status = signer_sign(signer, &pending->publication);
	if (status == SL_OK)
		(void)signer_stops_after(signer, SL_LOG_STORE);
	return status;
}

/* ---- showing ---- */

static enum sl_status
add_waiting(struct signer *signer, size_t witness_count)
{
	if (json_array_append_new(json_object_get(signer->out, "waiting"),
	        json_pack("{s:s, s:I, s:I, s:I}", "dataset", signer->dataset,
	            "seq", (json_int_t)signer->pending[0].seq, "witnesses",
	            (json_int_t)witness_count, "threshold",
	            (json_int_t)signer->trust->witness_threshold)) != 0)
		return SL_ERR_NOMEM;
	return SL_OK;
}

static enum sl_status
show(struct signer *signer)
{
	json_t *shown = NULL;
	enum sl_status status = sl_store_publication_show(&shown,
	    signer->options->db, &signer->pending[0].publication, signer->err);

	if (status != SL_OK)
		return status;
	if (json_array_append_new(
	        json_object_get(signer->out, "shown"), shown) != 0)
		return SL_ERR_NOMEM;
	return SL_OK;
}

/* A key that root does not name, or no more, is as good as none. */
static bool
may_witness(const struct signer *signer)
{
	const struct sl_sign_key *key = signer->options->witness_key;

	return key != NULL &&
	    log_trust_need(signer->trust, SL_TRUST_WITNESS, key, "", NULL) ==
	    SL_OK;
}

/* Customers refuse what is not witnessed, so it waits. */
static enum sl_status
show_witnessed(struct signer *signer)
{
	const struct sl_log_options *options = signer->options;
	const struct sl_witness_options witness = {.db = options->db,
	    .objects = options->objects,
	    .home = options->home,
	    .key = options->witness_key,
	    .dataset = signer->dataset};
	json_t *cosigned = json_array();
	size_t count;
	enum sl_status status = cosigned == NULL ? SL_ERR_NOMEM : SL_OK;

	if (status == SL_OK && may_witness(signer))
		status = witness_dataset(cosigned, &witness, signer->trust,
		    signer->dataset, signer->err);
	json_decref(cosigned);
	if (status != SL_OK)
		return status;
	log_head_clear(&signer->head);
	status = log_head_load(&signer->head, options->db, signer->trust,
	    signer->dataset, signer->err);
	if (status != SL_OK)
		return status;
	count = log_head_count_witnesses(&signer->head, signer->trust);
	if (count < signer->trust->witness_threshold)
		return add_waiting(signer, count);
	return show(signer);
}

/* The database has room for few keys over one checkpoint; the batch that waits
 * brings another, so it must not wait for that room. */
static enum sl_status
sign_again(struct signer *signer)
{
	enum sl_status status = signer_sign_again(signer);

	if (status == SL_ERR_LIMIT &&
	    signer_has_pending(signer, SL_PUBLICATION_SEALED, 0))
		return SL_OK;
	return status;
}

static enum sl_status
run_loaded(struct signer *signer)
{
	enum sl_status status = signer_settle(signer);

	if (status == SL_OK)
		status = sign_again(signer);
	if (status == SL_OK && !signer->stopped &&
	    signer_has_pending(signer, SL_PUBLICATION_SEALED, 0))
		status = append(signer);
	if (status != SL_OK || signer->stopped || signer->pending_count == 0)
		return status;
	return show_witnessed(signer);
}

enum sl_status
signer_run(json_t *out, const struct sl_log_options *options,
    const struct sl_trust *trust, const char *dataset, struct sl_error *err)
{
	struct signer signer;
	enum sl_status status =
	    signer_init(&signer, options, trust, dataset, err);

	signer.out = out;
	if (status == SL_OK)
		status = signer_load(&signer);
	if (status == SL_OK)
		status = run_loaded(&signer);
	signer_clear(&signer);
	return status;
}
