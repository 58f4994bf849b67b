/* Files beneath one folder, never through a symbolic link.
 *
 * `root` is a descriptor of the folder; paths are those that the catalog
 * judged good.  A link or another thing in the way is SL_ERR_INTEGRITY with
 * code "planted", and named. */
#ifndef SL_CLIENT_TREE_H
#define SL_CLIENT_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "sluice/base/error.h"

enum sl_tree_kind {
	SL_TREE_NOTHING,
	SL_TREE_FILE,
	SL_TREE_FOLDER,
	SL_TREE_ODD, /* a link, device, socket … at or above the path */
};

/* What is there; `info` (NULL is allowed) is filled for a file. */
SL_MUST_CHECK enum sl_status sl_tree_look(int root, const char *path,
    enum sl_tree_kind *out, struct stat *info, struct sl_error *err);

/* Open a regular file for reading.  SL_ERR_NOT_FOUND, or planted. */
SL_MUST_CHECK enum sl_status sl_tree_open(
    int root, const char *path, int *out_fd, struct sl_error *err);

/* Open the folder that holds `path`, making it if told; *name points at the
 * last component. */
SL_MUST_CHECK enum sl_status sl_tree_open_parent(int root, const char *path,
    bool make, int *out_fd, const char **name, struct sl_error *err);

/* Remove a file; nothing there is fine, a link itself is removed, a folder is
 * planted.  Then its empty folders up to the root. */
SL_MUST_CHECK enum sl_status sl_tree_remove(
    int root, const char *path, struct sl_error *err);

/* Rename folder `from_fd`'s file `from` to `path`, making folders. */
SL_MUST_CHECK enum sl_status sl_tree_place(int root, const char *path,
    int from_fd, const char *from, struct sl_error *err);

/* Remove a folder and all in it (ours: staging); nothing there is fine. */
SL_MUST_CHECK enum sl_status sl_tree_remove_all(
    int parent, const char *name, struct sl_error *err);

/* Open the folder `name` of `parent`, making it if it is not there. */
SL_MUST_CHECK enum sl_status sl_tree_make_folder(
    int parent, const char *name, int *out_fd, struct sl_error *err);

/* Called for each thing beneath the root that is no folder. */
typedef enum sl_status sl_tree_walk_fn(
    void *ctx, const char *path, enum sl_tree_kind kind, struct sl_error *err);

/* Everything but the folder `skip` of the root, by name; paths that are too
 * long to be the dataset's are handed out cut. */
SL_MUST_CHECK enum sl_status sl_tree_walk(int root, const char *skip,
    sl_tree_walk_fn *on_entry, void *ctx, struct sl_error *err);

#endif /* SL_CLIENT_TREE_H */
