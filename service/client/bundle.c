#include "bundle.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle_store.h"
#include "sluice/base/array.h"
#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/catalog/checkpoint.h"
#include "sluice/pack/chunk.h"
#include "sluice/pack/frame.h"
#include "sluice/pack/unpack.h"

/* A thousand batches of five objects, as many trust files, the rest. */
#define MEMBERS_MAX 8192
/* Of the head: indices are the most of it. */
#define HEAD_MAX   (UINT64_C(64) << 30)
#define MEMBER_MAX ((uint64_t)64 << 20)
#define CHUNKS_MAX (UINT64_C(1) << 28)
/* Two of the longest frames: one whole one is always in the buffer. */
#define BUFFER_BYTES ((size_t)2 * SL_CHUNK_STORED_MAX)

enum phase {
	PHASE_HEAD,
	PHASE_CHUNKS,
	PHASE_TAIL
};

struct scan {
	struct sl_bundle *bundle;
	enum phase phase;
	struct sl_unpack *unpack; /* of the head, then of the tail */
	bool has_foreign;         /* a member that is not the head's began */
	unsigned char *buffer;
	size_t len;
	uint64_t offset; /* of the buffer's first byte in the file */
	bool is_at_end;  /* of the file */
};

static enum sl_status
damaged(const struct sl_bundle *bundle, uint64_t offset, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "bundle_damaged",
	    "%s: no bundle, or damaged, at byte %llu", bundle->path,
	    (unsigned long long)offset);
}

static enum sl_status
truncated(const struct sl_bundle *bundle, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "bundle_truncated",
	    "%s: ends before its end; copy it again", bundle->path);
}

/* -- members of the head -- */

static uint32_t
seq_of(const char *path)
{
	static const char folder[] = ".sluice/batches/";
	char digits[16] = "";
	uint64_t seq = 0;
	size_t len;

	if (strncmp(path, folder, sizeof(folder) - 1) != 0)
		return 0;
	path += sizeof(folder) - 1;
	len = strspn(path, "0123456789");
	while (len > 1 && *path == '0') {
		path++;
		len--;
	}
	if (len == 0 || len >= sizeof(digits) || path[len] != '/')
		return 0;
	memcpy(digits, path, len);
	return sl_parse_u64(digits, SL_SEQ_MAX, &seq) ? (uint32_t)seq : 0;
}

