/* The folder of an ingest under way, <home>/drafts/<dataset>/.work-<hash>/,
 * from which a draft is made by one rename.
 *
 * The hash is that of site, folder and source, so that a run that was killed
 * finds its objects again.  One run at a time holds it (flock). */
#ifndef SL_INGEST_WORKPLACE_H
#define SL_INGEST_WORKPLACE_H

#include "sluice/ingest/draft_store.h"
#include "sluice/ingest/ingest.h"

#include "object_copy.h"
#include "scan_cache.h"

struct workplace {
	char *parent; /* <home>/drafts/<dataset> */
	char *dir;
	int dir_fd;
	char *source_path; /* absolute */
	struct object_place objects;
	struct file_cache own;            /* of the run that was killed */
	struct file_cache before;         /* of the previous draft */
	struct sl_stored_drafts previous; /* none or one */
	int before_fd;
	int cache_fd;
	char scan_rules[SCAN_RULES_MAX];
	struct scan_cache own_scans;
	struct scan_cache scans_before;
	int scans_fd;
};

SL_MUST_CHECK enum sl_status workplace_open(struct workplace *place,
    const struct sl_ingest_options *options, struct sl_error *err);
void workplace_close(struct workplace *place);

/* What scans told, under these rules: asked for and noted from here on. */
SL_MUST_CHECK enum sl_status workplace_open_scans(
    struct workplace *place, const char *rules, struct sl_error *err);

/* The previous draft of the same site and folder, or NULL. */
const struct sl_draft *workplace_previous(const struct workplace *place);

/* Does the previous draft have an object for each file of `draft`?  One that
 * publish found damaged, or somebody removed, is missing. */
bool workplace_previous_is_whole(
    const struct workplace *place, const struct sl_draft *draft);

/* Is the file's object here already, or in the previous draft?  Then it is
 * here afterwards.  Any thread. */
bool workplace_reuse(struct workplace *place, const char *path,
    const struct stat *info, struct cached_file *out);

/* Note the copied file for a later run.  Any thread. */
SL_MUST_CHECK enum sl_status workplace_remember(struct workplace *place,
    const char *path, struct cached_file *file, struct sl_error *err);

/* What the unit's scan told, if all files that it made are here then; NULL if
 * it has to be scanned.  The caller frees it.  Any thread. */
char *workplace_recall(
    struct workplace *place, const char *name, const struct stat *info);

/* Note what it told for a later run.  Any thread. */
SL_MUST_CHECK enum sl_status workplace_note(struct workplace *place,
    const struct cached_file *unit, const char *told, struct sl_error *err);

/* Make everything durable and turn it into a draft. */
SL_MUST_CHECK enum sl_status workplace_publish(struct workplace *place,
    const struct sl_draft *draft, char id[SL_DRAFT_ID_MAX], char **dir,
    struct sl_error *err);

/* Remove it; the previous draft stands for it, with the caches of this run. */
SL_MUST_CHECK enum sl_status workplace_discard(struct workplace *place,
    char id[SL_DRAFT_ID_MAX], char **dir, struct sl_error *err);

#endif /* SL_INGEST_WORKPLACE_H */
