/* A dataset's newest checkpoint as the database has it. */
#ifndef SL_PUBLISH_LOG_HEAD_H
#define SL_PUBLISH_LOG_HEAD_H

#include <jansson.h>

#include "sluice/base/uuid.h"
#include "sluice/catalog/checkpoint.h"

struct sl_db;

/* Embedded; clear in any case. */
struct log_head {
	bool has;
	json_t *row;
	struct sl_note note; /* borrows row */
	struct sl_checkpoint checkpoint;
	struct sl_uuid publication; /* of the last leaf */
};

/* None is no failure.  SL_ERR_INTEGRITY, code wrong_log, if it is not of this
 * origin and dataset. */
SL_MUST_CHECK enum sl_status log_head_load(struct log_head *head,
    struct sl_db *db, const struct sl_trust *trust, const char *dataset,
    struct sl_error *err);

/* Is it signed by a key that may sign for the log? */
SL_MUST_CHECK enum sl_status log_head_check(const struct log_head *head,
    const struct sl_trust *trust, struct sl_error *err);

/* As many as a client counts now; 0 if a line in it would be refused. */
size_t log_head_count_witnesses(
    const struct log_head *head, const struct sl_trust *trust);

void log_head_clear(struct log_head *head);

#endif /* SL_PUBLISH_LOG_HEAD_H */
