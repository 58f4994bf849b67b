/* grant.json: what the server tells a customer about the licence that serves
 * a dataset, at the front of every head.  `release` is null, or the next batch
 * that the licence's class is to get: {"seq":8,"at":"…Z"}. */
#ifndef SLUICE_CATALOG_GRANT_H
#define SLUICE_CATALOG_GRANT_H

#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/scope.h"

#define SL_GRANT_BYTES_MAX (64 * 1024)

enum sl_dataset_kind {
	SL_DATASET_PREBUILT,
	SL_DATASET_SUBSCRIPTION,
};

/* "prebuilt", "subscription" */
SL_MUST_CHECK enum sl_status sl_dataset_kind_by_name(
    enum sl_dataset_kind *out, struct sl_slice name);

/* The owner embeds it and calls clear. */
struct sl_grant {
	struct sl_uuid licence;
	uint32_t licence_version;
	char dataset[SL_DATASET_NAME_MAX + 1];
	enum sl_dataset_kind kind;
	char class_name[SL_SLUG_MAX + 1]; /* when batches are released to it */
	struct sl_scope scope;
	uint32_t seq; /* latest batch released to the class; 0 if none */
	/* The next batch due and when; 0 if none is waiting. */
	uint32_t release_seq;
	int64_t release_at_us;
	int64_t valid_until_us;
	uint64_t ledger_number; /* 0 and zeros before the first charge */
	unsigned char ledger_head[32];
};

void sl_grant_init(struct sl_grant *grant);
void sl_grant_clear(struct sl_grant *grant);

/* *out must be initialised and is replaced on success only. */
SL_MUST_CHECK enum sl_status sl_grant_parse(
    struct sl_grant *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_grant_format(
    struct sl_buf *buf, const struct sl_grant *grant);

#endif /* SLUICE_CATALOG_GRANT_H */
