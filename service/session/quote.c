#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/store/licence.h"

/* Would the licence cover all of it? */
static void
decide(struct sl_delivery *delivery, const struct sl_quote *quote)
{
	const struct sl_access *access = &delivery->access;
	struct sl_purpose purpose = {0};
	const struct sl_decide_request asked = {
	    .dataset = delivery->dataset_name,
	    .seq = delivery->batch.seq,
	    .purpose = &purpose,
	    .address = outlet_address(&delivery->order),
	    .charge = {.episodes = quote->new_episodes,
	        .duration_ms = quote->new_duration_ms,
	        .bytes = quote->new_bytes}};
	struct sl_decision decision;
	struct sl_error err = {0};

	/* The text was checked when it came in. */
	if (sl_purpose_parse(
	        &purpose, sl_slice_text(delivery->purpose), NULL) != SL_OK)
		purpose = (struct sl_purpose){0};
	decision = sl_licence_decide(
	    &access->terms, &access->state, &asked, sl_clock_wall_us());
	if (decision.allowed) {
		delivery->is_quoted = true;
		sl_pipeline_step(delivery);
		return;
	}
	if (delivery->state == DELIVERY_SENDING) {
		sl_delivery_stop(delivery, SL_END_REFUSED, decision.code);
		return;
	}
	sl_error_code(
	    &err, SL_ERR_DENIED, decision.code, "%s", decision.sentence);
	sl_delivery_refuse(delivery, &err);
}

static void
on_quote(void *ctx, enum sl_status status, const struct sl_quote *quote,
    const struct sl_error *err)
{
	struct sl_delivery *delivery = ctx;

	if (!sl_delivery_reply(delivery))
		return;
	delivery->is_asking = false;
	if (status != SL_OK)
		sl_pipeline_fail(delivery, err);
	else if (delivery->is_stale)
		sl_pipeline_step(delivery);
	else
		decide(delivery, quote);
}

void
sl_pipeline_quote(struct sl_delivery *delivery)
{
	struct sl_multirange ordinals = {0};
	const struct sl_quote_want want = {
	    .seq = delivery->batch.seq, .ordinals = &ordinals};
	const struct sl_quote_request request = {
	    .licence = delivery->access.licence,
	    .dataset = delivery->dataset_id,
	    .wants = &want,
	    .want_count = 1};
	struct sl_error err = {0};
	enum sl_status status = SL_OK;

	for (const struct tranche *tranche = delivery->planned;
	     tranche != NULL && status == SL_OK; tranche = tranche->next)
		status = sl_multirange_unite(&ordinals, &tranche->ordinals);
	if (status == SL_OK)
		status = sl_store_quote(delivery->session->parts.db, &request,
		    on_quote, delivery, &err);
	sl_multirange_clear(&ordinals);
	if (status != SL_OK) {
		sl_pipeline_fail(delivery, &err);
		return;
	}
	delivery->calls++;
	delivery->is_asking = true;
}
