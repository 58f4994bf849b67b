#include "seal.h"

#include <inttypes.h>
#include <string.h>

void
sl_seal_show_root(char out[SL_SEAL_ROOT_TEXT], const struct sl_log_hash *root)
{
	sl_base64_encode(out, root->bytes, sizeof(root->bytes));
}

static enum sl_status
check_epoch(const struct sl_trust *trust, const char *dataset,
    const struct sl_checkpoint *checkpoint, struct sl_error *err)
{
	uint32_t stated = sl_trust_epoch(trust, dataset);

	if (checkpoint->epoch < stated)
		return sl_error_code(err, SL_ERR_INTEGRITY, "wrong_log",
		    "the checkpoint is of epoch %u of the log, which root has "
		    "ended (trust file %u, now epoch %u)",
		    checkpoint->epoch, trust->version, stated);
	if (checkpoint->epoch > stated)
		return sl_error_code(err, SL_ERR_INTEGRITY, "epoch_unproven",
		    "the checkpoint is of epoch %u of the log, and the newest "
		    "trust file (version %u) says epoch %u",
		    checkpoint->epoch, trust->version, stated);
	return SL_OK;
}

enum sl_status
sl_seal_check_name(const struct sl_trust *trust, const char *dataset,
    const struct sl_checkpoint *checkpoint, struct sl_error *err)
{
	if (strcmp(checkpoint->origin, trust->origin) != 0 ||
	    strcmp(checkpoint->dataset, dataset) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "wrong_log",
		    "the checkpoint is of %.80s/%s, not of %.80s/%s",
		    checkpoint->origin, checkpoint->dataset, trust->origin,
		    dataset);
	if (checkpoint->tree.size > SL_SEQ_MAX)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_checkpoint",
		    "the checkpoint is of %" PRIu64
		    " batches, more than a dataset can have",
		    checkpoint->tree.size);
	return check_epoch(trust, dataset, checkpoint, err);
}

/* Did one of the revoked keys sign it? */
static const struct sl_trust_revocation *
find_revoked(const struct sl_trust *trust, const struct sl_note *note,
    const struct sl_checkpoint *checkpoint)
{
	for (size_t i = 0; i < trust->revoked_count; i++) {
		if (sl_checkpoint_check_log(checkpoint, note,
		        &trust->revoked[i].key, 1, NULL, NULL) == SL_OK)
			return &trust->revoked[i];
	}
	return NULL;
}

enum sl_status
sl_seal_check_line(const struct sl_trust *trust,
    const struct sl_checkpoint *checkpoint, const struct sl_note *note,
    struct sl_error *err)
{
	const struct sl_trust_key *live[SL_TRUST_KEYS_MAX];
	struct sl_verify_key keys[SL_TRUST_KEYS_MAX];
	size_t count = sl_trust_live_keys(live, trust, SL_TRUST_LOG);
	const struct sl_trust_revocation *revoked;
	char id[SL_KEY_ID_TEXT_LEN + 1];
	enum sl_status status;

	for (size_t i = 0; i < count; i++)
		keys[i] = live[i]->key;
	status =
	    sl_checkpoint_check_log(checkpoint, note, keys, count, NULL, err);
	if (status == SL_OK)
		return SL_OK;
	revoked = find_revoked(trust, note, checkpoint);
	if (revoked == NULL)
		return status;
	sl_verify_key_format_id(id, &revoked->key);
	return sl_error_code(err, SL_ERR_INTEGRITY, "revoked_key",
	    "the checkpoint is signed by key %s, which is revoked (%s)", id,
	    revoked->reason);
}
