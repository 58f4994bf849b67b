/* Reads an MCAP file from its beginning to its end: a pipe will do.
 *
 * Chunks are unpacked on the way and their records come out as if they stood
 * in the file; every CRC that the file gives is checked.  Memory is bounded by
 * the limits below whatever a length in the file says: a buffer grows with the
 * bytes that really come.  Errors name the offset.
 *
 * The reader borrows the fd and reads it on from where it stands.  One thread
 * at a time. */
#ifndef SLUICE_FORMATS_MCAP_READER_H
#define SLUICE_FORMATS_MCAP_READER_H

#include "sluice/formats/mcap_record.h"

/* Content of one record, stored and unpacked chunks included; a camera's raw
 * picture is some 25 MB. */
#define SL_MCAP_RECORD_BYTES_MAX (128u << 20)
/* All schemas and channels of a file. */
#define SL_MCAP_DEFINITIONS_BYTES_MAX (64u << 20)

struct sl_mcap_reader;

SL_MUST_CHECK enum sl_status sl_mcap_reader_new(
    struct sl_mcap_reader **out, int fd);
/* NULL is allowed. */
void sl_mcap_reader_free(struct sl_mcap_reader *reader);

/* The next record; *out is NULL after the last.  Borrowed until the next call.
 * What comes out is sound: a message's channel and a channel's schema were
 * there before, one id never means two things, and what stands where it may
 * not is refused.  Chunks themselves and unknown records do not come out.
 *
 * SL_ERR_INVALID: no MCAP, damaged or cut short; SL_ERR_INTEGRITY: a CRC is
 * wrong; SL_ERR_LIMIT: larger than the bounds above.  Then it is over. */
SL_MUST_CHECK enum sl_status sl_mcap_reader_next(struct sl_mcap_reader *reader,
    const struct sl_mcap_record **out, struct sl_error *err);

/* Where in the file the last record (or its chunk) begins. */
uint64_t sl_mcap_reader_offset(const struct sl_mcap_reader *reader);

/* Is the last record one of the summary? */
bool sl_mcap_reader_is_in_summary(const struct sl_mcap_reader *reader);

/* What the file has defined so far; NULL if it has not.  Borrowed until the
 * reader is freed. */
const struct sl_mcap_schema *sl_mcap_reader_schema(
    const struct sl_mcap_reader *reader, uint16_t id);
const struct sl_mcap_channel *sl_mcap_reader_channel(
    const struct sl_mcap_reader *reader, uint16_t id);

#endif /* SLUICE_FORMATS_MCAP_READER_H */
