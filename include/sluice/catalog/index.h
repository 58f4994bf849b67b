/* The JSON detail of a batch: its episodes, segments, files and chunks.
 *
 * Made in one of two ways, then read-only; read the fields, do not write
 * them; everything in it is freed with it.
 *  - sl_index_parse() from the bytes that a manifest binds; all limits and
 *    cross-checks hold afterwards.
 *  - sl_index_build_new(), sl_index_add_entry(), sl_index_add_file(), then
 *    sl_index_seal(), which sorts, gives ordinals and refuses clashing paths.
 * Then the publisher packs the segments in the order of index->segments, calls
 * sl_index_add_chunk() for each chunk as it is written and
 * sl_index_end_segment() after each segment, and at last sl_index_write(). */
#ifndef SLUICE_CATALOG_INDEX_H
#define SLUICE_CATALOG_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/entry.h"
#include "sluice/catalog/manifest.h"
#include "sluice/catalog/name.h"

#define SL_INDEX_BYTES_MAX    (16 * 1024 * 1024)
#define SL_INDEX_EPISODES_MAX 2000
#define SL_INDEX_SEGMENTS_MAX 65536
#define SL_INDEX_FILES_MAX    262144
#define SL_INDEX_CHUNKS_MAX   262144
#define SL_INDEX_MEDIA_MAX    127
/* Decoded bytes of a chunk; all chunks of a segment but its last have exactly
 * this many. */
#define SL_INDEX_CHUNK_MAX (4 * 1024 * 1024)
/* Stored bytes of a chunk: zstd's worst case and some. */
#define SL_INDEX_STORED_MAX (SL_INDEX_CHUNK_MAX + 64 * 1024)
/* Bytes of one file. */
#define SL_INDEX_FILE_MAX (UINT64_C(1) << 42)

struct sl_index_file {
	const char *path;
	const char *media_type;
	uint64_t bytes;
	unsigned char sha256[32];
};

struct sl_index_segment {
	uint32_t number; /* of the episode */
	uint32_t entry;  /* its place in entries */
	const char *layer;
	/* files[file_first … + file_count), chunks[chunk_first … + chunk_count)
	 */
	uint32_t file_first;
	uint32_t file_count;
	uint32_t chunk_first;
	uint32_t chunk_count;
	uint64_t content_bytes; /* of its files */
	uint64_t stored_bytes;
	uint64_t decoded_bytes;
	uint64_t pack_offset; /* of its first chunk */
};

struct sl_index_chunk {
	uint64_t pack_offset; /* running sum of stored_bytes */
	uint32_t stored_bytes;
	uint32_t decoded_bytes;
	unsigned char blake2b[32]; /* BLAKE2b-256 of the stored bytes */
};

struct sl_index {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq;
	int64_t published_us;
	struct sl_entry *entries; /* ascending, distinct numbers */
	uint32_t entry_count;
	struct sl_index_segment
	    *segments; /* by (number, layer); place = ordinal */
	uint32_t segment_count;
	struct sl_index_file *files; /* by segment, then path */
	uint32_t file_count;
	struct sl_index_chunk *chunks;
	uint32_t chunk_count;
	uint64_t content_bytes; /* sum over files */
	uint64_t chunk_bytes; /* sum of stored; the end frame comes after it */
	uint64_t duration_ms; /* sum over the episodes added */
	uint32_t added;       /* the pseudo-episode 0 not counted */
	uint32_t revised;
	uint32_t retracted;
	struct sl_index_store *store; /* ours */
};

/* NULL is allowed. */
void sl_index_free(struct sl_index *index);

/* Checks everything that needs no other batch and no tar layout: limits,
 * unknown keys, order, ordinals dense, each segment named by exactly one
 * entry, chunk spans that partition the table, sizes of chunks, sums, every
 * path alone and against all others.  That decoded sizes fit the tar layout is
 * left to who can compute one. */
SL_MUST_CHECK enum sl_status sl_index_parse(
    struct sl_index **out, struct sl_slice text, struct sl_error *err);

/* Does the index say what its manifest says (dataset, seq, time, counts,
 * sums)?  SL_ERR_INTEGRITY if not. */
SL_MUST_CHECK enum sl_status sl_index_check_manifest(
    const struct sl_index *index, const struct sl_manifest *manifest,
    struct sl_error *err);

/* NULL if the batch says nothing about that episode; borrowed. */
const struct sl_entry *sl_index_find_entry(
    const struct sl_index *index, uint32_t number);

/* -- making one -- */

SL_MUST_CHECK enum sl_status sl_index_build_new(struct sl_index **out,
    const char *dataset, uint32_t seq, int64_t published_us,
    struct sl_error *err);

/* A copy of the entry; its NEW layers' ordinals are given later, by seal.  Any
 * order. */
SL_MUST_CHECK enum sl_status sl_index_add_entry(
    struct sl_index *index, const struct sl_entry *entry, struct sl_error *err);

/* A file of a NEW layer of an entry that was added; copies the strings. */
SL_MUST_CHECK enum sl_status sl_index_add_file(struct sl_index *index,
    uint32_t number, const char *layer, const struct sl_index_file *file,
    struct sl_error *err);

/* Sort, give ordinals, judge paths, check entries.  A NEW layer must have a
 * file.  After it entries, segments and files are final. */
SL_MUST_CHECK enum sl_status sl_index_seal(
    struct sl_index *index, struct sl_error *err);

/* The next chunk of the segment under way (the first one not ended). */
SL_MUST_CHECK enum sl_status sl_index_add_chunk(struct sl_index *index,
    uint32_t stored_bytes, uint32_t decoded_bytes,
    const unsigned char blake2b[32], struct sl_error *err);

/* The segment under way has all its chunks. */
SL_MUST_CHECK enum sl_status sl_index_end_segment(
    struct sl_index *index, struct sl_error *err);

/* Append index.json; SL_ERR_STATE while a segment is without chunks,
 * SL_ERR_LIMIT past SL_INDEX_BYTES_MAX. */
SL_MUST_CHECK enum sl_status sl_index_write(
    struct sl_buf *buf, const struct sl_index *index, struct sl_error *err);

/* Append files.sha256: every file of the batch in the order of the pack. */
SL_MUST_CHECK enum sl_status sl_index_write_files_sha256(
    struct sl_buf *buf, const struct sl_index *index);

/* Fill dataset, seq, time, counts and sums of a manifest. */
void sl_index_describe(
    const struct sl_index *index, struct sl_manifest *manifest);

#endif /* SLUICE_CATALOG_INDEX_H */
