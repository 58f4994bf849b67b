/* The bytes of an MCAP file on their way to its sink: where the next one
 * stands, and the CRC of the section they are in.  Embedded in the writer. */
#ifndef SL_FORMATS_MCAP_OUTPUT_H
#define SL_FORMATS_MCAP_OUTPUT_H

#include "sluice/formats/mcap_writer.h"

struct mcap_output {
	sl_mcap_sink_fn *sink;
	void *sink_ctx;
	struct sl_buf waiting; /* what the sink has not got yet */
	uint64_t offset;       /* of the next byte in the file */
	uint32_t crc;          /* of all bytes since the section began */
};

void mcap_output_init(
    struct mcap_output *output, sl_mcap_sink_fn *sink, void *sink_ctx);
void mcap_output_clear(struct mcap_output *output);

SL_MUST_CHECK enum sl_status mcap_output_bytes(
    struct mcap_output *output, struct sl_slice bytes, struct sl_error *err);
SL_MUST_CHECK enum sl_status mcap_output_record(struct mcap_output *output,
    const struct sl_mcap_record *record, struct sl_error *err);

/* The footer, whose CRC is computed, and the magic: all is with the sink. */
SL_MUST_CHECK enum sl_status mcap_output_end(struct mcap_output *output,
    const struct sl_mcap_record *footer, struct sl_error *err);

/* The status; SL_ERR_LIMIT gets the words that a `what` is too large. */
SL_MUST_CHECK enum sl_status mcap_too_large(
    enum sl_status status, const char *what, struct sl_error *err);

#endif /* SL_FORMATS_MCAP_OUTPUT_H */
