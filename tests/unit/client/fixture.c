#include "fixture.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/workers.h"
#include "sluice/crypto/minisig.h"
#include "sluice/crypto/sha256.h"
#include "sluice/pack/pack_writer.h"

#define PACK_MAX     (64 * 1024 * 1024)
#define PUBLISHED_US (INT64_C(1795223700) * 1000000)
#define BIG_BYTES    (9 * 1024 * 1024 + 77)
#define SMALL_BYTES  1500

/* Content is a function of the path. */
static unsigned char *
make_content(const char *path, uint64_t bytes)
{
	unsigned char *content = malloc(bytes + 1);
	uint32_t state = 2166136261U;

	ck_assert_ptr_nonnull(content);
	for (; *path != '\0'; path++)
		state = (state ^ (unsigned char)*path) * 16777619U;
	for (uint64_t i = 0; i < bytes; i++) {
		state = state * 1664525U + 1013904223U;
		content[i] = (unsigned char)(state >> 24);
	}
	return content;
}

static void
add_file(struct sl_index *index, uint32_t number, const char *layer,
    const char *path, uint64_t bytes)
{
	struct sl_index_file file = {path, "application/json", bytes, {0}};
	unsigned char *content = make_content(path, bytes);

	ck_assert(
	    sl_sha256_of(file.sha256, sl_slice_of(content, bytes)) == SL_OK);
	free(content);
	ck_assert(
	    sl_index_add_file(index, number, layer, &file, NULL) == SL_OK);
}

static void
add_layer(struct sl_entry *entry, const char *name,
    enum sl_entry_layer_kind kind, uint32_t seq, uint32_t ordinal)
{
	struct sl_entry_layer layer = {
	    .kind = kind, .seq = seq, .ordinal = ordinal};

	snprintf(layer.name, sizeof(layer.name), "%s", name);
	ck_assert(sl_entry_add_layer(entry, &layer, NULL) == SL_OK);
}

static void
start(struct sl_entry *entry, enum sl_entry_op op, uint32_t number,
    uint32_t revision)
{
	sl_entry_init(entry);
	entry->op = op;
	entry->number = number;
	entry->revision = revision;
	entry->id.bytes[0] = 1;
	entry->id.bytes[15] = (unsigned char)number;
}

static void
put(struct sl_index *index, struct sl_entry *entry)
{
	ck_assert(sl_index_add_entry(index, entry, NULL) == SL_OK);
	sl_entry_clear(entry);
}

static void
add_episode(struct sl_index *index, uint32_t number, uint64_t state_bytes)
{
	struct sl_entry entry;
	char path[64];

	start(&entry, SL_ENTRY_ADD, number, 1);
	entry.facets.duration_ms = 1000;
	add_layer(&entry, "meta", SL_LAYER_NEW, 0, 0);
	add_layer(&entry, "state", SL_LAYER_NEW, 0, 0);
	put(index, &entry);
	snprintf(path, sizeof(path), "ep/%u/meta.json", number);
	add_file(index, number, "meta", path, SMALL_BYTES);
	snprintf(path, sizeof(path), "ep/%u/state.bin", number);
	add_file(index, number, "state", path, state_bytes);
	snprintf(path, sizeof(path), "ep/%u/state.empty", number);
	add_file(index, number, "state", path, 0);
}

static void
fill_batch(struct sl_index *index, uint32_t seq)
{
	struct sl_entry entry;

	if (seq == 1) {
		add_episode(index, 1, BIG_BYTES);
		add_episode(index, 2, SMALL_BYTES);
		add_episode(index, 3, SMALL_BYTES);
		return;
	}
	start(&entry, SL_ENTRY_REVISE, 1, 2);
	entry.facets.duration_ms = 1000;
	add_layer(&entry, "meta", SL_LAYER_NEW, 0, 0);
	add_layer(&entry, "state", SL_LAYER_KEPT, 1, 1);
	put(index, &entry);
	/* The same path as before: the old file is replaced. */
	add_file(index, 1, "meta", "ep/1/meta.json", SMALL_BYTES * 2);
	start(&entry, SL_ENTRY_RETRACT, 2, 2);
	snprintf(entry.reason, sizeof(entry.reason), "consent_withdrawn");
	put(index, &entry);
	add_episode(index, 4, SMALL_BYTES);
}

