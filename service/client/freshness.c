#include "freshness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/witness.h"

static enum sl_status
refuse_few(const struct sl_witnessed *witnessed, uint32_t wanted,
    int64_t now_us, struct sl_error *err)
{
	const struct sl_witness_statement *ahead = &witnessed->ahead;
	char at[SL_TIME_TEXT_MAX], now[SL_TIME_TEXT_MAX];

	if (ahead->witness == NULL)
		return sl_error_code(err, SL_ERR_INTEGRITY, "unwitnessed",
		    "the checkpoint is witnessed by %zu of the %u that the "
		    "trust file demands",
		    witnessed->count, wanted);
	sl_time_format(at, ahead->at_us);
	sl_time_format(now, now_us);
	return sl_error_code(err, SL_ERR_INTEGRITY, "future",
	    "witness %s says %s, and it is %s here: one of the two clocks is "
	    "wrong",
	    ahead->witness->name, at, now);
}

enum sl_status
sl_freshness_read(struct sl_freshness *out, const struct sl_trust *trust,
    const struct sl_note *note, int64_t now_us, struct sl_error *err)
{
	struct sl_witnessed witnessed;
	const struct sl_witness_statement *last;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	if (trust->witness_threshold == 0)
		return SL_OK;
	status = sl_witnessed_read(&witnessed, trust, note, now_us, err);
	if (status != SL_OK)
		return status;
	if (witnessed.count < trust->witness_threshold)
		return refuse_few(
		    &witnessed, trust->witness_threshold, now_us, err);
	last = &witnessed.all[trust->witness_threshold - 1];
	out->has_time = true;
	out->at_us = last->at_us;
	snprintf(out->witness, sizeof(out->witness), "%s", last->witness->name);
	return SL_OK;
}

/* "40 seconds", "26 hours", "3 days": for people. */
static void
show_age(char out[32], int64_t us)
{
	int64_t minutes = us / 60000000;

	if (minutes < 2)
		snprintf(out, 32, "%" PRId64 " seconds", us / 1000000);
	else if (minutes < 120)
		snprintf(out, 32, "%" PRId64 " minutes", minutes);
	else if (minutes < (int64_t)48 * 60)
		snprintf(out, 32, "%" PRId64 " hours", minutes / 60);
	else
		snprintf(out, 32, "%" PRId64 " days", minutes / 1440);
}

enum sl_status
sl_freshness_check(const struct sl_freshness *freshness,
    const struct sl_freshness_rule *rule, struct sl_error *err)
{
	uint64_t max_ms = rule->max_age_ms == 0 ? SL_FRESHNESS_AGE_DEFAULT_MS
	                                        : rule->max_age_ms;
	int64_t age_us = rule->now_us - freshness->at_us;
	char at[SL_TIME_TEXT_MAX];
	char age[32], max[32];

	if (!freshness->has_time)
		return SL_OK;
	sl_time_format(at, freshness->at_us);
	if (age_us < 0 || (uint64_t)age_us / 1000 <= max_ms)
		return SL_OK;
	if (max_ms > (uint64_t)INT64_MAX / 1000)
		max_ms = (uint64_t)INT64_MAX / 1000;
	show_age(age, age_us);
	show_age(max, (int64_t)(max_ms * 1000));
	return sl_error_code(err, SL_ERR_INTEGRITY, "freeze",
	    "that this is the newest checkpoint was last said %s ago, at %s, "
	    "by witness %s; what is older than %s may hide newer batches "
	    "(--max-age)",
	    age, at, freshness->witness, max);
}
