/* The log signer at work on one log: what was signed before and what the
 * database says are brought together (log_settle.c), then the sealed batch
 * becomes a leaf and is shown (log_signer.c). */
#ifndef SL_PUBLISH_LOG_SIGNER_H
#define SL_PUBLISH_LOG_SIGNER_H

#include "sluice/publish/log.h"
#include "sluice/store/log.h"

#include "log_head.h"
#include "log_state.h"
#include "log_tiles.h"

/* One log while its lock is held. */
struct signer {
	const struct sl_log_options *options;
	const struct sl_trust *trust;
	const char *dataset;
	json_t *out;
	uint32_t epoch; /* the newest that root has spoken of */
	struct log_state state;
	bool has_signed; /* `last` is what was signed last in this epoch */
	struct sl_checkpoint last;
	struct log_head head;
	struct sl_log_pending *pending; /* at most one */
	size_t pending_count;
	struct log_tiles *tiles;
	bool stopped;
	struct sl_error *err;
};

/* Begin with this; clear in any case. */
SL_MUST_CHECK enum sl_status signer_init(struct signer *signer,
    const struct sl_log_options *options, const struct sl_trust *trust,
    const char *dataset, struct sl_error *err);
void signer_clear(struct signer *signer);

/* Take the lock; read state, checkpoint and what is pending. */
SL_MUST_CHECK enum sl_status signer_load(struct signer *signer);

/* Bring state and database together before anything new is signed. */
SL_MUST_CHECK enum sl_status signer_settle(struct signer *signer);

/* The tree is the one to sign: into the state, durably. */
SL_MUST_CHECK enum sl_status signer_remember(
    struct signer *signer, const struct sl_log_tree *tree);

/* Sign what is remembered and tell the database. */
SL_MUST_CHECK enum sl_status signer_sign(
    struct signer *signer, const struct sl_uuid *publication);

/* Give the database's newest checkpoint the line of our key that it lacks.  It
 * is of the tree that is remembered, so one more signature makes no second
 * root.  SL_ERR_LIMIT, code too_many_keys. */
SL_MUST_CHECK enum sl_status signer_sign_again(struct signer *signer);

/* All of it; `out` is sl_log_run()'s. */
SL_MUST_CHECK enum sl_status signer_run(json_t *out,
    const struct sl_log_options *options, const struct sl_trust *trust,
    const char *dataset, struct sl_error *err);

/* `seq` 0: any. */
bool signer_has_pending(
    const struct signer *signer, enum sl_publication_state state, uint64_t seq);
/* The database's checkpoint is of the epoch that the trust file says. */
bool signer_has_head(const struct signer *signer);
bool signer_stops_after(struct signer *signer, enum sl_log_step step);

#endif /* SL_PUBLISH_LOG_SIGNER_H */
