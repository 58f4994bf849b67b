#include "file_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"

#include "cache_line.h"

#define CACHE_BYTES_MAX (1u << 30)
/* Kernel time stamps step by up to 10 ms; network file systems by seconds. */
#define YOUNG_NS INT64_C(2000000000)

/* sha256 bytes source-bytes mtime ctime inode count path; the count is one more
 * than it is, 0 if there is none. */
static bool
parse_line(struct cached_file *out, struct sl_slice line)
{
	uint64_t mtime_ns;
	uint64_t ctime_ns;

	if (!cache_line_hash(&line, out->sha256) ||
	    !cache_line_number(&line, &out->bytes) ||
	    !cache_line_number(&line, &out->source_bytes) ||
	    !cache_line_number(&line, &mtime_ns) ||
	    !cache_line_number(&line, &ctime_ns) ||
	    !cache_line_number(&line, &out->inode) ||
	    !cache_line_number(&line, &out->count) || line.len == 0 ||
	    mtime_ns > INT64_MAX || ctime_ns > INT64_MAX)
		return false;
	out->mtime_ns = (int64_t)mtime_ns;
	out->ctime_ns = (int64_t)ctime_ns;
	out->has_count = out->count > 0;
	out->count -= out->has_count;
	out->path = strndup((const char *)line.data, line.len);
	return out->path != NULL;
}

static bool
add_file(struct file_cache *cache, const struct cached_file *file)
{
	size_t count = cache->count;
	struct cached_file *files =
	    sl_array_room(cache->files, count, sizeof(*files));

	if (files == NULL)
		return false;
	cache->files = files;
	cache->files[cache->count++] = *file;
	return true;
}

static int
compare_files(const void *a, const void *b)
{
	const struct cached_file *x = a;
	const struct cached_file *y = b;

	return strcmp(x->path, y->path);
}

enum sl_status
file_cache_read(struct file_cache *out, const char *path, struct sl_error *err)
{
	struct sl_buf buf;
	enum sl_status status;

	*out = (struct file_cache){0};
	sl_buf_init(&buf, CACHE_BYTES_MAX);
	if (access(path, F_OK) != 0)
		return SL_OK;
	status = sl_file_read(&buf, path, err);
	for (size_t at = 0; status == SL_OK && at < buf.len;) {
		const char *line = (const char *)buf.data + at;
		const char *end = memchr(line, '\n', buf.len - at);
		struct cached_file file = {0};

		if (end == NULL)
			break; /* cut by a kill */
		at += (size_t)(end - line) + 1;
		if (!parse_line(&file, sl_slice_of(line, (size_t)(end - line))))
			continue;
		if (!add_file(out, &file)) {
			free(file.path);
			status = SL_ERR_NOMEM;
		}
	}
	sl_buf_clear(&buf);
	if (status != SL_OK) {
		file_cache_clear(out);
		return status;
	}
	if (out->count > 1)
		qsort(
		    out->files, out->count, sizeof(*out->files), compare_files);
	return SL_OK;
}

void
file_cache_clear(struct file_cache *cache)
{
	for (size_t i = 0; i < cache->count; i++)
		free(cache->files[i].path);
	free(cache->files);
	*cache = (struct file_cache){0};
}

static int64_t
nanoseconds(struct timespec time)
{
	return (int64_t)time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void
cached_file_describe(struct cached_file *file, const struct stat *info)
{
	int64_t now_ns = sl_clock_wall_us() * 1000;

	file->source_bytes = (uint64_t)info->st_size;
	file->mtime_ns = nanoseconds(info->st_mtim);
	file->ctime_ns = nanoseconds(info->st_ctim);
	file->inode = (uint64_t)info->st_ino;
	file->is_young = file->mtime_ns < 0 || file->ctime_ns < 0 ||
	    now_ns - file->mtime_ns < YOUNG_NS ||
	    now_ns - file->ctime_ns < YOUNG_NS;
}

bool
cached_file_is(const struct cached_file *file, const struct stat *info)
{
	return file->source_bytes == (uint64_t)info->st_size &&
	    file->mtime_ns == nanoseconds(info->st_mtim) &&
	    file->ctime_ns == nanoseconds(info->st_ctim) &&
	    file->inode == (uint64_t)info->st_ino;
}

const struct cached_file *
file_cache_find(
    const struct file_cache *cache, const char *path, const struct stat *info)
{
	struct cached_file wanted = {.path = (char *)(uintptr_t)path};
	const struct cached_file *found;
	const struct cached_file *end;

	if (cache->count == 0)
		return NULL;
	found = bsearch(
	    &wanted, cache->files, cache->count, sizeof(wanted), compare_files);
	if (found == NULL)
		return NULL;
	end = cache->files + cache->count;
	/* A file may have several lines, one per change. */
	while (found > cache->files && strcmp(found[-1].path, path) == 0)
		found--;
	for (; found < end && strcmp(found->path, path) == 0; found++) {
		if (cached_file_is(found, info))
			return found;
	}
	return NULL;
}

enum sl_status
file_cache_append(int fd, const struct cached_file *file, struct sl_error *err)
{
	char hex[65];
	char *line = NULL;
	enum sl_status status;
	int len;

	if (file->is_young)
		return SL_OK;
	sl_hex_encode(hex, file->sha256, 32);
	len = asprintf(&line,
	    "%s %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRIu64
	    " %" PRIu64 " %s\n",
	    hex, file->bytes, file->source_bytes, file->mtime_ns,
	    file->ctime_ns, file->inode, file->has_count ? file->count + 1 : 0,
	    file->path);
	if (len < 0)
		return SL_ERR_NOMEM;
	status = sl_file_write_all(fd, line, (size_t)len, err);
	free(line);
	return status;
}
