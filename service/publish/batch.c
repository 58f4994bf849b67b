#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/bulk.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/index.h"
#include "sluice/crypto/minisig.h"
#include "sluice/crypto/sha256.h"
#include "sluice/pack/pack_writer.h"

/* Large, so that the disk is never asked for little. */
#define PACK_PIECE_BYTES (4u << 20)

#define QUALITY_TEXT "{\"version\":1,\"findings\":[]}\n"

struct sink {
	struct sl_bulk *file;
	struct sl_sha256 hash;
};

void
batch_init(struct batch *batch)
{
	*batch = (struct batch){0};
	sl_buf_init(&batch->index_text, SL_INDEX_BYTES_MAX);
	sl_buf_init(&batch->manifest, SL_MANIFEST_BYTES_MAX);
	sl_buf_init(&batch->minisig, SL_MINISIG_MAX);
}

void
batch_clear(struct batch *batch)
{
	sl_index_free(batch->index);
	sl_buf_clear(&batch->index_text);
	sl_buf_clear(&batch->manifest);
	sl_buf_clear(&batch->minisig);
	batch_init(batch);
}

/* ---- index ---- */

static int
compare_items(const void *a, const void *b)
{
	const struct plan_item *const *x = a;
	const struct plan_item *const *y = b;

	return ((*x)->entry.number > (*y)->entry.number) -
	    ((*x)->entry.number < (*y)->entry.number);
}

static enum sl_status
index_item(
    struct batch *batch, const struct plan_item *item, struct sl_error *err)
{
	enum sl_status status;

	status = sl_index_add_entry(batch->index, &item->entry, err);
	for (size_t i = 0; status == SL_OK && i < item->file_count; i++) {
		const struct sl_draft_file *from = &item->files[i].file;
		struct sl_index_file file = {.path = from->path,
		    .media_type = from->media_type,
		    .bytes = from->bytes};

		memcpy(file.sha256, from->sha256, sizeof(file.sha256));
		status = sl_index_add_file(
		    batch->index, item->entry.number, from->layer, &file, err);
	}
	return status;
}

static enum sl_status
build_index(struct batch *batch, struct sl_error *err)
{
	enum sl_status status;

	qsort(batch->items, batch->item_count, sizeof(struct plan_item *),
	    compare_items);
	status = sl_index_build_new(&batch->index, batch->options->dataset,
	    batch->publication.seq, batch->publication.published_us, err);
	for (size_t i = 0; status == SL_OK && i < batch->item_count; i++)
		status = index_item(batch, batch->items[i], err);
	return status == SL_OK ? sl_index_seal(batch->index, err) : status;
}

/* ---- pack ---- */

static enum sl_status
on_bytes(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	struct sink *sink = ctx;

	sl_sha256_update(&sink->hash, bytes.data, bytes.len);
	return sl_bulk_put(sink->file, bytes, err);
}

static enum sl_status
report(struct batch *batch, struct sl_error *err)
{
	const struct sl_publish_options *options = batch->options;

	if (options->on_progress == NULL ||
	    options->on_progress(options->ctx, batch->progress))
		return SL_OK;
	return sl_error_set(
	    err, SL_ERR_CANCELLED, "interrupted; run it again to go on");
}

/* Bytes that are not those of their name are of no use; out of the way, so that
 * the next ingest makes the object anew instead of linking it. */
static enum sl_status
refuse_object(const char *path, struct sl_error *err)
{
	char *aside = NULL;

	if (asprintf(&aside, "%s.damaged", path) < 0)
		return SL_ERR_NOMEM;
	(void)rename(path, aside);
	free(aside);
	return sl_error_code(err, SL_ERR_INTEGRITY, "draft_damaged",
	    "the draft is damaged: %s is not what was ingested; ingest again",
	    path);
}

/* A draft is content-addressed: an object that is gone or a link is damage,
 * whatever errno says; only a failing disk is a disk's matter. */
