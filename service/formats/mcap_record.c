#include "sluice/formats/mcap_record.h"

#include <libdeflate.h>

#include "mcap_bytes.h"

#define AT(type, field) offsetof(struct sl_mcap_record, as.type.field)
#define DATA            SL_MCAP_IN_DATA
#define CHUNK           SL_MCAP_IN_CHUNK
#define SUMMARY         SL_MCAP_IN_SUMMARY

/* mcap.dev/spec, "Records"; index is the opcode. */
static const struct sl_mcap_layout layouts[] = {
    [SL_MCAP_HEADER] = {"Header", DATA, false,
        {{"profile", SL_MCAP_TEXT, AT(header, profile)},
            {"library", SL_MCAP_TEXT, AT(header, library)}}},
    [SL_MCAP_FOOTER] = {"Footer", DATA | SUMMARY, true,
        {{"summary_start", SL_MCAP_U64, AT(footer, summary_start)},
            {"summary_offset_start", SL_MCAP_U64,
                AT(footer, summary_offset_start)},
            {"summary_crc", SL_MCAP_U32, AT(footer, summary_crc)}}},
    [SL_MCAP_SCHEMA] = {"Schema", DATA | CHUNK | SUMMARY, false,
        {{"id", SL_MCAP_U16, AT(schema, id)},
            {"name", SL_MCAP_TEXT, AT(schema, name)},
            {"encoding", SL_MCAP_TEXT, AT(schema, encoding)},
            {"data", SL_MCAP_BYTES32, AT(schema, data)}}},
    [SL_MCAP_CHANNEL] = {"Channel", DATA | CHUNK | SUMMARY, false,
        {{"id", SL_MCAP_U16, AT(channel, id)},
            {"schema_id", SL_MCAP_U16, AT(channel, schema_id)},
            {"topic", SL_MCAP_TEXT, AT(channel, topic)},
            {"message_encoding", SL_MCAP_TEXT, AT(channel, message_encoding)},
            {"metadata", SL_MCAP_MAP_TEXT_TEXT, AT(channel, metadata)}}},
    [SL_MCAP_MESSAGE] = {"Message", DATA | CHUNK, true,
        {{"channel_id", SL_MCAP_U16, AT(message, channel_id)},
            {"sequence", SL_MCAP_U32, AT(message, sequence)},
            {"log_time", SL_MCAP_U64, AT(message, log_time)},
            {"publish_time", SL_MCAP_U64, AT(message, publish_time)},
            {"data", SL_MCAP_REST, AT(message, data)}}},
    [SL_MCAP_CHUNK] = {"Chunk", DATA, false,
        {{"message_start_time", SL_MCAP_U64, AT(chunk, message_start_time)},
            {"message_end_time", SL_MCAP_U64, AT(chunk, message_end_time)},
            {"uncompressed_size", SL_MCAP_U64, AT(chunk, uncompressed_size)},
            {"uncompressed_crc", SL_MCAP_U32, AT(chunk, uncompressed_crc)},
            {"compression", SL_MCAP_TEXT, AT(chunk, compression)},
            {"records", SL_MCAP_BYTES64, AT(chunk, records)}}},
    [SL_MCAP_MESSAGE_INDEX] = {"MessageIndex", DATA, false,
        {{"channel_id", SL_MCAP_U16, AT(message_index, channel_id)},
            {"records", SL_MCAP_MAP_U64_U64, AT(message_index, records)}}},
    [SL_MCAP_CHUNK_INDEX] = {"ChunkIndex", SUMMARY, false,
        {{"message_start_time", SL_MCAP_U64,
             AT(chunk_index, message_start_time)},
            {"message_end_time", SL_MCAP_U64,
                AT(chunk_index, message_end_time)},
            {"chunk_start_offset", SL_MCAP_U64,
                AT(chunk_index, chunk_start_offset)},
            {"chunk_length", SL_MCAP_U64, AT(chunk_index, chunk_length)},
            {"message_index_offsets", SL_MCAP_MAP_U16_U64,
                AT(chunk_index, message_index_offsets)},
            {"message_index_length", SL_MCAP_U64,
                AT(chunk_index, message_index_length)},
            {"compression", SL_MCAP_TEXT, AT(chunk_index, compression)},
            {"compressed_size", SL_MCAP_U64, AT(chunk_index, compressed_size)},
            {"uncompressed_size", SL_MCAP_U64,
                AT(chunk_index, uncompressed_size)}}},
    [SL_MCAP_ATTACHMENT] = {"Attachment", DATA, false,
        {{"log_time", SL_MCAP_U64, AT(attachment, log_time)},
            {"create_time", SL_MCAP_U64, AT(attachment, create_time)},
            {"name", SL_MCAP_TEXT, AT(attachment, name)},
            {"media_type", SL_MCAP_TEXT, AT(attachment, media_type)},
            {"data", SL_MCAP_BYTES64, AT(attachment, data)},
            {"crc", SL_MCAP_U32, AT(attachment, crc)}}},
    [SL_MCAP_ATTACHMENT_INDEX] = {"AttachmentIndex", SUMMARY, false,
        {{"offset", SL_MCAP_U64, AT(attachment_index, offset)},
            {"length", SL_MCAP_U64, AT(attachment_index, length)},
            {"log_time", SL_MCAP_U64, AT(attachment_index, log_time)},
            {"create_time", SL_MCAP_U64, AT(attachment_index, create_time)},
            {"data_size", SL_MCAP_U64, AT(attachment_index, data_size)},
            {"name", SL_MCAP_TEXT, AT(attachment_index, name)},
            {"media_type", SL_MCAP_TEXT, AT(attachment_index, media_type)}}},
    [SL_MCAP_STATISTICS] = {"Statistics", SUMMARY, false,
        {{"message_count", SL_MCAP_U64, AT(statistics, message_count)},
            {"schema_count", SL_MCAP_U16, AT(statistics, schema_count)},
            {"channel_count", SL_MCAP_U32, AT(statistics, channel_count)},
            {"attachment_count", SL_MCAP_U32, AT(statistics, attachment_count)},
            {"metadata_count", SL_MCAP_U32, AT(statistics, metadata_count)},
            {"chunk_count", SL_MCAP_U32, AT(statistics, chunk_count)},
            {"message_start_time", SL_MCAP_U64,
                AT(statistics, message_start_time)},
            {"message_end_time", SL_MCAP_U64, AT(statistics, message_end_time)},
            {"channel_message_counts", SL_MCAP_MAP_U16_U64,
                AT(statistics, channel_message_counts)}}},
    [SL_MCAP_METADATA] = {"Metadata", DATA, false,
        {{"name", SL_MCAP_TEXT, AT(metadata, name)},
            {"metadata", SL_MCAP_MAP_TEXT_TEXT, AT(metadata, metadata)}}},
    [SL_MCAP_METADATA_INDEX] = {"MetadataIndex", SUMMARY, false,
        {{"offset", SL_MCAP_U64, AT(metadata_index, offset)},
            {"length", SL_MCAP_U64, AT(metadata_index, length)},
            {"name", SL_MCAP_TEXT, AT(metadata_index, name)}}},
    [SL_MCAP_SUMMARY_OFFSET] = {"SummaryOffset", SUMMARY, false,
        {{"group_opcode", SL_MCAP_U8, AT(summary_offset, group_opcode)},
            {"group_start", SL_MCAP_U64, AT(summary_offset, group_start)},
            {"group_length", SL_MCAP_U64, AT(summary_offset, group_length)}}},
    [SL_MCAP_DATA_END] = {"DataEnd", DATA, true,
        {{"data_section_crc", SL_MCAP_U32, AT(data_end, data_section_crc)}}},
};

