#include "mcap_streams.h"

#include <stdlib.h>

#include "sluice/base/array.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"

void
mcap_streams_clear(struct mcap_streams *streams)
{
	for (size_t i = 0; i < streams->count; i++) {
		sl_buf_clear(&streams->all[i]->index);
		free(streams->all[i]);
	}
	free(streams->all);
	mcap_ids_clear(&streams->by_channel);
	*streams = (struct mcap_streams){0};
}

enum sl_status
mcap_streams_add(struct mcap_streams *streams, uint16_t channel_id)
{
	struct mcap_stream **all =
	    sl_array_room(streams->all, streams->count, sizeof(*all));
	struct mcap_stream *stream;

	if (all == NULL)
		return SL_ERR_NOMEM;
	streams->all = all;
	stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return SL_ERR_NOMEM;
	stream->channel_id = channel_id;
	sl_buf_init(&stream->index, SL_MCAP_RECORD_BYTES_MAX);
	all[streams->count++] = stream;
	return mcap_ids_put(&streams->by_channel, channel_id, stream);
}

enum sl_status
mcap_streams_end_chunk(struct mcap_streams *streams, struct mcap_output *output,
    struct sl_buf *offsets, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < streams->count; i++) {
		struct mcap_stream *stream = streams->all[i];
		const struct sl_mcap_record record = {
		    .opcode = SL_MCAP_MESSAGE_INDEX,
		    .as.message_index = {.channel_id = stream->channel_id,
		        .records = sl_buf_slice(&stream->index)}};

		if (stream->index.len == 0)
			continue;
		status = mcap_put(offsets, 2, stream->channel_id);
		if (status == SL_OK)
			status = mcap_put(offsets, 8, output->offset);
		if (status == SL_OK)
			status = mcap_output_record(output, &record, err);
		sl_buf_reset(&stream->index);
	}
	return status;
}

enum sl_status
mcap_streams_count(const struct mcap_streams *streams, struct sl_buf *counts)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < streams->count; i++) {
		const struct mcap_stream *stream = streams->all[i];

		if (stream->message_count == 0)
			continue;
		status = mcap_put(counts, 2, stream->channel_id);
		if (status == SL_OK)
			status = mcap_put(counts, 8, stream->message_count);
	}
	return status;
}
