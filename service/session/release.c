/* Early access: once a second the database is told that time has passed. */
#include "sluice/store/release.h"
#include "internal.h"
#include "sluice/base/log.h"

static void
on_ticked(void *ctx, enum sl_status status, const struct sl_error *err)
{
	struct sl_session *session = ctx;

	session->is_ticking = false;
	if (status != SL_OK && !session->is_tick_failing)
		sl_log(SL_LOG_WARNING, "releases cannot be looked at: %s",
		    err->text);
	session->is_tick_failing = status != SL_OK;
}

void
sl_release_tick(struct sl_session *session)
{
	struct sl_error err = {0};

	if (session->is_ticking || session->is_draining)
		return;
	if (sl_store_tick(session->parts.db, on_ticked, session, &err) == SL_OK)
		session->is_ticking = true;
}
