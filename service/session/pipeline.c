#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/store/licence.h"

/* One thing of the pipeline is under way at a time: a page of the plan, a
 * charge, or a new decision.  A pack, which has no room for an end record, is
 * planned and decided as a whole before its first charge.  At most one charged
 * tranche waits behind the one that is being sent. */

static void
free_planned(struct sl_delivery *delivery)
{
	while (delivery->planned != NULL) {
		struct tranche *tranche = delivery->planned;

		delivery->planned = tranche->next;
		tranche_free(tranche);
	}
	delivery->planned_tail = &delivery->planned;
}

void
sl_pipeline_clear(struct sl_delivery *delivery)
{
	free_planned(delivery);
	tranche_free(delivery->ready);
	tranche_free(delivery->sending);
	delivery->ready = NULL;
	delivery->sending = NULL;
}

bool
sl_pipeline_is_done(const struct sl_delivery *delivery)
{
	return !delivery->is_asking && !delivery->is_stale &&
	    delivery->planned == NULL && delivery->ready == NULL &&
	    plan_is_done(&delivery->plan);
}

/* What is charged still goes out, then the delivery ends. */
static void
interrupt(struct sl_delivery *delivery, const char *code)
{
	struct plan *plan = &delivery->plan;

	plan_stop(plan, delivery->planned, code);
	if (delivery->planned != NULL)
		plan->at = delivery->planned->start;
	free_planned(delivery);
	delivery->is_refused = true;
	delivery->is_interrupted = true;
	delivery->is_stale = false;
	outlet_resume(&delivery->order);
}

void
sl_pipeline_fail(struct sl_delivery *delivery, const struct sl_error *err)
{
	struct sl_error words = {0};

	sl_count(&delivery->session->parts.counters->db_errors, 1);
	if (delivery->state == DELIVERY_SENDING) {
		interrupt(delivery, "database_unavailable");
		return;
	}
	words = *err;
	if (words.code[0] == '\0')
		sl_error_code(&words, SL_ERR_NETWORK, "database_unavailable",
		    "%s", sl_refusal_text("database_unavailable"));
	sl_delivery_refuse(delivery, &words);
}

static enum sl_status
status_of_code(const char *code)
{
	if (strncmp(code, "quota_", 6) == 0)
		return SL_ERR_QUOTA;
	if (strcmp(code, "not_found") == 0)
		return SL_ERR_NOT_FOUND;
	if (strcmp(code, "too_many_ranges") == 0)
		return SL_ERR_INVALID;
	return SL_ERR_DENIED;
}

/* A pack under way was judged again, under terms that refuse the rest. */
static void
stop_pack(struct sl_delivery *delivery)
{
	sl_delivery_stop(delivery, SL_END_REFUSED, delivery->plan.stop_code);
}

/* All that was asked for before the answer is charged, or refused. */
static void
finish_charging(struct sl_delivery *delivery)
{
	const char *code = delivery->plan.stop_code;
	struct sl_error err = {0};

	if (code[0] != '\0' &&
	    (delivery->ready == NULL ||
	        delivery->order.kind == SL_DELIVERY_PACK)) {
		sl_error_code(&err, status_of_code(code), code, "%s",
		    sl_refusal_text(code));
		sl_delivery_refuse(delivery, &err);
		return;
	}
	sl_body_begin(delivery);
}

static void
on_segments(void *ctx, enum sl_status status, const struct sl_segment_row *rows,
    size_t count, const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;
	struct sl_error words = *err;

	if (!sl_delivery_reply(delivery))
		return;
	delivery->is_asking = false;
	if (status == SL_OK && !delivery->is_stale) {
		status =
		    plan_answer(&delivery->plan, &delivery->access.terms.scope,
		        rows, count, &delivery->planned_tail);
		if (status != SL_OK)
			sl_error_set(
			    &words, status, "%s", sl_status_text(status));
	}
	if (status != SL_OK) {
		sl_pipeline_fail(delivery, &words);
		return;
	}
	sl_pipeline_step(delivery);
}

static void
ask_segments(struct sl_delivery *delivery)
{
	struct plan *plan = &delivery->plan;
	struct sl_segment_page page = {.first = true, .limit = PLAN_PAGE_ROWS};
	struct sl_error err = {0};
	enum sl_status status = plan_ask(plan);

	if (status == SL_OK && plan->stop_code[0] != '\0') {
		sl_pipeline_step(delivery);
		return;
	}
	page.wants = plan->wants;
	page.want_count = plan->want_count;
	/* Judged as the client judged them, who knows of no later batch. */
	page.seen = delivery->access.state.released_seq;
	if (status == SL_OK)
		status = sl_store_segments(delivery->session->parts.db,
		    delivery->dataset_id, &page, on_segments, delivery, &err);
	if (status != SL_OK) {
		sl_pipeline_fail(delivery, &err);
		return;
	}
	delivery->calls++;
	delivery->is_asking = true;
}

