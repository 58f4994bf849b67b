#include "outlet.h"

#include "sluice/session/outlet.h"

bool
outlet_is_head_only(const struct sl_delivery_order *order)
{
	return order->outlet == NULL &&
	    sl_http_request_method(sl_exchange_request(order->exchange)) ==
	    SL_HTTP_HEAD;
}

const char *
outlet_peer(const struct sl_delivery_order *order)
{
	return order->outlet == NULL ? sl_exchange_peer_text(order->exchange)
	                             : order->outlet->peer;
}

const char *
outlet_address(const struct sl_delivery_order *order)
{
	return order->outlet == NULL ? sl_exchange_peer_address(order->exchange)
	                             : NULL;
}

uint64_t
outlet_sent(const struct sl_delivery_order *order)
{
	return order->outlet == NULL ? sl_exchange_sent(order->exchange)
	                             : order->outlet->sent(order->outlet->ctx);
}

void
outlet_resume(const struct sl_delivery_order *order)
{
	if (order->outlet == NULL)
		sl_exchange_resume(order->exchange);
	else
		order->outlet->resume(order->outlet->ctx);
}

void
outlet_last(const struct sl_delivery_order *order)
{
	if (order->outlet == NULL)
		sl_exchange_last(order->exchange);
}

void
outlet_abort(const struct sl_delivery_order *order)
{
	if (order->outlet == NULL)
		sl_exchange_abort(order->exchange);
	else
		order->outlet->abort(order->outlet->ctx);
}

enum sl_status
outlet_begin(const struct sl_delivery_order *order,
    const struct sl_response *response, const struct sl_body_source *source,
    void *ctx)
{
	if (order->outlet == NULL)
		return sl_exchange_begin(
		    order->exchange, response, source, ctx);
	return order->outlet->begin(order->outlet->ctx, source, ctx);
}
