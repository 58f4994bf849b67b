#include "sluice/pack/pack_writer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/pack/frame.h"
#include "sluice/pack/tar.h"

/* Ring of chunks under way: two per thread, so that none waits for the
 * reader, and two more, one being filled and one being written. */
#define SLOTS_PER_THREAD 2
#define SLOTS_MORE       2
#define THREADS_MAX      64 /* that of sl_workers */
/* Hashing in small steps finds the bytes still in the processor's cache. */
#define READ_STEP_BYTES (256u << 10)

struct slot {
	struct sl_job job; /* first: run_slot() casts back */
	struct sl_chunk_encoder *encoder;
	enum sl_level level;
	unsigned char *decoded;
	size_t decoded_len;
	struct sl_buf stored;
	unsigned char hash[SL_BLAKE2B_BYTES];
	enum sl_status status;
};

struct sl_pack_writer {
	struct sl_pack_options options;
	enum sl_status failure; /* SL_OK until something failed */
	bool has_segment;
	bool is_finished;
	enum sl_level level;
	uint32_t segment_first; /* chunk */
	uint64_t pack_bytes;
	/* The chunk that is being filled is slots[next % slot_count]; chunks
	 * written..next-1 are under way. */
	uint32_t next;
	uint32_t written;
	struct sl_pack_chunk *chunks;
	size_t chunk_capacity;
	uint32_t slot_count;
	struct slot slots[];
};

/* On a worker. */
static void
run_slot(struct sl_job *job)
{
	struct slot *slot = (struct slot *)job;

	sl_buf_reset(&slot->stored);
	slot->status = sl_chunk_encode(slot->encoder, slot->level,
	    sl_slice_of(slot->decoded, slot->decoded_len), &slot->stored);
	if (slot->status == SL_OK)
		sl_blake2b_of(slot->hash, sl_buf_slice(&slot->stored));
}

/* Nothing but the struct until the slot is first used: a small batch does not
 * pay for a large ring. */
static enum sl_status
prepare_slot(struct slot *slot)
{
	enum sl_status status;

	if (slot->decoded != NULL)
		return SL_OK;
	status = sl_chunk_encoder_new(&slot->encoder);
	if (status != SL_OK)
		return status;
	sl_buf_init(&slot->stored, SL_CHUNK_STORED_MAX);
	slot->job.run = run_slot;
	slot->decoded = malloc(SL_CHUNK_DECODED_MAX);
	return slot->decoded == NULL ? SL_ERR_NOMEM : SL_OK;
}

enum sl_status
sl_pack_writer_new(
    struct sl_pack_writer **out, const struct sl_pack_options *options)
{
	struct sl_pack_writer *writer;
	unsigned slot_count;

	*out = NULL;
	if (options->thread_count == 0 || options->thread_count > THREADS_MAX)
		return SL_ERR_INVALID;
	slot_count = options->thread_count * SLOTS_PER_THREAD + SLOTS_MORE;
	writer = calloc(1, sizeof(*writer) + slot_count * sizeof(struct slot));
	if (writer == NULL)
		return SL_ERR_NOMEM;
	writer->options = *options;
	writer->slot_count = slot_count;
	*out = writer;
	return SL_OK;
}

static struct slot *
slot_of(struct sl_pack_writer *writer, uint32_t chunk)
{
	return &writer->slots[chunk % writer->slot_count];
}

void
sl_pack_writer_free(struct sl_pack_writer *writer)
{
	if (writer == NULL)
		return;
	for (; writer->written < writer->next; writer->written++)
		sl_workers_wait(writer->options.workers,
		    &slot_of(writer, writer->written)->job);
	for (uint32_t i = 0; i < writer->slot_count; i++) {
		sl_chunk_encoder_free(writer->slots[i].encoder);
		sl_buf_clear(&writer->slots[i].stored);
		free(writer->slots[i].decoded);
	}
	free(writer->chunks);
	free(writer);
}

/* Remember the failure: nothing after it may look like a whole pack. */
static enum sl_status
fail(struct sl_pack_writer *writer, enum sl_status status, struct sl_error *err)
{
	writer->failure = status;
	if (err != NULL && err->text[0] == '\0')
		return sl_error_set(err, status, "%s", sl_status_text(status));
	return status;
}

static enum sl_status
refuse_state(struct sl_pack_writer *writer, struct sl_error *err)
{
	if (writer->failure != SL_OK)
		return sl_error_set(
		    err, writer->failure, "the pack failed before");
	return sl_error_set(err, SL_ERR_STATE, "pack calls out of order");
}

static enum sl_status
grow_chunks(struct sl_pack_writer *writer)
{
	struct sl_pack_chunk *chunks;
	size_t capacity = writer->chunk_capacity * 2 + 64;

	if (writer->written < writer->chunk_capacity)
		return SL_OK;
	chunks = reallocarray(writer->chunks, capacity, sizeof(*chunks));
	if (chunks == NULL)
		return SL_ERR_NOMEM;
	writer->chunks = chunks;
	writer->chunk_capacity = capacity;
	return SL_OK;
}