/* The charge ends here: what comes after the covered part is not asked for
 * again. */
static void
refuse_rest(struct sl_delivery *delivery, const struct tranche *tranche,
    size_t first_dropped, const char *code)
{
	struct plan *plan = &delivery->plan;

	free_planned(delivery);
	delivery->is_refused = true;
	snprintf(plan->stop_code, sizeof(plan->stop_code), "%s",
	    code[0] != '\0' ? code : "refused");
	plan->stop_seq = tranche->seq;
	plan->stop_chunk = tranche->runs[first_dropped].chunk_first;
}

static void
take_charged(struct sl_delivery *delivery, struct tranche *tranche,
    const struct sl_charge *charge)
{
	bool is_cut = tranche_cut(tranche, &charge->covered);

	delivery->redecided = 0;
	delivery->access.usage = charge->usage;
	if (is_cut)
		refuse_rest(
		    delivery, tranche, tranche->run_count, charge->code);
	if (tranche->run_count == 0 ||
	    delivery->order.kind == SL_DELIVERY_PACK) {
		/* Of a pack only the fact counts. */
		tranche_free(tranche);
		return;
	}
	delivery->ready = tranche;
}

static void ask_charge(struct sl_delivery *delivery);

/* Nothing was charged, because others hold the licence's row. */
static bool
may_try_again(struct sl_delivery *delivery, const struct sl_error *err)
{
	return strcmp(err->code, "database_busy") == 0 &&
	    ++delivery->busy_tries < CHARGE_TRIES_MAX;
}

static void
on_charge(void *ctx, enum sl_status status, const struct sl_charge *charge,
    const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;
	struct sl_counters *counters;
	struct tranche *tranche;

	if (!sl_delivery_reply(delivery))
		return;
	delivery->is_asking = false;
	counters = delivery->session->parts.counters;
	if (status != SL_OK && may_try_again(delivery, err)) {
		ask_charge(delivery);
		return;
	}
	delivery->busy_tries = 0;
	if (status != SL_OK) {
		sl_count(&counters->charges_failed, 1);
		sl_pipeline_fail(delivery, err);
		return;
	}
	if (charge->outcome == SL_CHARGE_STALE ||
	    strcmp(charge->code, "stale") == 0) {
		delivery->is_stale = true;
		sl_pipeline_step(delivery);
		return;
	}
	sl_count(charge->code[0] == '\0' ? &counters->charges
	                                 : &counters->charges_refused,
	    1);
	tranche = delivery->planned;
	delivery->planned = tranche->next;
	if (delivery->planned == NULL)
		delivery->planned_tail = &delivery->planned;
	tranche->next = NULL;
	take_charged(delivery, tranche, charge);
	if (delivery->state == DELIVERY_SENDING)
		outlet_resume(&delivery->order);
	sl_pipeline_step(delivery);
}

static void
ask_charge(struct sl_delivery *delivery)
{
	const struct tranche *tranche = delivery->planned;
	const struct sl_charge_request request = {
	    .licence = delivery->access.licence,
	    .version = delivery->access.version,
	    .dataset = delivery->dataset_id,
	    .seq = tranche->seq,
	    .ordinals = &tranche->ordinals,
	    .purpose = delivery->purpose[0] == '\0' ? NULL : delivery->purpose,
	    .delivery = delivery->id,
	};
	struct sl_error err = {0};

	if (sl_store_charge(delivery->session->parts.db, &request, on_charge,
	        delivery, &err) != SL_OK) {
		sl_pipeline_fail(delivery, &err);
		return;
	}
	delivery->calls++;
	delivery->is_asking = true;
}

static void
on_redecided(void *ctx, enum sl_status status, const struct sl_error *err)
{
	/* If it fails, the next renewal says "changed" again. */
	(void)status;
	(void)err;
	(void)sl_delivery_reply(ctx);
}

static void
take_lease(void *ctx, enum sl_status status, const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;

	if (status == SL_OK)
		delivery->has_lease = true;
	if (delivery->state == DELIVERY_CLOSED)
		sl_lease_end(delivery, "client_gone");
	if (!sl_delivery_reply(delivery))
		return;
	delivery->is_asking = false;
	if (status != SL_OK) {
		sl_delivery_refuse(delivery, err);
		return;
	}
	sl_pipeline_step(delivery);
}

/* Tell the lease table which version we go by; a delivery whose lease was
 * refused as stale opens it now. */
