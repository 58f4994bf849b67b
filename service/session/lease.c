#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/base/log.h"

#define RENEWAL_MS 1000u

static const char *const kind_names[] = {
    [SL_DELIVERY_HEAD] = "head",
    [SL_DELIVERY_FETCH] = "fetch",
    [SL_DELIVERY_STREAM] = "stream",
    [SL_DELIVERY_PACK] = "pack",
};

/* Bytes handed out since they were reported last. */
static uint64_t
take_unreported(struct sl_delivery *delivery)
{
	uint64_t bytes = delivery->handed_bytes - delivery->reported_bytes;

	delivery->reported_bytes = delivery->handed_bytes;
	return bytes;
}

static struct sl_delivery *
find_delivery(struct sl_session *session, const struct sl_uuid *id)
{
	struct sl_delivery *delivery = session->deliveries;

	while (delivery != NULL && !sl_uuid_is(&delivery->id, id))
		delivery = delivery->next;
	return delivery;
}

/* Refused, where another try would not help; else interrupted. */
static bool
is_refusal(const char *code)
{
	for (int check = 0; check < SL_DECIDE_COUNT; check++)
		if (strcmp(sl_decide_code((enum sl_decide_check)check), code) ==
		    0)
			return true;
	return strncmp(code, "token_", 6) == 0 ||
	    strcmp(code, "customer_disabled") == 0;
}

static void
take_change(struct sl_session *session, const struct sl_lease_row *row)
{
	struct sl_delivery *delivery = find_delivery(session, &row->delivery);

	if (delivery == NULL || !delivery->has_lease)
		return;
	switch (row->change) {
	case SL_LEASE_CHANGED:
		sl_delivery_set_stale(delivery);
		return;
	case SL_LEASE_ENDED:
		sl_delivery_stop(delivery,
		    is_refusal(row->code) ? SL_END_REFUSED : SL_END_INTERRUPTED,
		    row->code);
		return;
	}
}

void
sl_lease_take(
    struct sl_session *session, const struct sl_lease_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_change(session, &rows[i]);
}

bool
sl_lease_is_lapsed(const struct sl_delivery *delivery)
{
	int64_t seconds = delivery->session->parts.lease_seconds;

	return delivery->has_lease &&
	    sl_clock_boot_ms() - delivery->renewed_ms >= seconds * 1000;
}

/* Who has not been renewed for a lease's time may be taken for gone by others:
 * stop. */
static void
stop_lapsed(struct sl_session *session)
{
	struct sl_delivery *delivery;
	struct sl_delivery *next;

	for (delivery = session->deliveries; delivery != NULL;
	     delivery = next) {
		next = delivery->next;
		if (sl_lease_is_lapsed(delivery))
			sl_delivery_stop(
			    delivery, SL_END_INTERRUPTED, "lapsed");
	}
}

/* What a notice named sends nothing until the leases are renewed. */
static void
hold(struct sl_session *session, const char *what)
{
	struct sl_delivery *delivery;
	struct sl_uuid id;

	if (what == NULL || sl_uuid_parse(&id, sl_slice_text(what)) != SL_OK)
		return;
	for (delivery = session->deliveries; delivery != NULL;
	     delivery = delivery->next)
		if (delivery->has_lease &&
		    (sl_uuid_is(&delivery->id, &id) ||
		        sl_uuid_is(&delivery->access.licence, &id)))
			delivery->is_held = true;
}

/* The answer is there, or none will come: go on, as far as there is a lease. */
static void
let_go(struct sl_session *session)
{
	struct sl_delivery *delivery;

	for (delivery = session->deliveries; delivery != NULL;
	     delivery = delivery->next) {
		if (!delivery->is_held)
			continue;
		delivery->is_held = false;
		if (delivery->state == DELIVERY_SENDING)
			outlet_resume(&delivery->order);
	}
}

static void renew(struct sl_session *session);

