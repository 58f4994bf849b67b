/* Datasets as the catalog shows them, and as a delivery needs them.
 *
 * `customer` is NULL for a caller without a token.  A dataset that the caller
 * may not see is SL_ERR_NOT_FOUND with code not_found, as one that does not
 * exist. */
#ifndef SLUICE_STORE_DATASET_H
#define SLUICE_STORE_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/catalog/grant.h"
#include "sluice/store/reply.h"

enum sl_visibility {
	SL_VISIBILITY_PUBLIC,
	SL_VISIBILITY_LISTED,
	SL_VISIBILITY_PRIVATE,
};

/* What a delivery needs to know of a dataset. */
struct sl_dataset {
	int64_t id;
	const char *name; /* for the caller to set; NULL in a reply */
	enum sl_dataset_kind kind;
	enum sl_visibility visibility;
	uint32_t seq;          /* latest visible batch, 0 if none */
	uint32_t released_seq; /* the latest that everybody knows of */
	bool licensed;         /* the caller has an active licence on it */
};

typedef void sl_dataset_fn(void *ctx, enum sl_status status,
    const struct sl_dataset *dataset, const struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_store_dataset_find(struct sl_db *db,
    const struct sl_uuid *customer, const char *name, sl_dataset_fn *fn,
    void *ctx, struct sl_error *err);

/* NULL or 0 for what is not asked. */
struct sl_catalog_query {
	const char *text;   /* words to search */
	const char *kind;   /* prebuilt or subscription */
	const char *where;  /* as in a request: task=a|b,robot=c */
	const char *cursor; /* "next" of the page before */
	uint32_t limit;     /* 0: 50; at most 200 */
};

/* {"datasets":[…],"facets":{…},"next":…}.  SL_ERR_INVALID with code
 * bad_cursor or bad_where. */
SL_MUST_CHECK enum sl_status sl_store_catalog(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_catalog_query *query,
    sl_json_fn *fn, void *ctx, struct sl_error *err);

/* One dataset's page: as in the list, with description, facets, batches (the
 * newest 50), keys, access. */
SL_MUST_CHECK enum sl_status sl_store_dataset_show(struct sl_db *db,
    const struct sl_uuid *customer, const char *name, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* One page of a list; NULL or 0 for what is not asked. */
struct sl_page {
	const char *where;  /* of episodes */
	const char *cursor; /* "next" of the page before */
	uint32_t limit;     /* 0: 50; at most 200 */
};

/* {"episodes":[…],"next":…} in order of number.  A `listed` dataset shows them
 * to licensed callers only: SL_ERR_DENIED, code not_licensed. */
SL_MUST_CHECK enum sl_status sl_store_dataset_episodes(struct sl_db *db,
    const struct sl_uuid *customer, const char *name,
    const struct sl_page *page, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* {"batches":[…],"next":…}, newest first. */
SL_MUST_CHECK enum sl_status sl_store_dataset_batches(struct sl_db *db,
    const struct sl_uuid *customer, const char *name,
    const struct sl_page *page, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* ---- sluice-publish; the publisher is the session's login ---- */

struct sl_dataset_new {
	const char *name;
	const char *kind;
	const char *visibility;
	const char *title;
	const char *description;
	const char *licence_name;
};

/* SL_ERR_EXISTS, code dataset_exists; SL_ERR_DENIED, code not_a_publisher. */
SL_MUST_CHECK enum sl_status sl_store_dataset_create(json_t **out,
    struct sl_db *db, const struct sl_dataset_new *dataset,
    struct sl_error *err);

/* The publisher's own, or all for an admin: array of objects. */
SL_MUST_CHECK enum sl_status sl_store_dataset_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* The known episodes of one site, for telling new, changed and same apart:
 * array of {"key","number","id","revision","digest","retracted",
 * "facets":{},"layers":{"state":"7.1"}}; site NULL: all sites, with "site".
 * Also {"dataset_files":…}: pseudo-episode 0 comes with key "". */
SL_MUST_CHECK enum sl_status sl_store_dataset_known(json_t **out,
    struct sl_db *db, const char *dataset, const char *site,
    struct sl_error *err);

#endif /* SLUICE_STORE_DATASET_H */