static enum sl_status
open_object(int *fd, const char *path, struct sl_error *err)
{
	struct stat found;

	/* A FIFO in its place must not hold us up. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd >= 0 && fstat(*fd, &found) == 0 && S_ISREG(found.st_mode))
		return SL_OK;
	if (*fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP &&
	    errno != ENXIO)
		return sl_error_errno(err, "%s", path);
	return sl_error_code(err, SL_ERR_INTEGRITY, "draft_damaged",
	    "the draft is damaged: %s is %s; ingest again", path,
	    *fd < 0 && errno != ELOOP ? "missing" : "not a plain file");
}

static enum sl_status
pack_object(struct sl_pack_writer *writer, const struct plan_file *from,
    const struct sl_pack_file *file, struct sl_error *err)
{
	char hex[65];
	char *path = NULL;
	enum sl_status status;
	int fd;

	sl_hex_encode(hex, from->file.sha256, sizeof(from->file.sha256));
	if (asprintf(&path, "%s/objects/%.2s/%s", from->dir, hex, hex) < 0)
		return SL_ERR_NOMEM;
	status = open_object(&fd, path, err);
	if (status == SL_OK) {
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		status = sl_pack_writer_add_fd(writer, file, fd, err);
		/* Read once: its pages serve the next file, which costs less
		 * than new ones do. */
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		if (status == SL_ERR_INTEGRITY &&
		    strcmp(err->code, "content_differs") == 0)
			status = refuse_object(path, err);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return status;
}

static enum sl_status
pack_file(struct batch *batch, struct sl_pack_writer *writer,
    const struct plan_file *from, struct sl_error *err)
{
	struct sl_pack_file file = {.path = sl_slice_text(from->file.path),
	    .bytes = from->file.bytes,
	    .sha256 = from->file.sha256};
	enum sl_status status;

	if (from->content != NULL)
		status = sl_pack_writer_add_bytes(
		    writer, &file, sl_buf_slice(from->content), err);
	else
		status = pack_object(writer, from, &file, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", from->file.path);
	batch->progress->bytes += file.bytes;
	return report(batch, err);
}

/* Media if most of the bytes are. */
static enum sl_level
segment_level(const struct plan_file *files, size_t count)
{
	uint64_t media = 0;
	uint64_t data = 0;

	for (size_t i = 0; i < count; i++) {
		if (sl_level_of_media(files[i].file.media_type) ==
		    SL_LEVEL_MEDIA)
			media += files[i].file.bytes;
		else
			data += files[i].file.bytes;
	}
	return media > data ? SL_LEVEL_MEDIA : SL_LEVEL_DATA;
}

/* One item's NEW layers: its files are in the order of the index. */
static enum sl_status
pack_item(struct batch *batch, struct sl_pack_writer *writer,
    const struct plan_item *item, struct sl_pack_span *spans, uint32_t *ordinal,
    struct sl_error *err)
{
	size_t at = 0;
	enum sl_status status = SL_OK;

	while (status == SL_OK && at < item->file_count) {
		const struct sl_index_segment *segment =
		    &batch->index->segments[*ordinal];
		const struct plan_file *files = item->files + at;

		if (*ordinal >= batch->index->segment_count ||
		    segment->number != item->entry.number ||
		    strcmp(segment->layer, files->file.layer) != 0 ||
		    segment->file_count > item->file_count - at)
			return sl_error_set(err, SL_ERR_STATE,
			    "plan and index differ at episode %u",
			    item->entry.number);
		status = sl_pack_writer_begin_segment(
		    writer, segment_level(files, segment->file_count), err);
		for (size_t i = 0; status == SL_OK && i < segment->file_count;
		     i++)
			status = pack_file(batch, writer, &files[i], err);
		if (status == SL_OK)
			status = sl_pack_writer_end_segment(
			    writer, &spans[*ordinal], err);
		at += segment->file_count;
		(*ordinal)++;
	}
	if (item->entry.number > 0)
		batch->progress->episodes++;
	return status;
}

static enum sl_status
pack_items(struct batch *batch, struct sl_pack_writer *writer,
    struct sl_pack_span *spans, struct sl_error *err)
{
	uint32_t ordinal = 0;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < batch->item_count; i++)
		status = pack_item(
		    batch, writer, batch->items[i], spans, &ordinal, err);
	return status == SL_OK ? sl_pack_writer_finish(writer, err) : status;
}