const struct sl_mcap_layout *
sl_mcap_layout_of(unsigned opcode)
{
	if (opcode == 0 || opcode >= sizeof(layouts) / sizeof(*layouts))
		return NULL;
	return &layouts[opcode];
}

/* ---- decoding ---- */

static bool
take(struct sl_slice *rest, uint64_t len, struct sl_slice *out)
{
	if (len > rest->len)
		return false;
	*out = sl_slice_of(rest->data, (size_t)len);
	*rest = sl_slice_of(rest->data + len, rest->len - (size_t)len);
	return true;
}

static bool
take_number(struct sl_slice *rest, size_t width, uint64_t *out)
{
	struct sl_slice bytes;

	if (!take(rest, width, &bytes))
		return false;
	*out = mcap_get(bytes.data, width);
	return true;
}

static bool
take_sized(struct sl_slice *rest, size_t width, struct sl_slice *out)
{
	uint64_t len;

	return take_number(rest, width, &len) && take(rest, len, out);
}

static bool
is_map_of_texts(struct sl_slice map)
{
	struct sl_slice key;
	struct sl_slice value;

	while (map.len > 0) {
		if (!take_sized(&map, 4, &key) || !take_sized(&map, 4, &value))
			return false;
	}
	return true;
}

static size_t
number_width(enum sl_mcap_field_kind kind)
{
	return kind == SL_MCAP_U8 ? 1
	    : kind == SL_MCAP_U16 ? 2
	    : kind == SL_MCAP_U32 ? 4
	                          : 8;
}

