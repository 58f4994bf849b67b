/* One row of a licence's ledger, its canonical text, and the chain of hashes.
 *
 * The text has each field followed by a newline:
 *
 *   sluice-ledger/v1, licence, number, at, kind, licence_version, dataset,
 *   seq, ordinals, numbers, episodes, duration_ms, bytes, purpose, currency,
 *   price, amount_micro, reference, reason
 *
 * `at` is RFC 3339 with six digits of a second; sets are PostgreSQL's
 * int4multirange; currency and price are "-" where there is none, the price
 * else the compact JSON exactly as it was frozen.  No field has a control
 * character, so a text can be read in one way only.
 *
 *   hash = SHA-256(previous hash, 32 bytes || text)
 *
 * The JSON of a row has these fields in this order, then "previous" and "hash"
 * in hexadecimal.  Numbers are JSON numbers; all else is text exactly as it is
 * hashed, price included. */
#ifndef SLUICE_CATALOG_LEDGER_H
#define SLUICE_CATALOG_LEDGER_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/multirange.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/price.h"
#include "sluice/catalog/purpose.h"
#include "sluice/crypto/sha256.h"

#define SL_LEDGER_REFERENCE_MAX 200
#define SL_LEDGER_REASON_MAX    1000

enum sl_ledger_kind {
	SL_LEDGER_CHARGE,
	SL_LEDGER_CREDIT,
	SL_LEDGER_FEE,
};
#define SL_LEDGER_KIND_COUNT 3

/* The owner embeds it and calls clear. */
struct sl_ledger_row {
	struct sl_uuid licence;
	uint64_t number;
	int64_t at_us;
	enum sl_ledger_kind kind;
	uint32_t licence_version;
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq; /* 0 unless a charge */
	struct sl_multirange ordinals;
	struct sl_multirange numbers;
	int64_t episodes; /* negative where a credit restores quota */
	int64_t duration_ms;
	int64_t bytes;
	char purpose[SL_PURPOSE_TEXT_MAX + 1];
	char currency[4]; /* "" for none */
	char *price;      /* compact JSON, or NULL for none; owned */
	int64_t amount_micro;
	char *reference; /* owned, never NULL once parsed */
	char *reason;    /* the same */
	unsigned char previous[SL_SHA256_BYTES];
	unsigned char hash[SL_SHA256_BYTES];
};

/* "charge", "credit", "fee"; never NULL. */
const char *sl_ledger_kind_name(enum sl_ledger_kind kind);

/* All zero: empty sets, no texts. */
void sl_ledger_row_init(struct sl_ledger_row *row);
void sl_ledger_row_clear(struct sl_ledger_row *row);

/* Strict, and what the kind demands is checked (a credit has no sets and no
 * positive amount …); the hash is not.  *out must be initialised and is
 * replaced on success only. */
SL_MUST_CHECK enum sl_status sl_ledger_row_from_json(
    struct sl_ledger_row *out, const json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_ledger_row_to_json(const struct sl_ledger_row *row);

/* Append the canonical text. */
SL_MUST_CHECK enum sl_status sl_ledger_text(
    struct sl_buf *buf, const struct sl_ledger_row *row);

/* The hash that the row must have after `row->previous`. */
SL_MUST_CHECK enum sl_status sl_ledger_hash(
    unsigned char out[SL_SHA256_BYTES], const struct sl_ledger_row *row);

/* Does the row come right after row `number` with hash `head`, and is its own
 * hash right?  SL_ERR_INTEGRITY, code row_missing or row_altered. */
SL_MUST_CHECK enum sl_status sl_ledger_follows(const struct sl_ledger_row *row,
    uint64_t number, const unsigned char head[SL_SHA256_BYTES],
    struct sl_error *err);

#endif /* SLUICE_CATALOG_LEDGER_H */
