/* A file as the end of a delivery: an outlet that pulls as fast as the disk
 * takes it, from the loop, and then syncs.
 *
 * The owner embeds it, and keeps it until `ended` or close. */
#ifndef SL_SLUICE_PUBLISH_BUNDLE_FILE_H
#define SL_SLUICE_PUBLISH_BUNDLE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/loop/timer.h"
#include "sluice/pack/end_record.h"
#include "sluice/session/outlet.h"

struct bundle_file {
	struct sl_outlet outlet;
	struct sl_timer *pump;
	const struct sl_body_source *source; /* NULL: nothing to pull */
	void *source_ctx;
	int fd;
	uint64_t bytes;
	bool is_waiting; /* for a resume */
	bool is_aborted;
	bool has_end;
	struct sl_end_record end;
	enum sl_status status; /* of writing */
	struct sl_error err;
};

/* Makes `path` anew, readable by its owner. */
SL_MUST_CHECK enum sl_status bundle_file_open(struct bundle_file *file,
    struct sl_loop *loop, const char *path, struct sl_error *err);
void bundle_file_close(struct bundle_file *file);

#endif /* SL_SLUICE_PUBLISH_BUNDLE_FILE_H */
