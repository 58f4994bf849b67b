#include "scan_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"

#include "cache_line.h"

enum sl_status
scan_rules_name(
    char out[SCAN_RULES_MAX], unsigned version, struct sl_slice rules)
{
	unsigned char digest[32];
	struct sl_sha256 hash;
	enum sl_status status = sl_sha256_init(&hash);

	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, &version, sizeof(version));
	sl_sha256_update(&hash, rules.data, rules.len);
	status = sl_sha256_final(&hash, digest);
	sl_hex_encode(out, digest, (SCAN_RULES_MAX - 1) / 2);
	return status;
}

/* rules sha256 bytes mtime ctime inode name-length name told: how much of the
 * line stands before `told`, 0 if it is not that. */
static size_t
parse_line(struct scan_line *out, struct sl_slice line, const char *rules)
{
	struct cached_file *unit = &out->unit;
	size_t len = line.len;
	uint64_t mtime_ns;
	uint64_t ctime_ns;
	uint64_t name_len;

	if (!cache_line_word(&line, rules) ||
	    !cache_line_hash(&line, unit->sha256) ||
	    !cache_line_number(&line, &unit->source_bytes) ||
	    !cache_line_number(&line, &mtime_ns) ||
	    !cache_line_number(&line, &ctime_ns) ||
	    !cache_line_number(&line, &unit->inode) ||
	    !cache_line_number(&line, &name_len) || name_len >= line.len ||
	    line.data[name_len] != ' ' || mtime_ns > INT64_MAX ||
	    ctime_ns > INT64_MAX)
		return 0;
	unit->mtime_ns = (int64_t)mtime_ns;
	unit->ctime_ns = (int64_t)ctime_ns;
	unit->path = strndup((const char *)line.data, (size_t)name_len);
	return unit->path == NULL ? 0 : len - line.len + (size_t)name_len + 1;
}

static enum sl_status
add_line(struct scan_cache *cache, const struct scan_line *line)
{
	struct scan_line *lines =
	    sl_array_room(cache->lines, cache->count, sizeof(*lines));

	if (lines == NULL)
		return SL_ERR_NOMEM;
	cache->lines = lines;
	lines[cache->count++] = *line;
	return SL_OK;
}

static enum sl_status
read_lines(struct scan_cache *cache, FILE *file, const char *rules)
{
	enum sl_status status = SL_OK;
	char *text = NULL;
	size_t room = 0;
	uint64_t offset = 0;
	ssize_t len;

	while (status == SL_OK && (len = getline(&text, &room, file)) > 0) {
		struct scan_line line = {0};
		size_t head =
		    parse_line(&line, sl_slice_of(text, (size_t)len), rules);

		/* Without its end it was cut by a kill. */
		if (head > 0 && text[len - 1] == '\n') {
			line.offset = offset + head;
			line.len = (size_t)len - head - 1;
			status = add_line(cache, &line);
			if (status == SL_OK)
				line.unit.path = NULL;
		}
		free(line.unit.path);
		offset += (uint64_t)len;
	}
	free(text);
	return status;
}

static int
compare_lines(const void *a, const void *b)
{
	const struct scan_line *x = a;
	const struct scan_line *y = b;

	return strcmp(x->unit.path, y->unit.path);
}

enum sl_status
scan_cache_open(struct scan_cache *out, const char *path, const char *rules,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;
	FILE *file;

	*out = (struct scan_cache){
	    .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
	if (out->fd < 0)
		return errno == ENOENT ? SL_OK
		                       : sl_error_errno(err, "%s", path);
	file = fopen(path, "re");
	if (file == NULL) {
		status = sl_error_errno(err, "%s", path);
	} else {
		status = read_lines(out, file, rules);
		fclose(file);
	}
	if (status != SL_OK)
		scan_cache_close(out);
	else if (out->count > 1)
		qsort(
		    out->lines, out->count, sizeof(*out->lines), compare_lines);
	return status;
}

void
scan_cache_close(struct scan_cache *cache)
{
	for (size_t i = 0; i < cache->count; i++)
		free(cache->lines[i].unit.path);
	free(cache->lines);
	if (cache->fd >= 0)
		close(cache->fd);
	*cache = (struct scan_cache){.fd = -1};
}

/* NULL unless the bytes are those that were written. */
static char *
read_told(const struct scan_cache *cache, const struct scan_line *line)
{
	unsigned char sha256[32];
	char *told = malloc(line->len + 1);

	if (told == NULL)
		return NULL;
	told[line->len] = '\0';
	if (sl_file_read_at(cache->fd, told, line->len, line->offset, NULL) ==
	        SL_OK &&
	    sl_sha256_of(sha256, sl_slice_of(told, line->len)) == SL_OK &&
	    memcmp(sha256, line->unit.sha256, sizeof(sha256)) == 0)
		return told;
	free(told);
	return NULL;
}

char *
scan_cache_find(
    const struct scan_cache *cache, const char *name, const struct stat *info)
{
	struct scan_line wanted = {.unit.path = (char *)(uintptr_t)name};
	const struct scan_line *found;
	const struct scan_line *end;

	if (cache->count == 0)
		return NULL;
	found = bsearch(
	    &wanted, cache->lines, cache->count, sizeof(wanted), compare_lines);
	if (found == NULL)
		return NULL;
	end = cache->lines + cache->count;
	while (found > cache->lines && strcmp(found[-1].unit.path, name) == 0)
		found--;
	for (; found < end && strcmp(found->unit.path, name) == 0; found++) {
		char *told = cached_file_is(&found->unit, info)
		    ? read_told(cache, found)
		    : NULL;

		if (told != NULL)
			return told;
	}
	return NULL;
}

enum sl_status
scan_cache_append(int fd, const char *rules, const struct cached_file *unit,
    const char *told, struct sl_error *err)
{
	unsigned char sha256[32];
	char hex[65];
	char *line = NULL;
	enum sl_status status;
	int len;

	if (unit->is_young || strchr(unit->path, '\n') != NULL)
		return SL_OK;
	status = sl_sha256_of(sha256, sl_slice_text(told));
	if (status != SL_OK)
		return status;
	sl_hex_encode(hex, sha256, 32);
	len = asprintf(&line,
	    "%s %s %" PRIu64 " %" PRId64 " %" PRId64 " %" PRIu64 " %zu %s %s\n",
	    rules, hex, unit->source_bytes, unit->mtime_ns, unit->ctime_ns,
	    unit->inode, strlen(unit->path), unit->path, told);
	if (len < 0)
		return SL_ERR_NOMEM;
	status = sl_file_write_all(fd, line, (size_t)len, err);
	free(line);
	return status;
}
