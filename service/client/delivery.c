#include "delivery.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC_BYTES 4
/* .sluice/end.json and the end of the archive. */
#define TRAILER_MAX (64 * 1024)

enum sl_status
sl_delivery_init(
    struct sl_delivery *delivery, struct sl_run_of *runs, size_t run_count)
{
	memset(delivery, 0, sizeof(*delivery));
	delivery->runs = runs;
	delivery->run_count = run_count;
	return SL_OK;
}

void
sl_delivery_clear(struct sl_delivery *delivery)
{
	free(delivery->runs);
	memset(delivery, 0, sizeof(*delivery));
}

bool
sl_delivery_is_done(const struct sl_delivery *delivery)
{
	return delivery->run == delivery->run_count;
}

bool
sl_delivery_has_end(const struct sl_delivery *delivery)
{
	return delivery->phase == SL_DELIVERY_TRAILER;
}

struct sl_want *
sl_delivery_current(const struct sl_delivery *delivery, uint32_t *chunk)
{
	const struct sl_run_of *run = &delivery->runs[delivery->run];

	*chunk = run->first + delivery->chunk;
	return run->want;
}

void
sl_delivery_next(struct sl_delivery *delivery, unsigned char *buffer)
{
	delivery->buffer = buffer;
	delivery->len = 0;
	if (++delivery->chunk < delivery->runs[delivery->run].count)
		return;
	delivery->chunk = 0;
	delivery->run++;
}

static size_t
wanted_bytes(const struct sl_delivery *delivery)
{
	uint32_t chunk;
	const struct sl_want *want;

	if (sl_delivery_is_done(delivery))
		return 0;
	want = sl_delivery_current(delivery, &chunk);
	return want->index->chunks[chunk].stored_bytes;
}

static void
take(struct sl_slice *bytes, size_t count)
{
	*bytes = sl_slice_of(bytes->data + count, bytes->len - count);
}

static enum sl_delivery_step
push_end(
    struct sl_delivery *delivery, struct sl_slice *bytes, struct sl_error *err)
{
	size_t room = sizeof(delivery->end_bytes) - delivery->end_len;
	size_t more = bytes->len < room ? bytes->len : room;
	size_t used;
	enum sl_status status;

	if (more > 0)
		memcpy(
		    delivery->end_bytes + delivery->end_len, bytes->data, more);
	delivery->end_len += more;
	take(bytes, more);
	status = sl_end_record_decode(&delivery->end,
	    sl_slice_of(delivery->end_bytes, delivery->end_len), &used, err);
	if (status == SL_ERR_PARTIAL && room > 0)
		return SL_DELIVERY_MORE;
	if (status != SL_OK) {
		sl_error_code(err, SL_ERR_INTEGRITY, "delivery_invalid",
		    "the delivery has neither the next chunk nor an end "
		    "record where one belongs");
		return SL_DELIVERY_WRONG;
	}
	if (delivery->end.status == SL_END_COMPLETE &&
	    !sl_delivery_is_done(delivery)) {
		sl_error_code(err, SL_ERR_INTEGRITY, "delivery_short",
		    "the delivery says it is complete, but chunks are missing");
		return SL_DELIVERY_WRONG;
	}
	delivery->phase = SL_DELIVERY_TRAILER;
	return SL_DELIVERY_MORE;
}

/* At the first four bytes: is it an end record? */
static void
look_for_end(struct sl_delivery *delivery)
{
	bool is_end = sl_end_record_begins(
	    sl_slice_of(delivery->end_bytes, delivery->end_len));

	if (is_end || sl_delivery_is_done(delivery)) {
		delivery->phase = SL_DELIVERY_END;
		return;
	}
	memcpy(delivery->buffer, delivery->end_bytes, delivery->end_len);
	delivery->len = delivery->end_len;
	delivery->end_len = 0;
}

static enum sl_delivery_step
push_chunk(struct sl_delivery *delivery, struct sl_slice *bytes,
    bool may_finish, struct sl_error *err)
{
	size_t need = wanted_bytes(delivery);
	size_t more;

	if (need <= MAGIC_BYTES && !sl_delivery_is_done(delivery)) {
		sl_error_code(err, SL_ERR_INTEGRITY, "index_invalid",
		    "a chunk of %zu bytes cannot be one", need);
		return SL_DELIVERY_WRONG;
	}
	if (delivery->len == 0) {
		more = MAGIC_BYTES - delivery->end_len;
		if (more > bytes->len)
			more = bytes->len;
		/* The smallest frame is longer than four bytes. */
		memcpy(
		    delivery->end_bytes + delivery->end_len, bytes->data, more);
		delivery->end_len += more;
		take(bytes, more);
		if (delivery->end_len == MAGIC_BYTES)
			look_for_end(delivery);
		return delivery->phase == SL_DELIVERY_END
		    ? push_end(delivery, bytes, err)
		    : SL_DELIVERY_MORE;
	}
	more = need - delivery->len;
	if (more <= bytes->len && !may_finish)
		return SL_DELIVERY_ABOUT;
	if (more > bytes->len)
		more = bytes->len;
	memcpy(delivery->buffer + delivery->len, bytes->data, more);
	delivery->len += more;
	take(bytes, more);
	return delivery->len == need ? SL_DELIVERY_FULL : SL_DELIVERY_MORE;
}

enum sl_delivery_step
sl_delivery_push(struct sl_delivery *delivery, struct sl_slice *bytes,
    bool may_finish, struct sl_error *err)
{
	while (bytes->len > 0) {
		enum sl_delivery_step step = SL_DELIVERY_MORE;

		switch (delivery->phase) {
		case SL_DELIVERY_CHUNK:
			step = push_chunk(delivery, bytes, may_finish, err);
			break;
		case SL_DELIVERY_END:
			step = push_end(delivery, bytes, err);
			break;
		case SL_DELIVERY_TRAILER:
			delivery->trailer_bytes += bytes->len;
			take(bytes, bytes->len);
			if (delivery->trailer_bytes > TRAILER_MAX) {
				sl_error_code(err, SL_ERR_INTEGRITY,
				    "delivery_invalid",
				    "the delivery goes on after its end");
				return SL_DELIVERY_WRONG;
			}
			break;
		}
		if (step != SL_DELIVERY_MORE)
			return step;
	}
	return SL_DELIVERY_MORE;
}

enum sl_status
sl_delivery_put_back(const struct sl_delivery *delivery, struct sl_wants *wants)
{
	enum sl_status status = SL_OK;

	for (size_t i = delivery->run;
	     status == SL_OK && i < delivery->run_count; i++) {
		struct sl_run_of run = delivery->runs[i];

		if (i == delivery->run) {
			run.first += delivery->chunk;
			run.count -= delivery->chunk;
		}
		status = sl_wants_put_back(wants, &run);
	}
	return status;
}