static void
tell_version(struct sl_delivery *delivery)
{
	struct sl_error err = {0};

	if (!delivery->has_lease) {
		if (sl_lease_start(delivery, take_lease, &err) != SL_OK) {
			sl_pipeline_fail(delivery, &err);
			return;
		}
		delivery->calls++;
		delivery->is_asking = true;
		return;
	}
	if (sl_store_lease_redecided(delivery->session->parts.db, &delivery->id,
	        delivery->access.version, on_redecided, delivery,
	        &err) == SL_OK)
		delivery->calls++;
	sl_pipeline_step(delivery);
}

/* What was planned under the old terms is judged anew; of a pack, whose plan is
 * charged before it is sent, all that has not left yet. */
static void
plan_again(struct sl_delivery *delivery)
{
	struct plan *plan = &delivery->plan;
	struct plan_cursor at = {0};

	if (delivery->order.kind == SL_DELIVERY_PACK)
		plan->byte_from = delivery->pack_offset;
	else
		at = delivery->planned != NULL ? delivery->planned->start
		                               : plan->at;
	free_planned(delivery);
	plan_rewind(plan, &at);
	delivery->is_quoted = false;
}

static void
on_access_again(void *ctx, enum sl_status status, struct sl_access *access,
    const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;

	if (!sl_delivery_reply(delivery))
		return;
	delivery->is_asking = false;
	if (status == SL_ERR_DENIED || status == SL_ERR_CONFLICT) {
		sl_delivery_stop(delivery, SL_END_REFUSED, err->code);
		return;
	}
	if (status != SL_OK) {
		sl_pipeline_fail(delivery, err);
		return;
	}
	delivery->is_stale = false;
	sl_access_clear(&delivery->access);
	delivery->access = *access;
	sl_access_init(access);
	if (!delivery->is_refused)
		plan_again(delivery);
	tell_version(delivery);
}

static void
decide_again(struct sl_delivery *delivery)
{
	struct sl_error err = {0};

	if (delivery->redecided++ >= REDECIDE_MAX) {
		sl_delivery_stop(delivery, SL_END_INTERRUPTED, "stale");
		return;
	}
	/* From now on this licence and no other. */
	delivery->licence = delivery->access.licence;
	delivery->has_licence = true;
	if (sl_pipeline_choose(delivery, on_access_again, &err) != SL_OK) {
		sl_pipeline_fail(delivery, &err);
		return;
	}
	delivery->is_asking = true;
}

enum sl_status
sl_pipeline_choose(
    struct sl_delivery *delivery, sl_access_fn *fn, struct sl_error *err)
{
	const struct sl_access_request request = {
	    .account = &delivery->account,
	    .dataset = delivery->dataset_name,
	    .dataset_id = delivery->dataset_id,
	    .licence = delivery->has_licence ? &delivery->licence : NULL,
	    .layers = delivery->layers,
	    .seq = delivery->asked_seq,
	    .purpose = delivery->purpose,
	    .address = outlet_address(&delivery->order),
	    /* The lease's own check counts the running ones again. */
	    .new_delivery = delivery->order.kind != SL_DELIVERY_HEAD &&
	        !delivery->has_lease,
	};
	enum sl_status status = sl_access_choose(
	    delivery->session->parts.db, &request, fn, delivery, err);

	if (status == SL_OK)
		delivery->calls++;
	return status;
}

/* A pack: nothing is charged before all of it is planned and decided. */
static bool
step_pack(struct sl_delivery *delivery)
{
	if (delivery->order.kind != SL_DELIVERY_PACK || delivery->is_quoted)
		return false;
	if (!plan_is_done(&delivery->plan))
		ask_segments(delivery);
	else if (delivery->plan.stop_code[0] == '\0')
		sl_pipeline_quote(delivery);
	else if (delivery->state == DELIVERY_SENDING)
		stop_pack(delivery);
	else
		finish_charging(delivery);
	return true;
}

void
sl_pipeline_step(struct sl_delivery *delivery)
{
	bool is_charging = delivery->state == DELIVERY_CHARGING;

	if (delivery->is_asking || delivery->is_stopped ||
	    (!is_charging && delivery->state != DELIVERY_SENDING))
		return;
	if (delivery->is_stale) {
		decide_again(delivery);
		return;
	}
	if (step_pack(delivery))
		return;
	if (is_charging && delivery->ready != NULL) {
		finish_charging(delivery);
		return;
	}
	if (delivery->planned == NULL && !plan_is_done(&delivery->plan)) {
		ask_segments(delivery);
		return;
	}
	if (delivery->planned != NULL && delivery->ready == NULL) {
		ask_charge(delivery);
		return;
	}
	if (!sl_pipeline_is_done(delivery))
		return;
	if (is_charging)
		finish_charging(delivery);
	else if (delivery->order.kind == SL_DELIVERY_PACK &&
	    delivery->plan.stop_code[0] != '\0')
		stop_pack(delivery);
	else
		outlet_resume(&delivery->order);
}