static enum sl_status
index_chunks(struct batch *batch, const struct sl_pack_writer *writer,
    const struct sl_pack_span *spans, struct sl_error *err)
{
	uint32_t count;
	const struct sl_pack_chunk *chunks =
	    sl_pack_writer_chunks(writer, &count);
	enum sl_status status = SL_OK;

	for (uint32_t s = 0; status == SL_OK && s < batch->index->segment_count;
	     s++) {
		for (uint32_t i = 0;
		     status == SL_OK && i < spans[s].chunk_count; i++) {
			const struct sl_pack_chunk *chunk =
			    &chunks[spans[s].chunk_first + i];

			status = sl_index_add_chunk(batch->index,
			    chunk->stored_bytes, chunk->decoded_bytes,
			    chunk->hash, err);
		}
		if (status == SL_OK)
			status = sl_index_end_segment(batch->index, err);
	}
	return status;
}

static enum sl_status
pack_into(struct batch *batch, struct sink *sink, struct sl_error *err)
{
	struct sl_pack_options options = {.workers = batch->workers,
	    .thread_count = batch->thread_count,
	    .published_us = batch->publication.published_us,
	    .sink = on_bytes,
	    .sink_ctx = sink};
	struct sl_pack_writer *writer = NULL;
	struct sl_pack_span *spans;
	enum sl_status status;

	spans = calloc(batch->index->segment_count + 1, sizeof(*spans));
	if (spans == NULL)
		return SL_ERR_NOMEM;
	status = sl_pack_writer_new(&writer, &options);
	if (status == SL_OK)
		status = pack_items(batch, writer, spans, err);
	if (status == SL_OK)
		status = index_chunks(batch, writer, spans, err);
	if (status == SL_OK)
		batch->pack_bytes = sl_pack_writer_bytes(writer);
	sl_pack_writer_free(writer);
	free(spans);
	return status;
}

static struct sl_object_name
object_of(const struct batch *batch, const char *name)
{
	struct sl_object_name object = {
	    batch->options->dataset, batch->publication.id, name};

	return object;
}

/* The pack's bytes and hash; the rest is the object writer's.  The disk has a
 * thread of its own, which mostly waits. */
static enum sl_status
fill_pack(struct batch *batch, int fd, struct sl_error *err)
{
	struct sl_workers *disk = NULL;
	struct sink sink = {0};
	enum sl_status status;

	status = sl_sha256_init(&sink.hash);
	if (status == SL_OK)
		status = sl_workers_new(&disk, 1);
	if (status == SL_OK)
		status = sl_bulk_new(&sink.file, fd, PACK_PIECE_BYTES, disk);
	if (status == SL_OK)
		status = pack_into(batch, &sink, err);
	if (status == SL_OK)
		status = sl_bulk_finish(sink.file, err);
	if (status == SL_OK)
		status = sl_sha256_final(&sink.hash, batch->pack_sha256);
	sl_sha256_clear(&sink.hash);
	sl_bulk_free(sink.file);
	sl_workers_free(disk);
	return status;
}

static enum sl_status
write_pack(struct batch *batch, struct sl_error *err)
{
	struct sl_object_name name = object_of(batch, "pack.tar.zst");
	struct sl_object_writer *object;
	enum sl_status status;

	status =
	    sl_object_writer_new(&object, batch->options->objects, &name, err);
	if (status != SL_OK)
		return status;
	status = fill_pack(batch, sl_object_writer_fd(object), err);
	if (status != SL_OK) {
		sl_object_writer_cancel(object);
		return status;
	}
	return sl_object_writer_commit(object, err);
}

/* ---- the small objects ---- */

static enum sl_status
put(struct batch *batch, const char *name, struct sl_slice bytes,
    struct sl_error *err)
{
	struct sl_object_name object = object_of(batch, name);

	return sl_objects_put(batch->options->objects, &object, bytes, err);
}

static enum sl_status
put_described(struct batch *batch, struct sl_manifest *manifest,
    enum sl_manifest_object object, struct sl_slice bytes, struct sl_error *err)
{
	enum sl_status status;

	manifest->object[object].bytes = bytes.len;
	status = sl_sha256_of(manifest->object[object].sha256, bytes);
	if (status != SL_OK)
		return status;
	return put(batch, sl_manifest_object_name(object), bytes, err);
}

