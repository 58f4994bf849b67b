/* The terms of a licence on one dataset, and their JSON (version 1):
 *
 *   {"version":1,"dataset":D,"layers":["*"],"where":"",
 *    "term":{"from":"…Z","until":"…Z"},"window":{"from":1,"until":null},
 *    "quota":{"episodes":null,"duration_ms":null,"bytes":null}}
 *
 * What this build does not know it refuses: an unknown key or version is an
 * error, and a licence without readable terms allows nothing. */
#ifndef SLUICE_CATALOG_TERMS_H
#define SLUICE_CATALOG_TERMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/scope.h"

#define SL_TERMS_BYTES_MAX (64 * 1024)
/* For quotas that are not limited. */
#define SL_QUOTA_NONE UINT64_MAX

struct sl_quota {
	uint64_t episodes;
	uint64_t duration_ms;
	uint64_t bytes;
};

/* The owner embeds it and calls clear. */
struct sl_terms {
	char dataset[SL_DATASET_NAME_MAX + 1];
	struct sl_scope scope;
	int64_t from_us; /* the term: from <= now < until */
	int64_t until_us;
	struct sl_quota quota; /* SL_QUOTA_NONE where unlimited */
};

/* Everything of no dataset, no quota, an empty term. */
void sl_terms_init(struct sl_terms *terms);
void sl_terms_clear(struct sl_terms *terms);

/* *out must be initialised and is replaced on success only. */
SL_MUST_CHECK enum sl_status sl_terms_parse(
    struct sl_terms *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_terms_from_json(
    struct sl_terms *out, const json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_terms_to_json(const struct sl_terms *terms);

/* One quota as JSON: null for SL_QUOTA_NONE.  NULL when out of memory. */
json_t *sl_quota_to_json(uint64_t quota);

#endif /* SLUICE_CATALOG_TERMS_H */
