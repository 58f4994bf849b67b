#include "state.h"

#include <stdio.h>
#include <string.h>

#include "holdings.h"
#include "journal.h"
#include "problem.h"
#include "suites.h"

/* Any key will do. */
#define PIN                                         \
	"{\"version\":1,\"threshold\":1,\"keys\":[" \
	"\"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"]}"
#define BOOT "sluice-journal/v1 boot=b\n"

START_TEST(a_state_is_read_back_as_it_was)
{
	const struct sl_wish_options options = {.layers = "state,video.wrist",
	    .where = "task=pick",
	    .episodes = "1-7",
	    .max_episodes = 5,
	    .max_bytes = 123456,
	    .purpose = "research/logistics@DE"};
	struct sl_state state, again;
	struct sl_buf text, second;

	sl_state_init(&state);
	sl_state_init(&again);
	snprintf(state.dataset, sizeof(state.dataset), "ur5e-kitting");
	state.seq = 7;
	state.is_complete = true;
	state.pin.version = state.pin.threshold = 1;
	state.pin.key_count = 1;
	ck_assert(
	    sl_verify_key_parse(&state.pin.keys[0],
	        sl_slice_of(strstr(PIN, "RW"), SL_KEY_TEXT_LEN)) == SL_OK);
	ck_assert(sl_wish_change(&state.wish, &options, NULL) == SL_OK);
	ck_assert(sl_multirange_add(&state.wish.deleted, 4, 6) == SL_OK);
	ck_assert(sl_holdings_add(&state.held, 3, 4, 9) == SL_OK);
	ck_assert(sl_holdings_add(&state.held, 1, 0, 0) == SL_OK);
	sl_buf_init(&text, 10000);
	sl_buf_init(&second, 10000);
	ck_assert(sl_state_format(&text, &state) == SL_OK);
	ck_assert(sl_state_parse(&again, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert(sl_wish_is_equal(&state.wish, &again.wish));
	ck_assert(sl_holdings_are_equal(&state.held, &again.held));
	ck_assert(sl_state_format(&second, &again) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&text), sl_buf_text(&second));
	sl_state_clear(&state);
	sl_state_clear(&again);
	sl_buf_clear(&text);
	sl_buf_clear(&second);
}
END_TEST

START_TEST(a_state_of_another_version_is_refused)
{
	static const char *const texts[] = {"", "{}", "[1]",
	    "{\"version\":2,\"dataset\":\"ab\",\"seq\":1,\"complete\":true,"
	    "\"root\":" PIN ",\"request\":{},\"segments\":{}}",
	    "{\"version\":1,\"dataset\":\"ab\",\"seq\":1,\"complete\":true,"
	    "\"root\":" PIN ",\"request\":{},\"segments\":{},\"more\":1}",
	    "{\"version\":1,\"dataset\":\"ab\",\"seq\":1,\"complete\":true,"
	    "\"root\":" PIN ",\"request\":{},\"segments\":{\"x\":\"1\"}}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sl_state state;

		sl_state_init(&state);
		ck_assert(sl_state_parse(
		              &state, sl_slice_text(texts[i]), NULL) != SL_OK);
	}
}
END_TEST

START_TEST(an_option_changes_its_part_of_the_wish_only)
{
	struct sl_wish_options options = {.layers = "state",
	    .max_episodes = UINT64_MAX,
	    .max_bytes = UINT64_MAX};
	struct sl_wish wish;

	sl_wish_init(&wish);
	wish.max_bytes = 99;
	ck_assert(sl_wish_change(&wish, &options, NULL) == SL_OK);
	ck_assert(wish.has_layers);
	ck_assert_uint_eq(wish.max_bytes, 99);
	options.layers = "*";
	ck_assert(sl_wish_change(&wish, &options, NULL) == SL_OK);
	ck_assert(!wish.has_layers);
	sl_wish_clear(&wish);
}
END_TEST

START_TEST(an_empty_option_is_refused_and_changes_nothing)
{
	const struct sl_wish_options options[] = {
	    {.layers = ""}, {.where = ""}, {.episodes = ""}};
	struct sl_wish wish;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		sl_wish_init(&wish);
		ck_assert_int_eq(
		    sl_wish_change(&wish, &options[i], NULL), SL_ERR_INVALID);
		ck_assert(!wish.has_layers && !wish.has_episodes);
		sl_wish_clear(&wish);
	}
}
END_TEST

TCase *
state_cases(void)
{
	TCase *tc = tcase_create("state");

	tcase_add_test(tc, a_state_is_read_back_as_it_was);
	tcase_add_test(tc, a_state_of_another_version_is_refused);
	tcase_add_test(tc, an_option_changes_its_part_of_the_wish_only);
	tcase_add_test(tc, an_empty_option_is_refused_and_changes_nothing);
	return tc;
}

