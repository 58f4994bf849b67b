#include "sluice/formats/mcap_index.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"
#include "mcap_merge.h"
#include "mcap_registry.h"

#define FOOTER_BYTES  (SL_MCAP_HEAD_BYTES + 20)
#define OPCODE_COUNT  (SL_MCAP_DATA_END + 1)
#define SUMMARY_BYTES SL_MCAP_RECORD_BYTES_MAX

/* Places in the summary of the records of one opcode. */
struct places {
	uint32_t *at;
	size_t count;
};

struct sl_mcap_index {
	int fd;
	uint64_t file_bytes;
	struct mcap_registry *registry;
	struct sl_buf summary; /* with the Footer */
	struct places places[OPCODE_COUNT];
	struct sl_buf record; /* of the last read */
	struct mcap_merge *merge;
};

static enum sl_status
new_index(struct sl_mcap_index **out, int fd, struct sl_error *err)
{
	struct sl_mcap_index *index;
	struct stat info;

	*out = NULL;
	if (fstat(fd, &info) != 0)
		return sl_error_errno(err, "stat");
	if (!S_ISREG(info.st_mode))
		return sl_error_set(err, SL_ERR_INVALID, "not a regular file");
	index = calloc(1, sizeof(*index));
	if (index == NULL)
		return SL_ERR_NOMEM;
	index->fd = fd;
	index->file_bytes = (uint64_t)info.st_size;
	sl_buf_init(&index->summary, SUMMARY_BYTES + FOOTER_BYTES);
	sl_buf_init(&index->record, SL_MCAP_RECORD_BYTES_MAX);
	*out = index;
	return mcap_registry_new(&index->registry);
}

void
sl_mcap_index_free(struct sl_mcap_index *index)
{
	if (index == NULL)
		return;
	mcap_merge_free(index->merge);
	mcap_registry_free(index->registry);
	for (size_t i = 0; i < OPCODE_COUNT; i++)
		free(index->places[i].at);
	sl_buf_clear(&index->summary);
	sl_buf_clear(&index->record);
	free(index);
}

/* Magic at both ends, and the footer between. */
static enum sl_status
read_ends(struct sl_mcap_index *index, struct sl_mcap_footer *footer,
    struct sl_error *err)
{
	unsigned char bytes[FOOTER_BYTES + SL_MCAP_MAGIC_BYTES];
	struct sl_mcap_record record;
	enum sl_status status;

	if (index->file_bytes < SL_MCAP_MAGIC_BYTES + sizeof(bytes))
		return sl_error_code(err, SL_ERR_INVALID, "cut_short",
		    "%llu bytes are too few for an MCAP file",
		    (unsigned long long)index->file_bytes);
	status = sl_file_read_at(index->fd, bytes, SL_MCAP_MAGIC_BYTES, 0, err);
	if (status == SL_OK &&
	    memcmp(bytes, SL_MCAP_MAGIC, SL_MCAP_MAGIC_BYTES) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "offset 0: these are not the magic bytes of MCAP "
		    "version 0");
	if (status == SL_OK)
		status = sl_file_read_at(index->fd, bytes, sizeof(bytes),
		    index->file_bytes - sizeof(bytes), err);
	if (status != SL_OK)
		return status;
	if (memcmp(bytes + FOOTER_BYTES, SL_MCAP_MAGIC, SL_MCAP_MAGIC_BYTES) !=
	        0 ||
	    bytes[0] != SL_MCAP_FOOTER || mcap_get(bytes + 1, 8) != 20)
		return sl_error_code(err, SL_ERR_INVALID, "cut_short",
		    "the file does not end with a Footer and the magic bytes: "
		    "it was cut short or never finished");
	status = sl_mcap_decode(&record, SL_MCAP_FOOTER,
	    sl_slice_of(bytes + SL_MCAP_HEAD_BYTES, 20), err);
	*footer = record.as.footer;
	return status;
}

static enum sl_status
read_summary(struct sl_mcap_index *index, const struct sl_mcap_footer *footer,
    struct sl_error *err)
{
	uint64_t footer_at =
	    index->file_bytes - SL_MCAP_MAGIC_BYTES - FOOTER_BYTES;
	uint64_t start = footer->summary_start;
	enum sl_status status;
	size_t len;
	uint32_t crc;