/* Wait for the oldest chunk under way and hand it to the sink. */
static enum sl_status
write_oldest(struct sl_pack_writer *writer, struct sl_error *err)
{
	struct slot *slot = slot_of(writer, writer->written);
	struct sl_pack_chunk *chunk;
	enum sl_status status;

	sl_workers_wait(writer->options.workers, &slot->job);
	status = slot->status;
	if (status == SL_OK)
		status = grow_chunks(writer);
	if (status == SL_OK)
		status = writer->options.sink(
		    writer->options.sink_ctx, sl_buf_slice(&slot->stored), err);
	if (status != SL_OK)
		return status;
	chunk = &writer->chunks[writer->written++];
	chunk->stored_bytes = (uint32_t)slot->stored.len;
	chunk->decoded_bytes = (uint32_t)slot->decoded_len;
	memcpy(chunk->hash, slot->hash, sizeof(chunk->hash));
	writer->pack_bytes += slot->stored.len;
	slot->decoded_len = 0;
	return SL_OK;
}

/* Submit the chunk that is being filled; afterwards the next slot is free. */
static enum sl_status
submit_chunk(struct sl_pack_writer *writer, struct sl_error *err)
{
	struct slot *slot = slot_of(writer, writer->next);

	if (writer->next == UINT32_MAX)
		return SL_ERR_LIMIT;
	slot->level = writer->level;
	sl_workers_submit(writer->options.workers, &slot->job);
	writer->next++;
	if (writer->next - writer->written < writer->slot_count)
		return SL_OK;
	return write_oldest(writer, err);
}

/* Room in the chunk being filled, at most `want`; a full one is submitted
 * first. */
static enum sl_status
get_room(struct sl_pack_writer *writer, uint64_t want, unsigned char **out,
    size_t *len, struct sl_error *err)
{
	struct slot *slot = slot_of(writer, writer->next);
	enum sl_status status;

	if (slot->decoded_len == SL_CHUNK_DECODED_MAX) {
		status = submit_chunk(writer, err);
		if (status != SL_OK)
			return status;
		slot = slot_of(writer, writer->next);
	}
	status = prepare_slot(slot);
	if (status != SL_OK)
		return status;
	*out = slot->decoded + slot->decoded_len;
	*len = SL_CHUNK_DECODED_MAX - slot->decoded_len;
	if (*len > want)
		*len = (size_t)want;
	return SL_OK;
}

/* `len` bytes at get_room's pointer have been filled. */
static void
use_room(struct sl_pack_writer *writer, size_t len)
{
	slot_of(writer, writer->next)->decoded_len += len;
}

static enum sl_status
put_bytes(
    struct sl_pack_writer *writer, struct sl_slice bytes, struct sl_error *err)
{
	while (bytes.len > 0) {
		enum sl_status status;
		unsigned char *room;
		size_t len;

		status = get_room(writer, bytes.len, &room, &len, err);
		if (status != SL_OK)
			return status;
		memcpy(room, bytes.data, len);
		use_room(writer, len);
		bytes.data += len;
		bytes.len -= len;
	}
	return SL_OK;
}

enum sl_status
sl_pack_writer_begin_segment(
    struct sl_pack_writer *writer, enum sl_level level, struct sl_error *err)
{
	if (writer->failure != SL_OK || writer->has_segment ||
	    writer->is_finished)
		return refuse_state(writer, err);
	writer->has_segment = true;
	writer->level = level;
	writer->segment_first = writer->next;
	return SL_OK;
}

/* A file's content: from a descriptor, or from memory (fd -1). */
struct source {
	int fd;
	struct sl_slice content;
	uint64_t offset;
	struct sl_sha256 *hash; /* NULL if nobody wants it */
};

static enum sl_status
refuse_content(struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "content_differs",
	    "the file changed since it was ingested");
}

/* Like sl_file_read_at, but an early end is the file's fault, not the disk's.
 */
