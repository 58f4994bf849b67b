/* The drafts on this machine: <home>/drafts/<dataset>/<id>/. */
#ifndef SLUICE_INGEST_DRAFT_STORE_H
#define SLUICE_INGEST_DRAFT_STORE_H

#include "sluice/base/error.h"
#include "sluice/catalog/draft.h"
#include "sluice/ingest/ingest.h"

struct sl_stored_draft {
	char dataset[SL_DATASET_NAME_MAX + 1];
	char id[SL_DRAFT_ID_MAX];
	char *dir;
	struct sl_draft *draft;
};

struct sl_stored_drafts {
	struct sl_stored_draft *items; /* by dataset, then id */
	size_t count;
};

/* Read draft.json of one draft folder; it must belong to `dataset` (NULL: to
 * any). */
SL_MUST_CHECK enum sl_status sl_draft_store_read(struct sl_draft **out,
    const char *dir, const char *dataset, struct sl_error *err);

/* All drafts of a dataset, or of all (NULL).  None is no error. */
SL_MUST_CHECK enum sl_status sl_draft_store_list(struct sl_stored_drafts *out,
    const char *home, const char *dataset, struct sl_error *err);

/* Keep only the newest draft of each site and folder. */
void sl_draft_store_keep_newest(struct sl_stored_drafts *drafts);

/* One draft by id ("main-0001") or by the path of its folder; *out is a list
 * of one. */
SL_MUST_CHECK enum sl_status sl_draft_store_find(struct sl_stored_drafts *out,
    const char *home, const char *dataset, const char *id,
    struct sl_error *err);

void sl_stored_drafts_clear(struct sl_stored_drafts *drafts);

#endif /* SLUICE_INGEST_DRAFT_STORE_H */
