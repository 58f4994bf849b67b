/* Behind the end of a licence, whoever should have told us of it, no more than
 * CHECK_WINDOW_BYTES or the rest of one chunk leave: what is handed out next is
 * so far behind what had left when the database was last asked.  The question
 * is on its way before that, so that a delivery waits for the answer only where
 * the database is slower than the reader. */
#include <stdlib.h>

#include "internal.h"
#include "sluice/base/log.h"

/* With what the sockets of both ends hold, 4 MiB. */
#define CHECK_WINDOW_BYTES (UINT64_C(3) << 20)
/* So much leaves between two questions. */
#define CHECK_EVERY_BYTES (UINT64_C(1) << 20)
/* What has left is known to 128 KiB, and a chunk may be as long as all of the
 * window. */
#define CHECK_SLACK_BYTES (UINT64_C(256) << 10)

static void
take_answer(struct sl_delivery *delivery)
{
	delivery->checked_bytes = delivery->asked_bytes;
	if (!delivery->is_unchecked)
		return;
	delivery->is_unchecked = false;
	if (delivery->state == DELIVERY_SENDING)
		outlet_resume(&delivery->order);
}

/* Whoever waits gets no answer; the others have some way to go. */
static void
take_failure(struct sl_delivery *delivery)
{
	if (!delivery->is_unchecked)
		return;
	delivery->is_unchecked = false;
	sl_delivery_stop(delivery, SL_END_INTERRUPTED, "database_unavailable");
}

static void
end_question(struct sl_session *session, enum sl_status status)
{
	struct sl_delivery *delivery;
	struct sl_delivery *next;

	for (delivery = session->deliveries; delivery != NULL;
	     delivery = next) {
		next = delivery->next;
		if (!delivery->is_asked)
			continue;
		delivery->is_asked = false;
		if (status == SL_OK)
			take_answer(delivery);
		else
			take_failure(delivery);
	}
}

static bool
is_due(const struct sl_delivery *delivery)
{
	return delivery->has_lease && delivery->state == DELIVERY_SENDING &&
	    (delivery->is_unchecked ||
	        outlet_sent(&delivery->order) - delivery->asked_bytes >=
	            CHECK_EVERY_BYTES);
}

/* The ids of all that are due, which are marked as asked about. */
static size_t
collect_due(struct sl_session *session, struct sl_uuid *ids)
{
	struct sl_delivery *delivery;
	size_t count = 0;

	for (delivery = session->deliveries; delivery != NULL;
	     delivery = delivery->next) {
		if (!is_due(delivery))
			continue;
		ids[count++] = delivery->id;
		delivery->is_asked = true;
		delivery->asked_bytes = outlet_sent(&delivery->order);
	}
	return count;
}

static void ask(struct sl_session *session);

static void
on_checked(void *ctx, enum sl_status status, const struct sl_lease_row *rows,
    size_t count, const struct sl_error *err)
{
	struct sl_session *session = ctx;

	session->is_checking = false;
	if (status == SL_OK) {
		sl_lease_take(session, rows, count);
	} else {
		sl_count(&session->parts.counters->db_errors, 1);
		sl_log(
		    SL_LOG_WARNING, "leases cannot be checked: %s", err->text);
	}
	end_question(session, status);
	ask(session);
}

/* One question at a time for all that are due. */
static void
ask(struct sl_session *session)
{
	struct sl_error err = {0};
	struct sl_uuid *ids;
	size_t count;
	enum sl_status status = SL_ERR_NOMEM;

	if (session->is_checking || session->delivery_count == 0)
		return;
	ids = calloc(session->delivery_count, sizeof(*ids));
	count = ids == NULL ? 0 : collect_due(session, ids);
	if (count > 0)
		status = sl_store_lease_check(
		    session->parts.db, ids, count, on_checked, session, &err);
	free(ids);
	session->is_checking = count > 0 && status == SL_OK;
	if (count > 0 && status != SL_OK)
		end_question(session, status);
}

bool
sl_check_allows(struct sl_delivery *delivery, uint64_t next_bytes)
{
	uint64_t beyond = delivery->handed_bytes - delivery->checked_bytes;

	if (!delivery->has_lease)
		return true;
	if (beyond > CHECK_SLACK_BYTES &&
	    beyond + next_bytes > CHECK_WINDOW_BYTES)
		delivery->is_unchecked = true;
	if (is_due(delivery))
		ask(delivery->session);
	return !delivery->is_unchecked;
}
