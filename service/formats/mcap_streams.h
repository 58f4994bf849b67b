/* The messages of each channel of an MCAP file that is written: how many there
 * are, and where those of the chunk that is being filled stand.  Zeros are an
 * empty one. */
#ifndef SL_FORMATS_MCAP_STREAMS_H
#define SL_FORMATS_MCAP_STREAMS_H

#include "mcap_ids.h"
#include "mcap_output.h"

struct mcap_stream {
	uint16_t channel_id;
	uint64_t message_count;
	struct sl_buf index; /* entries of the chunk's MessageIndex */
};

struct mcap_streams {
	struct mcap_ids by_channel;
	struct mcap_stream **all; /* in the order in which they were added */
	size_t count;
};

void mcap_streams_clear(struct mcap_streams *streams);

/* A channel without messages; each once. */
SL_MUST_CHECK enum sl_status mcap_streams_add(
    struct mcap_streams *streams, uint16_t channel_id);

/* NULL if it was not added. */
static inline struct mcap_stream *
mcap_streams_get(const struct mcap_streams *streams, uint16_t channel_id)
{
	return mcap_ids_get(&streams->by_channel, channel_id);
}

/* The MessageIndex of each channel of the chunk, which begins anew; appends
 * channel and place of each to `offsets`, as ChunkIndex has them. */
SL_MUST_CHECK enum sl_status mcap_streams_end_chunk(
    struct mcap_streams *streams, struct mcap_output *output,
    struct sl_buf *offsets, struct sl_error *err);

/* Append how many messages each channel has, as Statistics has it. */
SL_MUST_CHECK enum sl_status mcap_streams_count(
    const struct mcap_streams *streams, struct sl_buf *counts);

#endif /* SL_FORMATS_MCAP_STREAMS_H */