static enum sl_status
to_buffer(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)err;
	return sl_buf_append(ctx, bytes.data, bytes.len);
}

static void
pack_segment(struct sl_pack_writer *writer, const struct sl_index *index,
    const struct sl_index_segment *segment)
{
	struct sl_pack_span span;

	ck_assert(
	    sl_pack_writer_begin_segment(writer, SL_LEVEL_DATA, NULL) == SL_OK);
	for (uint32_t i = 0; i < segment->file_count; i++) {
		const struct sl_index_file *file =
		    &index->files[segment->file_first + i];
		const struct sl_pack_file packed = {
		    sl_slice_text(file->path), file->bytes, file->sha256};
		unsigned char *content = make_content(file->path, file->bytes);

		ck_assert(
		    sl_pack_writer_add_bytes(writer, &packed,
		        sl_slice_of(content, file->bytes), NULL) == SL_OK);
		free(content);
	}
	ck_assert(sl_pack_writer_end_segment(writer, &span, NULL) == SL_OK);
}

/* The chunk rows go to the index, segment after segment. */
static void
note_chunks(struct sl_index *index, const struct sl_pack_writer *writer)
{
	uint32_t count;
	const struct sl_pack_chunk *chunks =
	    sl_pack_writer_chunks(writer, &count);
	uint32_t segment = 0;

	for (uint32_t i = 0; i < count; i++) {
		ck_assert(sl_index_add_chunk(index, chunks[i].stored_bytes,
		              chunks[i].decoded_bytes, chunks[i].hash,
		              NULL) == SL_OK);
		if (chunks[i].decoded_bytes == SL_CHUNK_DECODED_MAX)
			continue;
		ck_assert(sl_index_end_segment(index, NULL) == SL_OK);
		segment++;
	}
	ck_assert_uint_eq(segment, index->segment_count);
}

static void
pack_batch(struct fixture *fixture, struct sl_index *index)
{
	struct sl_pack_writer *writer;
	struct sl_workers *workers;

	ck_assert(sl_workers_new(&workers, 2) == SL_OK);
	sl_buf_init(&fixture->packs[index->seq - 1], PACK_MAX);
	const struct sl_pack_options options = {
	    .workers = workers,
	    .thread_count = 2,
	    .published_us = PUBLISHED_US,
	    .sink = to_buffer,
	    .sink_ctx = &fixture->packs[index->seq - 1],
	};
	ck_assert(sl_pack_writer_new(&writer, &options) == SL_OK);
	for (uint32_t i = 0; i < index->segment_count; i++)
		pack_segment(writer, index, &index->segments[i]);
	ck_assert(sl_pack_writer_finish(writer, NULL) == SL_OK);
	note_chunks(index, writer);
	sl_pack_writer_free(writer);
	sl_workers_free(workers);
}

static void
hash_object(struct sl_manifest *manifest, enum sl_manifest_object object,
    const struct sl_buf *bytes)
{
	manifest->object[object].bytes = bytes->len;
	ck_assert(sl_sha256_of(manifest->object[object].sha256,
	              sl_buf_slice(bytes)) == SL_OK);
}

