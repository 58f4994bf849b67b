/* Source to draft: read each file once, hash it while it is copied, write
 * draft.json last.
 *
 * A run that was killed is continued by the next one with the same options;
 * files that have not changed since the last draft of the same site and
 * folder are linked from it, not read.  Blocking; one run at a time per
 * source (SL_ERR_CONFLICT). */
#ifndef SLUICE_INGEST_INGEST_H
#define SLUICE_INGEST_INGEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/draft.h"
#include "sluice/formats/source.h"

#define SL_DRAFT_ID_MAX 96

struct sl_ingest_progress {
	uint64_t bytes;
	uint64_t total_bytes; /* about; of some files it is known at the end */
	uint64_t episodes;
	uint64_t total_episodes;
};

/* Called from time to time on the caller's thread; false ends the run with
 * SL_ERR_CANCELLED. */
typedef bool sl_ingest_progress_fn(
    void *ctx, const struct sl_ingest_progress *progress);

/* Everything is borrowed. */
struct sl_ingest_options {
	const char *home; /* drafts go to <home>/drafts/<dataset>/ */
	const char *dataset;
	const char *site;
	const char *into;   /* folder in the mirror; "" for its top */
	const char *format; /* "lerobot", "files" or "mcap" */
	const char *dir;    /* of mcap also one file */
	struct sl_mcap_source_options mcap;
	const struct sl_facets *facets; /* for what an episode leaves open */
	/* Members of the metadata (episode.schema.json) for episodes that have
	 * none of that name; NULL: metadata stay as the source has them. */
	const json_t *metadata;
	bool need_metadata;    /* leave out episodes without checked metadata */
	unsigned thread_count; /* 0: two per processor, at most 8 */
	sl_ingest_progress_fn *on_progress; /* may be NULL */
	void *ctx;
};

struct sl_ingest_result {
	char id[SL_DRAFT_ID_MAX];
	char *dir;
	struct sl_draft *draft;
	bool is_same; /* as the draft before: none was made */
	/* Against the draft before. */
	size_t new_count;
	size_t changed_count;
	size_t same_count;
	size_t vanished_count; /* without those that were left out */
	uint64_t read_bytes;   /* that were not known from an earlier run */
	uint64_t linked_files; /* that were */
};

/* SL_ERR_PARTIAL if episodes were left out: the draft is made and its
 * left_out names them.  `out` is cleared by the caller in any case. */
SL_MUST_CHECK enum sl_status sl_ingest_run(struct sl_ingest_result *out,
    const struct sl_ingest_options *options, struct sl_error *err);

void sl_ingest_result_clear(struct sl_ingest_result *result);

#endif /* SLUICE_INGEST_INGEST_H */
