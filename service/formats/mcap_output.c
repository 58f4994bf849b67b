#include "mcap_output.h"

#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"

#define FLUSH_BYTES (256u << 10)

void
mcap_output_init(
    struct mcap_output *output, sl_mcap_sink_fn *sink, void *sink_ctx)
{
	*output = (struct mcap_output){.sink = sink, .sink_ctx = sink_ctx};
	sl_buf_init(&output->waiting, SL_MCAP_RECORD_BYTES_MAX + FLUSH_BYTES);
}

void
mcap_output_clear(struct mcap_output *output)
{
	sl_buf_clear(&output->waiting);
}

static enum sl_status
flush(struct mcap_output *output, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (output->waiting.len > 0)
		status = output->sink(
		    output->sink_ctx, sl_buf_slice(&output->waiting), err);
	sl_buf_reset(&output->waiting);
	return status;
}

/* Bytes that were appended since there were `before` of them. */
static enum sl_status
count(struct mcap_output *output, size_t before, struct sl_error *err)
{
	size_t len = output->waiting.len - before;

	output->crc = sl_mcap_crc(
	    output->crc, sl_slice_of(output->waiting.data + before, len));
	output->offset += len;
	return output->waiting.len >= FLUSH_BYTES ? flush(output, err) : SL_OK;
}

enum sl_status
mcap_output_bytes(
    struct mcap_output *output, struct sl_slice bytes, struct sl_error *err)
{
	size_t before = output->waiting.len;
	enum sl_status status;

	status = sl_buf_append(&output->waiting, bytes.data, bytes.len);
	return status == SL_OK ? count(output, before, err) : status;
}

enum sl_status
mcap_output_record(struct mcap_output *output,
    const struct sl_mcap_record *record, struct sl_error *err)
{
	size_t before = output->waiting.len;
	enum sl_status status;

	status = sl_mcap_encode(&output->waiting, record);
	if (status == SL_OK)
		return count(output, before, err);
	return mcap_too_large(
	    status, sl_mcap_layout_of(record->opcode)->name, err);
}

/* The footer's CRC covers its own first fields, too. */
enum sl_status
mcap_output_end(struct mcap_output *output, const struct sl_mcap_record *footer,
    struct sl_error *err)
{
	struct sl_buf *waiting = &output->waiting;
	size_t before = waiting->len;
	enum sl_status status;
	uint32_t crc;

	status = sl_mcap_encode(waiting, footer);
	if (status != SL_OK)
		return status;
	crc = sl_mcap_crc(output->crc,
	    sl_slice_of(waiting->data + before, waiting->len - before - 4));
	mcap_set(waiting->data + waiting->len - 4, 4, crc);
	status = count(output, before, err);
	if (status == SL_OK)
		status = mcap_output_bytes(output,
		    sl_slice_of(SL_MCAP_MAGIC, SL_MCAP_MAGIC_BYTES), err);
	return status == SL_OK ? flush(output, err) : status;
}

enum sl_status
mcap_too_large(enum sl_status status, const char *what, struct sl_error *err)
{
	if (status != SL_ERR_LIMIT)
		return status;
	return sl_error_set(err, status, "MCAP: a %s of more than %u bytes",
	    what, SL_MCAP_RECORD_BYTES_MAX);
}
