#include "trust_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "sluice/base/base64.h"
#include "sluice/base/clock.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"

#define ROOT_TEXT (SL_BASE64_LEN(SL_LOG_HASH_BYTES) + 1)
/* So long before its end a trust file is worth a warning. */
#define SOON_US (INT64_C(30) * 24 * 3600 * 1000000)

static void
print_freshness(struct sl_run *run, const struct sl_freshness *freshness,
    uint64_t max_age_ms)
{
	int64_t age_us = sl_clock_wall_us() - freshness->at_us;
	uint64_t age_ms = age_us < 0 ? 0 : (uint64_t)age_us / 1000;
	char age[SL_VALUE_SHOW_MAX], at[SL_TIME_TEXT_MAX];

	sl_value_show_duration(age, age_ms);
	sl_time_format(at, freshness->at_us);
	if (age_ms <= max_age_ms)
		sl_run_print(run,
		    "Freshness  %s ago, %s said that nothing newer is in the "
		    "log",
		    age, freshness->witness);
	else
		sl_run_print(run,
		    "Freshness  silence: %s last spoke %s ago, at %s; pull to "
		    "hear more",
		    freshness->witness, age, at);
}

static bool
is_expired(const struct sl_trust_state *trust)
{
	return trust->expires_us <= sl_clock_wall_us();
}

void
trust_print(
    struct sl_run *run, const struct sl_trust_state *trust, uint64_t max_age_ms)
{
	char expires[SL_TIME_TEXT_MAX], root[ROOT_TEXT];

	if (trust->version == 0)
		return;
	sl_time_format(expires, trust->expires_us);
	sl_run_print(run, "Trust      version %" PRIu32 ", %s %s; root %s",
	    trust->version, is_expired(trust) ? "expired" : "expires", expires,
	    trust->fingerprint);
	if (trust->own_version < trust->version)
		sl_run_print(run,
		    "           another mirror here brought it; this one has "
		    "version %" PRIu32 " until its next pull",
		    trust->own_version);
	if (!trust->has_checkpoint)
		return;
	sl_base64_encode(
	    root, trust->checkpoint.tree.root.bytes, SL_LOG_HASH_BYTES);
	sl_run_print(run,
	    "Log        %" PRIu64 " batch%s, epoch %" PRIu32
	    ", root %s; %" PRIu32 " proven",
	    trust->checkpoint.tree.size,
	    trust->checkpoint.tree.size == 1 ? "" : "es",
	    trust->checkpoint.epoch, root, trust->proven);
	if (trust->freshness.has_time)
		print_freshness(run, &trust->freshness, max_age_ms);
	else
		sl_run_print(run, "Freshness  none: the log has no witness");
}

void
trust_warn(struct sl_run *run, const struct sl_trust_state *trust)
{
	int64_t left_us = trust->expires_us - sl_clock_wall_us();
	char left[SL_VALUE_SHOW_MAX];

	if (trust->version == 0)
		return;
	if (trust->has_checkpoint && !trust->freshness.has_time)
		sl_run_warn(run,
		    "freshness: none: the trust file names no witness, so "
		    "nobody says that the server hides nothing newer");
	if (left_us > SOON_US)
		return;
	if (left_us <= 0) {
		char at[SL_TIME_TEXT_MAX];

		sl_time_format(at, trust->expires_us);
		sl_run_warn(run,
		    "trust file %" PRIu32
		    " expired at %s: whether root has revoked a key since is "
		    "not known here; what was accepted before stays good, and "
		    "pulls stop until the provider issues the next one",
		    trust->version, at);
		return;
	}
	sl_value_show_duration(left, (uint64_t)left_us / 1000);
	sl_run_warn(run,
	    "trust file %" PRIu32
	    " expires in %s: pulls stop then unless the provider issues the "
	    "next one",
	    trust->version, left);
}

static json_t *
checkpoint_json(const struct sl_checkpoint *checkpoint)
{
	char root[ROOT_TEXT];

	sl_base64_encode(root, checkpoint->tree.root.bytes, SL_LOG_HASH_BYTES);
	return json_pack("{s:s, s:s, s:I, s:I, s:s}", "origin",
	    checkpoint->origin, "dataset", checkpoint->dataset, "epoch",
	    (json_int_t)checkpoint->epoch, "size",
	    (json_int_t)checkpoint->tree.size, "root", root);
}

json_t *
trust_json(const struct sl_trust_state *trust)
{
	const struct sl_freshness *freshness = &trust->freshness;
	char expires[SL_TIME_TEXT_MAX], at[SL_TIME_TEXT_MAX];
	int64_t age_us = sl_clock_wall_us() - freshness->at_us;

	if (trust->version == 0)
		return json_null();
	sl_time_format(expires, trust->expires_us);
	sl_time_format(at, freshness->at_us);
	return json_pack(
	    "{s:I, s:I, s:s, s:b, s:s, s:I, s:o, s:I, s:s?, s:o, s:s?}",
	    "version", (json_int_t)trust->version, "own_version",
	    (json_int_t)trust->own_version, "expires", expires, "expired",
	    (int)is_expired(trust), "fingerprint", trust->fingerprint, "pinned",
	    (json_int_t)trust->pinned, "checkpoint",
	    trust->has_checkpoint ? checkpoint_json(&trust->checkpoint)
	                          : json_null(),
	    "proven", (json_int_t)trust->proven, "freshness",
	    freshness->has_time ? at : NULL, "freshness_age_s",
	    freshness->has_time ? json_integer(age_us / 1000000) : json_null(),
	    "witness", freshness->has_time ? freshness->witness : NULL);
}

void
trust_print_pin(
    struct sl_run *run, const struct sl_trust_pin *pin, const char *label)
{
	char fingerprint[SL_TRUST_FINGERPRINT_LEN + 1];
	char key[SL_KEY_TEXT_LEN + 1];

	if (sl_trust_pin_fingerprint(fingerprint, pin) != SL_OK)
		return;
	sl_run_print(run,
	    "%s%s (trust file %" PRIu32 ", %" PRIu32 " of %zu keys)", label,
	    fingerprint, pin->version, pin->threshold, pin->key_count);
	for (size_t i = 0; i < pin->key_count; i++) {
		sl_verify_key_format(key, &pin->keys[i]);
		sl_run_print(run, "      %s", key);
	}
}
