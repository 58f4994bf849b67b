#include "shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cabinet.h"
#include "sluice/base/checked.h"
#include "sluice/catalog/name.h"
#include "sluice/crypto/minisig.h"
#include "tree.h"

#define NAME_MAX_BYTES 64

static const size_t object_max[SL_HEAD_OBJECT_COUNT] = {
    [SL_HEAD_MANIFEST] = SL_MANIFEST_BYTES_MAX,
    [SL_HEAD_MINISIG] = SL_MINISIG_MAX,
    [SL_HEAD_INDEX] = SL_INDEX_BYTES_MAX,
    [SL_HEAD_FILES] = SL_HEAD_FILES_MAX,
    [SL_HEAD_QUALITY] = SL_QUALITY_BYTES_MAX,
};

/* -- load -- */

/* Is this how reading one of our files fails when someone changed it? */
static bool
is_damage(enum sl_status status)
{
	return status == SL_ERR_INTEGRITY || status == SL_ERR_NOT_FOUND ||
	    status == SL_ERR_LIMIT || status == SL_ERR_INVALID;
}

/* Read `name` of `folder` whole. */
static enum sl_status
read_object(int folder, const char *name, size_t max, struct sl_buf *buf,
    struct sl_error *err)
{
	sl_buf_init(buf, max);
	return sl_cabinet_read(folder, name, buf, err);
}

/* *at is the object that is not as it must be. */
static enum sl_status
load_batch(struct sl_heads *heads, int folder, enum sl_head_object *at,
    struct sl_error *err)
{
	struct sl_buf bytes[SL_HEAD_OBJECT_COUNT] = {0};
	struct sl_head_objects objects;
	enum sl_status status = SL_OK;

	for (int i = 0; status == SL_OK && i < SL_HEAD_OBJECT_COUNT; i++) {
		*at = (enum sl_head_object)i;
		status = read_object(folder, sl_head_object_name(*at),
		    object_max[i], &bytes[i], err);
		objects.object[i] = sl_buf_slice(&bytes[i]);
	}
	if (status == SL_OK)
		status = sl_heads_check(heads, &objects, at, err);
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_clear(&bytes[i]);
	return status;
}

static enum sl_status
damaged(struct sl_heads *heads, const struct sl_error *why,
    const struct sl_mirror *mirror, const char *name, struct sl_error *err)
{
	heads->is_damaged = true;
	return sl_error_code(err, SL_ERR_INTEGRITY,
	    why->code[0] == '\0' ? "batch_damaged" : why->code, "%s/%s: %s",
	    mirror->meta_dir, name, why->text);
}

/* The next batch, which is said to be there. */
static enum sl_status
load_next(struct sl_heads *heads, const struct sl_mirror *mirror,
    struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_head_object at;
	char name[NAME_MAX_BYTES];
	enum sl_status status;
	int folder;
	int len =
	    snprintf(name, sizeof(name), "batches/%06zu", heads->count + 1);

	folder = openat(mirror->meta, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0) {
		sl_error_set(&why, SL_ERR_INTEGRITY, "not %s",
		    errno == ENOENT ? "there" : "a folder");
		if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR)
			return damaged(heads, &why, mirror, name, err);
		return sl_error_errno(err, "%s/%s", mirror->meta_dir, name);
	}
	status = load_batch(heads, folder, &at, &why);
	close(folder);
	if (status == SL_OK)
		return SL_OK;
	snprintf(name + len, sizeof(name) - (size_t)len, "/%s",
	    sl_head_object_name(at));
	if (is_damage(status))
		return damaged(heads, &why, mirror, name, err);
	return sl_error_code(err, status, why.code, "%s/%s: %s",
	    mirror->meta_dir, name, why.text);
}

static enum sl_status
load_grant(struct sl_heads *heads, int meta, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	status =
	    read_object(meta, "grant.json", SL_GRANT_BYTES_MAX, &text, err);
	if (status == SL_OK)
		status =
		    sl_grant_parse(&heads->grant, sl_buf_slice(&text), err);
	heads->has_grant = status == SL_OK;
	sl_buf_clear(&text);
	/* The server sends it anew with each head. */
	return is_damage(status) ? sl_error_clear(err) : status;
}

/* "000007"; only the very name that we give. */
static bool
parse_folder(const char *name, size_t *seq)
{
	const char *digits = name + strspn(name, "0");
	char same[NAME_MAX_BYTES];
	uint64_t value;

	if (!sl_parse_u64(digits, SL_SEQ_MAX, &value))
		return false;
	snprintf(same, sizeof(same), "%06zu", (size_t)value);
	*seq = (size_t)value;
	return strcmp(same, name) == 0;
}

