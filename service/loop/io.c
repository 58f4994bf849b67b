#include "sluice/loop/io.h"

#include <stdlib.h>

#include "internal.h"

struct sl_io {
	struct event *event;
	struct event_base *base;
	int fd;
	unsigned wanted;
	sl_io_fn *on_ready;
	void *ctx;
};

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct sl_io *io = arg;
	unsigned ready = 0;

	(void)fd;
	if ((what & EV_READ) != 0)
		ready |= SL_IO_READ;
	if ((what & EV_WRITE) != 0)
		ready |= SL_IO_WRITE;
	io->on_ready(io->ctx, ready & io->wanted);
	/* io may be gone */
}

enum sl_status
sl_io_new(struct sl_io **out, struct sl_loop *loop, int fd, sl_io_fn *on_ready,
    void *ctx)
{
	struct sl_io *io;

	*out = NULL;
	io = calloc(1, sizeof(*io));
	if (io == NULL)
		return SL_ERR_NOMEM;
	io->base = loop->base;
	io->fd = fd;
	io->on_ready = on_ready;
	io->ctx = ctx;
	io->event = event_new(loop->base, fd, EV_PERSIST, on_event, io);
	if (io->event == NULL) {
		free(io);
		return SL_ERR_NOMEM;
	}
	*out = io;
	return SL_OK;
}

enum sl_status
sl_io_want(struct sl_io *io, unsigned wanted)
{
	short what = EV_PERSIST;

	if (wanted == io->wanted)
		return SL_OK;
	if (io->wanted != 0)
		event_del(io->event);
	io->wanted = 0;
	if (wanted == 0)
		return SL_OK;
	if ((wanted & SL_IO_READ) != 0)
		what |= EV_READ;
	if ((wanted & SL_IO_WRITE) != 0)
		what |= EV_WRITE;
	if (event_assign(io->event, io->base, io->fd, what, on_event, io) !=
	        0 ||
	    event_add(io->event, NULL) != 0)
		return SL_ERR_NOMEM;
	io->wanted = wanted;
	return SL_OK;
}

void
sl_io_free(struct sl_io *io)
{
	if (io == NULL)
		return;
	event_free(io->event);
	free(io);
}
