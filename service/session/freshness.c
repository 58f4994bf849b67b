/* How old the witnesses' words are, for the operator's alarm. */
#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/store/log.h"

#define FRESHNESS_EVERY_MS 5000

static void
on_freshness(void *ctx, enum sl_status status,
    const struct sl_log_freshness *freshness, const struct sl_error *err)
{
	struct sl_session *session = ctx;
	struct sl_counters *counters = session->parts.counters;

	session->is_freshness_asked = false;
	if (status != SL_OK) {
		/* release.c says that PostgreSQL is away. */
		(void)err;
		return;
	}
	atomic_store(&counters->logs_stale, freshness->stale);
	atomic_store(&counters->log_age_seconds, freshness->oldest_ms / 1000);
}

void
sl_freshness_tick(struct sl_session *session)
{
	int64_t now_ms = sl_clock_monotonic_ms();
	struct sl_error err = {0};

	if (session->is_freshness_asked || session->is_draining ||
	    (session->freshness_ms != 0 &&
	        now_ms - session->freshness_ms < FRESHNESS_EVERY_MS))
		return;
	session->freshness_ms = now_ms;
	if (sl_store_log_freshness(
	        session->parts.db, on_freshness, session, &err) == SL_OK)
		session->is_freshness_asked = true;
}
