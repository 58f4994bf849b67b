/* The folders whose entries were changed, to be fsynced once each. */
#ifndef SL_CLIENT_FOLDERS_H
#define SL_CLIENT_FOLDERS_H

#include <stddef.h>

#include "sluice/base/error.h"

/* The owner embeds it and calls clear. */
struct sl_folders {
	char **paths;
	size_t count;
	size_t capacity;
};

/* `path` of a file that came or went: all folders above it. */
SL_MUST_CHECK enum sl_status sl_folders_note(
    struct sl_folders *folders, const char *path);
SL_MUST_CHECK enum sl_status sl_folders_sync(
    struct sl_folders *folders, int root, struct sl_error *err);
void sl_folders_clear(struct sl_folders *folders);

#endif /* SL_CLIENT_FOLDERS_H */
