/* A receipt: what a customer says, signed, about what was received: the head
 * of the ledger as the server told it, what was verified, which retractions
 * were applied, what was deleted.  JSON, version 1, one line:
 *
 *   {"version":1,"type":"receipt","customer":NAME,"licence":U,"dataset":D,
 *    "seq":n,"ledger":{"number":n,"head":hex},
 *    "segments":{"verified":n,"bytes":n},"retractions":[[seq,"UUID"],…],
 *    "deletions":[{"episode":"UUID"|"*","at":T}],"at":T} */
#ifndef SLUICE_CATALOG_RECEIPT_H
#define SLUICE_CATALOG_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/statement.h"

#define SL_RECEIPT_BYTES_MAX (4 * 1024 * 1024)

struct sl_receipt_retraction {
	uint32_t seq; /* of the batch that retracts */
	struct sl_uuid episode;
};

struct sl_receipt_deletion {
	bool is_all; /* "*": everything of the licence */
	struct sl_uuid episode;
	int64_t at_us;
};

/* The owner embeds it and calls clear. */
struct sl_receipt {
	char customer[SL_SLUG_MAX + 1];
	struct sl_uuid licence;
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq; /* of the newest batch applied; 0 for none */
	struct sl_ledger_head ledger;
	uint64_t segments_verified;
	uint64_t segments_bytes;
	struct sl_receipt_retraction *retractions;
	size_t retraction_count;
	struct sl_receipt_deletion *deletions;
	size_t deletion_count;
	int64_t at_us;
};

void sl_receipt_init(struct sl_receipt *receipt);
void sl_receipt_clear(struct sl_receipt *receipt);

SL_MUST_CHECK enum sl_status sl_receipt_add_retraction(
    struct sl_receipt *receipt, uint32_t seq, const struct sl_uuid *episode);
/* `episode` NULL: everything of the licence. */
SL_MUST_CHECK enum sl_status sl_receipt_add_deletion(
    struct sl_receipt *receipt, const struct sl_uuid *episode, int64_t at_us);

/* Strict; *out must be initialised and is replaced on success only. */
SL_MUST_CHECK enum sl_status sl_receipt_parse(
    struct sl_receipt *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_receipt_format(
    struct sl_buf *buf, const struct sl_receipt *receipt);

#endif /* SLUICE_CATALOG_RECEIPT_H */
