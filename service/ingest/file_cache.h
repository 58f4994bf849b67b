/* Which file had which hash: files.cache, a text of one line per file, in
 * every draft and in the folder of a run under way.
 *
 * A file counts as unchanged if path, size, both times and inode are the
 * same.  What was made of a part of a file has a line of its own, under the
 * file's path with a tab and the part behind it.  The cache only saves reading:
 * a damaged line is left out. */
#ifndef SL_INGEST_FILE_CACHE_H
#define SL_INGEST_FILE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "sluice/base/error.h"

struct cached_file {
	char *path;     /* at the source */
	uint64_t bytes; /* of the object */
	/* Of the file that was read. */
	uint64_t source_bytes;
	int64_t mtime_ns;
	int64_t ctime_ns;
	uint64_t inode;
	bool is_young; /* not to be remembered: see cached_file_describe */
	bool has_count;
	uint64_t count; /* samples or rows */
	unsigned char sha256[32];
};

struct file_cache {
	struct cached_file *files; /* by path */
	size_t count;
};

/* An absent file gives an empty cache. */
SL_MUST_CHECK enum sl_status file_cache_read(
    struct file_cache *out, const char *path, struct sl_error *err);
void file_cache_clear(struct file_cache *cache);

/* NULL if the file is not known as `info` shows it. */
const struct cached_file *file_cache_find(
    const struct file_cache *cache, const char *path, const struct stat *info);

/* Take what stat says of the file that is about to be read.  Its times may be
 * so young that a change during or after the reading could have the same ones;
 * then it is young. */
void cached_file_describe(struct cached_file *file, const struct stat *info);

/* Is the file that was read still that one? */
bool cached_file_is(const struct cached_file *file, const struct stat *info);

/* Append a line to `fd`; one of a young file is not. */
SL_MUST_CHECK enum sl_status file_cache_append(
    int fd, const struct cached_file *file, struct sl_error *err);

#endif /* SL_INGEST_FILE_CACHE_H */
