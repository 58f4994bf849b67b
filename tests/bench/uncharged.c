/* Linked into sluiced_uncharged, which only `make bench` makes: every charge is
 * answered at once as if it had been recorded, and PostgreSQL never hears of
 * it.  With UNASKED in the environment so is every question about whether a
 * lease still stands.  What is left is a delivery to compare with. */
#include <stdlib.h>

#include "sluice/loop/defer.h"
#include "sluice/session/session.h"
#include "sluice/store/lease.h"
#include "sluice/store/licence.h"

enum sl_status __real_sl_session_new(
    struct sl_session **out, const struct sl_session_parts *parts);
enum sl_status __wrap_sl_session_new(
    struct sl_session **out, const struct sl_session_parts *parts);
enum sl_status __wrap_sl_store_charge(struct sl_db *db,
    const struct sl_charge_request *request, sl_charge_fn *fn, void *ctx,
    struct sl_error *err);

enum sl_status __real_sl_store_lease_check(struct sl_db *db,
    const struct sl_uuid *deliveries, size_t count, sl_leases_fn *fn, void *ctx,
    struct sl_error *err);
enum sl_status __wrap_sl_store_lease_check(struct sl_db *db,
    const struct sl_uuid *deliveries, size_t count, sl_leases_fn *fn, void *ctx,
    struct sl_error *err);

/* A worker has one loop. */
static struct sl_loop *loop_of_worker;

struct answer {
	struct sl_defer *soon;
	struct sl_charge charge;
	sl_charge_fn *charge_fn;
	sl_leases_fn *leases_fn; /* then no charge */
	void *ctx;
};

enum sl_status
__wrap_sl_session_new(
    struct sl_session **out, const struct sl_session_parts *parts)
{
	loop_of_worker = parts->loop;
	return __real_sl_session_new(out, parts);
}

static void
on_soon(void *ctx)
{
	struct answer *answer = ctx;
	const struct sl_error none = {0};

	if (answer->leases_fn != NULL)
		answer->leases_fn(answer->ctx, SL_OK, NULL, 0, &none);
	else
		answer->charge_fn(answer->ctx, SL_OK, &answer->charge, &none);
	sl_multirange_clear(&answer->charge.covered);
	sl_defer_free(answer->soon);
	free(answer);
}

/* Frees the answer if it cannot come. */
static enum sl_status
answer_soon(struct answer *answer, struct sl_error *err)
{
	enum sl_status status =
	    sl_defer_new(&answer->soon, loop_of_worker, on_soon, answer);

	if (status != SL_OK) {
		sl_multirange_clear(&answer->charge.covered);
		free(answer);
		return sl_error_set(err, status, "no answer");
	}
	sl_defer_arm(answer->soon);
	return SL_OK;
}

enum sl_status
__wrap_sl_store_charge(struct sl_db *db,
    const struct sl_charge_request *request, sl_charge_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	(void)db;
	if (answer == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	answer->charge_fn = fn;
	answer->ctx = ctx;
	answer->charge.outcome = SL_CHARGE_CHARGED;
	sl_multirange_init(&answer->charge.covered);
	if (sl_multirange_copy(&answer->charge.covered, request->ordinals) !=
	    SL_OK) {
		free(answer);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	return answer_soon(answer, err);
}

enum sl_status
__wrap_sl_store_lease_check(struct sl_db *db, const struct sl_uuid *deliveries,
    size_t count, sl_leases_fn *fn, void *ctx, struct sl_error *err)
{
	struct answer *answer;

	if (getenv("UNASKED") == NULL)
		return __real_sl_store_lease_check(
		    db, deliveries, count, fn, ctx, err);
	answer = calloc(1, sizeof(*answer));
	if (answer == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	answer->leases_fn = fn;
	answer->ctx = ctx;
	sl_multirange_init(&answer->charge.covered);
	return answer_soon(answer, err);
}
