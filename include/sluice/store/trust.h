/* The trust files that are installed, for publishers, log signers, witnesses,
 * admins and the server.  A version is {"version","text","sha256","installed",
 * "actor","signatures":{"KEYID16":"minisign file"}}. */
#ifndef SLUICE_STORE_TRUST_H
#define SLUICE_STORE_TRUST_H

#include "sluice/catalog/trust.h"
#include "sluice/store/reply.h"

/* Versions of one answer. */
#define SL_TRUST_VERSIONS_MAX 64

/* ---- blocking ---- */

/* A version that is brought; everything is borrowed. */
struct sl_trust_installation {
	uint32_t version;
	struct sl_slice text;
	const json_t *signatures; /* {"KEYID16":"minisign file"} */
	const char *reason;       /* for the audit log */
};

/* Install the next version: an admin's.  The caller has checked the
 * signatures.  *out is the version with "changes", empty if it is the newest
 * already.  SL_ERR_CONFLICT, code trust_version, if it does not follow the
 * newest. */
SL_MUST_CHECK enum sl_status sl_store_trust_install(json_t **out,
    struct sl_db *db, const struct sl_trust_installation *brought,
    struct sl_error *err);

/* The newest version; SL_ERR_STATE, code no_trust, if there is none. */
SL_MUST_CHECK enum sl_status sl_store_trust_latest(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* The same, read and checked against its own root keys: SL_ERR_INTEGRITY if
 * too few signed it.  Whether it expired is the caller's to ask.  *out must be
 * initialised. */
SL_MUST_CHECK enum sl_status sl_store_trust_load(
    struct sl_trust *out, struct sl_db *db, struct sl_error *err);

/* SL_ERR_NOT_FOUND, code trust_not_found. */
SL_MUST_CHECK enum sl_status sl_store_trust_show(
    json_t **out, struct sl_db *db, uint32_t version, struct sl_error *err);

/* The versions after `after`, ascending, at most `limit`: an array. */
SL_MUST_CHECK enum sl_status sl_store_trust_versions(json_t **out,
    struct sl_db *db, uint32_t after, uint32_t limit, struct sl_error *err);

/* Array of {"version","issued","expires","installed","actor","sha256",
 * "signatures":count}, oldest first. */
SL_MUST_CHECK enum sl_status sl_store_trust_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* What profiles pin; version 0 without a trust file. */
SL_MUST_CHECK enum sl_status sl_store_trust_pin(
    struct sl_trust_pin *out, struct sl_db *db, struct sl_error *err);

/* A version's signatures as sl_trust_verify() takes them: slices of its own
 * strings; their number, 0 if it has none or too many. */
size_t sl_store_trust_signatures(
    struct sl_slice out[SL_TRUST_SIGNATURES_MAX], const json_t *version);

/* ---- asynchronous ---- */

/* The versions after `after`, ascending, at most `limit`. */
SL_MUST_CHECK enum sl_status sl_store_trust_after(struct sl_db *db,
    uint32_t after, uint32_t limit, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* The newest alone; an empty array if there is none. */
SL_MUST_CHECK enum sl_status sl_store_trust_newest(
    struct sl_db *db, sl_json_fn *fn, void *ctx, struct sl_error *err);

#endif /* SLUICE_STORE_TRUST_H */
