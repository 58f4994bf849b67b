#include "mcap_merge.h"

#include <stdlib.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"
#include "mcap_registry.h"
#include "mcap_unpack.h"

struct entry {
	uint64_t log_time;
	size_t at; /* of the message's content among the records */
};

/* A chunk; the last four are there while it is open. */
struct piece {
	uint64_t start_time;
	uint64_t end_time;
	uint64_t offset;
	uint64_t length;
	unsigned char *records;
	size_t records_len;
	struct entry *entries;
	size_t entry_count;
	size_t next;
};

struct mcap_merge {
	int fd;
	uint64_t file_bytes;
	struct mcap_registry *registry;
	const struct sl_mcap_span *span;
	struct mcap_unpacker *unpacker;
	struct sl_buf stored;
	struct piece *pieces; /* by start time, then offset */
	size_t piece_count;
	size_t opened;       /* pieces before this one were opened */
	struct piece **heap; /* open ones, the earliest first */
	size_t heap_count;
	uint64_t open_bytes;
	struct piece *spent; /* had the last message; closed by the next call */
	struct sl_mcap_record record;
};

enum sl_status
mcap_merge_new(struct mcap_merge **out, int fd, uint64_t file_bytes,
    struct mcap_registry *registry, const struct sl_mcap_span *span)
{
	struct mcap_merge *merge = calloc(1, sizeof(*merge));

	*out = merge;
	if (merge == NULL)
		return SL_ERR_NOMEM;
	merge->fd = fd;
	merge->file_bytes = file_bytes;
	merge->registry = registry;
	merge->span = span;
	sl_buf_init(&merge->stored, SL_MCAP_RECORD_BYTES_MAX);
	return mcap_unpacker_new(&merge->unpacker);
}

static void
close_piece(struct mcap_merge *merge, struct piece *piece)
{
	if (piece->records != NULL)
		merge->open_bytes -= piece->records_len;
	free(piece->records);
	free(piece->entries);
	piece->records = NULL;
	piece->entries = NULL;
	piece->entry_count = 0;
}

void
mcap_merge_free(struct mcap_merge *merge)
{
	if (merge == NULL)
		return;
	for (size_t i = 0; i < merge->piece_count; i++)
		close_piece(merge, &merge->pieces[i]);
	free(merge->pieces);
	free(merge->heap);
	sl_buf_clear(&merge->stored);
	mcap_unpacker_free(merge->unpacker);
	free(merge);
}

static bool
is_wanted(const struct sl_mcap_span *span, uint16_t channel)
{
	return span->channels == NULL ||
	    (span->channels[channel / 8] >> (channel % 8) & 1) != 0;
}

static bool
is_in_span(const struct sl_mcap_span *span, uint64_t time)
{
	return time >= span->start_time &&
	    (span->end_time == 0 || time < span->end_time);
}

static bool
has_wanted_channel(
    const struct sl_mcap_span *span, struct sl_slice message_index_offsets)
{
	uint16_t channel;
	uint64_t offset;

	if (message_index_offsets.len == 0)
		return true; /* it does not say */
	while (
	    sl_mcap_map_u16_next(&message_index_offsets, &channel, &offset)) {
		if (is_wanted(span, channel))
			return true;
	}
	return false;
}

enum sl_status
mcap_merge_add(
    struct mcap_merge *merge, const struct sl_mcap_chunk_index *chunk)
{
	const struct sl_mcap_span *span = merge->span;
	struct piece *pieces;

	if (chunk->message_end_time < span->start_time ||
	    (span->end_time != 0 &&
	        chunk->message_start_time >= span->end_time) ||
	    !has_wanted_channel(span, chunk->message_index_offsets))
		return SL_OK;
	pieces =
	    sl_array_room(merge->pieces, merge->piece_count, sizeof(*pieces));
	if (pieces == NULL)
		return SL_ERR_NOMEM;
	merge->pieces = pieces;
	pieces[merge->piece_count++] =
	    (struct piece){.start_time = chunk->message_start_time,
	        .end_time = chunk->message_end_time,
	        .offset = chunk->chunk_start_offset,
	        .length = chunk->chunk_length};
	return SL_OK;
}