START_TEST(what_is_taken_away_is_gone)
{
	struct sl_holdings a = {0}, b = {0}, rest = {0};

	ck_assert(sl_holdings_add(&a, 1, 0, 9) == SL_OK);
	ck_assert(sl_holdings_add(&a, 2, 0, 3) == SL_OK);
	ck_assert(sl_holdings_add(&b, 1, 2, 4) == SL_OK);
	ck_assert(sl_holdings_add(&b, 2, 0, 7) == SL_OK);
	ck_assert(sl_holdings_subtract(&rest, &a, &b) == SL_OK);
	ck_assert_uint_eq(rest.count, 1);
	ck_assert_uint_eq(sl_holdings_count(&rest), 7);
	ck_assert(sl_holdings_contain(&rest, 1, 1));
	ck_assert(!sl_holdings_contain(&rest, 1, 3));
	sl_holdings_clear(&a);
	sl_holdings_clear(&b);
	sl_holdings_clear(&rest);
}
END_TEST

TCase *
holdings_cases(void)
{
	TCase *tc = tcase_create("holdings");

	tcase_add_test(tc, what_is_taken_away_is_gone);
	return tc;
}

START_TEST(a_journal_cut_anywhere_gives_its_whole_records)
{
	static const char text[] = BOOT "chunk 1 0 d463f1ac\n"
	                                "chunk 1 17 ac10f7f1\n"
	                                "chunk 12 3 e70667e6\n"
	                                "chunk 2 100 362ce14b\n";
	size_t whole = 0;

	for (size_t len = 0; len <= strlen(text); len++) {
		struct sl_holdings chunks = {0};
		char boot[64];

		if (len > strlen(BOOT) && text[len - 1] == '\n')
			whole++;
		ck_assert(sl_journal_replay(&chunks, boot,
		              sl_slice_of(text, len), NULL) == SL_OK);
		ck_assert_uint_eq(sl_holdings_count(&chunks), whole);
		sl_holdings_clear(&chunks);
	}
	ck_assert_uint_eq(whole, 4);
}
END_TEST

START_TEST(nothing_after_a_broken_record_is_believed)
{
	static const char *const broken[] = {"chunk 1\n", "chunk 1 x\n",
	    "chunk -1 2\n", "chunk 1 99999999999\n", "\n", "chunk 1 2 3\n",
	    "chunk  1 2\n", "chunk  1 2 7ae2d9d3\n", "chunk 1 2\n",
	    "chunk 1 3 3a6d9080\n"};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct sl_holdings chunks = {0};
		char text[128], boot[64];

		snprintf(text, sizeof(text),
		    BOOT "chunk 1 5 a4090523\n%schunk 1 6 3d005499\n",
		    broken[i]);
		ck_assert(sl_journal_replay(&chunks, boot, sl_slice_text(text),
		              NULL) == SL_OK);
		ck_assert_uint_eq(sl_holdings_count(&chunks), 1);
		sl_holdings_clear(&chunks);
	}
}
END_TEST

TCase *
journal_cases(void)
{
	TCase *tc = tcase_create("journal");

	tcase_add_test(tc, a_journal_cut_anywhere_gives_its_whole_records);
	tcase_add_test(tc, nothing_after_a_broken_record_is_believed);
	return tc;
}

START_TEST(a_code_says_more_than_the_http_status)
{
	struct sl_error err = {0};

	sl_problem_read(&err, 403,
	    sl_slice_text("{\"title\":\"No\",\"code\":\"quota_bytes\","
	                  "\"detail\":\"Used up.\"}"));
	ck_assert(err.status == SL_ERR_QUOTA);
	ck_assert_str_eq(err.code, "quota_bytes");
	ck_assert_str_eq(err.text, "Used up.");
	sl_problem_read(&err, 401, sl_slice_text("<html>"));
	ck_assert(err.status == SL_ERR_AUTH);
	sl_problem_read(&err, 404, sl_slice_of(NULL, 0));
	ck_assert(err.status == SL_ERR_NOT_FOUND);
	sl_problem_read(
	    &err, 500, sl_slice_text("{\"code\":\"../x\",\"detail\":\"a\"}"));
	ck_assert(err.status == SL_ERR_NETWORK);
	ck_assert_str_eq(err.code, "");
	ck_assert(sl_problem_is_transient(503));
	ck_assert(!sl_problem_is_transient(404));
}
END_TEST

TCase *
problem_cases(void)
{
	TCase *tc = tcase_create("problem");

	tcase_add_test(tc, a_code_says_more_than_the_http_status);
	return tc;
}
