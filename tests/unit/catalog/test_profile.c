#include "sluice/catalog/profile.h"

#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

/* "Ed" and zeros, as minisign writes it. */
#define ROOT "RWQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void
make_profile(struct sl_profile *profile)
{
	sl_profile_init(profile);
	(void)snprintf(profile->endpoint, sizeof(profile->endpoint),
	    "https://localhost:8443");
	sl_token_make(profile->token);
	profile->expires_us = INT64_C(1795223700) * 1000000;
	profile->pin.version = 3;
	profile->pin.threshold = 1;
	profile->pin.key_count = 1;
	ck_assert(sl_verify_key_parse(
	              &profile->pin.keys[0], sl_slice_text(ROOT)) == SL_OK);
	(void)snprintf(
	    profile->billing[0], sizeof(profile->billing[0]), "%.56s", ROOT);
	profile->billing_count = 1;
	profile->ca = strdup("-----BEGIN CERTIFICATE-----\nx\n");
}

START_TEST(a_profile_goes_both_ways)
{
	struct sl_profile profile;
	struct sl_profile again;
	struct sl_error err = {0};
	struct sl_buf buf;

	ck_assert_uint_eq(strlen(ROOT), SL_PROFILE_ROOT_LEN);
	make_profile(&profile);
	sl_profile_init(&again);
	sl_buf_init(&buf, SL_PROFILE_BYTES_MAX);
	ck_assert(sl_profile_format(&buf, &profile) == SL_OK);
	ck_assert_msg(
	    sl_profile_parse(&again, sl_buf_slice(&buf), &err) == SL_OK, "%s",
	    err.text);
	ck_assert_str_eq(again.endpoint, profile.endpoint);
	ck_assert_str_eq(again.token, profile.token);
	ck_assert_uint_eq(again.pin.version, 3);
	ck_assert_uint_eq(again.pin.threshold, 1);
	ck_assert(sl_verify_key_is(&again.pin.keys[0], &profile.pin.keys[0]));
	ck_assert_uint_eq(again.billing_count, 1);
	ck_assert_str_eq(again.billing[0], profile.billing[0]);
	ck_assert_str_eq(again.ca, profile.ca);
	ck_assert_int_eq(again.expires_us, profile.expires_us);
	sl_profile_clear(&profile);
	ck_assert_uint_eq((unsigned char)profile.token[0], 0);
	sl_profile_clear(&again);
	sl_buf_clear(&buf);
}
END_TEST

/* A proper profile with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_profile profile;
	struct sl_buf buf;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	make_profile(&profile);
	sl_buf_init(&buf, SL_PROFILE_BYTES_MAX);
	sl_buf_init(&changed, SL_PROFILE_BYTES_MAX);
	ck_assert(sl_profile_format(&buf, &profile) == SL_OK);
	at = strstr(sl_buf_text(&buf), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, buf.data,
	              (size_t)(at - (const char *)buf.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	status = sl_profile_parse(&profile, sl_buf_slice(&changed), NULL);
	sl_profile_clear(&profile);
	sl_buf_clear(&buf);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(billing_keys_are_keys_and_may_be_left_out)
{
	ck_assert(parse_with("\"billing\":[\"RW", "\"billing\":[\"RX") ==
	    SL_ERR_INVALID);
	ck_assert(
	    parse_with("\"billing\":[", "\"billing\":[7,") == SL_ERR_INVALID);
	ck_assert(parse_with(",\"billing\":[\"" ROOT "\"]", "") == SL_OK);
	ck_assert(parse_with("\"billing\":[\"" ROOT "\"]", "\"billing\":[]") ==
	    SL_OK);
}
END_TEST

START_TEST(the_list_of_publishers_keys_of_before_is_refused_in_words)
{
	struct sl_profile profile;
	struct sl_error err = {0};
	char token[SL_TOKEN_LEN + 1];
	char whole[512];

	sl_token_make(token);
	(void)snprintf(whole, sizeof(whole),
	    "{\"version\":1,\"endpoint\":\"https://x\",\"token\":\"%s\","
	    "\"expires\":\"2026-11-21T01:15:00Z\",\"root\":[\"" ROOT "\"]}",
	    token);
	sl_profile_init(&profile);
	ck_assert(sl_profile_parse(&profile, sl_slice_text(whole), &err) ==
	    SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "new profile"));
}
END_TEST

START_TEST(a_profile_that_trusts_or_reaches_nothing_is_refused)
{
	static const char *const swaps[][2] = {{"https://", "http://"},
	    {"localhost:8443", ""}, {"localhost:8443", "localhost:8443/x"},
	    {"localhost:8443", "user@localhost"},
	    {"localhost:8443", "localhost\\r\\nx"}, {"slc_live_", "slc_live"},
	    {"slc_live_", "slc_test_"}, {"\"RWQ", "\"RWR"}, {"\"RWQ", "\"QWQ"},
	    {"\"" ROOT "\"", ""}, {"\"" ROOT "\"", "1"},
	    {"BEGIN CERTIFICATE", "BEGIN PRIVATE KEY"},
	    {"\"version\":1", "\"version\":3"},
	    {"\"version\":1", "\"version\":1,\"proxy\":\"x\""},
	    {"2026-", "26-"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		enum sl_status status = parse_with(swaps[i][0], swaps[i][1]);

		/* Another key id is another key, and fine. */
		if (strcmp(swaps[i][1], "\"RWR") == 0)
			ck_assert(status == SL_OK);
		else
			ck_assert_msg(status == SL_ERR_INVALID,
			    "'%s' for '%s' was taken", swaps[i][1],
			    swaps[i][0]);
	}
}
END_TEST

TCase *
profile_cases(void)
{
	TCase *tc = tcase_create("profile");

	tcase_add_test(tc, a_profile_goes_both_ways);
	tcase_add_test(tc, billing_keys_are_keys_and_may_be_left_out);
	tcase_add_test(
	    tc, the_list_of_publishers_keys_of_before_is_refused_in_words);
	tcase_add_test(tc, a_profile_that_trusts_or_reaches_nothing_is_refused);
	return tc;
}
