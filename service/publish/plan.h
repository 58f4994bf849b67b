/* What will be published: one entry per episode that is new, changed or
 * retracted, with the files that have to go into a pack. */
#ifndef SL_PUBLISH_PLAN_H
#define SL_PUBLISH_PLAN_H

#include "sluice/publish/publish.h"

#include "known.h"

struct plan_file {
	struct sl_draft_file file; /* texts are borrowed */
	const char *dir;           /* draft that has the object, or NULL: */
	struct sl_buf *content;    /* the bytes, from an earlier batch */
};

struct plan_item {
	struct sl_entry entry;
	const char *site; /* borrowed; NULL for number 0 and retractions */
	const char *key;
	unsigned char digest[32];
	struct plan_file *files; /* of NEW layers, by layer, then path */
	size_t file_count;
	size_t new_layers;
	uint64_t new_bytes;
};

struct plan {
	struct plan_item *items; /* in the order of publication */
	size_t count;
	uint64_t new_bytes;
};

/* Fills the counts of `result`, and its list of vanished episodes. */
SL_MUST_CHECK enum sl_status plan_make(struct plan *out, struct known *known,
    const struct sl_publish_options *options, struct sl_publish_result *result,
    struct sl_error *err);
void plan_clear(struct plan *plan);

/* How many items, from `first` on, fit one batch. */
size_t plan_batch_size(const struct plan *plan, size_t first);

#endif /* SL_PUBLISH_PLAN_H */
