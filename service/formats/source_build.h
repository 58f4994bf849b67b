/* What the readers share: growing a source, and reading its metadata
 * strictly from beneath its directory. */
#ifndef SL_FORMATS_SOURCE_BUILD_H
#define SL_FORMATS_SOURCE_BUILD_H

#include "sluice/formats/source.h"

/* Metadata of one source; LeRobot's stats are about 2 KiB per episode. */
#define SOURCE_META_MAX (512u << 20)

SL_MUST_CHECK enum sl_status source_new(struct sl_source **out,
    const char *format, const char *dir, struct sl_error *err);

/* Borrowed until the next one is added; metadata and facets are empty. */
SL_MUST_CHECK enum sl_status source_add_episode(struct sl_source *source,
    const char *key, struct sl_source_episode **out, struct sl_error *err);
SL_MUST_CHECK enum sl_status source_add_file(struct sl_source_episode *episode,
    const char *layer, const char *path, struct sl_error *err);
/* The episode's metadata as a file of the layer `meta`: `value` as text, which
 * takes a tenth of the memory, or if that is NULL a file that is there. */
SL_MUST_CHECK enum sl_status source_add_metadata(
    struct sl_source_episode *episode, const char *path, const json_t *value,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status source_add_dataset_file(
    struct sl_source *source, const char *path, struct sl_error *err);
/* The last file of the episode is that part of `from`. */
SL_MUST_CHECK enum sl_status source_set_part(struct sl_source_episode *episode,
    enum sl_source_part part, const char *from, uint64_t first, uint64_t count);
/* A dataset file with these bytes; takes `text`, also on failure. */
SL_MUST_CHECK enum sl_status source_add_generated(struct sl_source *source,
    const char *path, char *text, struct sl_error *err);
SL_MUST_CHECK enum sl_status source_warn(
    struct sl_source *source, const char *fmt, ...) SL_PRINTF(2, 3);

/* A whole JSON document: no duplicate keys, valid UTF-8, no NaN. */
SL_MUST_CHECK enum sl_status source_read_json(struct sl_source *source,
    const char *path, json_t **out, struct sl_error *err);

/* Called for each line that is not empty; borrows `line`. */
typedef enum sl_status source_line_fn(
    void *ctx, json_t *line, size_t number, struct sl_error *err);

/* JSON Lines: one object per line; errors are "path:line: …". */
SL_MUST_CHECK enum sl_status source_read_lines(struct sl_source *source,
    const char *path, source_line_fn *on_line, void *ctx, struct sl_error *err);

/* Every regular file beneath the directory, sorted by bytes.  Names that
 * begin with a dot are not entered. */
struct source_tree {
	char **paths;
	size_t count;
};

SL_MUST_CHECK enum sl_status source_tree_read(
    struct source_tree *out, int dir_fd, struct sl_error *err);
void source_tree_clear(struct source_tree *tree);

/* Position of `path`, or -1. */
ptrdiff_t source_tree_find(const struct source_tree *tree, const char *path);

#endif /* SL_FORMATS_SOURCE_BUILD_H */
