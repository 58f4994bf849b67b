#include "sluice/loop/timer.h"

#include <stdlib.h>

#include "internal.h"

struct sl_timer {
	struct event *event;
	sl_timer_fn *on_deadline;
	void *ctx;
};

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct sl_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->on_deadline(timer->ctx);
	/* timer may be gone */
}

enum sl_status
sl_timer_new(struct sl_timer **out, struct sl_loop *loop,
    sl_timer_fn *on_deadline, void *ctx)
{
	struct sl_timer *timer;

	*out = NULL;
	timer = calloc(1, sizeof(*timer));
	if (timer == NULL)
		return SL_ERR_NOMEM;
	timer->on_deadline = on_deadline;
	timer->ctx = ctx;
	timer->event = evtimer_new(loop->base, on_timeout, timer);
	if (timer->event == NULL) {
		free(timer);
		return SL_ERR_NOMEM;
	}
	*out = timer;
	return SL_OK;
}

void
sl_timer_start(struct sl_timer *timer, uint64_t ms)
{
	sl_loop_add_timeout(timer->event, ms);
}

void
sl_timer_stop(struct sl_timer *timer)
{
	event_del(timer->event);
}

bool
sl_timer_is_running(const struct sl_timer *timer)
{
	return event_pending(timer->event, EV_TIMEOUT, NULL) != 0;
}

void
sl_timer_free(struct sl_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}