static void
store_number(void *to, enum sl_mcap_field_kind kind, uint64_t value)
{
	if (kind == SL_MCAP_U8)
		*(uint8_t *)to = (uint8_t)value;
	else if (kind == SL_MCAP_U16)
		*(uint16_t *)to = (uint16_t)value;
	else if (kind == SL_MCAP_U32)
		*(uint32_t *)to = (uint32_t)value;
	else
		*(uint64_t *)to = value;
}

static uint64_t
load_number(const void *from, enum sl_mcap_field_kind kind)
{
	if (kind == SL_MCAP_U8)
		return *(const uint8_t *)from;
	if (kind == SL_MCAP_U16)
		return *(const uint16_t *)from;
	if (kind == SL_MCAP_U32)
		return *(const uint32_t *)from;
	return *(const uint64_t *)from;
}

static bool
decode_field(void *to, enum sl_mcap_field_kind kind, struct sl_slice *rest)
{
	struct sl_slice *bytes = to;
	uint64_t number;

	switch (kind) {
	case SL_MCAP_U8:
	case SL_MCAP_U16:
	case SL_MCAP_U32:
	case SL_MCAP_U64:
		if (!take_number(rest, number_width(kind), &number))
			return false;
		store_number(to, kind, number);
		return true;
	case SL_MCAP_TEXT:
	case SL_MCAP_BYTES32:
		return take_sized(rest, 4, bytes);
	case SL_MCAP_BYTES64:
		return take_sized(rest, 8, bytes);
	case SL_MCAP_REST:
		return take(rest, rest->len, bytes);
	case SL_MCAP_MAP_TEXT_TEXT:
		return take_sized(rest, 4, bytes) && is_map_of_texts(*bytes);
	case SL_MCAP_MAP_U16_U64:
		return take_sized(rest, 4, bytes) && bytes->len % 10 == 0;
	case SL_MCAP_MAP_U64_U64:
		return take_sized(rest, 4, bytes) && bytes->len % 16 == 0;
	}
	return false;
}

/* What a layout cannot say. */
static enum sl_status
check_values(const struct sl_mcap_record *record, struct sl_error *err)
{
	if (record->opcode == SL_MCAP_SCHEMA && record->as.schema.id == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "Schema: id 0 stands for no schema");
	return SL_OK;
}

/* The one that there are millions of. */
static enum sl_status
decode_message(
    struct sl_mcap_message *out, struct sl_slice content, struct sl_error *err)
{
	if (content.len < 22)
		return sl_error_set(err, SL_ERR_INVALID,
		    "Message: %zu bytes, at least 22 are needed", content.len);
	out->channel_id = (uint16_t)mcap_get(content.data, 2);
	out->sequence = (uint32_t)mcap_get(content.data + 2, 4);
	out->log_time = mcap_get(content.data + 6, 8);
	out->publish_time = mcap_get(content.data + 14, 8);
	out->data = sl_slice_of(content.data + 22, content.len - 22);
	return SL_OK;
}

enum sl_status
sl_mcap_decode(struct sl_mcap_record *out, enum sl_mcap_opcode opcode,
    struct sl_slice content, struct sl_error *err)
{
	const struct sl_mcap_layout *layout = sl_mcap_layout_of(opcode);
	struct sl_slice rest = content;