static void
sign_batch(struct fixture *fixture, const struct sl_index *index,
    const struct sl_sign_key *key)
{
	struct sl_buf *objects = fixture->objects[index->seq - 1];
	struct sl_manifest manifest = {0};

	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_init(&objects[i], PACK_MAX);
	ck_assert(
	    sl_index_write(&objects[SL_HEAD_INDEX], index, NULL) == SL_OK);
	ck_assert(sl_index_write_files_sha256(&objects[SL_HEAD_FILES], index) ==
	    SL_OK);
	ck_assert(sl_buf_append_text(&objects[SL_HEAD_QUALITY],
	              "{\"version\":1,\"findings\":[]}\n") == SL_OK);
	sl_index_describe(index, &manifest);
	manifest.pack_bytes = fixture->packs[index->seq - 1].len;
	if (index->seq > 1)
		ck_assert(sl_manifest_hash(manifest.previous,
		              sl_buf_slice(&fixture->objects[index->seq -
		                  2][SL_HEAD_MANIFEST])) == SL_OK);
	hash_object(&manifest, SL_MANIFEST_INDEX, &objects[SL_HEAD_INDEX]);
	hash_object(&manifest, SL_MANIFEST_FILES, &objects[SL_HEAD_FILES]);
	hash_object(&manifest, SL_MANIFEST_QUALITY, &objects[SL_HEAD_QUALITY]);
	ck_assert(sl_manifest_format(
	              &objects[SL_HEAD_MANIFEST], &manifest, NULL) == SL_OK);
	ck_assert(
	    sl_minisig_write(&objects[SL_HEAD_MINISIG], key,
	        sl_buf_slice(&objects[SL_HEAD_MANIFEST]), "test") == SL_OK);
}

void
fixture_init(struct fixture *fixture)
{
	struct sl_chain_link link;

	memset(fixture, 0, sizeof(*fixture));
	snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/sl-client-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture->dir));
	authority_init(&fixture->authority);
	ck_assert(sl_chain_init(
	              &fixture->chain, &fixture->authority.pin, NULL) == SL_OK);
	authority_issue(&fixture->authority, &link);
	ck_assert(sl_chain_accept(&fixture->chain, &link, NULL) == SL_OK);
	sl_chain_link_clear(&link);
	for (uint32_t seq = 1; seq <= FIXTURE_BATCHES; seq++) {
		struct sl_index *index;

		ck_assert(sl_index_build_new(&index, FIXTURE_DATASET, seq,
		              PUBLISHED_US, NULL) == SL_OK);
		fill_batch(index, seq);
		ck_assert(sl_index_seal(index, NULL) == SL_OK);
		pack_batch(fixture, index);
		sign_batch(fixture, index, fixture->authority.publisher);
		sl_index_free(index);
	}
	ck_assert(sl_heads_init(&fixture->heads, FIXTURE_DATASET,
	              &fixture->chain, NULL) == SL_OK);
}

static int
remove_entry(
    const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void
fixture_clear(struct fixture *fixture)
{
	for (int b = 0; b < FIXTURE_BATCHES; b++) {
		for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
			sl_buf_clear(&fixture->objects[b][i]);
		sl_buf_clear(&fixture->packs[b]);
	}
	sl_heads_clear(&fixture->heads);
	sl_trust_chain_clear(&fixture->chain);
	authority_clear(&fixture->authority);
	nftw(fixture->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

struct sl_head_objects
fixture_objects(struct fixture *fixture, int batch)
{
	struct sl_head_objects objects;

	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		objects.object[i] = sl_buf_slice(&fixture->objects[batch][i]);
	return objects;
}

void
fixture_accept(struct fixture *fixture)
{
	struct sl_head_objects objects =
	    fixture_objects(fixture, (int)fixture->heads.count);
	struct sl_error err = {0};

	ck_assert_msg(sl_heads_accept(&fixture->heads, &objects, &err) == SL_OK,
	    "%s", err.text);
}

struct sl_slice
fixture_chunk(
    struct fixture *fixture, const struct sl_want *want, uint32_t chunk)
{
	const struct sl_index_chunk *row = &want->index->chunks[chunk];

	return sl_slice_of(
	    fixture->packs[want->seq - 1].data + row->pack_offset,
	    row->stored_bytes);
}
