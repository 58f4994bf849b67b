#include "workplace.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"

/* Up to this many objects are fsynced one by one; for more, one syncfs costs
 * less than a journal commit each. */
#define FSYNC_MAX 32
#define IDS_MAX   100000

/* ---- removing ---- */

static int
on_removed(
    const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)walk;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static enum sl_status
remove_tree(const char *path, struct sl_error *err)
{
	if (nftw(path, on_removed, 16, FTW_DEPTH | FTW_PHYS) != 0 &&
	    errno != ENOENT)
		return sl_error_errno(err, "%s", path);
	return SL_OK;
}

/* ---- opening ---- */

static enum sl_status
name_places(struct workplace *place, const struct sl_ingest_options *options,
    struct sl_error *err)
{
	unsigned char digest[32];
	char hex[17];
	char *text = NULL;
	enum sl_status status;
	int len;

	place->source_path = realpath(options->dir, NULL);
	if (place->source_path == NULL)
		return sl_error_errno(err, "%s", options->dir);
	len = asprintf(&text, "%s\n%s\n%s\n%s", options->site, options->into,
	    options->format, place->source_path);
	if (len < 0)
		return SL_ERR_NOMEM;
	status = sl_sha256_of(digest, sl_slice_of(text, (size_t)len));
	free(text);
	if (status != SL_OK)
		return status;
	sl_hex_encode(hex, digest, 8);
	if (asprintf(&place->parent, "%s/drafts/%s", options->home,
	        options->dataset) < 0) {
		place->parent = NULL;
		return SL_ERR_NOMEM;
	}
	if (asprintf(&place->dir, "%s/.work-%s", place->parent, hex) < 0) {
		place->dir = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
}

static enum sl_status
lock_dir(struct workplace *place, struct sl_error *err)
{
	enum sl_status status;

	status = sl_file_make_dirs(place->dir, err);
	if (status != SL_OK)
		return status;
	place->dir_fd = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->dir_fd < 0)
		return sl_error_errno(err, "%s", place->dir);
	if (flock(place->dir_fd, LOCK_EX | LOCK_NB) != 0)
		return sl_error_code(err, SL_ERR_CONFLICT, "ingest_busy",
		    "this source is being ingested by another process");
	place->objects.dir_fd = place->dir_fd;
	return SL_OK;
}

static enum sl_status
find_previous(struct workplace *place, const struct sl_ingest_options *options,
    struct sl_error *err)
{
	struct sl_stored_drafts *all = &place->previous;
	enum sl_status status;
	size_t kept = 0;

	status = sl_draft_store_list(all, options->home, options->dataset, err);
	if (status != SL_OK)
		return status;
	sl_draft_store_keep_newest(all);
	for (size_t i = 0; i < all->count; i++) {
		struct sl_stored_draft item = all->items[i];

		if (strcmp(item.draft->site, options->site) == 0 &&
		    strcmp(item.draft->into, options->into) == 0) {
			all->items[i] = all->items[kept];
			all->items[kept++] = item;
		}
	}
	/* The others go; there is at most one of a site and folder. */
	for (size_t i = kept; i < all->count; i++) {
		free(all->items[i].dir);
		sl_draft_free(all->items[i].draft);
	}
	all->count = kept;
	return SL_OK;
}

