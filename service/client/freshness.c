#include "freshness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/clock.h"

/* What a time in a note can be in microseconds. */
#define SECONDS_MAX ((uint64_t)INT64_MAX / 1000000)

struct statement {
	int64_t at_us;
	const struct sl_trust_key *witness;
};

/* Newest first. */
static void
insert(struct statement *all, size_t count, const struct statement *one)
{
	size_t at = count;

	while (at > 0 && all[at - 1].at_us < one->at_us) {
		all[at] = all[at - 1];
		at--;
	}
	all[at] = *one;
}

/* Where is the witness already?  Two keys under one name, or one key under two
 * names, are one. */
static size_t
find_witness(const struct statement *all, size_t count,
    const struct sl_trust_key *witness)
{
	size_t at = 0;

	while (at < count &&
	    strcmp(all[at].witness->name, witness->name) != 0 &&
	    memcmp(all[at].witness->key.bytes, witness->key.bytes,
	        SL_KEY_BYTES) != 0)
		at++;
	return at;
}

static void
take(struct statement *all, size_t *count, const struct statement *one)
{
	size_t at = find_witness(all, *count, one->witness);

	if (at < *count && all[at].at_us >= one->at_us)
		return;
	if (at < *count)
		memmove(&all[at], &all[at + 1], (--*count - at) * sizeof(*all));
	insert(all, (*count)++, one);
}

/* Each witness counts once, by its newest line. */
static enum sl_status
collect(struct statement *all, size_t *count, const struct sl_trust *trust,
    const struct sl_note *note, struct sl_error *err)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];
	size_t key_count = sl_trust_live_keys(keys, trust, SL_TRUST_WITNESS);

	*count = 0;
	for (size_t i = 0; i < key_count; i++) {
		struct statement one = {.witness = keys[i]};
		uint64_t time_s;
		enum sl_status status = sl_note_check_cosignature(
		    &time_s, note, keys[i]->name, &keys[i]->key);

		if (status == SL_ERR_NOT_FOUND)
			continue;
		if (status != SL_OK || time_s > SECONDS_MAX)
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "bad_signature",
			    "the checkpoint's line of witness %s is not signed "
			    "by it: one of them was changed",
			    keys[i]->name);
		one.at_us = (int64_t)(time_s * 1000000);
		take(all, count, &one);
	}
	return SL_OK;
}

enum sl_status
sl_freshness_read(struct sl_freshness *out, const struct sl_trust *trust,
    const struct sl_note *note, struct sl_error *err)
{
	struct statement all[SL_TRUST_KEYS_MAX];
	const struct statement *last;
	size_t count;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	if (trust->witness_threshold == 0)
		return SL_OK;
	status = collect(all, &count, trust, note, err);
	if (status != SL_OK)
		return status;
	if (count < trust->witness_threshold)
		return sl_error_code(err, SL_ERR_INTEGRITY, "unwitnessed",
		    "the checkpoint is witnessed by %zu of the %u that the "
		    "trust file demands",
		    count, trust->witness_threshold);
	last = &all[trust->witness_threshold - 1];
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
	char at[SL_TIME_TEXT_MAX], now[SL_TIME_TEXT_MAX];
	char age[32], max[32];

	if (!freshness->has_time)
		return SL_OK;
	sl_time_format(at, freshness->at_us);
	sl_time_format(now, rule->now_us);
	if (age_us < -(int64_t)SL_FRESHNESS_AHEAD_MS * 1000)
		return sl_error_code(err, SL_ERR_INTEGRITY, "future",
		    "witness %s says %s, and it is %s here: one of the two "
		    "clocks is wrong",
		    freshness->witness, at, now);
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
