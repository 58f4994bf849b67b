#include "sluice/loop/defer.h"

#include <stdlib.h>

#include "internal.h"

/* A timeout of zero, not event_active(): what is made active runs before the
 * loop polls again, so one that arms itself anew would starve the sockets. */
struct sl_defer {
	struct event *event;
	sl_defer_fn *run;
	void *ctx;
};

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct sl_defer *defer = arg;

	(void)fd;
	(void)what;
	defer->run(defer->ctx);
	/* defer may be gone */
}

enum sl_status
sl_defer_new(
    struct sl_defer **out, struct sl_loop *loop, sl_defer_fn *run, void *ctx)
{
	struct sl_defer *defer;

	*out = NULL;
	defer = calloc(1, sizeof(*defer));
	if (defer == NULL)
		return SL_ERR_NOMEM;
	defer->run = run;
	defer->ctx = ctx;
	defer->event = evtimer_new(loop->base, on_turn, defer);
	if (defer->event == NULL) {
		free(defer);
		return SL_ERR_NOMEM;
	}
	*out = defer;
	return SL_OK;
}

void
sl_defer_arm(struct sl_defer *defer)
{
	if (!event_pending(defer->event, EV_TIMEOUT, NULL))
		sl_loop_add_timeout(defer->event, 0);
}

void
sl_defer_free(struct sl_defer *defer)
{
	if (defer == NULL)
		return;
	event_free(defer->event);
	free(defer);
}
