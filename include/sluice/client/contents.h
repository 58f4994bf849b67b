/* What a mirror holds: its live episodes with their files, as the signed
 * batches say.
 *
 * While it is open the mirror is locked, so that no pull changes it.  Read the
 * fields, do not write them; all is freed with it.  One thread. */
#ifndef SLUICE_CLIENT_CONTENTS_H
#define SLUICE_CLIENT_CONTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/facet.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/where.h"

struct sl_contents_file {
	const char *path; /* beneath the mirror */
	const char *layer;
	uint64_t bytes;
	const unsigned char *sha256;
};

struct sl_contents_episode {
	struct sl_uuid id;
	uint32_t number; /* 0: the dataset's own files */
	uint32_t revision;
	uint32_t batch;                     /* that added it */
	const char *facets[SL_FACET_COUNT]; /* "" where absent */
	uint32_t duration_ms;
	struct sl_contents_file *files;
	size_t file_count;
};

struct sl_contents {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq;
	/* By number; those with a file here that match, and number 0. */
	struct sl_contents_episode *episodes;
	size_t episode_count;
	struct sl_contents_store *store; /* ours */
};

/* `where` may be NULL.  SL_ERR_PARTIAL, code incomplete, while a pull is left
 * to do. */
SL_MUST_CHECK enum sl_status sl_contents_open(struct sl_contents **out,
    const char *dir, const struct sl_where *where, struct sl_error *err);
/* NULL is allowed. */
void sl_contents_free(struct sl_contents *contents);

/* Open a file of it for reading, following no link.  SL_ERR_INTEGRITY, code
 * damaged: it is missing. */
SL_MUST_CHECK enum sl_status sl_contents_open_file(int *fd,
    const struct sl_contents *contents, const char *path, struct sl_error *err);

/* Hash a file of it.  SL_ERR_INTEGRITY, code damaged: it is missing, or not
 * what was signed. */
SL_MUST_CHECK enum sl_status sl_contents_check_file(
    const struct sl_contents *contents, const struct sl_contents_file *file,
    struct sl_error *err);

#endif /* SLUICE_CLIENT_CONTENTS_H */