	if (start == 0)
		return sl_error_set(
		    err, SL_ERR_NOT_FOUND, "the file has no summary");
	if (start < SL_MCAP_MAGIC_BYTES || start > footer_at)
		return sl_error_set(err, SL_ERR_INVALID,
		    "the Footer says the summary is at %llu, it stands at "
		    "%llu itself",
		    (unsigned long long)start, (unsigned long long)footer_at);
	if (footer_at - start > SUMMARY_BYTES)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a summary of %llu bytes, more than %u",
		    (unsigned long long)(footer_at - start), SUMMARY_BYTES);
	/* At most what the file has. */
	len = (size_t)(footer_at - start) + FOOTER_BYTES;
	status = sl_buf_reserve(&index->summary, len);
	if (status == SL_OK)
		status = sl_file_read_at(
		    index->fd, index->summary.data, len, start, err);
	if (status != SL_OK)
		return status;
	index->summary.len = len - FOOTER_BYTES;
	crc = sl_mcap_crc(0, sl_slice_of(index->summary.data, len - 4));
	if (footer->summary_crc != 0 && footer->summary_crc != crc)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "the CRC of the summary is %u, the Footer says %u", crc,
		    footer->summary_crc);
	return SL_OK;
}

static enum sl_status
add_record(struct sl_mcap_index *index, enum sl_mcap_opcode opcode,
    struct sl_slice content, struct sl_error *err)
{
	struct places *places = &index->places[opcode];
	struct sl_mcap_record record;
	enum sl_status status;
	uint32_t *at;
	bool is_new;

	status = sl_mcap_decode(&record, opcode, content, err);
	if (status == SL_OK && opcode == SL_MCAP_SCHEMA)
		status = mcap_registry_add_schema(
		    index->registry, &record.as.schema, &is_new, err);
	else if (status == SL_OK && opcode == SL_MCAP_CHANNEL)
		status = mcap_registry_add_channel(
		    index->registry, &record.as.channel, &is_new, err);
	if (status != SL_OK)
		return status == SL_ERR_NOT_FOUND || status == SL_ERR_CONFLICT
		    ? SL_ERR_INVALID
		    : status;
	at = sl_array_room(places->at, places->count, sizeof(*at));
	if (at == NULL)
		return SL_ERR_NOMEM;
	places->at = at;
	at[places->count++] = (uint32_t)(content.data - index->summary.data);
	return SL_OK;
}

static enum sl_status
parse_summary(struct sl_mcap_index *index, struct sl_error *err)
{
	struct sl_slice all = sl_buf_slice(&index->summary);
	size_t at = 0;

	while (at < all.len) {
		const struct sl_mcap_layout *layout;
		enum sl_status status = SL_OK;
		uint64_t len;

		if (all.len - at < SL_MCAP_HEAD_BYTES)
			return sl_error_set(err, SL_ERR_INVALID,
			    "the summary ends inside the head of a record");
		layout = sl_mcap_layout_of(all.data[at]);
		len = mcap_get(all.data + at + 1, 8);
		if (len > all.len - at - SL_MCAP_HEAD_BYTES)
			return sl_error_set(err, SL_ERR_INVALID,
			    "a record of %llu bytes, %zu are left of the "
			    "summary",
			    (unsigned long long)len,
			    all.len - at - SL_MCAP_HEAD_BYTES);
		if (layout != NULL &&
		    ((layout->places & SL_MCAP_IN_SUMMARY) == 0 ||
		        all.data[at] == SL_MCAP_FOOTER))
			return sl_error_set(err, SL_ERR_INVALID,
			    "a %s may not stand in the summary", layout->name);
		if (layout != NULL)
			status =
			    add_record(index, (enum sl_mcap_opcode)all.data[at],
			        sl_slice_of(all.data + at + SL_MCAP_HEAD_BYTES,
			            (size_t)len),
			        err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "at %zu of the summary", at);
		at += SL_MCAP_HEAD_BYTES + (size_t)len;
	}
	return SL_OK;
}

enum sl_status
sl_mcap_index_open(struct sl_mcap_index **out, int fd, struct sl_error *err)
{
	struct sl_mcap_footer footer = {0};
	struct sl_mcap_index *index;
	enum sl_status status;

	*out = NULL;
	status = new_index(&index, fd, err);
	if (status == SL_OK)
		status = read_ends(index, &footer, err);
	if (status == SL_OK)
		status = read_summary(index, &footer, err);
	if (status == SL_OK)
		status = parse_summary(index, err);
	if (status != SL_OK) {
		sl_mcap_index_free(index);
		return status;
	}
	*out = index;
	return SL_OK;
}

