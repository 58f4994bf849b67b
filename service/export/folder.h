/* The folder that an export is made in.
 *
 * Each file has a key: a text of all that went into it.  `.sluice-export.json`
 * keeps them, so that a file whose key is still the same is not made again,
 * and one that nobody names any more is removed.  Before the first change all
 * keys are forgotten on disk, and meta/info.json is taken away: an export that
 * was interrupted opens in no loader, and is made anew. */
#ifndef SL_EXPORT_FOLDER_H
#define SL_EXPORT_FOLDER_H

#include <jansson.h>
#include <stdbool.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/client/contents.h"
#include "sluice/export/export.h"

struct export_folder {
	char *path;
	const char *layout;
	struct sl_export_result *result; /* counts */
	json_t *before;                  /* path → {"key", "bytes", …} */
	json_t *now;
	bool is_changing;
	bool may_copy;
	char *pending; /* path of the file under way, and its own */
	char *temporary;
};

/* Open or make it.  Cleared by the caller in any case. */
SL_MUST_CHECK enum sl_status export_folder_open(struct export_folder *folder,
    const struct sl_export_options *options, struct sl_export_result *result,
    struct sl_error *err);
void export_folder_clear(struct export_folder *folder);

/* What was noted of the file, if it is there with that key; then it stays.
 * Borrowed; NULL: it has to be made. */
json_t *export_folder_keep(
    struct export_folder *folder, const char *path, const char *key);

/* Begin a file; commit closes it, puts it at its path and notes its key and
 * `more` (an object, taken; NULL: nothing). */
SL_MUST_CHECK enum sl_status export_folder_begin(struct export_folder *folder,
    const char *path, int *fd, struct sl_error *err);
SL_MUST_CHECK enum sl_status export_folder_commit(struct export_folder *folder,
    int fd, const char *key, json_t *more, struct sl_error *err);
/* Instead of commit. */
void export_folder_abandon(struct export_folder *folder, int fd);

/* A small file; untouched if it is that already. */
SL_MUST_CHECK enum sl_status export_folder_put(struct export_folder *folder,
    const char *path, struct sl_slice bytes, struct sl_error *err);

/* A file of the mirror under another path of the run's folder: a hard link, or
 * a copy, which is checked against what was signed. */
struct export_run;
SL_MUST_CHECK enum sl_status export_folder_link(struct export_run *run,
    const struct sl_contents_file *file, const char *path,
    struct sl_error *err);

/* Remove what is gone, remember the rest. */
SL_MUST_CHECK enum sl_status export_folder_finish(
    struct export_folder *folder, struct sl_error *err);

#endif /* SL_EXPORT_FOLDER_H */
