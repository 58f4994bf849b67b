#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "query.h"
#include "sluice/catalog/fetch.h"
#include "sluice/catalog/layer.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/trust.h"
#include "sluice/catalog/where.h"
#include "sluice/session/delivery.h"

static void
on_refused(void *ctx, const struct sl_error *err)
{
	struct request *request = ctx;

	request->delivery = NULL;
	/* The headers were for the delivery. */
	request->field_count =
	    request->field_count > 2 ? 2 : request->field_count;
	request_fail(request, err);
}

static void
on_ended(void *ctx)
{
	struct request *request = ctx;

	request->delivery = NULL;
}

void
deliver(struct request *request, struct sl_delivery_order *order)
{
	struct sl_error err = {0};

	if (query_purpose(request, &order->purpose, &err) != SL_OK) {
		request_fail(request, &err);
		return;
	}
	order->exchange = request->exchange;
	order->account = &request->account;
	order->dataset = &request->dataset;
	order->request_id = request->id;
	order->refused = on_refused;
	order->ended = on_ended;
	order->ctx = request;
	if (order->status == 0) {
		order->status = 200;
		request_field(request, "Content-Type", "application/zstd");
		request_field(request, "Cache-Control", "no-store");
	}
	order->fields = request->fields;
	order->field_count = request->field_count;
	request->status = order->status;
	if (sl_delivery_start(&request->delivery, request->api->session, order,
	        &err) != SL_OK)
		on_refused(request, &err);
}

/* What the caller knows of trust file and log. */
static enum sl_status
parse_known(struct request *request, struct sl_delivery_known *known,
    struct sl_error *err)
{
	uint64_t trust;
	uint64_t epoch;
	enum sl_status status = request_number(
	    request, "trust", SL_TRUST_VERSION_MAX, 0, &trust, err);

	if (status == SL_OK)
		status = request_number(
		    request, "known", SL_LOG_SIZE_MAX, 0, &known->size, err);
	if (status == SL_OK)
		status = request_number(
		    request, "epoch", SL_TRUST_EPOCH_MAX, 1, &epoch, err);
	if (status != SL_OK)
		return status;
	if (epoch == 0)
		return sl_error_code(err, SL_ERR_INVALID, "bad_query",
		    "epoch is a number from 1");
	known->trust = (uint32_t)trust;
	known->epoch = (uint32_t)epoch;
	return SL_OK;
}

void
handle_head(struct request *request)
{
	struct sl_delivery_order order = {.kind = SL_DELIVERY_HEAD};
	struct sl_error err = {0};
	struct sl_uuid licence;
	bool has_licence;
	uint64_t from;
	enum sl_status status =
	    request_number(request, "from", SL_SEQ_MAX, 1, &from, &err);

	if (status == SL_OK)
		status = parse_known(request, &order.known, &err);
	if (status == SL_OK)
		status = request_uuid(
		    request, "licence", &licence, &has_licence, &err);
	if (status != SL_OK) {
		request_fail(request, &err);
		return;
	}
	order.after = from == 0 ? 0 : (uint32_t)from - 1;
	order.until = request->dataset.seq;
	order.purpose = request_query(request, "purpose");
	if (has_licence)
		order.licence = &licence;
	deliver(request, &order);
}

void
handle_fetch(struct request *request)
{
	struct sl_delivery_order order = {.kind = SL_DELIVERY_FETCH};
	struct sl_error err = {0};
	struct sl_fetch fetch;

	sl_fetch_init(&fetch);
	if (query_body(request, &fetch, &err) != SL_OK) {
		request_fail(request, &err);
	} else {
		struct sl_uuid licence = fetch.licence;

		if (fetch.has_licence)
			order.licence = &licence;
		order.purpose =
		    request_text(request, sl_slice_text(fetch.purpose));
		order.fetch = &fetch;
		deliver(request, &order);
	}
	sl_fetch_clear(&fetch);
}

static enum sl_status
parse_selection(struct request *request, struct sl_layers *layers,
    bool *has_layers, struct sl_where **where, struct sl_error *err)
{
	const char *where_text;
	struct sl_error why = {0};
	enum sl_status status = query_layers(request, layers, has_layers, err);

	if (status == SL_OK)
		status = query_filter(request, "where", &where_text, err);
	if (status != SL_OK)
		return status;
	if (where_text != NULL &&
	    sl_where_parse(where, sl_slice_text(where_text), &why) != SL_OK)
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_where", "%s", why.text);
	return SL_OK;
}

static enum sl_status
parse_range(struct request *request, struct sl_delivery_order *order,
    struct sl_error *err)
{
	uint64_t after;
	uint64_t until;
	enum sl_status status =
	    request_number(request, "after", SL_SEQ_MAX, 0, &after, err);

	if (status == SL_OK)
		status = request_number(request, "until", SL_SEQ_MAX,
		    request->dataset.seq, &until, err);
	if (status != SL_OK)
		return status;
	if (until > request->dataset.seq)
		until = request->dataset.seq;
	order->after = (uint32_t)after;
	order->until = (uint32_t)until;
	if (until > after && until - after > SL_DELIVERY_BATCHES_MAX)
		return sl_error_code(err, SL_ERR_INVALID, "too_many_batches",
		    "One stream has at most %u batches; ask in parts with "
		    "after= and until=.",
		    SL_DELIVERY_BATCHES_MAX);
	return SL_OK;
}

void
handle_stream(struct request *request)
{
	struct sl_delivery_order order = {.kind = SL_DELIVERY_STREAM};
	struct sl_error err = {0};
	struct sl_where *where = NULL;
	struct sl_layers layers;
	struct sl_uuid licence;
	bool has_layers = false;
	bool has_licence = false;
	enum sl_status status = parse_range(request, &order, &err);

	if (status == SL_OK)
		status = parse_known(request, &order.known, &err);
	if (status == SL_OK)
		status = parse_selection(
		    request, &layers, &has_layers, &where, &err);
	if (status == SL_OK)
		status = request_uuid(
		    request, "licence", &licence, &has_licence, &err);
	if (status != SL_OK) {
		request_fail(request, &err);
	} else {
		if (has_layers)
			order.layers = &layers;
		if (has_licence)
			order.licence = &licence;
		order.where = &where;
		order.purpose = request_query(request, "purpose");
		deliver(request, &order);
	}
	sl_where_free(where);
}