static enum sl_status
on_begin(void *ctx, const struct sl_unpack_member *member, struct sl_error *err)
{
	const char *path = (const char *)member->path.data;
	struct scan *scan = ctx;
	struct sl_bundle *bundle = scan->bundle;
	struct sl_bundle_member *members;

	if (strncmp(path, ".sluice/", 8) != 0) {
		scan->has_foreign = true;
		return SL_ERR_STATE;
	}
	if (scan->phase == PHASE_TAIL)
		return SL_OK;
	members = sl_array_room(
	    bundle->members, bundle->member_count, sizeof(*members));
	if (members == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	bundle->members = members;
	members += bundle->member_count++;
	memset(members, 0, sizeof(*members));
	snprintf(members->path, sizeof(members->path), "%s", path);
	members->bytes = member->bytes;
	members->mtime_us = member->mtime_us;
	members->offset = bundle->spool_bytes;
	members->seq = seq_of(path);
	if (members->seq > 0 && bundle->first_seq == 0)
		bundle->first_seq = members->seq;
	if (members->seq > bundle->last_seq)
		bundle->last_seq = members->seq;
	return SL_OK;
}

static enum sl_status
on_data(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	struct scan *scan = ctx;

	if (scan->phase == PHASE_TAIL)
		return SL_OK;
	scan->bundle->spool_bytes += bytes.len;
	return sl_file_write_all(
	    scan->bundle->spool, bytes.data, bytes.len, err);
}

static enum sl_status
open_unpack(struct scan *scan, struct sl_error *err)
{
	const struct sl_unpack_limits limits = {
	    .member_bytes = MEMBER_MAX,
	    .member_count = MEMBERS_MAX,
	    .total_bytes = HEAD_MAX,
	};
	const struct sl_unpack_handler handler = {
	    .on_begin = on_begin, .on_data = on_data, .ctx = scan};
	enum sl_status status;

	sl_unpack_free(scan->unpack);
	status = sl_unpack_new(&scan->unpack, &limits, &handler);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

/* -- frames -- */

static enum sl_status
add_chunk(struct scan *scan, struct sl_slice frame, struct sl_error *err)
{
	struct sl_bundle *bundle = scan->bundle;
	struct sl_bundle_chunk *chunks =
	    sl_array_room(bundle->chunks, bundle->chunk_count, sizeof(*chunks));

	if (chunks == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	bundle->chunks = chunks;
	if (bundle->chunk_count == CHUNKS_MAX)
		return sl_error_code(err, SL_ERR_INTEGRITY, "endless",
		    "%s: too many chunks", bundle->path);
	chunks += bundle->chunk_count++;
	chunks->offset = scan->offset;
	chunks->bytes = (uint32_t)frame.len;
	sl_blake2b_of(chunks->hash, frame);
	return SL_OK;
}

static enum sl_status
take_frame(struct scan *scan, struct sl_slice frame, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status;

	if (scan->phase != PHASE_TAIL && frame.len >= 4 &&
	    sl_end_record_begins(frame)) {
		scan->phase = PHASE_TAIL;
		status = open_unpack(scan, err);
		if (status != SL_OK)
			return status;
	}
	if (scan->phase == PHASE_CHUNKS)
		return add_chunk(scan, frame, err);
	status = sl_unpack_push(scan->unpack, frame, &why);
	if (status == SL_OK)
		return SL_OK;
	if (scan->phase == PHASE_HEAD && scan->has_foreign) {
		scan->phase = PHASE_CHUNKS;
		return add_chunk(scan, frame, err);
	}
	if (status == SL_ERR_NOMEM || status == SL_ERR_IO ||
	    status == SL_ERR_FULL) {
		*err = why;
		return status;
	}
	return damaged(scan->bundle, scan->offset, err);
}

static enum sl_status
fill(struct scan *scan, struct sl_error *err)
{
	while (!scan->is_at_end && scan->len < BUFFER_BYTES) {
		ssize_t got = pread(scan->bundle->fd, scan->buffer + scan->len,
		    BUFFER_BYTES - scan->len,
		    (off_t)(scan->offset + scan->len));

		if (got < 0)
			return sl_error_errno(err, "%s", scan->bundle->path);
		scan->is_at_end = got == 0;
		scan->len += (size_t)got;
	}
	return SL_OK;
}

/* The frame at the front of the buffer; *used is its length. */
static enum sl_status
next_frame(struct scan *scan, size_t at, size_t *used, struct sl_error *err)
{
	struct sl_slice rest = sl_slice_of(scan->buffer + at, scan->len - at);
	enum sl_status status = sl_frame_measure(used, rest);

	if (status == SL_ERR_PARTIAL && scan->is_at_end &&
	    rest.len < SL_CHUNK_STORED_MAX)
		return truncated(scan->bundle, err);
	if (status != SL_OK || *used > SL_CHUNK_STORED_MAX)
		return damaged(scan->bundle, scan->offset, err);
	return take_frame(scan, sl_slice_of(rest.data, *used), err);
}

static enum sl_status
read_frames(struct scan *scan, struct sl_error *err)
{
	enum sl_status status = fill(scan, err);

	while (status == SL_OK && scan->len > 0) {
		size_t at = 0, used = 0;

		while (status == SL_OK && at < scan->len &&
		    (scan->is_at_end ||
		        scan->len - at >= SL_CHUNK_STORED_MAX)) {
			status = next_frame(scan, at, &used, err);
			if (status != SL_OK)
				return status;
			at += used;
			scan->offset += used;
		}
		memmove(scan->buffer, scan->buffer + at, scan->len - at);
		scan->len -= at;
		status = fill(scan, err);
	}
	return status;
}

/* -- the whole -- */

static enum sl_status
check_end(struct scan *scan, struct sl_error *err)
{
	const struct sl_end_record *end;
	struct sl_error why = {0};
	enum sl_status status;

	if (scan->phase != PHASE_TAIL)
		return truncated(scan->bundle, err);
	status = sl_unpack_finish(scan->unpack, &why);
	end = sl_unpack_end_record(scan->unpack);
	if (status == SL_ERR_PARTIAL || end == NULL)
		return truncated(scan->bundle, err);
	if (status != SL_OK)
		return damaged(scan->bundle, scan->offset, err);
	scan->bundle->end = *end;
	if (end->status != SL_END_COMPLETE)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bundle_incomplete",
		    "%s: its writer was %s: %s", scan->bundle->path,
		    sl_end_status_name(end->status), end->text);
	return SL_OK;
}

static enum sl_status
read_member(struct sl_buf *out, const struct sl_bundle *bundle,
    const char *path, size_t max, struct sl_error *err)
{
	for (size_t i = 0; i < bundle->member_count; i++) {
		const struct sl_bundle_member *member = &bundle->members[i];
		enum sl_status status;

		if (strcmp(member->path, path) != 0)
			continue;
		if (member->bytes > max)
			break;
		status = sl_buf_reserve(out, (size_t)member->bytes);
		if (status == SL_OK)
			status = sl_file_read_at(bundle->spool, out->data,
			    (size_t)member->bytes, member->offset, err);
		out->len = status == SL_OK ? (size_t)member->bytes : 0;
		return status;
	}
	return SL_ERR_NOT_FOUND;
}

/* Whose it is, and how far its log goes: to refuse in words; what counts is
 * checked again where it is used. */
static enum sl_status
read_head(struct sl_bundle *bundle, struct sl_error *err)
{
	struct sl_checkpoint checkpoint;
	struct sl_note note;
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, SL_GRANT_BYTES_MAX);
	status = read_member(
	    &text, bundle, ".sluice/grant.json", SL_GRANT_BYTES_MAX, err);
	if (status == SL_OK)
		status =
		    sl_grant_parse(&bundle->grant, sl_buf_slice(&text), err);
	if (status != SL_OK)
		status = damaged(bundle, 0, err);
	sl_buf_reset(&text);
	if (status == SL_OK &&
	    read_member(&text, bundle, ".sluice/checkpoint", SL_NOTE_BYTES_MAX,
	        err) == SL_OK &&
	    sl_checkpoint_parse_note(
	        &checkpoint, &note, sl_buf_slice(&text), NULL) == SL_OK)
		bundle->log_size = checkpoint.tree.size;
	sl_buf_clear(&text);
	return status;
}

static int
by_hash(const void *a, const void *b)
{
	const struct sl_bundle_chunk *left = a;
	const struct sl_bundle_chunk *right = b;

	return memcmp(left->hash, right->hash, sizeof(left->hash));
}

const struct sl_bundle_chunk *
sl_bundle_find(
    const struct sl_bundle *bundle, const unsigned char hash[SL_BLAKE2B_BYTES])
{
	struct sl_bundle_chunk key;

	if (bundle->chunk_count == 0)
		return NULL;
	memcpy(key.hash, hash, sizeof(key.hash));
	return bsearch(
	    &key, bundle->chunks, bundle->chunk_count, sizeof(key), by_hash);
}

static enum sl_status
scan_file(struct sl_bundle *bundle, struct sl_error *err)
{
	struct scan scan = {.bundle = bundle};
	enum sl_status status;

	scan.buffer = malloc(BUFFER_BYTES);
	if (scan.buffer == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = open_unpack(&scan, err);
	if (status == SL_OK)
		status = read_frames(&scan, err);
	if (status == SL_OK)
		status = check_end(&scan, err);
	if (status == SL_OK)
		status = read_head(bundle, err);
	if (status == SL_OK && bundle->chunk_count > 0)
		qsort(bundle->chunks, bundle->chunk_count,
		    sizeof(*bundle->chunks), by_hash);
	sl_unpack_free(scan.unpack);
	free(scan.buffer);
	return status;
}

/* A file of its own that goes with its descriptor. */
static int
open_spool(void)
{
	const char *folder = getenv("TMPDIR");
	int fd = open(folder == NULL || folder[0] == '\0' ? "/tmp" : folder,
	    O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = memfd_create("sluice-bundle", MFD_CLOEXEC);
	return fd;
}

enum sl_status
sl_bundle_open(struct sl_bundle **out, const char *path, struct sl_error *err)
{
	struct sl_bundle *bundle = calloc(1, sizeof(*bundle));
	enum sl_status status = SL_OK;
	struct stat info;

	*out = NULL;
	if (bundle == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	sl_grant_init(&bundle->grant);
	bundle->fd = bundle->spool = -1;
	bundle->path = strdup(path);
	if (bundle->path == NULL)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (status == SL_OK) {
		bundle->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (bundle->fd < 0 || fstat(bundle->fd, &info) != 0)
			status = sl_error_errno(err, "%s", path);
		else if (!S_ISREG(info.st_mode))
			status = sl_error_set(
			    err, SL_ERR_INVALID, "%s is no file", path);
	}
	if (status == SL_OK) {
		bundle->spool = open_spool();
		if (bundle->spool < 0)
			status = sl_error_errno(err, "a temporary file");
	}
	if (status == SL_OK)
		status = scan_file(bundle, err);
	if (status != SL_OK) {
		sl_bundle_free(bundle);
		return status;
	}
	*out = bundle;
	return SL_OK;
}

void
sl_bundle_free(struct sl_bundle *bundle)
{
	if (bundle == NULL)
		return;
	if (bundle->fd >= 0)
		close(bundle->fd);
	if (bundle->spool >= 0)
		close(bundle->spool);
	sl_grant_clear(&bundle->grant);
	free(bundle->members);
	free(bundle->chunks);
	free(bundle->path);
	free(bundle);
}

enum sl_status
sl_bundle_check(const struct sl_bundle *bundle, const char *dataset,
    const struct sl_uuid *licence, struct sl_error *err)
{
	char theirs[SL_UUID_TEXT_LEN + 1], ours[SL_UUID_TEXT_LEN + 1];

	if (strcmp(bundle->grant.dataset, dataset) != 0)
		return sl_error_code(err, SL_ERR_CONFLICT,
		    "bundle_of_other_dataset",
		    "%s is a bundle of %s, not of %s", bundle->path,
		    bundle->grant.dataset, dataset);
	if (licence == NULL || sl_uuid_is(licence, &bundle->grant.licence))
		return SL_OK;
	sl_uuid_format(theirs, &bundle->grant.licence);
	sl_uuid_format(ours, licence);
	return sl_error_code(err, SL_ERR_CONFLICT, "bundle_for_other_licence",
	    "%s is for licence %s; this mirror is of %s", bundle->path, theirs,
	    ours);
}

void
sl_bundle_set_heads(struct sl_bundle *bundle, const struct sl_heads *heads)
{
	bundle->heads = heads;
}
