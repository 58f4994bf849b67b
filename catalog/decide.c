#include "sluice/catalog/decide.h"

#include <string.h>

static const char *const status_names[] = {
    [SL_LICENCE_ACTIVE] = "active",
    [SL_LICENCE_SUSPENDED] = "suspended",
    [SL_LICENCE_REVOKED] = "revoked",
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
sl_decide_code(enum sl_decide_check check)
{
	return checks[check].code;
}

const char *
sl_decide_sentence(enum sl_decide_check check)
{
	return checks[check].sentence;
}

static void
require(struct sl_decision *decision, bool holds, enum sl_decide_check check)
{
	if (!holds)
		decision->failed[decision->failed_count++] = check;
}

/* Nothing new always fits: what is held is free, even past a quota that was
 * lowered since. */
static bool
fits(uint64_t quota, uint64_t used, uint64_t more)
{
	return more == 0 || quota == SL_QUOTA_NONE ||
	    (used <= quota && more <= quota - used);
}

/* Before the term, in it, and after it: when is the next of these? */
static int64_t
next_change(const struct sl_terms *terms, int64_t now_us)
{
	if (now_us < terms->from_us)
		return terms->from_us;
	return now_us < terms->until_us ? terms->until_us : INT64_MAX;
}

static void
check_terms(struct sl_decision *decision, const struct sl_terms *terms,
    enum sl_licence_status status, const struct sl_decide_request *request,
    int64_t now_us)
{
	require(decision,
	    request->dataset != NULL &&
	        strcmp(request->dataset, terms->dataset) == 0,
	    SL_DECIDE_DATASET);
	/* A value that is none of the three counts as revoked. */
	require(decision,
	    status == SL_LICENCE_ACTIVE || status == SL_LICENCE_SUSPENDED,
	    SL_DECIDE_REVOKED);
	require(decision, status != SL_LICENCE_SUSPENDED, SL_DECIDE_SUSPENDED);
	require(decision, now_us >= terms->from_us, SL_DECIDE_NOT_YET_VALID);
	require(decision, now_us < terms->until_us, SL_DECIDE_EXPIRED);
	require(decision,
	    request->layers == NULL ||
	        sl_layers_contain(&terms->scope.layers, request->layers),
	    SL_DECIDE_LAYER);
}

static void
check_quotas(struct sl_decision *decision, const struct sl_quota *quota,
    const struct sl_quota *used, const struct sl_quota *more)
{
	require(decision, fits(quota->episodes, used->episodes, more->episodes),
	    SL_DECIDE_QUOTA_EPISODES);
	require(decision,
	    fits(quota->duration_ms, used->duration_ms, more->duration_ms),
	    SL_DECIDE_QUOTA_HOURS);
	require(decision, fits(quota->bytes, used->bytes, more->bytes),
	    SL_DECIDE_QUOTA_BYTES);
}

struct sl_decision
sl_licence_decide(const struct sl_terms *terms, enum sl_licence_status status,
    const struct sl_decide_request *request, int64_t now_us,
    const struct sl_quota *used)
{
	static const struct sl_quota nothing;
	struct sl_decision decision = {.code = "", .sentence = ""};

	decision.valid_until_us = INT64_MAX;
	if (terms == NULL) {
		require(&decision, false, SL_DECIDE_UNREADABLE);
	} else {
		decision.valid_until_us = next_change(terms, now_us);
		check_terms(&decision, terms, status, request, now_us);
		check_quotas(&decision, &terms->quota,
		    used == NULL ? &nothing : used, &request->charge);
	}
	if (decision.failed_count > 0) {
		decision.code = checks[decision.failed[0]].code;
		decision.sentence = checks[decision.failed[0]].sentence;
		return decision;
	}
	decision.allowed = true;
	return decision;
}