static enum sl_status
read_caches(struct workplace *place, struct sl_error *err)
{
	char *path = NULL;
	enum sl_status status;

	if (asprintf(&path, "%s/files.cache", place->dir) < 0)
		return SL_ERR_NOMEM;
	status = file_cache_read(&place->own, path, err);
	free(path);
	if (status != SL_OK || place->previous.count == 0)
		return status;
	if (asprintf(&path, "%s/files.cache", place->previous.items[0].dir) < 0)
		return SL_ERR_NOMEM;
	status = file_cache_read(&place->before, path, err);
	free(path);
	place->before_fd = open(
	    place->previous.items[0].dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return status;
}

/* Opened for more lines, behind one that a kill has cut. */
static enum sl_status
open_cache(
    struct workplace *place, const char *name, int *fd, struct sl_error *err)
{
	*fd = openat(place->dir_fd, name,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (*fd < 0)
		return sl_error_errno(err, "%s", name);
	return sl_file_write_all(*fd, "\n", 1, err);
}

enum sl_status
workplace_open(struct workplace *place, const struct sl_ingest_options *options,
    struct sl_error *err)
{
	char *tmp = NULL;
	enum sl_status status;

	place->before_fd = -1;
	place->cache_fd = -1;
	place->scans_fd = -1;
	place->own_scans.fd = -1;
	place->scans_before.fd = -1;
	status = name_places(place, options, err);
	if (status == SL_OK)
		status = lock_dir(place, err);
	if (status == SL_OK)
		status = find_previous(place, options, err);
	if (status == SL_OK)
		status = read_caches(place, err);
	if (status != SL_OK)
		return status;
	/* What a killed run was writing. */
	if (asprintf(&tmp, "%s/tmp", place->dir) < 0)
		return SL_ERR_NOMEM;
	status = remove_tree(tmp, err);
	free(tmp);
	if (status == SL_OK)
		status = object_place_make(&place->objects, err);
	if (status != SL_OK)
		return status;
	return open_cache(place, "files.cache", &place->cache_fd, err);
}

enum sl_status
workplace_open_scans(
    struct workplace *place, const char *rules, struct sl_error *err)
{
	char *path = NULL;
	enum sl_status status;

	snprintf(place->scan_rules, sizeof(place->scan_rules), "%s", rules);
	if (asprintf(&path, "%s/scans.cache", place->dir) < 0)
		return SL_ERR_NOMEM;
	status = scan_cache_open(&place->own_scans, path, rules, err);
	free(path);
	if (status == SL_OK && place->previous.count > 0) {
		if (asprintf(&path, "%s/scans.cache",
		        place->previous.items[0].dir) < 0)
			return SL_ERR_NOMEM;
		status =
		    scan_cache_open(&place->scans_before, path, rules, err);
		free(path);
	}
	return status == SL_OK
	    ? open_cache(place, "scans.cache", &place->scans_fd, err)
	    : status;
}

void
workplace_close(struct workplace *place)
{
	if (place->dir_fd >= 0)
		close(place->dir_fd);
	if (place->dir != NULL && place->before_fd >= 0)
		close(place->before_fd);
	if (place->dir != NULL && place->cache_fd >= 0)
		close(place->cache_fd);
	if (place->dir != NULL) {
		if (place->scans_fd >= 0)
			close(place->scans_fd);
		scan_cache_close(&place->own_scans);
		scan_cache_close(&place->scans_before);
	}
	file_cache_clear(&place->own);
	file_cache_clear(&place->before);
	sl_stored_drafts_clear(&place->previous);
	free(place->source_path);
	free(place->parent);
	free(place->dir);
	*place = (struct workplace){.dir_fd = -1};
}

const struct sl_draft *
workplace_previous(const struct workplace *place)
{
	return place->previous.count == 0 ? NULL
	                                  : place->previous.items[0].draft;
}

static bool
has_objects(int dir_fd, const struct sl_draft_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!object_is_there(dir_fd, files[i].sha256, files[i].bytes))
			return false;
	return true;
}

bool
workplace_previous_is_whole(
    const struct workplace *place, const struct sl_draft *draft)
{
	if (place->before_fd < 0 ||
	    !has_objects(place->before_fd, draft->dataset_files,
	        draft->dataset_file_count))
		return false;
	for (size_t i = 0; i < draft->episode_count; i++)
		if (!has_objects(place->before_fd, draft->episodes[i].files,
		        draft->episodes[i].file_count))
			return false;
	return true;
}

/* ---- files ---- */

bool
workplace_reuse(struct workplace *place, const char *path,
    const struct stat *info, struct cached_file *out)
{
	const struct cached_file *found;

	found = file_cache_find(&place->own, path, info);
	if (found != NULL &&
	    object_verify(&place->objects, found, NULL) == SL_OK) {
		*out = *found;
		return true;
	}
	found = file_cache_find(&place->before, path, info);
	if (found != NULL && place->before_fd >= 0 &&
	    object_link(&place->objects, place->before_fd, found) == SL_OK) {
		*out = *found;
		return true;
	}
	return false;
}

enum sl_status
workplace_remember(struct workplace *place, const char *path,
    struct cached_file *file, struct sl_error *err)
{
	/* One write(2) in O_APPEND: lines of several threads do not mix. */
	file->path = (char *)(uintptr_t)path;
	return file_cache_append(place->cache_fd, file, err);
}

/* ---- units ---- */

static enum sl_status
verify_file(void *ctx, const struct sl_scan_file *file)
{
	const struct workplace *place = ctx;
	struct cached_file object = {.bytes = file->bytes};

	memcpy(object.sha256, file->sha256, sizeof(object.sha256));
	return object_verify(&place->objects, &object, NULL);
}

static enum sl_status
link_file(void *ctx, const struct sl_scan_file *file)
{
	const struct workplace *place = ctx;
	struct cached_file object = {.bytes = file->bytes};

	memcpy(object.sha256, file->sha256, sizeof(object.sha256));
	return object_link(&place->objects, place->before_fd, &object);
}

char *
workplace_recall(
    struct workplace *place, const char *name, const struct stat *info)
{
	struct cached_file unit = {.path = (char *)(uintptr_t)name};
	char *told = scan_cache_find(&place->own_scans, name, info);

	if (told != NULL &&
	    sl_scan_each_file(told, verify_file, place) == SL_OK)
		return told;
	free(told);
	if (place->before_fd < 0)
		return NULL;
	told = scan_cache_find(&place->scans_before, name, info);
	cached_file_describe(&unit, info);
	if (told != NULL &&
	    sl_scan_each_file(told, link_file, place) == SL_OK &&
	    workplace_note(place, &unit, told, NULL) == SL_OK)
		return told;
	free(told);
	return NULL;
}

enum sl_status
workplace_note(struct workplace *place, const struct cached_file *unit,
    const char *told, struct sl_error *err)
{
	return scan_cache_append(
	    place->scans_fd, place->scan_rules, unit, told, err);
}

/* ---- the end ---- */

static enum sl_status
sync_object(struct workplace *place, const unsigned char sha256[32],
    struct sl_error *err)
{
	char name[OBJECT_NAME_MAX];
	enum sl_status status = SL_OK;
	int fd;

	object_name(name, sha256);
	fd = openat(place->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return sl_error_errno(err, "%s", name);
	if (fsync(fd) != 0)
		status = sl_error_errno(err, "%s", name);
	close(fd);
	return status;
}

static enum sl_status
sync_files(struct workplace *place, const struct sl_draft_file *files,
    size_t count, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = sync_object(place, files[i].sha256, err);
	return status;
}

/* Objects first, then their folders; draft.json and the rename come after. */
static enum sl_status
sync_all(
    struct workplace *place, const struct sl_draft *draft, struct sl_error *err)
{
	size_t files = draft->dataset_file_count;
	enum sl_status status;

	for (size_t i = 0; i < draft->episode_count; i++)
		files += draft->episodes[i].file_count;
	if (files > FSYNC_MAX) {
		if (syncfs(place->dir_fd) != 0)
			return sl_error_errno(err, "syncfs %s", place->dir);
		return SL_OK;
	}
	status = sync_files(
	    place, draft->dataset_files, draft->dataset_file_count, err);
	for (size_t i = 0; status == SL_OK && i < draft->episode_count; i++)
		status = sync_files(place, draft->episodes[i].files,
		    draft->episodes[i].file_count, err);
	for (unsigned i = 0; status == SL_OK && i < 256; i++) {
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "objects/%02x", i);
		/* An empty folder holds nothing to be synced. */
		if (unlinkat(place->dir_fd, name, AT_REMOVEDIR) == 0)
			continue;
		fd = openat(
		    place->dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fsync(fd) != 0)
			status = sl_error_errno(err, "%s", name);
		if (fd >= 0)
			close(fd);
	}
	return status;
}

/* The greatest number among "<site>-NNNN". */
static unsigned
last_number(const struct sl_stored_drafts *drafts, const char *site)
{
	size_t site_len = strlen(site);
	unsigned last = 0;

	for (size_t i = 0; i < drafts->count; i++) {
		const char *id = drafts->items[i].id;
		uint64_t number;

		if (strncmp(id, site, site_len) == 0 && id[site_len] == '-' &&
		    sl_parse_u64(id + site_len + 1, IDS_MAX, &number) &&
		    number > last)
			last = (unsigned)number;
	}
	return last;
}

static enum sl_status
rename_work(struct workplace *place, const char *site, char id[SL_DRAFT_ID_MAX],
    char **dir, struct sl_error *err)
{
	unsigned number = last_number(&place->previous, site);

	while (number++ < IDS_MAX) {
		snprintf(id, SL_DRAFT_ID_MAX, "%s-%04u", site, number);
		free(*dir);
		if (asprintf(dir, "%s/%s", place->parent, id) < 0) {
			*dir = NULL;
			return SL_ERR_NOMEM;
		}
		if (renameat2(AT_FDCWD, place->dir, AT_FDCWD, *dir,
		        RENAME_NOREPLACE) == 0)
			return sl_file_sync_dir(place->parent, err);
		if (errno != EEXIST)
			return sl_error_errno(err, "%s", *dir);
	}
	return sl_error_set(err, SL_ERR_LIMIT, "too many drafts");
}

enum sl_status
workplace_publish(struct workplace *place, const struct sl_draft *draft,
    char id[SL_DRAFT_ID_MAX], char **dir, struct sl_error *err)
{
	struct sl_buf buf;
	char *path = NULL;
	enum sl_status status;

	(void)unlinkat(place->dir_fd, "tmp", AT_REMOVEDIR);
	status = sync_all(place, draft, err);
	if (status != SL_OK)
		return status;
	sl_buf_init(&buf, SL_DRAFT_BYTES_MAX);
	status = sl_draft_write(&buf, draft);
	if (status == SL_OK && asprintf(&path, "%s/draft.json", place->dir) < 0)
		status = SL_ERR_NOMEM;
	if (status == SL_OK)
		status = sl_file_replace(path, sl_buf_slice(&buf), 0644, err);
	free(path);
	sl_buf_clear(&buf);
	if (status != SL_OK)
		return status;
	return rename_work(place, draft->site, id, dir, err);
}

/* The draft that stays gets the caches of this run, which know its files as
 * they are now.  Without them the next run only reads more. */
static void
hand_on(const struct workplace *place, const char *name)
{
	if (place->before_fd >= 0)
		(void)renameat(place->dir_fd, name, place->before_fd, name);
}

enum sl_status
workplace_discard(struct workplace *place, char id[SL_DRAFT_ID_MAX], char **dir,
    struct sl_error *err)
{
	const struct sl_stored_draft *previous = &place->previous.items[0];

	snprintf(id, SL_DRAFT_ID_MAX, "%s", previous->id);
	*dir = strdup(previous->dir);
	if (*dir == NULL)
		return SL_ERR_NOMEM;
	hand_on(place, "files.cache");
	if (place->scans_fd >= 0)
		hand_on(place, "scans.cache");
	return remove_tree(place->dir, err);
}
