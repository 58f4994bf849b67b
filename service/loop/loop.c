#include "sluice/loop/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "internal.h"
#include "sluice/base/log.h"

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct sl_loop *loop = arg;
	uint64_t count;

	(void)what;
	if (read((int)fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		sl_log(
		    SL_LOG_ERROR, "loop: cannot read eventfd: errno=%d", errno);
	sl_loop_run_completions(loop);
}

/* Without locks: one thread owns a loop. */
static struct event_base *
new_base(void)
{
	struct event_config *config;
	struct event_base *base;

	config = event_config_new();
	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) != 0) {
		event_config_free(config);
		return NULL;
	}
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

enum sl_status
sl_loop_new(struct sl_loop **out)
{
	struct sl_loop *loop;

	*out = NULL;
	loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return SL_ERR_NOMEM;
	pthread_mutex_init(&loop->lock, NULL);
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->wake_fd < 0)
		goto fail;
	loop->base = new_base();
	if (loop->base == NULL)
		goto fail;
	loop->wake = event_new(
	    loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
	if (loop->wake == NULL || event_add(loop->wake, NULL) != 0)
		goto fail;

	*out = loop;
	return SL_OK;

fail:
	sl_loop_free(loop);
	return SL_ERR_NOMEM;
}

enum sl_status
sl_loop_run(struct sl_loop *loop)
{
	if (event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
		return SL_ERR_STATE;
	return SL_OK;
}

void
sl_loop_stop(struct sl_loop *loop)
{
	event_base_loopbreak(loop->base);
}

void
sl_loop_free(struct sl_loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->wake != NULL)
		event_free(loop->wake);
	if (loop->base != NULL)
		event_base_free(loop->base);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

void
sl_loop_abandon(struct sl_loop *loop)
{
	if (loop == NULL)
		return;
	/* Gives the base an epoll descriptor of its own, so that taking it
	 * apart does not unregister the parent's descriptors. */
	if (event_reinit(loop->base) != 0)
		sl_log(SL_LOG_WARNING, "loop: not all events re-registered");
	sl_loop_free(loop);
}

void
sl_loop_add_timeout(struct event *event, uint64_t ms)
{
	struct timeval delay = {
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000),
	};

	if (event_add(event, &delay) == 0)
		return;
	sl_log(SL_LOG_ERROR, "loop: out of memory for a deadline");
	abort();
}
