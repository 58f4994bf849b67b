/* One entry per layout; export.c has the table. */
#ifndef SL_EXPORT_LAYOUT_H
#define SL_EXPORT_LAYOUT_H

#include "folder.h"
#include "sluice/client/contents.h"
#include "sluice/export/export.h"

struct export_run {
	const struct sl_export_options *options;
	struct sl_export_result *result;
	const struct sl_contents *contents;
	struct export_folder folder;
};

/* Put every file of the layout into the folder. */
typedef enum sl_status export_layout_fn(
    struct export_run *run, struct sl_error *err);

struct export_layout {
	const char *name;
	export_layout_fn *run;
};

/* Does the caller want it to end?  SL_ERR_CANCELLED. */
SL_MUST_CHECK enum sl_status export_is_wanted(
    const struct export_run *run, struct sl_error *err);
void export_warn(const struct export_run *run, const char *fmt, ...)
    SL_PRINTF(2, 3);

export_layout_fn export_lerobot_v21;
export_layout_fn export_lerobot_v3;
export_layout_fn export_mcap;
export_layout_fn export_webdataset;

#endif /* SL_EXPORT_LAYOUT_H */
