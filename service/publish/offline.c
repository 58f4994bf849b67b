#include "offline.h"

#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/index.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/manifest.h"
#include "sluice/catalog/trust.h"
#include "sluice/crypto/minisig.h"
#include "sluice/store/trust.h"

#define SEAL_NAME "seal.json"
/* 2,000 identities of at most two slugs, a key and a digest. */
#define SEAL_BYTES_MAX ((size_t)4 * 1024 * 1024)

enum sl_status
offline_keep(const struct batch *batch, struct sl_error *err)
{
	struct sl_object_name name = {
	    batch->options->dataset, batch->publication.id, SEAL_NAME};
	char pack_hex[65];
	struct sl_buf text;
	json_t *seal;
	enum sl_status status = SL_ERR_NOMEM;

	sl_hex_encode(pack_hex, batch->pack_sha256, sizeof(batch->pack_sha256));
	seal = json_pack("{s:o, s:I, s:s, s:O?}", "identities",
	    batch_identities(batch), "pack_bytes",
	    (json_int_t)batch->pack_bytes, "pack_sha256", pack_hex, "release",
	    batch->options->release);
	sl_buf_init(&text, SEAL_BYTES_MAX);
	if (seal != NULL)
		status = sl_json_dump(&text, seal);
	if (status != SL_OK)
		sl_error_set(err, status, "what the seal takes: %s",
		    sl_status_text(status));
	else
		status = sl_objects_put(
		    batch->options->objects, &name, sl_buf_slice(&text), err);
	json_decref(seal);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
offline_read(struct sl_buf *out, const struct sl_publish_options *options,
    const struct sl_uuid *publication, const char *name, struct sl_error *err)
{
	struct sl_object_name object = {options->dataset, *publication, name};
	uint64_t bytes;
	enum sl_status status;
	int fd;

	status = sl_objects_get(options->objects, &object, &fd, &bytes, err);
	if (status != SL_OK)
		return status;
	if (bytes > out->max || sl_buf_reserve(out, (size_t)bytes) != SL_OK)
		status = sl_error_set(
		    err, SL_ERR_LIMIT, "%s is larger than it can be", name);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, out->data + out->len, (size_t)bytes, 0, err);
	if (status == SL_OK)
		out->len += (size_t)bytes;
	close(fd);
	return status;
}

/* ---- the second step ---- */

struct waiting {
	const struct sl_publish_options *options;
	struct sl_uuid id;
	struct sl_buf manifest;
	struct sl_buf index;
	struct sl_buf seal;
	json_t *inputs; /* seal.json */
};

static void
waiting_init(struct waiting *w, const struct sl_publish_options *options)
{
	*w = (struct waiting){.options = options};
	sl_buf_init(&w->manifest, SL_MANIFEST_BYTES_MAX);
	sl_buf_init(&w->index, SL_INDEX_BYTES_MAX);
	sl_buf_init(&w->seal, SEAL_BYTES_MAX);
}

static void
waiting_clear(struct waiting *w)
{
	sl_buf_clear(&w->manifest);
	sl_buf_clear(&w->index);
	sl_buf_clear(&w->seal);
	json_decref(w->inputs);
}

static enum sl_status
find(struct waiting *w, struct sl_error *err)
{
	json_t *rows;
	const json_t *row;
	size_t i;
	enum sl_status status = sl_store_publication_list(
	    &rows, w->options->db, w->options->dataset, err);

	if (status != SL_OK)
		return status;
	status = SL_ERR_NOT_FOUND;
	json_array_foreach (rows, i, row) {
		if (json_is_true(json_object_get(row, "waits")))
			status = sl_json_need_uuid(&w->id, row, "id", err);
	}
	json_decref(rows);
	return status == SL_ERR_NOT_FOUND
	    ? sl_error_code(err, status, "no_request",
	          "no batch of %s waits for a signature", w->options->dataset)
	    : status;
}

static enum sl_status
load(struct waiting *w, struct sl_error *err)
{
	enum sl_status status =
	    offline_read(&w->manifest, w->options, &w->id, "manifest", err);

	if (status == SL_OK)
		status = offline_read(
		    &w->index, w->options, &w->id, "index.json", err);
	if (status == SL_OK)
		status =
		    offline_read(&w->seal, w->options, &w->id, SEAL_NAME, err);
	if (status == SL_OK)
		status = sl_json_parse(
		    &w->inputs, sl_buf_slice(&w->seal), SEAL_BYTES_MAX, err);
	return status;
}

/* A signature that does not count could be neither logged nor taken back. */
static enum sl_status
check(struct waiting *w, struct sl_slice minisig, struct sl_error *err)
{
	struct sl_manifest manifest;
	struct sl_trust trust;
	enum sl_status status;

	sl_trust_init(&trust);
	status = sl_manifest_parse(&manifest, sl_buf_slice(&w->manifest), err);
	if (status == SL_OK)
		status = sl_manifest_check_object(
		    &manifest, SL_MANIFEST_INDEX, sl_buf_slice(&w->index), err);
	if (status == SL_OK)
		status = sl_store_trust_load(&trust, w->options->db, err);
	if (status == SL_OK)
		status =
		    sl_trust_verify_manifest(&trust, sl_buf_slice(&w->manifest),
		        minisig, &manifest, false, NULL, err);
	sl_trust_clear(&trust);
	return status;
}

static enum sl_status
seal(struct waiting *w, struct sl_slice minisig, struct sl_error *err)
{
	struct sl_seal sealed = {.manifest = sl_buf_slice(&w->manifest),
	    .minisig = minisig,
	    .index = sl_buf_slice(&w->index)};
	struct sl_publication publication;
	unsigned char pack_sha256[32];
	uint64_t pack_bytes;
	json_t *identities;
	json_t *objects = NULL;
	enum sl_status status =
	    sl_json_need_array(&identities, w->inputs, "identities", err);

	if (status == SL_OK)
		status = sl_json_need_u64(&pack_bytes, w->inputs, "pack_bytes",
		    (uint64_t)1 << 52, err);
	if (status == SL_OK)
		status = sl_json_need_hex(pack_sha256, sizeof(pack_sha256),
		    w->inputs, "pack_sha256", err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, SEAL_NAME);
	objects = batch_objects_of(minisig, pack_bytes, pack_sha256);
	if (objects == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	sealed.identities = identities;
	sealed.objects = objects;
	sealed.release = json_object_get(w->inputs, "release");
	if (json_is_null(sealed.release))
		sealed.release = NULL;
	status = sl_store_publication_seal(
	    &publication, w->options->db, &w->id, &sealed, err);
	json_decref(objects);
	return status;
}

enum sl_status
sl_publish_take_signature(const struct sl_publish_options *options,
    struct sl_slice minisig, struct sl_error *err)
{
	struct sl_publication publication;
	struct sl_object_name name;
	struct waiting w;
	enum sl_status status;

	waiting_init(&w, options);
	status = find(&w, err);
	if (status == SL_OK)
		status = load(&w, err);
	if (status == SL_OK)
		status = check(&w, minisig, err);
	name =
	    (struct sl_object_name){options->dataset, w.id, "manifest.minisig"};
	if (status == SL_OK)
		status = sl_objects_put(options->objects, &name, minisig, err);
	/* It waits until it is sealed: a crash in between is made good by the
	 * same call. */
	if (status == SL_OK)
		status = sl_store_publication_sign(
		    &publication, options->db, &w.id, err);
	if (status == SL_OK)
		status = seal(&w, minisig, err);
	waiting_clear(&w);
	return status;
}
