#include "heads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
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

const char *
sl_head_object_name(enum sl_head_object object)
{
	static const char *const names[SL_HEAD_OBJECT_COUNT] = {"manifest",
	    "manifest.minisig", "index.json", "files.sha256", "quality.json"};

	return names[object];
}

enum sl_status
sl_heads_init(struct sl_heads *heads, const char *dataset,
    const char (*roots)[SL_PROFILE_ROOT_LEN + 1], size_t root_count,
    struct sl_error *err)
{
	enum sl_status status;

	memset(heads, 0, sizeof(*heads));
	sl_grant_init(&heads->grant);
	snprintf(heads->dataset, sizeof(heads->dataset), "%s", dataset);
	if (root_count > SL_PROFILE_ROOTS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "too many root keys");
	for (size_t i = 0; i < root_count; i++) {
		status = sl_verify_key_parse(
		    &heads->keys[i], sl_slice_text(roots[i]));
		if (status != SL_OK)
			return sl_error_set(err, SL_ERR_INVALID,
			    "'%s' is not a public key", roots[i]);
	}
	heads->key_count = root_count;
	status = sl_live_new(&heads->live);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

void
sl_heads_clear(struct sl_heads *heads)
{
	for (size_t i = 0; i < heads->count; i++)
		sl_index_free(heads->batches[i].index);
	free(heads->batches);
	sl_live_free(heads->live);
	sl_grant_clear(&heads->grant);
	memset(heads, 0, sizeof(*heads));
}

/* What fails in signed or hashed bytes is a matter of integrity. */
static enum sl_status
as_integrity(struct sl_error *err, enum sl_status status, uint32_t seq)
{
	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	if (err != NULL)
		err->status = SL_ERR_INTEGRITY;
	return sl_error_prefix(err, SL_ERR_INTEGRITY, "batch %u", seq);
}

enum sl_status
sl_heads_check_manifest(const struct sl_heads *heads, struct sl_slice manifest,
    struct sl_slice minisig, struct sl_manifest *out, struct sl_error *err)
{
	static const unsigned char zeros[32];
	const unsigned char *previous = zeros;
	uint32_t seq = (uint32_t)heads->count + 1;
	enum sl_status status;

