/* Texts of terms, named by their SHA-256, and who accepted them. */
#ifndef SLUICE_STORE_ACCEPTANCE_H
#define SLUICE_STORE_ACCEPTANCE_H

#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/store/reply.h"

/* ---- sluicectl ---- */

#define SL_TERMS_TEXT_MAX (1024 * 1024)

/* {"sha256":hex,"bytes":n,"created","changes"}; SL_ERR_INVALID, code
 * bad_terms_text, if it is empty, too long or not UTF-8. */
SL_MUST_CHECK enum sl_status sl_store_terms_text_add(json_t **out,
    struct sl_db *db, struct sl_slice text, const char *reason,
    struct sl_error *err);

/* ---- sluiced ---- */

/* The text that a licence of the customer is bound to: {"sha256","text",
 * "required":bool,"accepted":null|{"name","at"}}.  SL_ERR_NOT_FOUND, code
 * licence_not_found (also another's) or terms_text_not_found (bound to none).
 */
SL_MUST_CHECK enum sl_status sl_store_licence_text(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_uuid *licence,
    sl_json_fn *fn, void *ctx, struct sl_error *err);

struct sl_acceptance_new {
	struct sl_uuid customer;
	struct sl_uuid licence;
	const char *sha256; /* hex, of the text that was read */
	const char *person;
};

/* {"licence","sha256","name","at","changes"}.  SL_ERR_CONFLICT, code
 * terms_changed, if that is not the current text. */
SL_MUST_CHECK enum sl_status sl_store_licence_accept(struct sl_db *db,
    const struct sl_acceptance_new *acceptance, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

#endif /* SLUICE_STORE_ACCEPTANCE_H */