	if (layout == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%u is no known record's opcode", opcode);
	out->opcode = opcode;
	if (opcode == SL_MCAP_MESSAGE)
		return decode_message(&out->as.message, content, err);
	for (const struct sl_mcap_field *field = layout->fields;
	     field->name != NULL; field++) {
		if (!decode_field((char *)out + field->at, field->kind, &rest))
			return sl_error_set(err, SL_ERR_INVALID,
			    "%s: %s does not fit into its %zu bytes",
			    layout->name, field->name, content.len);
	}
	if (layout->is_closed && rest.len > 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: %zu bytes behind its fields", layout->name, rest.len);
	return check_values(out, err);
}

bool
sl_mcap_map_next(
    struct sl_slice *map, struct sl_slice *key, struct sl_slice *value)
{
	return map->len > 0 && take_sized(map, 4, key) &&
	    take_sized(map, 4, value);
}

bool
sl_mcap_map_u16_next(struct sl_slice *map, uint16_t *key, uint64_t *value)
{
	uint64_t number;

	if (map->len == 0 || !take_number(map, 2, &number) ||
	    !take_number(map, 8, value))
		return false;
	*key = (uint16_t)number;
	return true;
}

bool
sl_mcap_map_u64_next(struct sl_slice *map, uint64_t *key, uint64_t *value)
{
	return map->len > 0 && take_number(map, 8, key) &&
	    take_number(map, 8, value);
}

bool
sl_mcap_map_find(struct sl_slice map, const char *key, struct sl_slice *value)
{
	struct sl_slice each;

	while (sl_mcap_map_next(&map, &each, value)) {
		if (sl_slice_is_text(each, key))
			return true;
	}
	return false;
}

/* ---- encoding ---- */

static enum sl_status
put_sized(struct sl_buf *buf, size_t width, struct sl_slice bytes)
{
	enum sl_status status;

	if (width == 4 && bytes.len > UINT32_MAX)
		return SL_ERR_INVALID;
	status = mcap_put(buf, width, bytes.len);
	return status == SL_OK ? sl_buf_append(buf, bytes.data, bytes.len)
	                       : status;
}

static enum sl_status
encode_field(struct sl_buf *buf, const struct sl_mcap_field *field,
    const struct sl_mcap_record *record)
{
	const void *from = (const char *)record + field->at;
	const struct sl_slice *bytes = from;

	switch (field->kind) {
	case SL_MCAP_U8:
	case SL_MCAP_U16:
	case SL_MCAP_U32:
	case SL_MCAP_U64:
		return mcap_put(buf, number_width(field->kind),
		    load_number(from, field->kind));
	case SL_MCAP_TEXT:
	case SL_MCAP_BYTES32:
	case SL_MCAP_MAP_TEXT_TEXT:
	case SL_MCAP_MAP_U16_U64:
	case SL_MCAP_MAP_U64_U64:
		return put_sized(buf, 4, *bytes);
	case SL_MCAP_BYTES64:
		return put_sized(buf, 8, *bytes);
	case SL_MCAP_REST:
		return sl_buf_append(buf, bytes->data, bytes->len);
	}
	return SL_ERR_INVALID;
}

enum sl_status
sl_mcap_encode(struct sl_buf *buf, const struct sl_mcap_record *record)
{
	const struct sl_mcap_layout *layout = sl_mcap_layout_of(record->opcode);
	size_t start = buf->len;
	size_t content = start + SL_MCAP_HEAD_BYTES;
	enum sl_status status;

	if (layout == NULL)
		return SL_ERR_INVALID;
	status = mcap_put(buf, 1, record->opcode);
	if (status == SL_OK)
		status = mcap_put(buf, 8, 0);
	for (const struct sl_mcap_field *field = layout->fields;
	     status == SL_OK && field->name != NULL; field++)
		status = encode_field(buf, field, record);
	if (status != SL_OK) {
		buf->len = start;
		return status;
	}
	mcap_set(buf->data + start + 1, 8, buf->len - content);
	if (record->opcode == SL_MCAP_ATTACHMENT) {
		struct sl_slice fields =
		    sl_slice_of(buf->data + content, buf->len - content - 4);

		mcap_set(buf->data + buf->len - 4, 4, sl_mcap_crc(0, fields));
	}
	return SL_OK;
}

enum sl_status
sl_mcap_map_add(struct sl_buf *map, struct sl_slice key, struct sl_slice value)
{
	size_t before = map->len;
	enum sl_status status;

	status = put_sized(map, 4, key);
	if (status == SL_OK)
		status = put_sized(map, 4, value);
	if (status != SL_OK)
		map->len = before;
	return status;
}

/* ---- checks ---- */

uint32_t
sl_mcap_crc(uint32_t crc, struct sl_slice bytes)
{
	return bytes.len == 0 ? crc
	                      : libdeflate_crc32(crc, bytes.data, bytes.len);
}

bool
sl_mcap_attachment_is_whole(
    const struct sl_mcap_attachment *attachment, struct sl_slice content)
{
	size_t len;

	if (attachment->crc == 0)
		return true;
	/* Two times, two texts with lengths, the data with its length. */
	len = 8 + 8 + 4 + attachment->name.len + 4 +
	    attachment->media_type.len + 8 + attachment->data.len;
	return sl_mcap_crc(0, sl_slice_of(content.data, len)) ==
	    attachment->crc;
}
