/* What a customer says a delivery is for: `use[/field][@CC]`, such as
 * `commercial_train/logistics@DE`.
 *
 * The declaration travels with every request, is decided on, and is kept in
 * the ledger.  The empty text is the least of it: evaluate, no field, no
 * country. */
#ifndef SLUICE_CATALOG_PURPOSE_H
#define SLUICE_CATALOG_PURPOSE_H

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"

/* A lattice that is a chain: who may do the later may do all before it. */
enum sl_use {
	SL_USE_EVALUATE,
	SL_USE_RESEARCH,
	SL_USE_INTERNAL_TRAIN,
	SL_USE_COMMERCIAL_TRAIN,
	SL_USE_DEPLOY_MODEL,
};
#define SL_USE_COUNT 5

/* "commercial_train/", a slug, "@DE" */
#define SL_PURPOSE_TEXT_MAX (16 + 1 + SL_SLUG_MAX + 3)

/* A value type; all zero bytes are the empty purpose. */
struct sl_purpose {
	enum sl_use use;
	char field[SL_SLUG_MAX + 1]; /* "" where none is declared */
	char country[3];             /* ISO 3166-1 alpha-2, or "" */
};

/* SL_ERR_NOT_FOUND for a word that is none of the five. */
SL_MUST_CHECK enum sl_status sl_use_by_name(
    enum sl_use *out, struct sl_slice name);
/* "commercial_train"; never NULL. */
const char *sl_use_name(enum sl_use use);

/* Strict: the use comes first unless the text is empty; SL_ERR_INVALID says
 * which part is wrong. */
SL_MUST_CHECK enum sl_status sl_purpose_parse(
    struct sl_purpose *out, struct sl_slice text, struct sl_error *err);

/* The one text of a purpose; the empty purpose gives "". */
void sl_purpose_format(
    char out[SL_PURPOSE_TEXT_MAX + 1], const struct sl_purpose *purpose);

#endif /* SLUICE_CATALOG_PURPOSE_H */
