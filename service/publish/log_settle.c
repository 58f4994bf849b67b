#include <stdlib.h>
#include <string.h>

#include "sluice/crypto/minisig.h"

#include "log_signer.h"

enum sl_status
signer_init(struct signer *signer, const struct sl_log_options *options,
    const struct sl_trust *trust, const char *dataset, struct sl_error *err)
{
	*signer = (struct signer){.options = options,
	    .trust = trust,
	    .dataset = dataset,
	    .epoch = sl_trust_epoch(trust, dataset),
	    .state = {.lock_fd = -1},
	    .tiles = calloc(1, sizeof(struct log_tiles)),
	    .err = err};
	return signer->tiles == NULL ? SL_ERR_NOMEM : SL_OK;
}

void
signer_clear(struct signer *signer)
{
	sl_log_pending_free(signer->pending, signer->pending_count);
	log_head_clear(&signer->head);
	log_state_close(&signer->state);
	free(signer->tiles);
}

bool
signer_stops_after(struct signer *signer, enum sl_log_step step)
{
	if (signer->options->stop_after == step)
		signer->stopped = true;
	return signer->stopped;
}

/* ---- reading what there is ---- */

static enum sl_status
read_state(struct signer *signer)
{
	enum sl_status status =
	    log_state_read(&signer->state, signer->epoch, signer->err);

	if (status != SL_OK || !signer->state.has)
		return status;
	status = sl_checkpoint_parse(
	    &signer->last, sl_buf_slice(&signer->state.text), signer->err);
	if (status != SL_OK)
		return sl_error_prefix(
		    signer->err, status, "%s", signer->state.path);
	if (strcmp(signer->last.origin, signer->trust->origin) != 0 ||
	    strcmp(signer->last.dataset, signer->dataset) != 0 ||
	    signer->last.epoch != signer->epoch)
		return sl_error_code(signer->err, SL_ERR_INTEGRITY, "wrong_log",
		    "%s is the state of another log", signer->state.path);
	signer->has_signed = true;
	return SL_OK;
}

/* The database is asked only under the lock. */
enum sl_status
signer_load(struct signer *signer)
{
	const struct sl_log_options *options = signer->options;
	enum sl_status status;

	status = log_state_open(
	    &signer->state, options->home, "log", signer->dataset, signer->err);
	if (status == SL_OK)
		status = read_state(signer);
	if (status == SL_OK)
		status = log_head_load(&signer->head, options->db,
		    signer->trust, signer->dataset, signer->err);
	if (status == SL_OK)
		status = sl_store_log_pending(&signer->pending,
		    &signer->pending_count, options->db, signer->dataset,
		    signer->err);
	if (status == SL_OK && signer->pending_count > 1)
		status = sl_error_set(signer->err, SL_ERR_INTEGRITY,
		    "%s has two open publications", signer->dataset);
	return status;
}

bool
signer_has_pending(
    const struct signer *signer, enum sl_publication_state state, uint64_t seq)
{
	return signer->pending_count == 1 &&
	    signer->pending[0].state == state &&
	    (seq == 0 || signer->pending[0].seq == seq);
}

bool
signer_has_head(const struct signer *signer)
{
	return signer->head.has &&
	    signer->head.checkpoint.epoch == signer->epoch;
}

/* ---- signing ---- */

/* The state is on the disk before the signature is anywhere.  Ed25519 is
 * deterministic: after a crash the same body has the same signature. */
enum sl_status
signer_remember(struct signer *signer, const struct sl_log_tree *tree)
{
	struct sl_buf body;
	enum sl_status status;

	signer->last =
	    (struct sl_checkpoint){.epoch = signer->epoch, .tree = *tree};
	memcpy(signer->last.origin, signer->trust->origin,
	    sizeof(signer->last.origin));
	memcpy(
	    signer->last.dataset, signer->dataset, strlen(signer->dataset) + 1);
	sl_buf_init(&body, SL_CHECKPOINT_BODY_MAX);
	status = sl_checkpoint_format(&body, &signer->last, signer->err);
	if (status == SL_OK)
		status = log_state_write(
		    &signer->state, sl_buf_slice(&body), signer->err);
	sl_buf_clear(&body);
	signer->has_signed = status == SL_OK;
	return status;
}

