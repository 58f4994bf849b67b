/* A mirror in the layout that a training tool reads: a folder beside the
 * mirror, made of what the mirror holds, and made anew from it at any time.
 *
 * Doing it again after a pull writes what is new and removes what is gone;
 * what stays as it was is not touched. */
#ifndef SLUICE_EXPORT_EXPORT_H
#define SLUICE_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/where.h"

struct sl_export_options {
	const char *dir; /* the mirror */
	const char *out; /* not there, empty, or an export of this layout */
	const char *layout;
	const struct sl_where *where; /* NULL: all that is held */
	bool may_copy;                /* bytes, where links would do */
	uint64_t shard_bytes;         /* of webdataset; 0: 1 GB */
	bool (*is_cancelled)(void);   /* NULL: never */
	/* Called for what is worth a word: an episode that is left out. */
	void (*on_warning)(void *ctx, const char *text);
	void *ctx;
};

struct sl_export_result {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq;
	uint64_t episodes;
	uint64_t frames;
	uint64_t written; /* files */
	uint64_t linked;  /* or copied */
	uint64_t kept;    /* were there already */
	uint64_t removed;
	uint64_t left_out; /* episodes */
};

/* SL_ERR_INVALID: no such layout, code unknown_layout; no episode is held or
 * matches, code no_episode; the mirror has not what the layout needs; `out` is
 * no export or lies in the mirror.  SL_ERR_PARTIAL, code incomplete, while a
 * pull is left to do.  SL_ERR_INTEGRITY, code damaged: a file of the mirror is
 * missing, or proved not to be what was signed. */
SL_MUST_CHECK enum sl_status sl_export_run(struct sl_export_result *out,
    const struct sl_export_options *options, struct sl_error *err);

/* "lerobot-v2.1", …; NULL past the last. */
const char *sl_export_layout(unsigned i);

#endif /* SLUICE_EXPORT_EXPORT_H */
