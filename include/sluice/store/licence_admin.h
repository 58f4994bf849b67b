/* Licences as an admin grants, changes and shows them.
 *
 * Changes answer as in customer.h: the licence, with "changes" by dotted path
 * ("terms.quota.episodes").  A change of terms is a new version; the old ones
 * stay.  `version` is the one that the caller has read, 0 for whatever it is
 * now: SL_ERR_CONFLICT, code licence_changed, if another admin was faster. */
#ifndef SLUICE_STORE_LICENCE_ADMIN_H
#define SLUICE_STORE_LICENCE_ADMIN_H

#include <stdint.h>

#include "sluice/store/reply.h"

struct sl_licence_new {
	const char *customer;
	const char *dataset;
	const json_t *terms;   /* as catalog writes them */
	const char *agreement; /* name, or NULL */
	const char *id;        /* UUID of the caller's choice, or NULL; a second
	                        * grant with it changes nothing */
	const char *reason;
};

/* SL_ERR_INVALID: bad_terms, unknown_layer, bad_where, beyond_agreement,
 * terms_text_not_found …; SL_ERR_NOT_FOUND: customer_not_found,
 * dataset_not_found, agreement_not_found; SL_ERR_EXISTS: licence_exists. */
SL_MUST_CHECK enum sl_status sl_store_licence_grant(json_t **out,
    struct sl_db *db, const struct sl_licence_new *licence,
    struct sl_error *err);

struct sl_licence_change {
	const char *licence;
	const json_t *terms;
	uint32_t version;
	const char *reason;
};

/* The next version of its terms. */
SL_MUST_CHECK enum sl_status sl_store_licence_amend(json_t **out,
    struct sl_db *db, const struct sl_licence_change *change,
    struct sl_error *err);

/* The next version, which only ends later (or sooner). */
struct sl_licence_renew {
	const char *licence;
	int64_t until_us;
	uint32_t version;
	const char *reason;
};

SL_MUST_CHECK enum sl_status sl_store_licence_renew(json_t **out,
    struct sl_db *db, const struct sl_licence_renew *change,
    struct sl_error *err);

/* `status` active (reinstate), suspended or revoked (final: SL_ERR_STATE
 * afterwards, code licence_revoked). */
SL_MUST_CHECK enum sl_status sl_store_licence_set_status(json_t **out,
    struct sl_db *db, const char *licence, const char *status,
    const char *reason, struct sl_error *err);

/* customer, dataset NULL: all. */
SL_MUST_CHECK enum sl_status sl_store_licence_list(json_t **out,
    struct sl_db *db, const char *customer, const char *dataset,
    struct sl_error *err);

/* With versions and status events; `licence` is its id. */
SL_MUST_CHECK enum sl_status sl_store_licence_show(
    json_t **out, struct sl_db *db, const char *licence, struct sl_error *err);

/* What sl_licence_decide() needs: {"licence","version","status","customer",
 * "dataset","now_us","terms":{…},"state":{"status","accepted","released_seq",
 * "deliveries","used":{"episodes","duration_ms","bytes"},"agreement":null|
 * {"name","status","from","until","currency","ceiling":{"episodes",
 * "duration_ms","bytes","money_micro"},"used":{the same}}}}. */
SL_MUST_CHECK enum sl_status sl_store_licence_explain_state(
    json_t **out, struct sl_db *db, const char *licence, struct sl_error *err);

/* The licence file's document (type licence, version 1), keys in order. */
SL_MUST_CHECK enum sl_status sl_store_licence_export(
    json_t **out, struct sl_db *db, const char *licence, struct sl_error *err);

#endif /* SLUICE_STORE_LICENCE_ADMIN_H */