size_t
sl_mcap_index_count(
    const struct sl_mcap_index *index, enum sl_mcap_opcode opcode)
{
	return index->places[opcode].count;
}

void
sl_mcap_index_get(const struct sl_mcap_index *index, enum sl_mcap_opcode opcode,
    size_t at, struct sl_mcap_record *out)
{
	const unsigned char *content =
	    index->summary.data + index->places[opcode].at[at];
	size_t len = (size_t)mcap_get(content - 8, 8);

	/* It was decoded once. */
	if (sl_mcap_decode(out, opcode, sl_slice_of(content, len), NULL) !=
	    SL_OK)
		*out = (struct sl_mcap_record){.opcode = opcode};
}

const struct sl_mcap_schema *
sl_mcap_index_schema(const struct sl_mcap_index *index, uint16_t id)
{
	return mcap_registry_schema(index->registry, id);
}

const struct sl_mcap_channel *
sl_mcap_index_channel(const struct sl_mcap_index *index, uint16_t id)
{
	return mcap_registry_channel(index->registry, id);
}

/* ---- what an index points at ---- */

enum sl_status
sl_mcap_index_read(struct sl_mcap_index *index,
    const struct sl_mcap_record *pointer, struct sl_mcap_record *out,
    struct sl_error *err)
{
	bool is_metadata = pointer->opcode == SL_MCAP_METADATA_INDEX;
	const struct sl_mcap_attachment *attachment = &out->as.attachment;
	enum sl_mcap_opcode opcode =
	    is_metadata ? SL_MCAP_METADATA : SL_MCAP_ATTACHMENT;
	struct mcap_place place = {.opcode = opcode,
	    .offset = is_metadata ? pointer->as.metadata_index.offset
	                          : pointer->as.attachment_index.offset,
	    .length = is_metadata ? pointer->as.metadata_index.length
	                          : pointer->as.attachment_index.length};
	struct sl_slice content;
	enum sl_status status;

	status = mcap_place_read(&index->record, index->fd, index->file_bytes,
	    &place, &content, err);
	if (status == SL_OK)
		status = sl_mcap_decode(out, opcode, content, err);
	if (status == SL_OK && !is_metadata &&
	    !sl_mcap_attachment_is_whole(attachment, content))
		status = sl_error_set(err, SL_ERR_INTEGRITY,
		    "the CRC of the attachment %.*s is wrong",
		    mcap_width(attachment->name),
		    (const char *)attachment->name.data);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "offset %llu",
		    (unsigned long long)place.offset);
	return SL_OK;
}

/* ---- messages ---- */

/* Are there messages that no chunk index leads to? */
static bool
is_unindexed(const struct sl_mcap_index *index)
{
	struct sl_mcap_record record;

	if (index->places[SL_MCAP_CHUNK_INDEX].count > 0)
		return false;
	if (index->places[SL_MCAP_STATISTICS].count == 0)
		return true;
	sl_mcap_index_get(index, SL_MCAP_STATISTICS, 0, &record);
	return record.as.statistics.message_count > 0;
}

enum sl_status
sl_mcap_index_begin(struct sl_mcap_index *index,
    const struct sl_mcap_span *span, struct sl_error *err)
{
	enum sl_status status;

	mcap_merge_free(index->merge);
	index->merge = NULL;
	if (is_unindexed(index))
		return sl_error_set(err, SL_ERR_NOT_FOUND,
		    "the summary has no index of the messages");
	status = mcap_merge_new(
	    &index->merge, index->fd, index->file_bytes, index->registry, span);
	for (size_t i = 0;
	     status == SL_OK && i < index->places[SL_MCAP_CHUNK_INDEX].count;
	     i++) {
		struct sl_mcap_record record;

		sl_mcap_index_get(index, SL_MCAP_CHUNK_INDEX, i, &record);
		status = mcap_merge_add(index->merge, &record.as.chunk_index);
	}
	if (status == SL_OK)
		mcap_merge_start(index->merge);
	return status;
}

enum sl_status
sl_mcap_index_next(struct sl_mcap_index *index,
    const struct sl_mcap_message **out, struct sl_error *err)
{
	*out = NULL;
	if (index->merge == NULL)
		return SL_ERR_STATE;
	return mcap_merge_next(index->merge, out, err);
}
