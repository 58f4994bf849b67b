/* What an MCAP source knows besides what all sources do. */
#ifndef SL_FORMATS_MCAP_SOURCE_H
#define SL_FORMATS_MCAP_SOURCE_H

#include <jansson.h>

#include "sluice/formats/source.h"

#include "mcap_mark.h"

struct mcap_layers;

struct mcap_source {
	struct mcap_layers *layers;
	bool keep_original;
	json_t *seen; /* key: path */
};

/* Of a unit. */
struct mcap_unit {
	/* Of a file that holds several episodes, by time. */
	struct mcap_marks marks;
	uint64_t messages_left; /* that belong to no episode so far */
	size_t runs_left;       /* units that are to be scanned */
	/* Of some of the episodes of such a file, which is `whole`. */
	struct sl_source_unit *whole;
	size_t first; /* of its marks */
	size_t count;
};

/* NULL is allowed. */
void mcap_source_free(struct mcap_source *mcap);
void mcap_unit_free(struct mcap_unit *unit);

/* SL_ERR_INVALID, "duplicate_key": another episode has it. */
SL_MUST_CHECK enum sl_status mcap_source_claim_key(struct sl_source *source,
    const char *key, const char *path, struct sl_error *err);

/* {"bytes","sha256"} of a file that a scan made; SL_ERR_INVALID if it is not
 * that. */
SL_MUST_CHECK enum sl_status mcap_file_read(
    struct sl_scan_file *out, const json_t *told);

#endif /* SL_FORMATS_MCAP_SOURCE_H */