static int
compare_pieces(const void *a, const void *b)
{
	const struct piece *x = a;
	const struct piece *y = b;

	if (x->start_time != y->start_time)
		return x->start_time < y->start_time ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

void
mcap_merge_start(struct mcap_merge *merge)
{
	if (merge->piece_count > 1)
		qsort(merge->pieces, merge->piece_count, sizeof(*merge->pieces),
		    compare_pieces);
}

enum sl_status
mcap_place_read(struct sl_buf *buf, int fd, uint64_t file_bytes,
    const struct mcap_place *place, struct sl_slice *content,
    struct sl_error *err)
{
	const char *name = sl_mcap_layout_of(place->opcode)->name;
	enum sl_status status;

	if (place->length < SL_MCAP_HEAD_BYTES || place->length > file_bytes ||
	    place->offset > file_bytes - place->length)
		return sl_error_set(err, SL_ERR_INVALID,
		    "the index has a %s of %llu bytes here, the file %llu",
		    name, (unsigned long long)place->length,
		    (unsigned long long)file_bytes);
	sl_buf_reset(buf);
	/* No more than the file has. */
	status = sl_buf_reserve(buf, (size_t)place->length);
	if (status == SL_ERR_LIMIT)
		return sl_error_set(err, status, "a %s of %llu bytes", name,
		    (unsigned long long)place->length);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, buf->data, (size_t)place->length, place->offset, err);
	if (status != SL_OK)
		return status;
	if (buf->data[0] != (unsigned)place->opcode ||
	    mcap_get(buf->data + 1, 8) != place->length - SL_MCAP_HEAD_BYTES)
		return sl_error_set(err, SL_ERR_INVALID,
		    "the index has a %s of %llu bytes here; there is none",
		    name, (unsigned long long)place->length);
	*content = sl_slice_of(buf->data + SL_MCAP_HEAD_BYTES,
	    (size_t)place->length - SL_MCAP_HEAD_BYTES);
	return SL_OK;
}

/* ---- opening a chunk ---- */

static enum sl_status
note_message(struct mcap_merge *merge, struct piece *piece,
    const struct sl_mcap_message *message, size_t at, struct sl_error *err)
{
	struct entry *entries;

	if (mcap_registry_channel(merge->registry, message->channel_id) == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a message of channel %u, which is not there",
		    message->channel_id);
	if (message->log_time < piece->start_time ||
	    message->log_time > piece->end_time)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a message of time %llu in a chunk of %llu to %llu",
		    (unsigned long long)message->log_time,
		    (unsigned long long)piece->start_time,
		    (unsigned long long)piece->end_time);
	if (!is_wanted(merge->span, message->channel_id) ||
	    !is_in_span(merge->span, message->log_time))
		return SL_OK;
	entries =
	    sl_array_room(piece->entries, piece->entry_count, sizeof(*entries));
	if (entries == NULL)
		return SL_ERR_NOMEM;
	piece->entries = entries;
	entries[piece->entry_count++] =
	    (struct entry){.log_time = message->log_time, .at = at};
	return SL_OK;
}

static enum sl_status
note_record(struct mcap_merge *merge, struct piece *piece,
    const struct sl_mcap_layout *layout, unsigned opcode,
    struct sl_slice content, struct sl_error *err)
{
	struct sl_mcap_record record;
	enum sl_status status;
	bool is_new;

	if ((layout->places & SL_MCAP_IN_CHUNK) == 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a %s may not stand in the chunk", layout->name);
	status =
	    sl_mcap_decode(&record, (enum sl_mcap_opcode)opcode, content, err);
	if (status != SL_OK)
		return status;
	if (opcode == SL_MCAP_MESSAGE)
		return note_message(merge, piece, &record.as.message,
		    (size_t)(content.data - piece->records), err);
	if (opcode == SL_MCAP_SCHEMA)
		status = mcap_registry_add_schema(
		    merge->registry, &record.as.schema, &is_new, err);
	else
		status = mcap_registry_add_channel(
		    merge->registry, &record.as.channel, &is_new, err);
	return status == SL_ERR_CONFLICT || status == SL_ERR_NOT_FOUND
	    ? SL_ERR_INVALID
	    : status;
}

static enum sl_status
note_records(
    struct mcap_merge *merge, struct piece *piece, struct sl_error *err)
{
	size_t at = 0;

