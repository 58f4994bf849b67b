/* A dataset's log as subscribers see it: one checkpoint, and the proofs that
 * its tiles hold.
 *
 * Every proof is verified against the checkpoint's root before it is given out:
 * a tile that is missing, cut short or changed is SL_ERR_INTEGRITY with code
 * log_damaged, never a wrong proof.  Tiles are read on the spot, at most a few
 * of 8 KiB for one proof.  The owner embeds it; loop thread only. */
#ifndef SLUICE_SESSION_LOGBOOK_H
#define SLUICE_SESSION_LOGBOOK_H

#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/name.h"
#include "sluice/store/log.h"

struct sl_objects;

struct sl_logbook {
	struct sl_objects *objects; /* borrowed */
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t epoch; /* 0: there is no log */
	struct sl_log_tree tree;
	struct sl_buf body;
	struct sl_buf note;
	struct sl_buf minisig;
};

void sl_logbook_init(struct sl_logbook *logbook);
void sl_logbook_clear(struct sl_logbook *logbook);

/* Copy what the store told; `head` NULL: there is no log.  SL_ERR_INTEGRITY if
 * that is no checkpoint of this dataset. */
SL_MUST_CHECK enum sl_status sl_logbook_set(struct sl_logbook *logbook,
    struct sl_objects *objects, const char *dataset,
    const struct sl_log_head *head, struct sl_error *err);

/* Leaf `index` is in the tree; index < tree.size. */
SL_MUST_CHECK enum sl_status sl_logbook_prove_inclusion(
    struct sl_log_proof *out, const struct sl_logbook *logbook, uint64_t index,
    struct sl_error *err);

/* The first `old_size` leaves are those of the tree; 0 < old_size <=
 * tree.size. */
SL_MUST_CHECK enum sl_status sl_logbook_prove_consistency(
    struct sl_log_proof *out, const struct sl_logbook *logbook,
    uint64_t old_size, struct sl_error *err);

#endif /* SLUICE_SESSION_LOGBOOK_H */
