/* index.json from an index: keys in their fixed order, no spaces. */
#include <inttypes.h>

#include "index_store.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

/* Dump and release; NULL is out of memory. */
static enum sl_status
dump_new(struct sl_buf *buf, json_t *value)
{
	enum sl_status status;

	if (value == NULL)
		return SL_ERR_NOMEM;
	status = sl_json_dump(buf, value);
	json_decref(value);
	return status;
}

static enum sl_status
write_entry(struct sl_buf *buf, const struct sl_entry *entry)
{
	char id[SL_UUID_TEXT_LEN + 1];
	enum sl_status status;

	sl_uuid_format(id, &entry->id);
	status = sl_buf_printf(buf,
	    "{\"op\":\"%s\",\"id\":\"%s\",\"number\":%u,\"revision\":%u,",
	    sl_entry_op_name(entry->op), id, entry->number, entry->revision);
	if (status == SL_OK && entry->op == SL_ENTRY_RETRACT)
		return sl_buf_printf(buf, "\"reason\":\"%s\"}", entry->reason);
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "\"facets\":");
	if (status == SL_OK)
		status = dump_new(buf, sl_facets_to_json(&entry->facets));
	if (status == SL_OK)
		status = sl_buf_append_text(buf, ",\"layers\":");
	if (status == SL_OK)
		status = dump_new(buf, sl_entry_layers_to_json(entry));
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "}");
	return status;
}

static enum sl_status
write_file(struct sl_buf *buf, const struct sl_index_file *file)
{
	char hash[65];
	enum sl_status status = sl_buf_append_text(buf, "[");

	sl_hex_encode(hash, file->sha256, 32);
	if (status == SL_OK)
		status = sl_json_append_string(buf, sl_slice_text(file->path));
	if (status == SL_OK)
		status = sl_buf_printf(buf, ",%" PRIu64 ",\"%s\",\"%s\"]",
		    file->bytes, hash, file->media_type);
	return status;
}

static enum sl_status
write_segment(struct sl_buf *buf, const struct sl_index *index,
    const struct sl_index_segment *segment)
{
	enum sl_status status =
	    sl_buf_printf(buf, "{\"episode\":%u,\"layer\":\"%s\",\"files\":[",
	        segment->number, segment->layer);

	for (uint32_t i = 0; status == SL_OK && i < segment->file_count; i++) {
		if (i > 0)
			status = sl_buf_append_text(buf, ",");
		if (status == SL_OK)
			status = write_file(
			    buf, &index->files[segment->file_first + i]);
	}
	if (status == SL_OK)
		status = sl_buf_printf(buf, "],\"chunks\":[%u,%u]}",
		    segment->chunk_first, segment->chunk_count);
	return status;
}

static enum sl_status
write_chunk(struct sl_buf *buf, const struct sl_index_chunk *chunk)
{
	char hash[65];

	sl_hex_encode(hash, chunk->blake2b, 32);
	return sl_buf_printf(buf, "[%u,%u,\"%s\"]", chunk->stored_bytes,
	    chunk->decoded_bytes, hash);
}

static enum sl_status
write_all(struct sl_buf *buf, const struct sl_index *index)
{
	char published[SL_TIME_TEXT_MAX];
	enum sl_status status;

	sl_time_format(published, index->published_us);
	status = sl_buf_printf(buf,
	    "{\"version\":1,\"dataset\":\"%s\",\"seq\":%u,"
	    "\"published\":\"%s\",\"episodes\":[",
	    index->dataset, index->seq, published);
	for (uint32_t i = 0; status == SL_OK && i < index->entry_count; i++) {
		if (i > 0)
			status = sl_buf_append_text(buf, ",");
		if (status == SL_OK)
			status = write_entry(buf, &index->entries[i]);
	}
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "],\"segments\":[");
	for (uint32_t i = 0; status == SL_OK && i < index->segment_count; i++) {
		if (i > 0)
			status = sl_buf_append_text(buf, ",");
		if (status == SL_OK)
			status = write_segment(buf, index, &index->segments[i]);
	}
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "],\"chunks\":[");
	for (uint32_t i = 0; status == SL_OK && i < index->chunk_count; i++) {
		if (i > 0)
			status = sl_buf_append_text(buf, ",");
		if (status == SL_OK)
			status = write_chunk(buf, &index->chunks[i]);
	}
	return status == SL_OK ? sl_buf_append_text(buf, "]}\n") : status;
}

enum sl_status
sl_index_write(
    struct sl_buf *buf, const struct sl_index *index, struct sl_error *err)
{
	size_t before = buf->len;
	enum sl_status status;

	if (!index->store->sealed ||
	    index->store->segments_ended != index->segment_count)
		return sl_error_set(
		    err, SL_ERR_STATE, "an index with unpacked segments");
	status = write_all(buf, index);
	if (status == SL_OK && buf->len - before > SL_INDEX_BYTES_MAX)
		status = SL_ERR_LIMIT;
	if (status != SL_OK)
		return sl_error_set(err, status, "an index of batch %u: %s",
		    index->seq, sl_status_text(status));
	return SL_OK;
}