	status = sl_minisig_verify(
	    minisig, manifest, heads->keys, heads->key_count, NULL, err);
	if (status == SL_OK)
		status = sl_manifest_parse(out, manifest, err);
	if (status != SL_OK)
		return as_integrity(err, status, seq);
	if (strcmp(out->dataset, heads->dataset) != 0 || out->seq != seq)
		return sl_error_code(err, SL_ERR_INTEGRITY, "wrong_batch",
		    "expected batch %u of %s, the signed manifest is of batch "
		    "%u of %s",
		    seq, heads->dataset, out->seq, out->dataset);
	if (heads->count > 0)
		previous = heads->batches[heads->count - 1].hash;
	if (memcmp(out->previous, previous, sizeof(zeros)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "fork",
		    "batch %u does not follow the batch %u that is known: "
		    "someone signed two histories",
		    seq, seq - 1);
	return SL_OK;
}

static enum sl_status
check_objects(const struct sl_head_objects *objects,
    const struct sl_manifest *manifest, struct sl_error *err)
{
	static const enum sl_head_object places[SL_MANIFEST_OBJECT_COUNT] = {
	    SL_HEAD_INDEX, SL_HEAD_FILES, SL_HEAD_QUALITY};

	for (int i = 0; i < SL_MANIFEST_OBJECT_COUNT; i++) {
		enum sl_status status = sl_manifest_check_object(manifest,
		    (enum sl_manifest_object)i, objects->object[places[i]],
		    err);

		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
append_batch(struct sl_heads *heads, const struct sl_head_batch *batch)
{
	if (heads->count == heads->capacity) {
		size_t capacity =
		    heads->capacity == 0 ? 16 : heads->capacity * 2;
		struct sl_head_batch *more =
		    reallocarray(heads->batches, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		heads->batches = more;
		heads->capacity = capacity;
	}
	heads->batches[heads->count++] = *batch;
	return SL_OK;
}

enum sl_status
sl_heads_accept(struct sl_heads *heads, const struct sl_head_objects *objects,
    struct sl_error *err)
{
	uint32_t seq = (uint32_t)heads->count + 1;
	struct sl_head_batch batch = {0};
	enum sl_status status;

	status =
	    sl_heads_check_manifest(heads, objects->object[SL_HEAD_MANIFEST],
	        objects->object[SL_HEAD_MINISIG], &batch.manifest, err);
	if (status != SL_OK)
		return status;
	status =
	    sl_manifest_hash(batch.hash, objects->object[SL_HEAD_MANIFEST]);
	if (status == SL_OK)
		status = check_objects(objects, &batch.manifest, err);
	if (status == SL_OK)
		status = sl_index_parse(
		    &batch.index, objects->object[SL_HEAD_INDEX], err);
	if (status == SL_OK)
		status =
		    sl_index_check_manifest(batch.index, &batch.manifest, err);
	if (status == SL_OK)
		status = sl_live_apply(heads->live, seq, batch.index->entries,
		    batch.index->entry_count, err);
	if (status == SL_OK)
		status = append_batch(heads, &batch);
	if (status != SL_OK)
		sl_index_free(batch.index);
	return as_integrity(err, status, seq);
}

enum sl_status
sl_heads_take_grant(
    struct sl_heads *heads, struct sl_slice text, struct sl_error *err)
{
	enum sl_status status = sl_grant_parse(&heads->grant, text, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "grant");
	if (strcmp(heads->grant.dataset, heads->dataset) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "wrong_dataset",
		    "asked for %s, the grant is for %s", heads->dataset,
		    heads->grant.dataset);
	if (heads->grant.seq < heads->count)
		return sl_error_code(err, SL_ERR_INTEGRITY, "rollback",
		    "the server says that batch %u is the newest, but batch "
		    "%zu was seen before",
		    heads->grant.seq, heads->count);
	heads->has_grant = true;
	return SL_OK;
}

/* Read `name` of `folder` whole; SL_ERR_NOT_FOUND. */
static enum sl_status
read_object(int folder, const char *name, size_t max, struct sl_buf *buf,
    struct sl_error *err)
{
	enum sl_status status;
	struct stat info;
	int fd;

	sl_buf_init(buf, max);
	status = sl_tree_open(folder, name, &fd, err);
	if (status != SL_OK)
		return status;
	if (fstat(fd, &info) != 0) {
		close(fd);
		return sl_error_errno(err, "%s", name);
	}
	status = sl_buf_reserve(buf, (size_t)info.st_size);
	if (status != SL_OK)
		status =
		    sl_error_set(err, SL_ERR_INTEGRITY, "%s: too large", name);
	else
		status = sl_file_read_at(
		    fd, buf->data, (size_t)info.st_size, 0, err);
	if (status == SL_OK)
		buf->len = (size_t)info.st_size;
	close(fd);
	return status;
}

static enum sl_status
load_batch(struct sl_heads *heads, int folder, struct sl_error *err)
{
	struct sl_buf bytes[SL_HEAD_OBJECT_COUNT] = {0};
	struct sl_head_objects objects;
	enum sl_status status = SL_OK;

	for (int i = 0; status == SL_OK && i < SL_HEAD_OBJECT_COUNT; i++) {
		status = read_object(folder,
		    sl_head_object_name((enum sl_head_object)i), object_max[i],
		    &bytes[i], err);
		objects.object[i] = sl_buf_slice(&bytes[i]);
	}
	if (status == SL_OK)
		status = sl_heads_accept(heads, &objects, err);
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_clear(&bytes[i]);
	return status;
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
	if (status == SL_ERR_NOT_FOUND || status == SL_ERR_INVALID)
		return sl_error_clear(err);
	return status;
}

enum sl_status
sl_heads_load(struct sl_heads *heads, int meta, struct sl_error *err)
{
	char name[NAME_MAX_BYTES];
	enum sl_status status = SL_OK;

	while (status == SL_OK) {
		struct sl_error local = {0};
		int folder;

		snprintf(name, sizeof(name), "batches/%06zu", heads->count + 1);
		folder = openat(meta, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (folder < 0 && errno == ENOENT)
			break;
		if (folder < 0)
			return sl_error_errno(err, ".sluice/%s", name);
		status = load_batch(heads, folder, &local);
		close(folder);
		if (status == SL_ERR_NOT_FOUND)
			status = SL_ERR_INTEGRITY;
		if (status != SL_OK)
			return sl_error_code(err, status, local.code,
			    ".sluice/%s: %s", name, local.text);
	}
	return load_grant(heads, meta, err);
}

static enum sl_status
write_object(
    int folder, const char *name, struct sl_slice bytes, struct sl_error *err)
{
	enum sl_status status;
	int fd = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return sl_error_errno(err, "%s", name);
	status = sl_file_write_all(fd, bytes.data, bytes.len, err);
	if (status == SL_OK && fsync(fd) != 0)
		status = sl_error_errno(err, "%s", name);
	close(fd);
	return status;
}

static enum sl_status
fill_folder(int batches, const char *name,
    const struct sl_head_objects *objects, struct sl_error *err)
{
	enum sl_status status;
	int folder;

	status = sl_tree_remove_all(batches, name, err);
	if (status == SL_OK)
		status = sl_tree_make_folder(batches, name, &folder, err);
	if (status != SL_OK)
		return status;
	for (int i = 0; status == SL_OK && i < SL_HEAD_OBJECT_COUNT; i++)
		status = write_object(folder,
		    sl_head_object_name((enum sl_head_object)i),
		    objects->object[i], err);
	if (status == SL_OK && fsync(folder) != 0)
		status = sl_error_errno(err, "%s", name);
	close(folder);
	return status;
}

enum sl_status
sl_heads_store(int meta, uint32_t seq, const struct sl_head_objects *objects,
    struct sl_error *err)
{
	char name[NAME_MAX_BYTES];
	enum sl_status status;
	int batches;

	snprintf(name, sizeof(name), "%06u", seq);
	status = sl_tree_make_folder(meta, "batches", &batches, err);
	if (status != SL_OK)
		return status;
	status = fill_folder(batches, "new", objects, err);
	if (status == SL_OK)
		status = sl_tree_remove_all(batches, name, err);
	if (status == SL_OK &&
	    (renameat(batches, "new", batches, name) != 0 ||
	        fsync(batches) != 0))
		status = sl_error_errno(err, ".sluice/batches/%s", name);
	close(batches);
	return status;
}

const struct sl_index *
sl_heads_index(const struct sl_heads *heads, uint32_t seq)
{
	if (seq == 0 || seq > heads->count)
		return NULL;
	return heads->batches[seq - 1].index;
}

const struct sl_index_segment *
sl_heads_segment(const struct sl_heads *heads, uint32_t seq, uint32_t ordinal)
{
	const struct sl_index *index = sl_heads_index(heads, seq);

	if (index == NULL || ordinal >= index->segment_count)
		return NULL;
	return &index->segments[ordinal];
}