static void
on_renewed(void *ctx, enum sl_status status, const struct sl_lease_row *rows,
    size_t count, const struct sl_error *err)
{
	struct sl_session *session = ctx;
	struct sl_delivery *delivery;

	session->is_renewing = false;
	if (status != SL_OK) {
		sl_count(&session->parts.counters->db_errors, 1);
		sl_log(SL_LOG_WARNING, "leases=%zu cannot be renewed: %s",
		    session->delivery_count, err->text);
		let_go(session);
		return;
	}
	for (delivery = session->deliveries; delivery != NULL;
	     delivery = delivery->next)
		if (delivery->is_renewing)
			delivery->renewed_ms = session->renewal_began_ms;
	sl_lease_take(session, rows, count);
	if (session->is_noticed)
		renew(session);
	if (!session->is_renewing)
		let_go(session);
}

static void
renew(struct sl_session *session)
{
	size_t count = 0;
	struct sl_lease_beat *beats;
	struct sl_delivery *delivery;
	struct sl_error err = {0};
	enum sl_status status = SL_ERR_NOMEM;

	if (session->is_renewing || session->delivery_count == 0)
		return;
	session->is_noticed = false;
	beats = calloc(session->delivery_count, sizeof(*beats));
	for (delivery = session->deliveries; beats != NULL && delivery != NULL;
	     delivery = delivery->next) {
		/* One whose lease is being opened has its time from there. */
		delivery->is_renewing = delivery->has_lease;
		if (!delivery->has_lease)
			continue;
		beats[count].delivery = delivery->id;
		beats[count++].wire_bytes = take_unreported(delivery);
	}
	session->renewal_began_ms = sl_clock_boot_ms();
	if (beats != NULL && count > 0)
		status = sl_store_lease_renew(session->parts.db,
		    &(struct sl_lease_beats){.worker = session->parts.worker,
		        .seconds = session->parts.lease_seconds,
		        .beats = beats,
		        .count = count},
		    on_renewed, session, &err);
	free(beats);
	if (status == SL_OK)
		session->is_renewing = true;
}

static void
on_second(void *ctx)
{
	struct sl_session *session = ctx;

	stop_lapsed(session);
	renew(session);
	sl_release_tick(session);
	sl_freshness_tick(session);
	sl_timer_start(session->renewal, RENEWAL_MS);
}

enum sl_status
sl_lease_registry_init(struct sl_session *session)
{
	enum sl_status status = sl_timer_new(
	    &session->renewal, session->parts.loop, on_second, session);

	if (status == SL_OK)
		sl_timer_start(session->renewal, RENEWAL_MS);
	return status;
}

void
sl_session_notice(struct sl_session *session, const char *what)
{
	session->is_noticed = true;
	hold(session, what);
	renew(session);
	if (!session->is_renewing)
		let_go(session);
}

enum sl_status
sl_lease_start(
    struct sl_delivery *delivery, sl_done_fn *fn, struct sl_error *err)
{
	struct sl_lease_new lease = {
	    .delivery = delivery->id,
	    .licence = delivery->access.licence,
	    .version = delivery->access.version,
	    .token = delivery->order.outlet != NULL ? NULL
	                                            : &delivery->account.token,
	    .worker = delivery->session->parts.worker,
	    .peer = outlet_peer(&delivery->order),
	    .kind = kind_names[delivery->order.kind],
	    .seq = delivery->asked_seq,
	    .seconds = delivery->session->parts.lease_seconds,
	};

	delivery->renewed_ms = sl_clock_boot_ms();
	return sl_store_lease_open(
	    delivery->session->parts.db, &lease, fn, delivery, err);
}

static void
on_lease_closed(void *ctx, enum sl_status status, const struct sl_error *err)
{
	/* A lease that could not be closed lapses by itself. */
	(void)ctx;
	(void)status;
	(void)err;
}

void
sl_lease_end(struct sl_delivery *delivery, const char *reason)
{
	struct sl_error err = {0};

	if (!delivery->has_lease)
		return;
	delivery->has_lease = false;
	if (sl_store_lease_close(delivery->session->parts.db, &delivery->id,
	        take_unreported(delivery), reason, on_lease_closed, NULL,
	        &err) != SL_OK)
		sl_log(SL_LOG_WARNING, "lease cannot be closed: %s", err.text);
}