/* Sign what is remembered and tell the database. */
enum sl_status
signer_sign(struct signer *signer, const struct sl_uuid *publication)
{
	struct sl_log_signed checkpoint = {
	    .epoch = signer->epoch, .size = signer->last.tree.size};
	struct sl_publication told;
	struct sl_buf note;
	struct sl_buf minisig;
	enum sl_status status;

	memcpy(checkpoint.root, signer->last.tree.root.bytes,
	    sizeof(checkpoint.root));
	sl_buf_init(&note, SL_NOTE_BYTES_MAX);
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	status = sl_checkpoint_sign(
	    &note, &minisig, &signer->last, signer->options->key, signer->err);
	checkpoint.note = sl_buf_slice(&note);
	checkpoint.minisig = sl_buf_slice(&minisig);
	if (status == SL_OK && !signer_stops_after(signer, SL_LOG_SIGN))
		status = sl_store_publication_log(&told, signer->options->db,
		    publication, &checkpoint, signer->err);
	sl_buf_clear(&note);
	sl_buf_clear(&minisig);
	return status;
}

/* A key that is new in the trust file signs what the one before it had signed,
 * so that the old one may leave. */
enum sl_status
signer_sign_again(struct signer *signer)
{
	const struct sl_checkpoint *told = &signer->head.checkpoint;
	struct sl_log_again again = {
	    .dataset = signer->dataset, .epoch = signer->epoch};
	size_t body = signer->head.note.body.len + 1;
	char name[SL_CHECKPOINT_NAME_MAX];
	struct sl_verify_key half;
	struct sl_buf note;
	struct sl_buf minisig;
	enum sl_status status;

	sl_sign_key_public(signer->options->key, &half);
	sl_checkpoint_name(name, told);
	if (!signer_has_head(signer) || !signer->has_signed ||
	    signer->last.tree.size != told->tree.size ||
	    !sl_log_hash_is(&signer->last.tree.root, &told->tree.root) ||
	    sl_note_check(&signer->head.note, name, &half) == SL_OK)
		return SL_OK;
	sl_buf_init(&note, SL_NOTE_BYTES_MAX);
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	status = sl_checkpoint_sign(
	    &note, &minisig, &signer->last, signer->options->key, signer->err);
	if (status == SL_OK) {
		again.size = told->tree.size;
		memcpy(again.root, told->tree.root.bytes, sizeof(again.root));
		again.line = sl_slice_of(note.data + body, note.len - body);
		again.minisig = sl_buf_slice(&minisig);
		status = sl_store_checkpoint_sign(
		    signer->options->db, &again, signer->err);
	}
	sl_buf_clear(&note);
	sl_buf_clear(&minisig);
	return status;
}

/* ---- what was signed before, and what the database says ---- */

static enum sl_status
check_ahead(struct signer *signer)
{
	uint64_t told =
	    signer_has_head(signer) ? signer->head.checkpoint.tree.size : 0;
	uint64_t size = signer->last.tree.size;

	/* A crash between signing and telling leaves one leaf, or the begin of
	 * an epoch. */
	if (size == told + 1 &&
	    signer_has_pending(signer, SL_PUBLICATION_SEALED, size))
		return SL_OK;
	if (told == 0 && signer->head.has &&
	    signer->head.checkpoint.tree.size == size)
		return signer_sign(signer, &signer->head.publication);
	return sl_error_code(signer->err, SL_ERR_STATE, "log_state_ahead",
	    "the log of %s was signed with %llu leaves, the database knows of "
	    "%llu: it was rolled back",
	    signer->dataset, (unsigned long long)size,
	    (unsigned long long)told);
}

