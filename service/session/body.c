#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/base/log.h"
#include "sluice/objects/objects.h"

/* Stored bytes of one pull, unless a single chunk is longer: a stop waits for
 * the end of it. */
#define PIECE_BYTES (UINT64_C(1) << 20)

static bool
has_run(const struct sl_delivery *delivery)
{
	return delivery->sending != NULL &&
	    delivery->run < delivery->sending->run_count;
}

/* The tranche that comes next, if it is charged. */
static void
advance(struct sl_delivery *delivery)
{
	if (has_run(delivery) || delivery->ready == NULL)
		return;
	tranche_free(delivery->sending);
	delivery->sending = delivery->ready;
	delivery->ready = NULL;
	delivery->run = 0;
	delivery->chunk = 0;
	delivery->run_offset = 0;
	sl_pipeline_step(delivery);
}

/* Nothing is planned and nothing known of what would come next. */
static bool
position_after(const struct tranche *sent, uint64_t *seq, uint64_t *chunk)
{
	const struct plan_run *last;

	if (sent == NULL || sent->run_count == 0)
		return false;
	last = &sent->runs[sent->run_count - 1];
	*seq = sent->seq;
	*chunk = last->chunk_first + last->chunk_count;
	return true;
}

/* Where the delivery stands: the first chunk that was not sent. */
static bool
position(const struct sl_delivery *delivery, uint64_t *seq, uint64_t *chunk)
{
	const struct tranche *tranche = delivery->sending;
	const struct plan_run *run;
	uint32_t step = delivery->chunk;

	if (has_run(delivery)) {
		run = &tranche->runs[delivery->run];
	} else {
		tranche = delivery->ready != NULL ? delivery->ready
		                                  : delivery->planned;
		step = 0;
		if (tranche == NULL || tranche->run_count == 0) {
			*seq = delivery->plan.stop_seq;
			*chunk = delivery->plan.stop_chunk;
			if (*seq == 0)
				return position_after(
				    delivery->sending, seq, chunk);
			return delivery->plan.stop_code[0] != '\0';
		}
		run = &tranche->runs[0];
	}
	*seq = tranche->seq;
	*chunk = run->chunk_first + step;
	return true;
}

static bool
is_at_boundary(const struct sl_delivery *delivery)
{
	return !delivery->plan.has_partial &&
	    (!has_run(delivery) || delivery->chunk == 0) &&
	    (!delivery->has_head || head_is_done(&delivery->head));
}

static enum sl_body_turn
give_out(struct sl_delivery *delivery, struct sl_body_piece *piece)
{
	piece->bytes = sl_buf_slice(&delivery->out);
	delivery->handed_bytes += delivery->out.len;
	return SL_BODY_BYTES;
}

/* Write the end record. */
static enum sl_body_turn
give_end(struct sl_delivery *delivery, enum sl_end_status status,
    const char *code, struct sl_body_piece *piece)
{
	struct sl_end_record record = {.status = status};

	delivery->end_status = status;
	if (code != delivery->end_code)
		snprintf(
		    delivery->end_code, sizeof(delivery->end_code), "%s", code);
	snprintf(record.code, sizeof(record.code), "%s", code);
	if (status != SL_END_COMPLETE) {
		snprintf(record.text, sizeof(record.text), "%s",
		    sl_refusal_text(code));
		record.has_position = position(
		    delivery, &record.position_seq, &record.position_chunk);
	}
	record.has_ledger = true;
	record.ledger_number = delivery->access.usage.ledger_number;
	memcpy(record.ledger_head, delivery->access.usage.ledger_head,
	    sizeof(record.ledger_head));
	sl_buf_reset(&delivery->out);
	if (sl_end_record_finish(&delivery->out, &record,
	        is_at_boundary(delivery), sl_clock_wall_us()) != SL_OK)
		return SL_BODY_ABORT;
	sl_delivery_set_state(delivery, DELIVERY_ENDING);
	return give_out(delivery, piece);
}

