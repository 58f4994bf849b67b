#include "leaves.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
sl_leaves_clear(struct sl_leaves *leaves)
{
	free(leaves->hashes);
	memset(leaves, 0, sizeof(*leaves));
}

static enum sl_status
load_leaf(struct sl_log_hash *out, const struct sl_mirror *mirror,
    const struct sl_heads *heads, size_t leaf, struct sl_error *err)
{
	unsigned char hash[32];
	enum sl_status status;
	struct sl_buf text;
	char name[64];

	snprintf(name, sizeof(name), "batches/%06zu/manifest", leaf + 1);
	sl_buf_init(&text, SL_MANIFEST_BYTES_MAX);
	status = sl_mirror_read(mirror, name, &text, err);
	if (status == SL_OK)
		status = sl_manifest_hash(hash, sl_buf_slice(&text));
	if (status == SL_OK &&
	    memcmp(hash, heads->batches[leaf].hash, sizeof(hash)) != 0)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "batch_damaged",
		    "%s/%s changed while it was read", mirror->meta_dir, name);
	if (status == SL_OK)
		status = sl_log_hash_leaf(out, sl_buf_slice(&text));
	sl_buf_clear(&text);
	return status;
}

enum sl_status
sl_leaves_load(struct sl_leaves *leaves, const struct sl_mirror *mirror,
    const struct sl_heads *heads, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	memset(leaves, 0, sizeof(*leaves));
	leaves->hashes = calloc(heads->count + 1, sizeof(*leaves->hashes));
	if (leaves->hashes == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; status == SL_OK && i < heads->count; i++)
		status = load_leaf(&leaves->hashes[i], mirror, heads, i, err);
	leaves->count = heads->count;
	return status;
}

/* The root of the perfect subtree of `span` leaves from `first` on. */
static enum sl_status
subtree(struct sl_log_hash *out, const struct sl_leaves *leaves, uint64_t first,
    uint64_t span)
{
	struct sl_log_range range;
	enum sl_status status = SL_OK;

	sl_log_range_init(&range);
	for (uint64_t i = first; status == SL_OK && i < first + span; i++)
		status = sl_log_range_append(&range, &leaves->hashes[i]);
	return status == SL_OK ? sl_log_range_root(out, &range) : status;
}

static enum sl_status
read_node(void *ctx, struct sl_log_hash *out, unsigned level, uint64_t index,
    struct sl_error *err)
{
	const struct sl_leaves *leaves = ctx;
	uint64_t span;

	if (level >= 40 || index > (leaves->count >> level))
		return sl_error_set(err, SL_ERR_STATE, "no such part of a log");
	span = UINT64_C(1) << level;
	if ((index + 1) * span > leaves->count)
		return sl_error_set(err, SL_ERR_STATE, "no such part of a log");
	return subtree(out, leaves, index * span, span);
}

enum sl_status
sl_leaves_check(const struct sl_leaves *leaves, const struct sl_log_tree *tree,
    struct sl_error *err)
{
	struct sl_log_hash root;
	enum sl_status status;

	if (tree->size > leaves->count)
		return sl_error_code(err, SL_ERR_STATE, "leaves_missing",
		    "the checkpoint is of %" PRIu64 " batches, this mirror "
		    "holds %zu of them",
		    tree->size, leaves->count);
	status = subtree(&root, leaves, 0, tree->size);
	if (status != SL_OK)
		return sl_error_set(err, status, "SHA-256 is not available");
	if (!sl_log_hash_is(&root, &tree->root))
		return sl_error_code(err, SL_ERR_INTEGRITY, "not_in_log",
		    "the first %" PRIu64 " batches of this mirror are not "
		    "what the checkpoint says",
		    tree->size);
	return SL_OK;
}

enum sl_status
sl_leaves_prove(struct sl_log_proof *out, const struct sl_leaves *leaves,
    uint64_t index, uint64_t size, struct sl_error *err)
{
	struct sl_leaves copy = *leaves;
	const struct sl_log_reader reader = {.read = read_node, .ctx = &copy};

	return sl_log_prove_inclusion(out, index, size, &reader, err);
}

enum sl_status
sl_leaves_checkpoint(struct sl_checkpoint *out, struct sl_note *note,
    struct sl_buf *text, const struct sl_mirror *mirror, struct sl_error *err)
{
	enum sl_status status =
	    sl_mirror_read(mirror, SL_CHECKPOINT_FILE, text, err);

	if (status == SL_ERR_NOT_FOUND)
		return sl_error_code(err, status, "no_checkpoint",
		    "%s: no pull has brought a checkpoint of the log yet",
		    mirror->dir);
	if (status != SL_OK)
		return status;
	status = sl_checkpoint_parse_note(out, note, sl_buf_slice(text), err);
	if (status != SL_OK && status != SL_ERR_NOMEM)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_checkpoint",
		    "%s/" SL_CHECKPOINT_FILE " is damaged; a pull brings it "
		    "again",
		    mirror->meta_dir);
	return status;
}
