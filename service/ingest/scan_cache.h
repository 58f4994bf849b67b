/* What scans of the source told: scans.cache, a line per unit, in every draft
 * and in the folder of a run under way.
 *
 * In memory are only the places of the lines.  As files.cache it only saves
 * reading: a line that is damaged, or was told under other rules, is none. */
#ifndef SL_INGEST_SCAN_CACHE_H
#define SL_INGEST_SCAN_CACHE_H

#include "sluice/base/slice.h"

#include "file_cache.h"

/* Of the rules that scans follow. */
#define SCAN_RULES_MAX 17

struct scan_line {
	struct cached_file unit; /* path: the unit's name; hash of the line */
	uint64_t offset;         /* of what was told */
	size_t len;
};

struct scan_cache {
	int fd;
	struct scan_line *lines; /* by name */
	size_t count;
};

SL_MUST_CHECK enum sl_status scan_rules_name(
    char out[SCAN_RULES_MAX], unsigned version, struct sl_slice rules);

/* An absent file gives an empty cache. */
SL_MUST_CHECK enum sl_status scan_cache_open(struct scan_cache *out,
    const char *path, const char *rules, struct sl_error *err);
void scan_cache_close(struct scan_cache *cache);

/* NULL if the unit is not known as `info` shows its file, or out of memory;
 * else the line, which the caller frees.  Any thread. */
char *scan_cache_find(
    const struct scan_cache *cache, const char *name, const struct stat *info);

/* Append a line to `fd`, unless the times are too young.  Any thread. */
SL_MUST_CHECK enum sl_status scan_cache_append(int fd, const char *rules,
    const struct cached_file *unit, const char *told, struct sl_error *err);

#endif /* SL_INGEST_SCAN_CACHE_H */