static enum sl_body_turn
give_failure(struct sl_delivery *delivery, const struct sl_error *err,
    struct sl_body_piece *piece)
{
	sl_log(SL_LOG_ERROR, "request=%s dataset=%s storage: %s",
	    delivery->order.request_id, delivery->dataset_name, err->text);
	return give_end(delivery, SL_END_INTERRUPTED, "storage_failure", piece);
}

static enum sl_body_turn
give_head(struct sl_delivery *delivery, struct sl_body_piece *piece)
{
	struct sl_error err = {0};

	sl_buf_reset(&delivery->out);
	if (head_next(&delivery->head, &delivery->out, &err) != SL_OK)
		return give_failure(delivery, &err, piece);
	return give_out(delivery, piece);
}

/* Have the pack of that publication open. */
static enum sl_status
open_pack(struct sl_delivery *delivery, const struct sl_uuid *publication,
    struct sl_error *err)
{
	const struct sl_object_name name = {.dataset = delivery->dataset_name,
	    .publication = *publication,
	    .name = "pack.tar.zst"};

	if (delivery->fd >= 0 &&
	    sl_uuid_is(&delivery->fd_publication, publication))
		return SL_OK;
	if (delivery->fd >= 0)
		close(delivery->fd);
	delivery->fd = -1;
	delivery->fd_publication = *publication;
	return sl_objects_get(delivery->session->parts.objects, &name,
	    &delivery->fd, &delivery->fd_bytes, err);
}

static enum sl_status
give_file(struct sl_delivery *delivery, const struct sl_uuid *publication,
    uint64_t offset, uint64_t len, struct sl_body_piece *piece,
    struct sl_error *err)
{
	enum sl_status status = open_pack(delivery, publication, err);

	if (status != SL_OK)
		return status;
	if (offset > delivery->fd_bytes || len > delivery->fd_bytes - offset)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "a pack is shorter than was published");
	piece->fd = delivery->fd;
	piece->offset = offset;
	piece->len = len;
	delivery->handed_bytes += len;
	sl_count(&delivery->session->parts.counters->delivery_bytes, len);
	return SL_OK;
}

/* Take whole chunks, as long as they lie side by side. */
static void
collect(struct sl_delivery *delivery, uint64_t *offset, uint64_t *len)
{
	const struct tranche *tranche = delivery->sending;

	*offset = tranche->runs[delivery->run].offset + delivery->run_offset;
	*len = 0;
	while (has_run(delivery)) {
		const struct plan_run *run = &tranche->runs[delivery->run];
		uint32_t size = tranche->sizes[run->sizes + delivery->chunk];

		if (run->offset + delivery->run_offset != *offset + *len ||
		    (*len > 0 && *len + size > PIECE_BYTES))
			return;
		*len += size;
		delivery->run_offset += size;
		if (++delivery->chunk == run->chunk_count) {
			delivery->run++;
			delivery->chunk = 0;
			delivery->run_offset = 0;
		}
	}
}

/* Of the piece that comes next, at least. */
static uint64_t
next_bytes(const struct sl_delivery *delivery)
{
	const struct tranche *tranche = delivery->sending;
	const struct plan_run *run = &tranche->runs[delivery->run];
	uint64_t size = tranche->sizes[run->sizes + delivery->chunk];

	return size > PIECE_BYTES ? size : PIECE_BYTES;
}

static enum sl_body_turn
give_chunks(struct sl_delivery *delivery, struct sl_body_piece *piece)
{
	struct sl_error err = {0};
	uint64_t offset;
	uint64_t len;

	collect(delivery, &offset, &len);
	if (give_file(delivery, &delivery->sending->publication, offset, len,
	        piece, &err) != SL_OK)
		return give_failure(delivery, &err, piece);
	return SL_BODY_FILE;
}

/* A process that was stopped for longer than its leases learns it here, before
 * its next byte, and not from a timer that may run after it. */
static void
stop_if_lapsed(struct sl_delivery *delivery)
{
	if (sl_lease_is_lapsed(delivery))
		sl_delivery_stop(delivery, SL_END_INTERRUPTED, "lapsed");
}

