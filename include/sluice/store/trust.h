/* The trust file's versions, with the signatures of the root keys.
 *
 * One version is {"version":n,"text":"…","signatures":{"KEYID16":"minisig file"
 * }}; nothing here checks a signature. */
#ifndef SLUICE_STORE_TRUST_H
#define SLUICE_STORE_TRUST_H

#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/store/reply.h"

/* ---- blocking ---- */

/* The next version; the same bytes again change nothing.  SL_ERR_CONFLICT, code
 * trust_version.  `signatures`: {"KEYID16":"minisig file"}. */
SL_MUST_CHECK enum sl_status sl_store_trust_install(json_t **out,
    struct sl_db *db, uint32_t version, struct sl_slice text,
    const json_t *signatures, struct sl_error *err);

/* The newest; SL_ERR_NOT_FOUND if none is installed. */
SL_MUST_CHECK enum sl_status sl_store_trust_latest(
    json_t **out, struct sl_db *db, struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_store_trust_show(
    json_t **out, struct sl_db *db, uint32_t version, struct sl_error *err);

/* What profiles pin of the newest: {"version","threshold","keys":[…]}. */
SL_MUST_CHECK enum sl_status sl_store_trust_pin(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* ---- asynchronous ---- */

/* Versions of one answer. */
#define SL_TRUST_VERSIONS_MAX 64

/* The versions after `after`, ascending, at most `limit`. */
SL_MUST_CHECK enum sl_status sl_store_trust_after(struct sl_db *db,
    uint32_t after, uint32_t limit, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* The newest alone; an empty array if there is none. */
SL_MUST_CHECK enum sl_status sl_store_trust_newest(
    struct sl_db *db, sl_json_fn *fn, void *ctx, struct sl_error *err);

#endif /* SLUICE_STORE_TRUST_H */