/* Another signer went on: its checkpoint must be the log's own and continue
 * what is remembered here. */
static enum sl_status
catch_up(struct signer *signer)
{
	const struct sl_log_tree *told = &signer->head.checkpoint.tree;
	struct sl_log_range range;
	enum sl_status status =
	    log_head_check(&signer->head, signer->trust, signer->err);

	log_tiles_init(signer->tiles, signer->options->objects, signer->dataset,
	    signer->epoch, told->size);
	if (status == SL_OK)
		status =
		    log_tiles_check(signer->tiles, told, &range, signer->err);
	if (status == SL_OK)
		status = log_tiles_check_growth(
		    signer->tiles, &signer->last.tree, told, signer->err);
	return status == SL_OK ? signer_remember(signer, told) : status;
}

/* The tree goes on from where root says; its files are copied. */
static enum sl_status
begin_epoch(struct signer *signer)
{
	const struct sl_trust_point *start =
	    sl_trust_epoch_start(signer->trust, signer->dataset, signer->epoch);
	const struct sl_checkpoint *old = &signer->head.checkpoint;
	struct sl_log_range range;
	enum sl_status status;

	if (start == NULL || !signer->head.has ||
	    start->size != old->tree.size ||
	    memcmp(start->root, old->tree.root.bytes, SL_LOG_HASH_BYTES) != 0)
		return sl_error_code(signer->err, SL_ERR_INTEGRITY,
		    "epoch_unproven",
		    "the trust file begins epoch %u of %s at another size or "
		    "root than the log has",
		    signer->epoch, signer->dataset);
	log_tiles_init(signer->tiles, signer->options->objects, signer->dataset,
	    signer->epoch, old->tree.size);
	status = log_tiles_copy(signer->tiles, old->epoch, signer->err);
	if (status == SL_OK)
		status = log_tiles_check(
		    signer->tiles, &old->tree, &range, signer->err);
	if (status == SL_OK)
		status = signer_remember(signer, &old->tree);
	return status == SL_OK ? signer_sign(signer, &signer->head.publication)
	                       : status;
}

/* Without a state: nothing was ever signed in this epoch, or it is lost. */
static enum sl_status
settle_new(struct signer *signer)
{
	if (signer_has_head(signer))
		return sl_error_code(signer->err, SL_ERR_STATE,
		    "log_state_missing",
		    "the log of %s has %llu leaves, but here is no state of "
		    "it",
		    signer->dataset,
		    (unsigned long long)signer->head.checkpoint.tree.size);
	if (signer->epoch > 1 && signer->head.has)
		return begin_epoch(signer);
	if (signer->epoch > 1 || signer->head.has)
		return sl_error_code(signer->err, SL_ERR_INTEGRITY,
		    "epoch_unproven",
		    "the trust file and the log of %s are in different epochs",
		    signer->dataset);
	return SL_OK;
}

/* Bring state and database together before anything new is signed. */
enum sl_status
signer_settle(struct signer *signer)
{
	const struct sl_checkpoint *told = &signer->head.checkpoint;

	if (signer->head.has && told->epoch > signer->epoch)
		return sl_error_code(signer->err, SL_ERR_INTEGRITY,
		    "epoch_unproven",
		    "the log of %s is in epoch %u, the trust file in %u",
		    signer->dataset, told->epoch, signer->epoch);
	if (!signer->has_signed)
		return settle_new(signer);
	if (!signer_has_head(signer) ||
	    told->tree.size < signer->last.tree.size)
		return check_ahead(signer);
	if (told->tree.size > signer->last.tree.size)
		return catch_up(signer);
	if (!sl_log_hash_is(&told->tree.root, &signer->last.tree.root))
		return sl_error_code(signer->err, SL_ERR_CONFLICT, "log_forked",
		    "the database has another root of %s at %llu leaves than "
		    "was signed here",
		    signer->dataset, (unsigned long long)told->tree.size);
	return SL_OK;
}
