/* What proves the batches of a head: trust files, checkpoint, proofs.  Asked
 * for call by call, then written as members. */
#ifndef SL_SESSION_EVIDENCE_H
#define SL_SESSION_EVIDENCE_H

#include <jansson.h>
#include <stdint.h>

#include "head.h"
#include "sluice/session/delivery.h"
#include "sluice/session/logbook.h"

struct evidence;

/* Once, from the loop. */
typedef void evidence_fn(
    void *ctx, enum sl_status status, const struct sl_error *err);

struct evidence {
	struct sl_db *db;
	struct sl_objects *objects;
	int64_t dataset;
	const char *dataset_name; /* borrowed */
	struct sl_delivery_known known;
	evidence_fn *fn;
	void *ctx;
	/* The result. */
	json_t *trust; /* versions that the caller does not know */
	struct sl_logbook logbook;
	uint64_t proven_from; /* of the consistency proof; 0: none */
};

void evidence_init(struct evidence *evidence);
/* Not while a call is under way. */
void evidence_clear(struct evidence *evidence);

/* The caller has filled the first seven members. */
SL_MUST_CHECK enum sl_status evidence_start(
    struct evidence *evidence, struct sl_error *err);

/* Add the members to a head whose last batch, or that of its grant, is
 * `last_seq`, 0 for none. */
SL_MUST_CHECK enum sl_status evidence_write(const struct evidence *evidence,
    struct head *head, uint32_t last_seq, struct sl_error *err);

#endif /* SL_SESSION_EVIDENCE_H */
