/* The records of an MCAP file, version 0 (specification: mcap.dev/spec), as
 * values in memory.
 *
 * Texts and bytes are borrowed: from the bytes that were decoded, or from
 * whoever fills a record to have it written.  Times are nanoseconds, mostly
 * since 1970.  A map is kept as it is encoded and read by its iterator. */
#ifndef SLUICE_FORMATS_MCAP_RECORD_H
#define SLUICE_FORMATS_MCAP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* At both ends of a file; the '0' is the major version. */
#define SL_MCAP_MAGIC       "\x89MCAP0\r\n"
#define SL_MCAP_MAGIC_BYTES 8
/* Opcode and length of the content. */
#define SL_MCAP_HEAD_BYTES 9

enum sl_mcap_opcode {
	SL_MCAP_HEADER = 0x01,
	SL_MCAP_FOOTER,
	SL_MCAP_SCHEMA,
	SL_MCAP_CHANNEL,
	SL_MCAP_MESSAGE,
	SL_MCAP_CHUNK,
	SL_MCAP_MESSAGE_INDEX,
	SL_MCAP_CHUNK_INDEX,
	SL_MCAP_ATTACHMENT,
	SL_MCAP_ATTACHMENT_INDEX,
	SL_MCAP_STATISTICS,
	SL_MCAP_METADATA,
	SL_MCAP_METADATA_INDEX,
	SL_MCAP_SUMMARY_OFFSET,
	SL_MCAP_DATA_END,
};

struct sl_mcap_header {
	struct sl_slice profile;
	struct sl_slice library;
};

struct sl_mcap_footer {
	uint64_t summary_start;        /* 0: no summary */
	uint64_t summary_offset_start; /* 0: no summary offsets */
	uint32_t summary_crc;          /* 0: not known, as all CRCs */
};

struct sl_mcap_schema {
	uint16_t id; /* not 0 */
	struct sl_slice name;
	struct sl_slice encoding;
	struct sl_slice data;
};

struct sl_mcap_channel {
	uint16_t id;
	uint16_t schema_id; /* 0: no schema */
	struct sl_slice topic;
	struct sl_slice message_encoding;
	struct sl_slice metadata; /* map of text to text */
};

struct sl_mcap_message {
	uint16_t channel_id;
	uint32_t sequence;
	uint64_t log_time;
	uint64_t publish_time;
	struct sl_slice data;
};

struct sl_mcap_chunk {
	uint64_t message_start_time;
	uint64_t message_end_time;
	uint64_t uncompressed_size;
	uint32_t uncompressed_crc;
	struct sl_slice compression; /* "", "lz4", "zstd" */
	struct sl_slice records;     /* as stored */
};

struct sl_mcap_message_index {
	uint16_t channel_id;
	struct sl_slice records; /* map of log time to offset in the chunk */
};

struct sl_mcap_chunk_index {
	uint64_t message_start_time;
	uint64_t message_end_time;
	uint64_t chunk_start_offset;
	uint64_t chunk_length;                 /* with opcode and length */
	struct sl_slice message_index_offsets; /* map of channel to offset */
	uint64_t message_index_length;
	struct sl_slice compression;
	uint64_t compressed_size;
	uint64_t uncompressed_size;
};

struct sl_mcap_attachment {
	uint64_t log_time;
	uint64_t create_time;
	struct sl_slice name;
	struct sl_slice media_type;
	struct sl_slice data;
	uint32_t crc; /* over the fields before it */
};

struct sl_mcap_attachment_index {
	uint64_t offset;
	uint64_t length;
	uint64_t log_time;
	uint64_t create_time;
	uint64_t data_size;
	struct sl_slice name;
	struct sl_slice media_type;
};

struct sl_mcap_statistics {
	uint64_t message_count;
	uint16_t schema_count;
	uint32_t channel_count;
	uint32_t attachment_count;
	uint32_t metadata_count;
	uint32_t chunk_count;
	uint64_t message_start_time;
	uint64_t message_end_time;
	struct sl_slice channel_message_counts; /* map of channel to count */
};

struct sl_mcap_metadata {
	struct sl_slice name;
	struct sl_slice metadata; /* map of text to text */
};

struct sl_mcap_metadata_index {
	uint64_t offset;
	uint64_t length;
	struct sl_slice name;
};