	while (at < piece->records_len) {
		const unsigned char *head = piece->records + at;
		size_t left = piece->records_len - at;
		const struct sl_mcap_layout *layout;
		enum sl_status status = SL_OK;
		uint64_t len;

		if (left < SL_MCAP_HEAD_BYTES)
			return sl_error_set(err, SL_ERR_INVALID,
			    "the chunk ends inside a record");
		left -= SL_MCAP_HEAD_BYTES;
		len = mcap_get(head + 1, 8);
		if (len > left)
			return sl_error_set(err, SL_ERR_INVALID,
			    "at %zu of its records: a record of %llu bytes, "
			    "%zu are left",
			    at, (unsigned long long)len, left);
		layout = sl_mcap_layout_of(head[0]);
		if (layout != NULL)
			status = note_record(merge, piece, layout, head[0],
			    sl_slice_of(head + SL_MCAP_HEAD_BYTES, (size_t)len),
			    err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "at %zu of its records", at);
		at += SL_MCAP_HEAD_BYTES + (size_t)len;
	}
	return SL_OK;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	if (x->log_time != y->log_time)
		return x->log_time < y->log_time ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static enum sl_status
read_piece(struct mcap_merge *merge, struct piece *piece, struct sl_error *err)
{
	struct mcap_place place = {.opcode = SL_MCAP_CHUNK,
	    .offset = piece->offset,
	    .length = piece->length};
	struct sl_mcap_record chunk;
	struct sl_slice records;
	enum sl_status status;

	status = mcap_place_read(&merge->stored, merge->fd, merge->file_bytes,
	    &place, &records, err);
	if (status == SL_OK)
		status = sl_mcap_decode(&chunk, SL_MCAP_CHUNK, records, err);
	if (status == SL_OK)
		status = mcap_unpack(
		    merge->unpacker, &chunk.as.chunk, &records, err);
	if (status != SL_OK)
		return status;
	if (records.len > SL_MCAP_OPEN_BYTES_MAX - merge->open_bytes)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "chunks that overlap in time take more than %u bytes",
		    SL_MCAP_OPEN_BYTES_MAX);
	piece->records = malloc(records.len == 0 ? 1 : records.len);
	if (piece->records == NULL)
		return SL_ERR_NOMEM;
	memcpy(piece->records, records.data, records.len);
	piece->records_len = records.len;
	merge->open_bytes += records.len;
	status = note_records(merge, piece, err);
	if (status == SL_OK && piece->entry_count > 1)
		qsort(piece->entries, piece->entry_count,
		    sizeof(*piece->entries), compare_entries);
	return status;
}

/* ---- the heap of open chunks ---- */

static bool
is_before(const struct piece *a, const struct piece *b)
{
	uint64_t x = a->entries[a->next].log_time;
	uint64_t y = b->entries[b->next].log_time;

	return x != y ? x < y : a->offset < b->offset;
}

static void
sink_down(struct mcap_merge *merge, size_t at)
{
	struct piece **heap = merge->heap;

	for (;;) {
		size_t first = at;

		for (size_t child = 2 * at + 1;
		     child <= 2 * at + 2 && child < merge->heap_count; child++)
			if (is_before(heap[child], heap[first]))
				first = child;
		if (first == at)
			return;
		struct piece *other = heap[first];

		heap[first] = heap[at];
		heap[at] = other;
		at = first;
	}
}

static enum sl_status
push(struct mcap_merge *merge, struct piece *piece)
{
	struct piece **heap = sl_array_room(
	    merge->heap, merge->heap_count, sizeof(struct piece *));
	size_t at = merge->heap_count;

	if (heap == NULL)
		return SL_ERR_NOMEM;
	merge->heap = heap;
	heap[merge->heap_count++] = piece;
	while (at > 0 && is_before(heap[at], heap[(at - 1) / 2])) {
		struct piece *parent = heap[(at - 1) / 2];

		heap[(at - 1) / 2] = heap[at];
		heap[at] = parent;
		at = (at - 1) / 2;
	}
	return SL_OK;
}

static enum sl_status
open_piece(struct mcap_merge *merge, struct piece *piece, struct sl_error *err)
{
	enum sl_status status;

	status = read_piece(merge, piece, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "offset %llu",
		    (unsigned long long)piece->offset);
	if (piece->entry_count > 0)
		return push(merge, piece);
	close_piece(merge, piece);
	return SL_OK;
}

enum sl_status
mcap_merge_next(struct mcap_merge *merge, const struct sl_mcap_message **out,
    struct sl_error *err)
{
	struct piece *piece;
	enum sl_status status;
	uint64_t len;

	*out = NULL;
	if (merge->spent != NULL)
		close_piece(merge, merge->spent);
	merge->spent = NULL;
	while (merge->opened < merge->piece_count &&
	    (merge->heap_count == 0 ||
	        merge->pieces[merge->opened].start_time <=
	            merge->heap[0]->entries[merge->heap[0]->next].log_time)) {
		status =
		    open_piece(merge, &merge->pieces[merge->opened++], err);
		if (status != SL_OK)
			return status;
	}
	if (merge->heap_count == 0)
		return SL_OK;
	piece = merge->heap[0];
	size_t at = piece->entries[piece->next++].at;

	if (piece->next == piece->entry_count) {
		merge->heap[0] = merge->heap[--merge->heap_count];
		merge->spent = piece;
	}
	if (merge->heap_count > 0)
		sink_down(merge, 0);
	len = mcap_get(piece->records + at - 8, 8);
	status = sl_mcap_decode(&merge->record, SL_MCAP_MESSAGE,
	    sl_slice_of(piece->records + at, (size_t)len), err);
	*out = status == SL_OK ? &merge->record.as.message : NULL;
	return status;
}
