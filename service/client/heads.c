#include "heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/trust.h"

const char *
sl_head_object_name(enum sl_head_object object)
{
	static const char *const names[SL_HEAD_OBJECT_COUNT] = {"manifest",
	    "manifest.minisig", "index.json", "files.sha256", "quality.json"};

	return names[object];
}

enum sl_status
sl_heads_init(struct sl_heads *heads, const char *dataset,
    const struct sl_trust_chain *chain, struct sl_error *err)
{
	enum sl_status status;

	memset(heads, 0, sizeof(*heads));
	sl_grant_init(&heads->grant);
	snprintf(heads->dataset, sizeof(heads->dataset), "%s", dataset);
	heads->chain = chain;
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
as_integrity(struct sl_error *err, enum sl_status status)
{
	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	if (err != NULL)
		err->status = SL_ERR_INTEGRITY;
	return SL_ERR_INTEGRITY;
}

static enum sl_status
name_batch(struct sl_error *err, enum sl_status status, size_t seq)
{
	/* What is said of a signature names the batch already. */
	if (status == SL_OK || err == NULL ||
	    strncmp(err->text, "batch ", strlen("batch ")) == 0)
		return status;
	return sl_error_prefix(err, status, "batch %zu", seq);
}

/* May root vouch for batch `seq` of the dataset? */
static bool
may_be_vouched(const struct sl_heads *heads, uint32_t seq)
{
	const struct sl_trust *trust = &heads->chain->newest;

	for (size_t i = 0; i < trust->vouch_count; i++) {
		const struct sl_trust_point *point = &trust->vouches[i];

		if (seq <= point->size &&
		    strcmp(point->dataset, heads->dataset) == 0)
			return true;
	}
	return false;
}

static enum sl_status
check_signature(const struct sl_heads *heads,
    const struct sl_head_objects *objects, const struct sl_manifest *manifest,
    struct sl_verify_key *signer, struct sl_error *err)
{
	return sl_trust_verify_manifest(&heads->chain->newest,
	    objects->object[SL_HEAD_MANIFEST], objects->object[SL_HEAD_MINISIG],
	    manifest, may_be_vouched(heads, manifest->seq), signer, err);
}

static enum sl_status
check_place(const struct sl_heads *heads, const struct sl_manifest *manifest,
    struct sl_error *err)
{
	static const unsigned char zeros[32];
	const unsigned char *previous = zeros;
	uint32_t seq = (uint32_t)heads->count + 1;

	if (strcmp(manifest->dataset, heads->dataset) != 0 ||
	    manifest->seq != seq)
		return sl_error_code(err, SL_ERR_INTEGRITY, "wrong_batch",
		    "the manifest is of batch %u of %s, not of batch %u of %s",
		    manifest->seq, manifest->dataset, seq, heads->dataset);
	if (heads->count > 0)
		previous = heads->batches[heads->count - 1].hash;
	if (memcmp(manifest->previous, previous, sizeof(zeros)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "fork",
		    "does not follow the batch %u that is known: someone "
		    "signed two histories",
		    seq - 1);
	return SL_OK;
}

static enum sl_status
check_manifest(const struct sl_heads *heads,
    const struct sl_head_objects *objects, struct sl_manifest *out,
    struct sl_verify_key *signer, enum sl_head_object *at, struct sl_error *err)
{
	enum sl_status status;

	*at = SL_HEAD_MANIFEST;
	status = sl_manifest_parse(out, objects->object[SL_HEAD_MANIFEST], err);
	if (status != SL_OK)
		return as_integrity(err, status);
	*at = SL_HEAD_MINISIG;
	status = check_signature(heads, objects, out, signer, err);
	if (status != SL_OK)
		return as_integrity(err, status);
	*at = SL_HEAD_MANIFEST;
	return check_place(heads, out, err);
}

enum sl_status
sl_heads_check_manifest(const struct sl_heads *heads,
    const struct sl_head_objects *objects, struct sl_manifest *out,
    struct sl_error *err)
{
	struct sl_verify_key signer;
	enum sl_head_object at;

	return name_batch(err,
	    check_manifest(heads, objects, out, &signer, &at, err),
	    heads->count + 1);
}

static enum sl_status
check_objects(const struct sl_head_objects *objects,
    const struct sl_manifest *manifest, enum sl_head_object *at,
    struct sl_error *err)
{
	static const enum sl_head_object places[SL_MANIFEST_OBJECT_COUNT] = {
	    SL_HEAD_INDEX, SL_HEAD_FILES, SL_HEAD_QUALITY};

	for (int i = 0; i < SL_MANIFEST_OBJECT_COUNT; i++) {
		enum sl_status status;

		*at = places[i];
		status = sl_manifest_check_object(manifest,
		    (enum sl_manifest_object)i, objects->object[*at], err);
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

static enum sl_status
take_index(struct sl_heads *heads, struct sl_head_batch *batch,
    struct sl_slice text, struct sl_error *err)
{
	enum sl_status status = sl_index_parse(&batch->index, text, err);

	if (status == SL_OK)
		status = sl_index_check_manifest(
		    batch->index, &batch->manifest, err);
	if (status == SL_OK)
		status = sl_live_apply(heads->live, batch->manifest.seq,
		    batch->index->entries, batch->index->entry_count, err);
	return status;
}

enum sl_status
sl_heads_check(struct sl_heads *heads, const struct sl_head_objects *objects,
    enum sl_head_object *at, struct sl_error *err)
{
	struct sl_head_batch batch = {0};
	enum sl_status status;

	status = check_manifest(
	    heads, objects, &batch.manifest, &batch.signer, at, err);
	if (status == SL_OK)
		status = sl_manifest_hash(
		    batch.hash, objects->object[SL_HEAD_MANIFEST]);
	if (status == SL_OK)
		status = sl_log_hash_leaf(
		    &batch.leaf, objects->object[SL_HEAD_MANIFEST]);
	if (status == SL_OK)
		status = check_objects(objects, &batch.manifest, at, err);
	if (status == SL_OK && !heads->is_brief) {
		*at = SL_HEAD_INDEX;
		status = take_index(
		    heads, &batch, objects->object[SL_HEAD_INDEX], err);
	}
	if (status == SL_OK)
		status = append_batch(heads, &batch);
	if (status != SL_OK)
		sl_index_free(batch.index);
	return as_integrity(err, status);
}

enum sl_status
sl_heads_accept(struct sl_heads *heads, const struct sl_head_objects *objects,
    struct sl_error *err)
{
	size_t seq = heads->count + 1;
	enum sl_head_object at;

	return name_batch(err, sl_heads_check(heads, objects, &at, err), seq);
}

bool
sl_heads_is_signed(const struct sl_heads *heads, struct sl_slice manifest,
    struct sl_slice minisig, uint32_t seq)
{
	struct sl_manifest parsed;

	return sl_manifest_parse(&parsed, manifest, NULL) == SL_OK &&
	    strcmp(parsed.dataset, heads->dataset) == 0 && parsed.seq == seq &&
	    sl_trust_verify_manifest(&heads->chain->newest, manifest, minisig,
	        &parsed, false, NULL, NULL) == SL_OK;
}

enum sl_status
sl_heads_check_same(const struct sl_heads *heads, struct sl_slice manifest,
    struct sl_slice minisig, struct sl_error *err)
{
	const struct sl_head_batch *newest = &heads->batches[heads->count - 1];
	unsigned char hash[sizeof(newest->hash)];

	if (!sl_heads_is_signed(
	        heads, manifest, minisig, (uint32_t)heads->count) ||
	    sl_manifest_hash(hash, manifest) != SL_OK ||
	    memcmp(hash, newest->hash, sizeof(hash)) == 0)
		return SL_OK;
	return sl_error_code(err, SL_ERR_INTEGRITY, "fork",
	    "batch %zu: the server sends another one than it did once, and "
	    "both are signed: someone signed two histories",
	    heads->count);
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
	if (heads->grant.seq < heads->count || heads->grant.seq < heads->known)
		return sl_error_code(err, SL_ERR_INTEGRITY, "rollback",
		    "the server says that batch %u is the newest, but batch "
		    "%zu was seen before",
		    heads->grant.seq,
		    heads->known > heads->count ? heads->known : heads->count);
	heads->has_grant = true;
	return SL_OK;
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
