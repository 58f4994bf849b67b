/* The terms of a licence on one dataset, and their JSON (version 1):
 *
 *   {"version":1,"dataset":D,"class":"standard","programme":"",
 *    "layers":["*"],"where":"","window":{"from":1,"until":null},
 *    "term":{"from":"…Z","until":"…Z","grace_s":0},"use":"commercial_train",
 *    "fields":{"allow":["*"],"deny":[]},
 *    "territory":{"networks":["*"],"countries":["*"]},
 *    "quota":{"episodes":null,"duration_ms":null,"bytes":null,"per":"total",
 *      "overage_percent":0},
 *    "deliveries":null,"on_expiry":{"duty":"none","days":30},
 *    "text":{"sha256":null,"acceptance":"none"},"price":null}
 *
 * Every key must be there, so that a licence says what it does not limit.
 * What this build does not know it refuses: an unknown key, word or version is
 * an error, and a licence without readable terms allows nothing. */
#ifndef SLUICE_CATALOG_TERMS_H
#define SLUICE_CATALOG_TERMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/field.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/price.h"
#include "sluice/catalog/purpose.h"
#include "sluice/catalog/quota.h"
#include "sluice/catalog/scope.h"
#include "sluice/catalog/territory.h"

#define SL_TERMS_BYTES_MAX    (64 * 1024)
#define SL_GRACE_S_MAX        (366 * 86400)
#define SL_OVERAGE_MAX        1000
#define SL_DELIVERIES_MAX     10000
#define SL_EXPIRY_DAYS_MAX    3650
#define SL_TEXT_SHA256_DIGITS 64

enum sl_expiry_duty {
	SL_DUTY_NONE,
	SL_DUTY_DELETE,  /* delete what is held within the days */
	SL_DUTY_CERTIFY, /* and say so in a signed receipt */
};

/* The owner embeds it and calls clear. */
struct sl_terms {
	char dataset[SL_DATASET_NAME_MAX + 1];
	char class_name[SL_SLUG_MAX + 1]; /* when batches are released to it */
	char programme[SL_SLUG_MAX + 1];  /* reports group by it; "" for none */
	struct sl_scope scope;
	int64_t from_us; /* the term: from <= now < until, whole seconds */
	int64_t until_us;
	uint32_t grace_s; /* after it: what is held may be fetched again */
	enum sl_use use;
	struct sl_fields allow;
	struct sl_fields deny;
	struct sl_territory territory;
	struct sl_quota quota; /* SL_QUOTA_NONE where unlimited */
	enum sl_quota_per per;
	uint32_t overage_percent;
	uint32_t deliveries; /* at once; 0: the server's setting */
	enum sl_expiry_duty duty;
	uint32_t duty_days;
	char text_sha256[SL_TEXT_SHA256_DIGITS + 1]; /* "" for no text */
	bool needs_acceptance;
	bool has_price;
	struct sl_price price;
};

/* Everything of no dataset for `evaluate`, class standard, no quota, an empty
 * term. */
void sl_terms_init(struct sl_terms *terms);
void sl_terms_clear(struct sl_terms *terms);

/* *out must be initialised and is replaced on success only. */
SL_MUST_CHECK enum sl_status sl_terms_parse(
    struct sl_terms *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_terms_from_json(
    struct sl_terms *out, const json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_terms_to_json(const struct sl_terms *terms);

/* "none", "delete", "certify"; never NULL. */
const char *sl_expiry_duty_name(enum sl_expiry_duty duty);
SL_MUST_CHECK enum sl_status sl_expiry_duty_by_name(
    enum sl_expiry_duty *out, struct sl_slice name);

#endif /* SLUICE_CATALOG_TERMS_H */
