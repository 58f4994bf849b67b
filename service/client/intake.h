/* The batches of a mirror brought up to date: read from what it keeps, asked
 * for, proven; what root or the log disowns is dropped. */
#ifndef SL_CLIENT_INTAKE_H
#define SL_CLIENT_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "heads.h"
#include "mirror.h"
#include "notary.h"
#include "sluice/client/wish.h"

/* The owner embeds it, sets the first five and calls clear. */
struct sl_intake {
	struct sl_client *client;
	const char *dataset;
	struct sl_mirror *mirror; /* meta -1: there is none */
	const struct sl_wish *wish;
	bool may_write;
	uint64_t received; /* bytes */
	struct sl_notary notary;
	struct sl_heads heads;
};

/* What is kept.  SL_ERR_INTEGRITY and heads.is_damaged if a batch is not what
 * was signed: an update mends that. */
SL_MUST_CHECK enum sl_status sl_intake_load(
    struct sl_intake *intake, struct sl_error *err);
void sl_intake_clear(struct sl_intake *intake);

/* Ask for what is new.  May take files out of the tree: those of batches that
 * are no longer in the log by root's word. */
SL_MUST_CHECK enum sl_status sl_intake_update(
    struct sl_intake *intake, struct sl_error *err);

#endif /* SL_CLIENT_INTAKE_H */
