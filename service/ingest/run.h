/* One run of an ingest, as its steps see it. */
#ifndef SL_INGEST_RUN_H
#define SL_INGEST_RUN_H

#include "sluice/formats/source.h"
#include "sluice/ingest/ingest.h"

#include "crew.h"
#include "workplace.h"

struct run {
	const struct sl_ingest_options *options;
	struct sl_source *source;
	struct workplace place;
	struct meter meter;
	struct crew *crew;
	struct sl_ingest_progress progress;
	struct sl_ingest_result *result;
	struct sl_error *err;
};

/* Wait for a job and show the progress meanwhile; SL_ERR_CANCELLED with
 * words. */
SL_MUST_CHECK enum sl_status run_wait(struct run *run, struct crew_job *job);

#endif /* SL_INGEST_RUN_H */
