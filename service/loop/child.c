#include "sluice/loop/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "internal.h"

struct sl_child {
	struct sl_loop *loop;
	struct sl_child *next;
	pid_t pid;
	sl_child_fn *on_exit;
	void *ctx;
};

/* One ended child, unlinked, or NULL. */
static struct sl_child *
take_ended(struct sl_loop *loop, int *wait_status)
{
	struct sl_child **link;
	struct sl_child *child;
	pid_t pid;

	for (link = &loop->children; (child = *link) != NULL;
	     link = &child->next) {
		do
			pid = waitpid(child->pid, wait_status, WNOHANG);
		while (pid < 0 && errno == EINTR);
		if (pid == 0)
			continue;
		/* Reaped by someone else, which is a mistake: an unknown end
		 * is reported as a failed exit rather than never. */
		if (pid < 0)
			*wait_status = 255 << 8;
		*link = child->next;
		return child;
	}
	return NULL;
}

static void
on_sigchld(evutil_socket_t number, short what, void *arg)
{
	struct sl_loop *loop = arg;
	struct sl_child *child;
	int wait_status = 0;

	(void)number;
	(void)what;
	/* From the start each time: the callback may change the list. */
	while ((child = take_ended(loop, &wait_status)) != NULL) {
		child->next = NULL;
		child->loop = NULL;
		child->on_exit(child->ctx, child->pid, wait_status);
		/* child may be gone */
	}
	if (loop->children == NULL)
		event_del(loop->on_sigchld);
}

static enum sl_status
watch_sigchld(struct sl_loop *loop)
{
	if (loop->on_sigchld == NULL)
		loop->on_sigchld =
		    evsignal_new(loop->base, SIGCHLD, on_sigchld, loop);
	if (loop->on_sigchld == NULL || event_add(loop->on_sigchld, NULL) != 0)
		return SL_ERR_NOMEM;
	return SL_OK;
}

enum sl_status
sl_child_new(struct sl_child **out, struct sl_loop *loop, pid_t pid,
    sl_child_fn *on_exit, void *ctx)
{
	struct sl_child *child;
	enum sl_status status;

	*out = NULL;
	status = watch_sigchld(loop);
	if (status != SL_OK)
		return status;
	child = calloc(1, sizeof(*child));
	if (child == NULL)
		return SL_ERR_NOMEM;
	child->loop = loop;
	child->pid = pid;
	child->on_exit = on_exit;
	child->ctx = ctx;
	child->next = loop->children;
	loop->children = child;
	/* It may have ended before SIGCHLD was watched. */
	event_active(loop->on_sigchld, EV_SIGNAL, 1);
	*out = child;
	return SL_OK;
}

void
sl_child_free(struct sl_child *child)
{
	struct sl_child **link;

	if (child == NULL)
		return;
	if (child->loop != NULL) {
		link = &child->loop->children;
		while (*link != child)
			link = &(*link)->next;
		*link = child->next;
		/* The callback itself may be what runs: only the watch goes. */
		if (child->loop->children == NULL)
			event_del(child->loop->on_sigchld);
	}
	free(child);
}