static enum sl_status
read_descriptor(const struct source *source, unsigned char *out, size_t len,
    struct sl_error *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = pread(source->fd, out + done, len - done,
		    (off_t)(source->offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return sl_error_errno(err, "read");
		if (got == 0)
			return refuse_content(err);
		done += (size_t)got;
	}
	return SL_OK;
}

static enum sl_status
read_step(
    struct source *source, unsigned char *out, size_t len, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (source->fd < 0)
		memcpy(out, source->content.data + source->offset, len);
	else
		status = read_descriptor(source, out, len, err);
	if (status != SL_OK)
		return status;
	if (source->hash != NULL)
		sl_sha256_update(source->hash, out, len);
	source->offset += len;
	return SL_OK;
}

static enum sl_status
put_content(struct sl_pack_writer *writer, uint64_t bytes,
    struct source *source, struct sl_error *err)
{
	while (source->offset < bytes) {
		uint64_t want = bytes - source->offset;
		enum sl_status status;
		unsigned char *room;
		size_t len;

		if (want > READ_STEP_BYTES)
			want = READ_STEP_BYTES;
		status = get_room(writer, want, &room, &len, err);
		if (status == SL_OK)
			status = read_step(source, room, len, err);
		if (status != SL_OK)
			return status;
		use_room(writer, len);
	}
	return SL_OK;
}

/* Header, content, padding. */
static enum sl_status
put_member(struct sl_pack_writer *writer, const struct sl_pack_file *file,
    struct source *source, struct sl_error *err)
{
	static const unsigned char zeros[SL_TAR_BLOCK_BYTES];
	struct sl_tar_layout layout;
	enum sl_status status;

	status = sl_tar_layout(
	    &layout, file->path, file->bytes, writer->options.published_us);
	if (status == SL_OK)
		status = put_bytes(
		    writer, sl_slice_of(layout.header, layout.header_len), err);
	if (status == SL_OK)
		status = put_content(writer, file->bytes, source, err);
	if (status == SL_OK)
		status = put_bytes(
		    writer, sl_slice_of(zeros, layout.padding_len), err);
	return status;
}

static enum sl_status
put_checked_member(struct sl_pack_writer *writer,
    const struct sl_pack_file *file, struct source *source,
    struct sl_error *err)
{
	unsigned char digest[SL_SHA256_BYTES];
	struct sl_sha256 hash;
	enum sl_status status;

	if (file->sha256 == NULL)
		return put_member(writer, file, source, err);
	status = sl_sha256_init(&hash);
	if (status != SL_OK)
		return status;
	source->hash = &hash;
	status = put_member(writer, file, source, err);
	source->hash = NULL;
	if (status == SL_OK)
		status = sl_sha256_final(&hash, digest);
	sl_sha256_clear(&hash);
	if (status == SL_OK &&
	    memcmp(digest, file->sha256, sizeof(digest)) != 0)
		status = refuse_content(err);
	return status;
}

static enum sl_status
add_file(struct sl_pack_writer *writer, const struct sl_pack_file *file,
    struct source *source, struct sl_error *err)
{
	enum sl_status status;

	if (writer->failure != SL_OK || !writer->has_segment)
		return refuse_state(writer, err);
	if (err != NULL)
		err->text[0] = '\0';
	status = put_checked_member(writer, file, source, err);
	if (status == SL_OK)
		return SL_OK;
	status = fail(writer, status, err);
	return sl_error_prefix(err, status, "%.*s", (int)file->path.len,
	    (const char *)file->path.data);
}

enum sl_status
sl_pack_writer_add_fd(struct sl_pack_writer *writer,
    const struct sl_pack_file *file, int fd, struct sl_error *err)
{
	struct source source = {.fd = fd};
	enum sl_status status;
	unsigned char byte;
	ssize_t more;

	status = add_file(writer, file, &source, err);
	if (status != SL_OK)
		return status;
	do
		more = pread(fd, &byte, 1, (off_t)file->bytes);
	while (more < 0 && errno == EINTR);
	if (more != 0)
		return fail(writer, refuse_content(err), err);
	return SL_OK;
}

enum sl_status
sl_pack_writer_add_bytes(struct sl_pack_writer *writer,
    const struct sl_pack_file *file, struct sl_slice content,
    struct sl_error *err)
{
	struct source source = {.fd = -1, .content = content};

	if (content.len != file->bytes)
		return refuse_state(writer, err);
	return add_file(writer, file, &source, err);
}

enum sl_status
sl_pack_writer_end_segment(struct sl_pack_writer *writer,
    struct sl_pack_span *out, struct sl_error *err)
{
	enum sl_status status;

	if (writer->failure != SL_OK || !writer->has_segment)
		return refuse_state(writer, err);
	if (slot_of(writer, writer->next)->decoded_len == 0)
		return fail(writer,
		    sl_error_set(err, SL_ERR_INVALID, "a segment is empty"),
		    err);
	if (err != NULL)
		err->text[0] = '\0';
	status = submit_chunk(writer, err);
	if (status != SL_OK)
		return fail(writer, status, err);
	writer->has_segment = false;
	out->chunk_first = writer->segment_first;
	out->chunk_count = writer->next - writer->segment_first;
	return SL_OK;
}

enum sl_status
sl_pack_writer_finish(struct sl_pack_writer *writer, struct sl_error *err)
{
	struct sl_slice end = sl_frame_end_of_archive();
	enum sl_status status = SL_OK;

	if (writer->failure != SL_OK || writer->has_segment ||
	    writer->is_finished)
		return refuse_state(writer, err);
	if (err != NULL)
		err->text[0] = '\0';
	while (status == SL_OK && writer->written < writer->next)
		status = write_oldest(writer, err);
	if (status == SL_OK)
		status =
		    writer->options.sink(writer->options.sink_ctx, end, err);
	if (status != SL_OK)
		return fail(writer, status, err);
	writer->pack_bytes += end.len;
	writer->is_finished = true;
	return SL_OK;
}

const struct sl_pack_chunk *
sl_pack_writer_chunks(const struct sl_pack_writer *writer, uint32_t *count)
{
	*count = writer->written;
	return writer->chunks;
}

uint64_t
sl_pack_writer_bytes(const struct sl_pack_writer *writer)
{
	return writer->pack_bytes;
}
