/* A small MCAP file of ours, for tests to read, cut and damage. */
#ifndef TEST_FORMATS_MCAP_SAMPLE_H
#define TEST_FORMATS_MCAP_SAMPLE_H

#include "sluice/formats/mcap_writer.h"

#define SAMPLE_MESSAGES 200
#define SAMPLE_STEP_NS  8000000u /* 125 Hz */

/* Two channels in turns, an attachment, metadata; `chunk_bytes` 0: no chunks.
 * The caller clears the buffer. */
void sample_write(struct sl_buf *out, enum sl_mcap_compression compression,
    uint32_t chunk_bytes);

/* A sink whose ctx is a struct sl_buf. */
sl_mcap_sink_fn sample_to_buffer;

#endif /* TEST_FORMATS_MCAP_SAMPLE_H */
