/* Is a statement right, by what this side holds?  Offline.
 *
 * The signature; the chain of rows from opening to closing; amounts, lines and
 * total (sluice/catalog/statement.h); the heads that were kept (book.h) lie on
 * the chain; each charge is what the signed indices of the mirrors say of the
 * segments that it names, and names none twice. */
#ifndef SLUICE_CLIENT_BILL_H
#define SLUICE_CLIENT_BILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/multirange.h"
#include "sluice/catalog/profile.h"
#include "sluice/catalog/statement.h"
#include "sluice/crypto/key.h"

#define SL_BILL_MIRRORS_MAX 64
#define SL_BILL_VALUE_MAX   128

struct sl_bill_options {
	const char *path; /* the signature is beside it, PATH.minisig */
	const struct sl_verify_key *keys; /* of the provider's billing */
	size_t key_count;
	const char *mirrors[SL_BILL_MIRRORS_MAX];
	size_t mirror_count;
	const char *book; /* where heads are kept, besides the mirrors */
};

/* The first difference, by row. */
struct sl_bill_difference {
	uint64_t row; /* 0: of no row */
	char field[48];
	char said[SL_BILL_VALUE_MAX]; /* by the statement */
	char ours[SL_BILL_VALUE_MAX];
};

/* The owner embeds it and calls clear. */
struct sl_bill_result {
	struct sl_statement statement;
	bool is_signed; /* and read: the rest says something */
	size_t signer;  /* in options->keys */
	bool differs;
	struct sl_bill_difference difference;
	uint64_t heads;      /* kept ones of the period that were compared */
	uint64_t recomputed; /* charges compared with a signed index */
	uint64_t charges;
	/* Charged, but in no mirror that was named. */
	uint64_t not_held_segments;
	uint64_t not_held_bytes;
	struct sl_multirange not_held_episodes;
};

void sl_bill_result_init(struct sl_bill_result *result);
void sl_bill_result_clear(struct sl_bill_result *result);

/* SL_ERR_INTEGRITY if it is not right: code bad_signature, unknown_key,
 * statement_invalid, head_differs, charge_differs, charged_twice,
 * rows_missing, or one of sl_statement_check().  *result must be
 * initialised. */
SL_MUST_CHECK enum sl_status sl_bill_verify(
    const struct sl_bill_options *options, struct sl_bill_result *result,
    struct sl_error *err);

#endif /* SLUICE_CLIENT_BILL_H */