static enum sl_body_turn
pull(void *ctx, struct sl_body_piece *piece)
{
	struct sl_delivery *delivery = ctx;

	if (delivery->state == DELIVERY_ENDING)
		return SL_BODY_END;
	stop_if_lapsed(delivery);
	if (delivery->is_stopped)
		return give_end(
		    delivery, delivery->end_status, delivery->end_code, piece);
	if (delivery->is_held || delivery->is_unchecked)
		return SL_BODY_WAIT;
	if (delivery->has_head && !head_is_done(&delivery->head))
		return give_head(delivery, piece);
	if (delivery->out.capacity > 0)
		sl_buf_clear(&delivery->out);
	advance(delivery);
	if (delivery->is_stopped)
		return give_end(
		    delivery, delivery->end_status, delivery->end_code, piece);
	if (has_run(delivery) &&
	    !sl_check_allows(delivery, next_bytes(delivery)))
		return delivery->is_stopped ? pull(ctx, piece) : SL_BODY_WAIT;
	if (has_run(delivery))
		return give_chunks(delivery, piece);
	if (!sl_pipeline_is_done(delivery))
		return SL_BODY_WAIT;
	if (delivery->plan.stop_code[0] != '\0')
		return give_end(delivery,
		    delivery->is_interrupted ? SL_END_INTERRUPTED
		                             : SL_END_REFUSED,
		    delivery->plan.stop_code, piece);
	return give_end(delivery, SL_END_COMPLETE, "", piece);
}

/* A pack has its length, so there is no room for an end record: a stop resets
 * the connection. */
static enum sl_body_turn
pull_pack(void *ctx, struct sl_body_piece *piece)
{
	struct sl_delivery *delivery = ctx;
	uint64_t len = delivery->order.byte_until - delivery->pack_offset;
	struct sl_error err = {0};

	stop_if_lapsed(delivery);
	if (delivery->is_stopped)
		return SL_BODY_ABORT;
	if (delivery->is_held || delivery->is_unchecked)
		return SL_BODY_WAIT;
	if (len == 0) {
		delivery->end_status = SL_END_COMPLETE;
		sl_delivery_set_state(delivery, DELIVERY_ENDING);
		return SL_BODY_END;
	}
	if (len > PIECE_BYTES)
		len = PIECE_BYTES;
	if (!sl_check_allows(delivery, len))
		return delivery->is_stopped ? SL_BODY_ABORT : SL_BODY_WAIT;
	if (give_file(delivery, &delivery->batch.publication,
	        delivery->pack_offset, len, piece, &err) != SL_OK) {
		sl_log(SL_LOG_ERROR, "request=%s dataset=%s storage: %s",
		    delivery->order.request_id, delivery->dataset_name,
		    err.text);
		return SL_BODY_ABORT;
	}
	delivery->pack_offset += len;
	return SL_BODY_FILE;
}

static void
on_closed(void *ctx, enum sl_close_reason reason)
{
	sl_delivery_over(ctx, reason);
}

void
sl_body_begin(struct sl_delivery *delivery)
{
	static const struct sl_body_source stream = {
	    .pull = pull, .closed = on_closed};
	static const struct sl_body_source pack = {
	    .pull = pull_pack, .closed = on_closed};
	const struct sl_delivery_order *order = &delivery->order;
	bool is_pack = order->kind == SL_DELIVERY_PACK;
	const struct sl_response response = {
	    .status = order->status,
	    .fields = order->fields,
	    .field_count = order->field_count,
	    .is_chunked = !is_pack,
	    .content_len = is_pack ? order->byte_until - order->byte_from : 0,
	};
	enum sl_status status =
	    outlet_begin(order, &response, is_pack ? &pack : &stream, delivery);

	if (status != SL_OK) {
		struct sl_error err = {0};

		sl_error_set(&err, status, "the answer cannot begin");
		sl_delivery_refuse(delivery, &err);
		return;
	}
	sl_delivery_set_state(delivery, DELIVERY_SENDING);
	/* The next tranche is charged while the first is sent. */
	if (order->kind != SL_DELIVERY_PACK)
		sl_pipeline_step(delivery);
}
