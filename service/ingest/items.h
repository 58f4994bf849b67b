/* The files of a source on their way into the draft: listed, their paths
 * judged, then copied on the crew's threads. */
#ifndef SL_INGEST_ITEMS_H
#define SL_INGEST_ITEMS_H

#include "crew.h"
#include "file_cache.h"
#include "run.h"

#define DATASET_FILE SIZE_MAX

struct item {
	struct crew_job job;
	struct run *run;
	const struct sl_source_file *source;
	size_t episode; /* position, or DATASET_FILE */
	char *path;     /* in the mirror */
	uint64_t expected_bytes;
	struct cached_file copy;
	bool linked;
	enum sl_status status;
	struct sl_error *err; /* heap, on failure only */
};

struct items {
	struct item *all; /* in the order of the source */
	size_t count;
};

/* `path` below options->into; the caller frees it. */
SL_MUST_CHECK enum sl_status mirror_path(
    const struct run *run, const char *path, char **out);

/* Those of episodes without a defect and of the dataset.  SL_ERR_INVALID if
 * their paths cannot stand in one tree. */
SL_MUST_CHECK enum sl_status items_list(struct items *out, struct run *run);
void items_clear(struct items *items);

/* Copy all.  A file that is itself at fault keeps its status and words; all
 * else ends the run. */
SL_MUST_CHECK enum sl_status items_copy(struct items *items, struct run *run);

#endif /* SL_INGEST_ITEMS_H */
