#include "sluice/db/listen.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "sluice/base/buf.h"

#define CHANNEL_NAME_MAX 63

struct sl_db_listener {
	struct sl_link *link;
	sl_db_notice_fn *on_notice;
	void *ctx;
};

static void
on_ready(void *ctx)
{
	struct sl_db_listener *listener = ctx;

	listener->on_notice(listener->ctx, NULL, NULL);
}

static void
on_input(void *ctx)
{
	struct sl_db_listener *listener = ctx;
	PGnotify *notice;

	while ((notice = PQnotifies(sl_link_pg(listener->link))) != NULL) {
		listener->on_notice(
		    listener->ctx, notice->relname, notice->extra);
		PQfreemem(notice);
	}
}

static void
on_lost(void *ctx, const struct sl_error *err)
{
	(void)ctx; /* the subscriber hears of it when the link is back */
	(void)err;
}

static const struct sl_link_events link_events = {on_ready, on_input, on_lost};

static enum sl_status
listen_sql(struct sl_buf *sql, const char *const *channels)
{
	enum sl_status status = SL_OK;
	size_t i, len;

	for (i = 0; channels[i] != NULL && status == SL_OK; i++) {
		if (i == SL_DB_CHANNELS_MAX)
			return SL_ERR_LIMIT;
		len = strlen(channels[i]);
		if (len == 0 || len > CHANNEL_NAME_MAX ||
		    strspn(channels[i], "abcdefghijklmnopqrstuvwxyz_") != len)
			return SL_ERR_INVALID;
		status = sl_buf_printf(sql, "LISTEN %s;", channels[i]);
	}
	return i == 0 ? SL_ERR_INVALID : status;
}

enum sl_status
sl_db_listen(struct sl_db_listener **out, struct sl_loop *loop,
    const char *conninfo, const char *const *channels,
    sl_db_notice_fn *on_notice, void *ctx, struct sl_error *err)
{
	struct sl_db_listener *listener;
	struct sl_buf sql;
	enum sl_status status;

	*out = NULL;
	listener = calloc(1, sizeof(*listener));
	if (listener == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	listener->on_notice = on_notice;
	listener->ctx = ctx;
	sl_buf_init(&sql, (size_t)SL_DB_CHANNELS_MAX * 80 + 1);
	status = listen_sql(&sql, channels);
	if (status == SL_OK)
		status = sl_link_new(&listener->link, loop, conninfo,
		    sl_buf_text(&sql), &link_events, listener);
	sl_buf_clear(&sql);
	if (status != SL_OK) {
		free(listener);
		return sl_error_set(err, status, "cannot listen");
	}
	*out = listener;
	return SL_OK;
}

void
sl_db_listener_free(struct sl_db_listener *listener)
{
	if (listener == NULL)
		return;
	sl_link_free(listener->link);
	free(listener);
}
