/* Making a batch: the state machine of one publication per dataset.
 *
 * reserved -> signed -> sealed -> logged -> visible; what is not sealed may be
 * abandoned, what is sealed can only be logged (store/log.h) and shown.  Every
 * call may be repeated after a crash: it answers with the state that is there.
 * The publisher is the session's login; while one session works on a dataset, a
 * second one gets SL_ERR_CONFLICT with code publication_busy (the lock goes
 * with the connection).  Blocking. */
#ifndef SLUICE_STORE_PUBLICATION_H
#define SLUICE_STORE_PUBLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/uuid.h"
#include "sluice/store/reply.h"

enum sl_publication_state {
	SL_PUBLICATION_RESERVED,
	SL_PUBLICATION_SIGNED,
	SL_PUBLICATION_SEALED,
	SL_PUBLICATION_LOGGED,
	SL_PUBLICATION_VISIBLE,
	SL_PUBLICATION_ABANDONED,
};

struct sl_publication {
	struct sl_uuid id;
	uint32_t seq;
	enum sl_publication_state state;
	int64_t published_us;    /* whole seconds */
	char previous[65];       /* sha256 of manifest seq - 1, hex */
	char content_digest[65]; /* what it was reserved for */
	uint32_t next_number;    /* of the first episode to be added */
	bool resumed;            /* it was there already */
};

/* Reserve the next seq, or find the open publication again, whatever
 * content_digest (sha256, hex; the caller's choice of what) it was made for:
 * the caller compares, and abandons or completes it. */
SL_MUST_CHECK enum sl_status sl_store_publication_reserve(
    struct sl_publication *out, struct sl_db *db, const char *dataset,
    const char *content_digest, struct sl_error *err);

/* Reserved, its objects written, its manifest on the way to a machine that
 * signs: it is abandoned only on purpose.  publication_list() says "waits". */
SL_MUST_CHECK enum sl_status sl_store_publication_wait(
    struct sl_db *db, const struct sl_uuid *id, struct sl_error *err);

/* reserved -> signed: objects and signature lie fsynced in the objects
 * folder. */
SL_MUST_CHECK enum sl_status sl_store_publication_sign(
    struct sl_publication *out, struct sl_db *db, const struct sl_uuid *id,
    struct sl_error *err);

struct sl_seal {
	struct sl_slice manifest;
	struct sl_slice minisig;
	struct sl_slice index; /* index.json, checked against the manifest */
	/* Array, one per episode of the index that is added or revised:
	 * {"number":12,"site":"lab","key":"episode_000012","digest":"hex"} */
	const json_t *identities;
	/* {"manifest.minisig":[bytes,"sha256"],"pack.tar.zst":[bytes,"sha256"]};
	 * the others are in the manifest. */
	const json_t *objects;
	/* {"early":"2026-11-21T01:15:00Z"}: when each class of licences gets
	 * it; NULL: all at once.  SL_ERR_INVALID, code bad_release or
	 * release_retracts. */
	const json_t *release;
};

/* signed -> sealed.  Checks everything it can: header against the reservation,
 * hashes, numbers, revisions, kept segments, chunk table against pack size, the
 * signature's key id among the publisher's active keys.  SL_ERR_INTEGRITY,
 * code bad_batch.  A publication that is sealed with the same bytes is
 * SL_OK. */
SL_MUST_CHECK enum sl_status sl_store_publication_seal(
    struct sl_publication *out, struct sl_db *db, const struct sl_uuid *id,
    const struct sl_seal *seal, struct sl_error *err);

/* logged -> visible, in one transaction with checkpoint, events and NOTIFY;
 * SL_ERR_STATE, code publication_not_logged.  For its publisher, and for the
 * log signer.  *out is the batch as the batches page shows it. */
SL_MUST_CHECK enum sl_status sl_store_publication_show(json_t **out,
    struct sl_db *db, const struct sl_uuid *id, struct sl_error *err);

/* reserved or signed -> abandoned; SL_ERR_STATE, code publication_sealed. */
SL_MUST_CHECK enum sl_status sl_store_publication_abandon(struct sl_db *db,
    const struct sl_uuid *id, const char *reason, struct sl_error *err);

/* The publications of a dataset, newest first. */
SL_MUST_CHECK enum sl_status sl_store_publication_list(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err);

/* Mark a retracted episode as erased (never sent again from here on) and say
 * what is to be zeroed: {"segments":[{"seq","publication","ordinal",
 * "pack_offset","stored_bytes"}]}.  SL_ERR_STATE, code not_retracted.  Repeat
 * until the bytes are gone, then erase_done. */
SL_MUST_CHECK enum sl_status sl_store_erase(json_t **out, struct sl_db *db,
    const char *dataset, uint32_t number, const char *reason,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_erase_done(struct sl_db *db,
    const char *dataset, uint32_t number, struct sl_error *err);

/* ---- keys ---- */

/* `public_key` is the base64 line of the .pub file ("RW…"). */
SL_MUST_CHECK enum sl_status sl_store_key_register(json_t **out,
    struct sl_db *db, const char *public_key, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_key_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

#endif /* SLUICE_STORE_PUBLICATION_H */
