#include "sluice/loop/signal.h"

#include <stdlib.h>

#include "internal.h"

struct sl_signal {
	struct event *event;
	sl_signal_fn *on_signal;
	void *ctx;
};

static void
on_event(evutil_socket_t number, short what, void *arg)
{
	struct sl_signal *signal = arg;

	(void)number;
	(void)what;
	signal->on_signal(signal->ctx);
	/* signal may be gone */
}

enum sl_status
sl_signal_new(struct sl_signal **out, struct sl_loop *loop, int number,
    sl_signal_fn *on_signal, void *ctx)
{
	struct sl_signal *signal;

	*out = NULL;
	signal = calloc(1, sizeof(*signal));
	if (signal == NULL)
		return SL_ERR_NOMEM;
	signal->on_signal = on_signal;
	signal->ctx = ctx;
	signal->event = evsignal_new(loop->base, number, on_event, signal);
	if (signal->event == NULL)
		goto fail;
	if (event_add(signal->event, NULL) != 0)
		goto fail;
	*out = signal;
	return SL_OK;

fail:
	sl_signal_free(signal);
	return SL_ERR_NOMEM;
}

void
sl_signal_free(struct sl_signal *signal)
{
	if (signal == NULL)
		return;
	if (signal->event != NULL)
		event_free(signal->event);
	free(signal);
}