/* The highest number of a folder of batches; 0 if there is none. */
static size_t
newest_folder(const struct sl_mirror *mirror)
{
	int fd = openat(mirror->meta, "batches",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t newest = 0, seq;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (parse_folder(entry->d_name, &seq) && seq > newest)
			newest = seq;
	}
	closedir(folder);
	return newest;
}

/* The manifest and signature that a folder has; false if they cannot be read.
 * The caller clears both. */
static bool
read_signed(const struct sl_mirror *mirror, size_t seq, struct sl_buf *manifest,
    struct sl_buf *minisig)
{
	struct sl_error ignored = {0};
	char name[NAME_MAX_BYTES];
	bool is_read;
	int folder;

	sl_buf_init(manifest, 0);
	sl_buf_init(minisig, 0);
	snprintf(name, sizeof(name), "batches/%06zu", seq);
	folder = openat(mirror->meta, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return false;
	is_read = read_object(folder, "manifest", SL_MANIFEST_BYTES_MAX,
	              manifest, &ignored) == SL_OK &&
	    read_object(folder, "manifest.minisig", SL_MINISIG_MAX, minisig,
	        &ignored) == SL_OK;
	close(folder);
	return is_read;
}

/* Was batch `seq` seen, as its own files prove? */
static bool
was_seen(
    const struct sl_heads *heads, const struct sl_mirror *mirror, size_t seq)
{
	struct sl_buf manifest, minisig;
	bool was = read_signed(mirror, seq, &manifest, &minisig) &&
	    sl_heads_is_signed(heads, sl_buf_slice(&manifest),
	        sl_buf_slice(&minisig), (uint32_t)seq);

	sl_buf_clear(&manifest);
	sl_buf_clear(&minisig);
	return was;
}

enum sl_status
sl_shelf_load(struct sl_heads *heads, const struct sl_mirror *mirror,
    uint32_t newest, struct sl_error *err)
{
	size_t there = newest_folder(mirror);
	enum sl_status status = SL_OK;

	heads->known = newest;
	while (
	    status == SL_OK && (heads->count < there || heads->count < newest))
		status = load_next(heads, mirror, err);
	if (status == SL_OK)
		return load_grant(heads, mirror->meta, err);
	while (there > heads->known && !was_seen(heads, mirror, there))
		there--;
	if (there > heads->known)
		heads->known = there;
	return status;
}

enum sl_status
sl_shelf_advise(struct sl_error *err, const char *command, const char *dataset,
    const char *dir)
{
	struct sl_error why = *err;
	const char *space = dataset[0] == '\0' ? "" : " ";

	if (strcmp(why.code, "unknown_key") == 0)
		return sl_error_code(err, why.status, why.code,
		    "%s; if the file is damaged, `sluice %s%s%s %s` fetches it "
		    "again",
		    why.text, command, space, dataset, dir);
	return sl_error_code(err, why.status, why.code,
	    "%s; run `sluice %s%s%s %s` to fetch it again", why.text, command,
	    space, dataset, dir);
}

/* -- store -- */

/* What was kept of the newest batch, if it is signed, must be the same. */
static enum sl_status
check_kept(const struct sl_heads *heads, const struct sl_mirror *mirror,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;
	struct sl_buf manifest, minisig;

	if (read_signed(mirror, heads->count, &manifest, &minisig))
		status = sl_heads_check_same(heads, sl_buf_slice(&manifest),
		    sl_buf_slice(&minisig), err);
	sl_buf_clear(&manifest);
	sl_buf_clear(&minisig);
	return status;
}

enum sl_status
sl_shelf_store(const struct sl_heads *heads, const struct sl_mirror *mirror,
    const struct sl_head_objects *objects, struct sl_error *err)
{
	struct sl_cabinet_file files[SL_HEAD_OBJECT_COUNT];
	char name[NAME_MAX_BYTES];
	enum sl_status status;
	int batches;

	snprintf(name, sizeof(name), "%06zu", heads->count);
	status = sl_tree_make_folder(mirror->meta, "batches", &batches, err);
	if (status != SL_OK)
		return status;
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++) {
		files[i].name = sl_head_object_name((enum sl_head_object)i);
		files[i].bytes = objects->object[i];
	}
	status = check_kept(heads, mirror, err);
	if (status == SL_OK)
		status = sl_cabinet_put(
		    batches, name, files, SL_HEAD_OBJECT_COUNT, err);
	close(batches);
	return status;
}

enum sl_status
sl_shelf_cut(const struct sl_mirror *mirror, size_t count, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	char name[NAME_MAX_BYTES];
	size_t seq;

	while (status == SL_OK && (seq = newest_folder(mirror)) > count) {
		int batches = openat(mirror->meta, "batches",
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (batches < 0)
			return sl_error_errno(err, ".sluice/batches");
		snprintf(name, sizeof(name), "%06zu", seq);
		status = sl_tree_remove_all(batches, name, err);
		close(batches);
	}
	return status;
}