static enum sl_status
write_details(
    struct batch *batch, struct sl_manifest *manifest, struct sl_error *err)
{
	struct sl_buf files;
	enum sl_status status;

	sl_buf_init(&files, (size_t)SL_INDEX_BYTES_MAX * 2);
	status = sl_index_write(&batch->index_text, batch->index, err);
	if (status == SL_OK)
		status = put_described(batch, manifest, SL_MANIFEST_INDEX,
		    sl_buf_slice(&batch->index_text), err);
	if (status == SL_OK)
		status = sl_index_write_files_sha256(&files, batch->index);
	if (status == SL_OK)
		status = put_described(batch, manifest, SL_MANIFEST_FILES,
		    sl_buf_slice(&files), err);
	if (status == SL_OK)
		status = put_described(batch, manifest, SL_MANIFEST_QUALITY,
		    sl_slice_text(QUALITY_TEXT), err);
	sl_buf_clear(&files);
	return status;
}

static enum sl_status
sign_manifest(struct batch *batch, struct sl_error *err)
{
	char comment[SL_DATASET_NAME_MAX + 64];
	enum sl_status status;

	if (batch->options->key == NULL) /* signed elsewhere */
		return put(
		    batch, "manifest", sl_buf_slice(&batch->manifest), err);
	snprintf(comment, sizeof(comment), "sluice-manifest/v1 %s %u",
	    batch->options->dataset, batch->publication.seq);
	status = sl_minisig_write(&batch->minisig, batch->options->key,
	    sl_buf_slice(&batch->manifest), comment);
	if (status == SL_OK)
		status =
		    put(batch, "manifest", sl_buf_slice(&batch->manifest), err);
	if (status == SL_OK)
		status = put(batch, "manifest.minisig",
		    sl_buf_slice(&batch->minisig), err);
	return status;
}

enum sl_status
batch_write(struct batch *batch, struct sl_error *err)
{
	struct sl_manifest manifest = {0};
	enum sl_status status;

	status = build_index(batch, err);
	if (status == SL_OK)
		status = write_pack(batch, err);
	if (status != SL_OK)
		return sl_error_prefix(
		    err, status, "batch %u", batch->publication.seq);
	sl_index_describe(batch->index, &manifest);
	manifest.pack_bytes = batch->pack_bytes;
	if (sl_hex_decode(manifest.previous, sizeof(manifest.previous),
	        sl_slice_text(batch->publication.previous)) != SL_OK)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "the reservation has no previous hash");
	status = write_details(batch, &manifest, err);
	if (status == SL_OK)
		status = sl_manifest_format(&batch->manifest, &manifest, err);
	if (status == SL_OK)
		status = sign_manifest(batch, err);
	return status;
}

/* ---- for the seal ---- */

json_t *
batch_identities(const struct batch *batch)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < batch->item_count; i++) {
		const struct plan_item *item = batch->items[i];
		char digest[65];
		json_t *value;

		if (item->key == NULL)
			continue;
		sl_hex_encode(digest, item->digest, sizeof(item->digest));
		value = json_pack("{s:I, s:s, s:s, s:s}", "number",
		    (json_int_t)item->entry.number, "site", item->site, "key",
		    item->key, "digest", digest);
		if (json_array_append_new(list, value) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *
batch_objects(const struct batch *batch)
{
	return batch_objects_of(sl_buf_slice(&batch->minisig),
	    batch->pack_bytes, batch->pack_sha256);
}

json_t *
batch_objects_of(struct sl_slice minisig, uint64_t pack_bytes,
    const unsigned char pack_sha256[32])
{
	unsigned char hash[32];
	char minisig_hex[65];
	char pack_hex[65];

	if (sl_sha256_of(hash, minisig) != SL_OK)
		return NULL;
	sl_hex_encode(minisig_hex, hash, sizeof(hash));
	sl_hex_encode(pack_hex, pack_sha256, 32);
	return json_pack("{s:[I, s], s:[I, s]}", "manifest.minisig",
	    (json_int_t)minisig.len, minisig_hex, "pack.tar.zst",
	    (json_int_t)pack_bytes, pack_hex);
}
