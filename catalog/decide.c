#include "sluice/catalog/decide.h"

#include <string.h>

#include "sluice/catalog/month.h"

static const char *const status_names[] = {
    [SL_LICENCE_ACTIVE] = "active",
    [SL_LICENCE_SUSPENDED] = "suspended",
    [SL_LICENCE_REVOKED] = "revoked",
};

static const char *const agreement_names[] = {
    [SL_AGREEMENT_ACTIVE] = "active",
    [SL_AGREEMENT_SUSPENDED] = "suspended",
    [SL_AGREEMENT_ENDED] = "ended",
};

static const struct {
	const char *code;
	const char *sentence;
} checks[SL_DECIDE_COUNT] = {
#define X(name, code, sentence) [SL_DECIDE_##name] = {code, sentence},
    SL_DECIDE_LIST(X)
#undef X
};

enum sl_status
sl_licence_status_by_name(enum sl_licence_status *out, struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(status_names) / sizeof(status_names[0]);
	     i++) {
		if (sl_slice_is_text(name, status_names[i])) {
			*out = (enum sl_licence_status)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

const char *
sl_licence_status_name(enum sl_licence_status status)
{
	if (status == SL_LICENCE_ACTIVE || status == SL_LICENCE_SUSPENDED)
		return status_names[status];
	return status_names[SL_LICENCE_REVOKED];
}

enum sl_status
sl_agreement_status_by_name(enum sl_agreement_status *out, struct sl_slice name)
{
	for (size_t i = 0;
	     i < sizeof(agreement_names) / sizeof(agreement_names[0]); i++) {
		if (sl_slice_is_text(name, agreement_names[i])) {
			*out = (enum sl_agreement_status)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

const char *
sl_decide_code(enum sl_decide_check check)
{
	return checks[check].code;
}

const char *
sl_decide_sentence(enum sl_decide_check check)
{
	return checks[check].sentence;
}

/* All that a check may look at. */
struct question {
	const struct sl_terms *terms;
	const struct sl_licence_state *state;
	const struct sl_decide_request *request;
	int64_t now_us;
};

static void
require(struct sl_decision *decision, bool holds, enum sl_decide_check check)
{
	if (!holds)
		decision->failed[decision->failed_count++] = check;
}

/* Nothing new always fits: what is held is free, even past a limit that was
 * lowered since. */
static bool
fits(uint64_t limit, uint64_t used, uint64_t more)
{
	return more == 0 || limit == SL_QUOTA_NONE ||
	    (used <= limit && more <= limit - used);
}

/* Credits may have brought what is used below nothing. */
static bool
money_fits(uint64_t limit, int64_t used, int64_t more)
{
	if (more <= 0)
		return true;
	if (used < 0) {
		more = more + used > 0 ? more + used : 0;
		used = 0;
	}
	return fits(limit, (uint64_t)used, (uint64_t)more);
}

/* When even the grace is over. */
static int64_t
grace_end(const struct sl_terms *terms)
{
	int64_t grace_us = (int64_t)terms->grace_s * 1000000;

	return terms->until_us > INT64_MAX - grace_us
	    ? INT64_MAX
	    : terms->until_us + grace_us;
}

static bool
asks_for_more(const struct sl_decide_request *request)
{
	return request->charge.episodes > 0 ||
	    request->charge.duration_ms > 0 || request->charge.bytes > 0 ||
	    request->charge_money_micro > 0;
}

static void
check_status(struct sl_decision *decision, const struct question *q)
{
	enum sl_licence_status status = q->state->status;

	require(decision,
	    q->request->dataset != NULL &&
	        strcmp(q->request->dataset, q->terms->dataset) == 0,
	    SL_DECIDE_DATASET);
	/* A value that is none of the three counts as revoked. */
	require(decision,
	    status == SL_LICENCE_ACTIVE || status == SL_LICENCE_SUSPENDED,
	    SL_DECIDE_REVOKED);
	require(decision, status != SL_LICENCE_SUSPENDED, SL_DECIDE_SUSPENDED);
	require(
	    decision, q->now_us >= q->terms->from_us, SL_DECIDE_NOT_YET_VALID);
	require(decision,
	    q->now_us < q->terms->until_us ||
	        (q->now_us < grace_end(q->terms) && !asks_for_more(q->request)),
	    SL_DECIDE_EXPIRED);
	require(decision, !q->terms->needs_acceptance || q->state->accepted,
	    SL_DECIDE_NOT_ACCEPTED);
}

/* What costs needs an agreement, for its currency. */
static bool
agreement_holds(const struct question *q)
{
	const struct sl_agreement_state *agreement = &q->state->agreement;

	if (!agreement->has)
		return !q->terms->has_price;
	return agreement->status == SL_AGREEMENT_ACTIVE &&
	    q->now_us >= agreement->from_us && q->now_us < agreement->until_us;
}

static bool
has_layers(const struct question *q)
{
	return q->request->layers == NULL ||
	    sl_layers_contain(&q->terms->scope.layers, q->request->layers);
}

static void
check_purpose(struct sl_decision *decision, const struct question *q)
{
	static const struct sl_purpose nothing;
	const struct sl_purpose *purpose =
	    q->request->purpose == NULL ? &nothing : q->request->purpose;
	const struct sl_terms *terms = q->terms;

	require(decision, purpose->use <= terms->use, SL_DECIDE_USE);
	require(decision,
	    sl_fields_contain(&terms->allow, purpose->field) &&
	        !sl_fields_contain(&terms->deny, purpose->field),
	    SL_DECIDE_FIELD);
	require(decision,
	    sl_territory_has_address(&terms->territory, q->request->address) &&
	        sl_territory_has_country(&terms->territory, purpose->country),
	    SL_DECIDE_TERRITORY);
}

/* One more than are running, where it is one more. */
static bool
has_room(const struct question *q)
{
	uint32_t max = q->terms->deliveries != 0 ? q->terms->deliveries
	                                         : q->state->deliveries_max;

	return !q->request->new_delivery || max == 0 ||
	    q->state->deliveries < max;
}

static void
check_quotas(struct sl_decision *decision, const struct question *q)
{
	const struct sl_quota *quota = &q->terms->quota;
	const struct sl_quota *used = &q->state->used;
	const struct sl_quota *more = &q->request->charge;
	uint32_t percent = q->terms->overage_percent;

	require(decision,
	    fits(sl_quota_limit(quota->episodes, percent), used->episodes,
	        more->episodes),
	    SL_DECIDE_QUOTA_EPISODES);
	require(decision,
	    fits(sl_quota_limit(quota->duration_ms, percent), used->duration_ms,
	        more->duration_ms),
	    SL_DECIDE_QUOTA_HOURS);
	require(decision,
	    fits(sl_quota_limit(quota->bytes, percent), used->bytes,
	        more->bytes),
	    SL_DECIDE_QUOTA_BYTES);
}

static void
check_ceilings(struct sl_decision *decision, const struct question *q)
{
	const struct sl_agreement_state *agreement = &q->state->agreement;
	const struct sl_quota *ceiling = &agreement->ceiling.quota;
	const struct sl_quota *used = &agreement->used;
	const struct sl_quota *more = &q->request->charge;

	if (!agreement->has)
		return;
	require(decision,
	    fits(ceiling->episodes, used->episodes, more->episodes),
	    SL_DECIDE_CEILING_EPISODES);
	require(decision,
	    fits(ceiling->duration_ms, used->duration_ms, more->duration_ms),
	    SL_DECIDE_CEILING_HOURS);
	require(decision, fits(ceiling->bytes, used->bytes, more->bytes),
	    SL_DECIDE_CEILING_BYTES);
	require(decision,
	    money_fits(agreement->ceiling.money_micro,
	        agreement->used_money_micro, q->request->charge_money_micro),
	    SL_DECIDE_CEILING_MONEY);
}

static void
check_all(struct sl_decision *decision, const struct question *q)
{
	check_status(decision, q);
	require(decision, agreement_holds(q), SL_DECIDE_AGREEMENT);
	require(decision, q->request->seq <= q->state->released_seq,
	    SL_DECIDE_NOT_RELEASED);
	require(decision, has_layers(q), SL_DECIDE_LAYER);
	check_purpose(decision, q);
	require(decision, has_room(q), SL_DECIDE_DELIVERIES);
	check_quotas(decision, q);
	check_ceilings(decision, q);
}

/* The answer can change at a time that is still to come. */
static void
note_change(struct sl_decision *decision, int64_t now_us, int64_t at_us)
{
	if (at_us > now_us && at_us < decision->valid_until_us)
		decision->valid_until_us = at_us;
}

static bool
counts_by_month(const struct sl_terms *terms)
{
	return terms->per == SL_QUOTA_PER_MONTH &&
	    (terms->quota.episodes != SL_QUOTA_NONE ||
	        terms->quota.duration_ms != SL_QUOTA_NONE ||
	        terms->quota.bytes != SL_QUOTA_NONE);
}

static void
note_changes(struct sl_decision *decision, const struct question *q)
{
	const struct sl_agreement_state *agreement = &q->state->agreement;

	note_change(decision, q->now_us, q->terms->from_us);
	note_change(decision, q->now_us, q->terms->until_us);
	note_change(decision, q->now_us, grace_end(q->terms));
	if (agreement->has) {
		note_change(decision, q->now_us, agreement->from_us);
		note_change(decision, q->now_us, agreement->until_us);
	}
	if (counts_by_month(q->terms))
		note_change(decision, q->now_us, sl_month_end(q->now_us));
}

struct sl_decision
sl_licence_decide(const struct sl_terms *terms,
    const struct sl_licence_state *state,
    const struct sl_decide_request *request, int64_t now_us)
{
	const struct question q = {terms, state, request, now_us};
	struct sl_decision decision = {.code = "", .sentence = ""};

	decision.valid_until_us = INT64_MAX;
	if (terms == NULL) {
		require(&decision, false, SL_DECIDE_UNREADABLE);
	} else {
		note_changes(&decision, &q);
		check_all(&decision, &q);
	}
	decision.allowed = decision.failed_count == 0;
	if (!decision.allowed) {
		decision.code = checks[decision.failed[0]].code;
		decision.sentence = checks[decision.failed[0]].sentence;
	}
	return decision;
}
