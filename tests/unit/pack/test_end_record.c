#include "sluice/pack/end_record.h"

#include <stdio.h>

#include "suites.h"

static struct sl_buf bytes;
static struct sl_end_record record;
static struct sl_end_record parsed;

static void
set_up(void)
{
	sl_buf_init(&bytes, 1 << 16);
	record = (struct sl_end_record){
	    .status = SL_END_REFUSED,
	    .code = "quota_episodes",
	    .text = "the licence's quota of 100 episodes is used up",
	    .has_position = true,
	    .position_seq = 7,
	    .position_chunk = 131,
	    .has_ledger = true,
	    .ledger_number = 13,
	};
	fill_noise(record.ledger_head, sizeof(record.ledger_head), 5);
}

static void
tear_down(void)
{
	sl_buf_clear(&bytes);
}

static enum sl_status
parse(const char *json)
{
	return sl_end_record_parse(&parsed, sl_slice_text(json), NULL);
}

START_TEST(json_in_any_other_form_is_refused)
{
	static const char *const wrong[] = {
	    "",
	    "{}",
	    "null",
	    /* another version, status, order, spaces, keys */
	    "{\"version\":2,\"status\":\"complete\",\"code\":\"\",\"text\":\"\","
	    "\"position\":null,\"ledger\":null}",
	    "{\"version\":1,\"status\":\"done\",\"code\":\"\",\"text\":\"\","
	    "\"position\":null,\"ledger\":null}",
	    "{\"status\":\"complete\",\"version\":1,\"code\":\"\",\"text\":\"\","
	    "\"position\":null,\"ledger\":null}",
	    "{\"version\":1, \"status\":\"complete\",\"code\":\"\",\"text\":\"\","
	    "\"position\":null,\"ledger\":null}",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\"\","
	    "\"position\":null,\"ledger\":null}\n",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\"\","
	    "\"position\":null,\"ledger\":null,\"x\":1}",
	    /* numbers */
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\"\","
	    "\"position\":{\"seq\":01,\"chunk\":1},\"ledger\":null}",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\"\","
	    "\"position\":{\"seq\":9007199254740992,\"chunk\":1},"
	    "\"ledger\":null}",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\"\","
	    "\"position\":{\"seq\":,\"chunk\":1},\"ledger\":null}",
	    /* strings */
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\""
	    "\xff\",\"position\":null,\"ledger\":null}",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\""
	    "\\u0000\",\"position\":null,\"ledger\":null}",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\""
	    "\\u0041\",\"position\":null,\"ledger\":null}",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\""
	    "\\n\",\"position\":null,\"ledger\":null}",
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\""
	    "a\nb\",\"position\":null,\"ledger\":null}",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(
		    parse(wrong[i]) == SL_ERR_INVALID, "%s", wrong[i]);
	ck_assert(
	    parse("{\"version\":1,\"status\":\"complete\",\"code\":\"\","
	          "\"text\":\"\",\"position\":null,\"ledger\":null}") == SL_OK);
}
END_TEST

START_TEST(text_that_does_not_fit_is_refused)
{
	char json[SL_END_RECORD_JSON_MAX];
	char text[SL_ERROR_TEXT_MAX + 1];

	memset(text, 'x', sizeof(text));
	text[SL_ERROR_TEXT_MAX] = '\0';
	snprintf(json, sizeof(json),
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\"%s"
	    "\",\"position\":null,\"ledger\":null}",
	    text);
	ck_assert(parse(json) == SL_ERR_INVALID);
	text[SL_ERROR_TEXT_MAX - 1] = '\0';
	snprintf(json, sizeof(json),
	    "{\"version\":1,\"status\":\"complete\",\"code\":\"\",\"text\":\"%s"
	    "\",\"position\":null,\"ledger\":null}",
	    text);
	ck_assert(parse(json) == SL_OK);
}
END_TEST

START_TEST(a_frame_that_is_cut_asks_for_more)
{
	size_t used;

	ck_assert(sl_end_record_encode(&bytes, &record) == SL_OK);
	for (size_t len = 0; len < bytes.len; len++)
		ck_assert(
		    sl_end_record_decode(&parsed, sl_slice_of(bytes.data, len),
		        &used, NULL) == SL_ERR_PARTIAL);
	ck_assert(sl_buf_append(&bytes, "more", 4) == SL_OK);
	ck_assert(sl_end_record_decode(
	              &parsed, sl_buf_slice(&bytes), &used, NULL) == SL_OK);
	ck_assert_uint_eq(used, bytes.len - 4);
}
END_TEST

START_TEST(other_frames_and_long_records_are_refused)
{
	size_t used;

	ck_assert(
	    sl_end_record_decode(&parsed, sl_slice_of("\x28\xB5\x2F\xFD", 4),
	        &used, NULL) == SL_ERR_INVALID);
	ck_assert(!sl_end_record_begins(sl_slice_of("\x28\xB5\x2F\xFD", 4)));
	/* Length 4,097. */
	ck_assert(sl_end_record_decode(&parsed,
	              sl_slice_of("\x5E\x2A\x4D\x18\x01\x10\x00\x00", 8), &used,
	              NULL) == SL_ERR_INVALID);
}
END_TEST

START_TEST(every_record_that_can_be_written_is_read_back)
{
	struct sl_buf json;

	for (int status = 0; status < 3; status++) {
		record.status = (enum sl_end_status)status;
		record.has_position = status != 1;
		record.has_ledger = status != 2;
		sl_buf_init(&json, SL_END_RECORD_JSON_MAX);
		ck_assert(sl_end_record_json(&json, &record) == SL_OK);
		ck_assert(sl_end_record_parse(
		              &parsed, sl_buf_slice(&json), NULL) == SL_OK);
		ck_assert_int_eq((int)parsed.status, status);
		ck_assert_str_eq(parsed.code, record.code);
		ck_assert_str_eq(parsed.text, record.text);
		ck_assert(parsed.has_position == record.has_position);
		ck_assert(parsed.has_ledger == record.has_ledger);
		if (record.has_position)
			ck_assert_uint_eq(parsed.position_chunk, 131);
		if (record.has_ledger)
			ck_assert_mem_eq(
			    parsed.ledger_head, record.ledger_head, 32);
		sl_buf_clear(&json);
	}
}
END_TEST

START_TEST(the_worst_text_still_fits)
{
	memset(record.text, '\x01', sizeof(record.text) - 1);
	memset(record.code, '\x01', sizeof(record.code) - 1);
	record.position_seq = record.position_chunk = record.ledger_number =
	    (UINT64_C(1) << 53) - 1;
	ck_assert(sl_end_record_encode(&bytes, &record) == SL_OK);
	ck_assert_uint_le(bytes.len, 8 + SL_END_RECORD_JSON_MAX);
}
END_TEST

START_TEST(text_cut_inside_a_character_does_not_cost_the_record)
{
	snprintf(record.text, sizeof(record.text), "caf\xc3");
	ck_assert(sl_end_record_json(&bytes, &record) == SL_OK);
	ck_assert(
	    sl_end_record_parse(&parsed, sl_buf_slice(&bytes), NULL) == SL_OK);
	ck_assert_str_eq(parsed.text, "caf?");
}
END_TEST

START_TEST(records_are_the_bytes_of_the_first_release)
{
	struct sl_end_record complete = {.status = SL_END_COMPLETE};

	snprintf(record.text, sizeof(record.text),
	    "quote \" backslash \\ tab \t \xc3\xa9");
	ck_assert(sl_end_record_encode(&bytes, &record) == SL_OK);
	assert_golden("end-refused", sl_buf_slice(&bytes));
	sl_buf_reset(&bytes);
	ck_assert(sl_end_record_encode(&bytes, &complete) == SL_OK);
	assert_golden("end-complete", sl_buf_slice(&bytes));
}
END_TEST

TCase *
end_record_cases(void)
{
	TCase *cases = tcase_create("end record");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, json_in_any_other_form_is_refused);
	tcase_add_test(cases, text_that_does_not_fit_is_refused);
	tcase_add_test(cases, a_frame_that_is_cut_asks_for_more);
	tcase_add_test(cases, other_frames_and_long_records_are_refused);
	tcase_add_test(cases, every_record_that_can_be_written_is_read_back);
	tcase_add_test(cases, the_worst_text_still_fits);
	tcase_add_test(
	    cases, text_cut_inside_a_character_does_not_cost_the_record);
	tcase_add_test(cases, records_are_the_bytes_of_the_first_release);
	return cases;
}
