/* The log signer and the witness.
 *
 * The signer turns sealed publications into leaves: it keeps, per dataset and
 * epoch, the last tree it signed in `<home>/log/<dataset>.<epoch>`, fsynced
 * before any signature leaves the process, so that it never signs two roots
 * for one size.  Tiles go into the objects folder.  The witness keeps the last
 * tree it saw in `<home>/witness/<dataset>.<epoch>` and cosigns only what is
 * consistent with it.  Both may run under users and logins of their own.
 *
 * Both believe root, not the database: a home is told a fingerprint of root
 * keys once, by the ceremony that was held in it or by `root` below, and keeps
 * it with the newest trust file that it has seen in `<home>/trust.pin`,
 * fsynced. A trust file of the database counts if the chain of root signatures
 * leads to it from there.  Blocking. */
#ifndef SLUICE_PUBLISH_LOG_H
#define SLUICE_PUBLISH_LOG_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/trust.h"
#include "sluice/crypto/key.h"
#include "sluice/objects/objects.h"

struct sl_db;

/* Where a run may be made to stop, for tests. */
enum sl_log_step {
	SL_LOG_CHECK, /* leaf and state are checked */
	SL_LOG_TILES, /* tiles are written */
	SL_LOG_STATE, /* state is written, nothing is signed */
	SL_LOG_SIGN,  /* signed, the database does not know */
	SL_LOG_STORE, /* sealed has become logged */
	SL_LOG_SHOW,  /* to the end */
};

/* Everything is borrowed. */
struct sl_log_options {
	struct sl_db *db;
	struct sl_objects *objects;
	const char *home;
	const char *root; /* fingerprint "SHA256:…" to trust, or NULL */
	const struct sl_sign_key *key;
	/* The witness's, if this program is the witness too; else NULL. */
	const struct sl_sign_key *witness_key;
	const char *dataset; /* NULL: all that have a log or a sealed batch */
	enum sl_log_step stop_after;
};

/* Log what is sealed, begin what epochs the trust file says, and show what as
 * many witnesses have cosigned as the trust file wants.  *out is {"shown":
 * [batches as the batches page has them],"waiting":[{"dataset","seq",
 * "witnesses","threshold"}]}; the caller owns it, also on failure, unless it
 * is NULL.  One log's failure does not stop the others; the first is returned.
 * SL_ERR_STATE: no_trust, no_root (the home was told none), log_state_missing,
 * log_state_ahead (the database was rolled back); SL_ERR_CONFLICT: log_busy,
 * log_forked; SL_ERR_INTEGRITY: bad_leaf, bad_tiles, fork, epoch_unproven,
 * wrong_log, unknown_key, bad_signature …, and pin_damaged, trust_mismatch,
 * trust_rollback, trust_gap, trust_threshold of the trust files; SL_ERR_DENIED:
 * not_a_log_key. */
SL_MUST_CHECK enum sl_status sl_log_run(
    json_t **out, const struct sl_log_options *options, struct sl_error *err);

/* Make the state from the database's last checkpoint, after checking that it
 * is signed by this key and that the tiles have its root.  SL_ERR_EXISTS if
 * there is a state already. */
SL_MUST_CHECK enum sl_status sl_log_adopt(
    json_t **out, const struct sl_log_options *options, struct sl_error *err);

/* What state and database know: an array of {"dataset","epoch","size" (signed
 * last, null without a state),"logged" (in the database),"visible","pending"
 * (state of a batch that waits, or null),"witnesses","threshold"}. */
SL_MUST_CHECK enum sl_status sl_log_status(
    json_t **out, const struct sl_log_options *options, struct sl_error *err);

/* Everything is borrowed. */
struct sl_witness_options {
	struct sl_db *db;
	struct sl_objects *objects;
	const char *home;
	const char *root; /* as above */
	const struct sl_sign_key *key;
	const char *dataset; /* NULL: all that have a checkpoint */
};

/* Cosign the newest checkpoints; *out is an array of {"dataset","epoch",
 * "size","time"}.  SL_ERR_INTEGRITY: fork, rollback, checkpoint_unsigned, …;
 * then nothing more is cosigned for that dataset, the others go on, and the
 * first failure is returned. */
SL_MUST_CHECK enum sl_status sl_witness_run(json_t **out,
    const struct sl_witness_options *options, struct sl_error *err);

/* What a home that holds the ceremony begins with.  SL_ERR_EXISTS, code
 * root_pinned, if it trusts a root already. */
SL_MUST_CHECK enum sl_status sl_log_need_no_pin(
    const char *home, struct sl_error *err);
/* `text` are the bytes of `trust`, which the caller has checked. */
SL_MUST_CHECK enum sl_status sl_log_pin(const char *home,
    const struct sl_trust *trust, struct sl_slice text, struct sl_error *err);

#endif /* SLUICE_PUBLISH_LOG_H */