struct sl_mcap_summary_offset {
	uint8_t group_opcode;
	uint64_t group_start;
	uint64_t group_length;
};

struct sl_mcap_data_end {
	uint32_t data_section_crc;
};

struct sl_mcap_record {
	enum sl_mcap_opcode opcode;
	union {
		struct sl_mcap_header header;
		struct sl_mcap_footer footer;
		struct sl_mcap_schema schema;
		struct sl_mcap_channel channel;
		struct sl_mcap_message message;
		struct sl_mcap_chunk chunk;
		struct sl_mcap_message_index message_index;
		struct sl_mcap_chunk_index chunk_index;
		struct sl_mcap_attachment attachment;
		struct sl_mcap_attachment_index attachment_index;
		struct sl_mcap_statistics statistics;
		struct sl_mcap_metadata metadata;
		struct sl_mcap_metadata_index metadata_index;
		struct sl_mcap_summary_offset summary_offset;
		struct sl_mcap_data_end data_end;
	} as;
};

enum sl_mcap_field_kind {
	SL_MCAP_U8 = 1,
	SL_MCAP_U16,
	SL_MCAP_U32,
	SL_MCAP_U64,
	SL_MCAP_TEXT,    /* u32 length, UTF-8 */
	SL_MCAP_BYTES32, /* u32 length */
	SL_MCAP_BYTES64, /* u64 length */
	SL_MCAP_REST,    /* all that is left */
	SL_MCAP_MAP_TEXT_TEXT,
	SL_MCAP_MAP_U16_U64,
	SL_MCAP_MAP_U64_U64,
};

/* One field, in the order of the file. */
struct sl_mcap_field {
	const char *name; /* as the specification has it */
	enum sl_mcap_field_kind kind;
	size_t at; /* in struct sl_mcap_record */
};

#define SL_MCAP_FIELDS_MAX 10

/* Where a record may stand. */
#define SL_MCAP_IN_DATA    1u
#define SL_MCAP_IN_CHUNK   2u
#define SL_MCAP_IN_SUMMARY 4u

struct sl_mcap_layout {
	const char *name;
	unsigned places;
	bool is_closed; /* nothing may ever follow its fields */
	struct sl_mcap_field fields[SL_MCAP_FIELDS_MAX]; /* name NULL: end */
};

/* NULL for opcodes that are none of the above. */
const struct sl_mcap_layout *sl_mcap_layout_of(unsigned opcode);

/* Decode the content of one record.  Bytes behind the fields are ignored
 * where the specification lets a record grow.  SL_ERR_INVALID says which
 * field does not fit; `opcode` must be a known one. */
SL_MUST_CHECK enum sl_status sl_mcap_decode(struct sl_mcap_record *out,
    enum sl_mcap_opcode opcode, struct sl_slice content, struct sl_error *err);

/* Append the record with its opcode and length; SL_ERR_INVALID if a text is
 * too long for its field.  An attachment's CRC is computed, not taken. */
SL_MUST_CHECK enum sl_status sl_mcap_encode(
    struct sl_buf *buf, const struct sl_mcap_record *record);

/* Take the first entry off a map, which must have been decoded; false at its
 * end. */
bool sl_mcap_map_next(
    struct sl_slice *map, struct sl_slice *key, struct sl_slice *value);
bool sl_mcap_map_u16_next(struct sl_slice *map, uint16_t *key, uint64_t *value);
bool sl_mcap_map_u64_next(struct sl_slice *map, uint64_t *key, uint64_t *value);

/* The value of a text in a map of texts; false if there is none. */
bool sl_mcap_map_find(
    struct sl_slice map, const char *key, struct sl_slice *value);

/* Append one entry to the encoded form of a map. */
SL_MUST_CHECK enum sl_status sl_mcap_map_add(
    struct sl_buf *map, struct sl_slice key, struct sl_slice value);

/* CRC-32 as zlib has it, going on from `crc` (0 at first). */
uint32_t sl_mcap_crc(uint32_t crc, struct sl_slice bytes);

/* Is the attachment's CRC right, or none given?  `content` is the record's. */
bool sl_mcap_attachment_is_whole(
    const struct sl_mcap_attachment *attachment, struct sl_slice content);

#endif /* SLUICE_FORMATS_MCAP_RECORD_H */
