/* Reads an MCAP file by its summary: what it holds without reading it, and
 * messages in the order of their time, of some channels or of a span only.
 *
 * The index borrows the fd, which must be a regular file, and reads it with
 * pread(2).  One thread at a time. */
#ifndef SLUICE_FORMATS_MCAP_INDEX_H
#define SLUICE_FORMATS_MCAP_INDEX_H

#include "sluice/formats/mcap_record.h"

/* Unpacked chunks that overlap in time are open together. */
#define SL_MCAP_OPEN_BYTES_MAX (512u << 20)

struct sl_mcap_index;

/* Reads footer and summary and checks the summary's CRC.  SL_ERR_NOT_FOUND:
 * the file has no summary, read it as a stream; other errors as those of the
 * reader. */
SL_MUST_CHECK enum sl_status sl_mcap_index_open(
    struct sl_mcap_index **out, int fd, struct sl_error *err);
/* NULL is allowed. */
void sl_mcap_index_free(struct sl_mcap_index *index);

/* Records of the summary that have this opcode, in the order of the file;
 * what they borrow is the index's. */
size_t sl_mcap_index_count(
    const struct sl_mcap_index *index, enum sl_mcap_opcode opcode);
void sl_mcap_index_get(const struct sl_mcap_index *index,
    enum sl_mcap_opcode opcode, size_t at, struct sl_mcap_record *out);

/* NULL if there is none. */
const struct sl_mcap_schema *sl_mcap_index_schema(
    const struct sl_mcap_index *index, uint16_t id);
const struct sl_mcap_channel *sl_mcap_index_channel(
    const struct sl_mcap_index *index, uint16_t id);

/* Read the metadata or attachment that an index record points at, its CRC
 * checked; borrowed until the next call of this. */
SL_MUST_CHECK enum sl_status sl_mcap_index_read(struct sl_mcap_index *index,
    const struct sl_mcap_record *pointer, struct sl_mcap_record *out,
    struct sl_error *err);

/* Which messages; start_time <= log_time < end_time. */
struct sl_mcap_span {
	uint64_t start_time;
	uint64_t end_time; /* 0: no end */
	/* Bit of each wanted channel id, 8192 bytes; NULL: all. */
	const unsigned char *channels;
};

/* Begin to read messages, borrowing `span`, which must stay.  SL_ERR_NOT_FOUND:
 * the summary does not index them, read the file as a stream. */
SL_MUST_CHECK enum sl_status sl_mcap_index_begin(struct sl_mcap_index *index,
    const struct sl_mcap_span *span, struct sl_error *err);

/* The next message by log_time, those of one time in the order of the file;
 * *out is NULL after the last.  Borrowed until the next call. */
SL_MUST_CHECK enum sl_status sl_mcap_index_next(struct sl_mcap_index *index,
    const struct sl_mcap_message **out, struct sl_error *err);

#endif /* SLUICE_FORMATS_MCAP_INDEX_H */
