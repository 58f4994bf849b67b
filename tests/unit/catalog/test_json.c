#include "sluice/catalog/json.h"

#include <stdlib.h>

#include "suites.h"

static enum sl_status
parse(json_t **out, const char *text)
{
	struct sl_error err = {0};

	return sl_json_parse(out, sl_slice_text(text), 1000000, &err);
}

START_TEST(what_two_readers_could_read_differently_is_refused)
{
	static const char *const bad[] = {"", "{", "{}x", "{} {}", "1", "\"a\"",
	    "null", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}",
	    "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":-Infinity}",
	    "{\"a\":1e999}", "{\"a\":99999999999999999999}", "{\"a\":01}",
	    "{\"a\":+1}", "{\"a\":.5}", "{'a':1}", "{\"a\":1,}", "[1,]",
	    "{\"a\":\"\x80\"}", "{\"a\":\"\xc0\xaf\"}",
	    "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf5\x80\x80\x80\"}",
	    "{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}",
	    "{\"a\\u0000b\":1}", "\xef\xbb\xbf{}", "// x\n{}", "{\"a\":tru}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *value;

		ck_assert_msg(parse(&value, bad[i]) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
		ck_assert_ptr_null(value);
	}
}
END_TEST

START_TEST(a_nul_anywhere_is_refused)
{
	json_t *value;
	struct sl_error err = {0};

	ck_assert(sl_json_parse(&value, sl_slice_of("{}\0", 3), 100, &err) ==
	    SL_ERR_INVALID);
	ck_assert(sl_json_parse(&value, sl_slice_of("{\"a\":\"\0\"}", 9), 100,
	              &err) == SL_ERR_INVALID);
	ck_assert(sl_json_parse(&value, sl_slice_of(NULL, 0), 1, &err) ==
	    SL_ERR_INVALID);
}
END_TEST

START_TEST(depth_values_and_bytes_are_limited)
{
	char deep[2 * SL_JSON_DEPTH_MAX + 3] = "";
	size_t size = (size_t)SL_JSON_VALUES_MAX * 2 + 2;
	char *many = malloc(size);
	json_t *value;
	struct sl_error err = {0};

	memset(deep, '[', SL_JSON_DEPTH_MAX + 1);
	memset(deep + SL_JSON_DEPTH_MAX + 1, ']', SL_JSON_DEPTH_MAX + 1);
	ck_assert(parse(&value, deep) == SL_ERR_LIMIT);
	memset(deep, 0, sizeof(deep));
	memset(deep, '[', SL_JSON_DEPTH_MAX);
	memset(deep + SL_JSON_DEPTH_MAX, ']', SL_JSON_DEPTH_MAX);
	ck_assert(parse(&value, deep) == SL_OK);
	json_decref(value);
	ck_assert(
	    parse(&value, "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"]") ==
	    SL_OK);
	json_decref(value);

	ck_assert_ptr_nonnull(many);
	for (size_t i = 0; i < size; i += 2) {
		many[i] = '0';
		many[i + 1] = ',';
	}
	many[0] = '[';
	ck_assert(sl_json_parse(&value, sl_slice_of(many, size), size, &err) ==
	    SL_ERR_LIMIT);
	free(many);
	ck_assert(sl_json_parse(&value, sl_slice_text("[1]"), 2, &err) ==
	    SL_ERR_LIMIT);
}
END_TEST

START_TEST(a_getter_names_the_key)
{
	json_t *value;
	uint64_t number;
	bool flag;
	bool present;
	const char *text;
	struct sl_uuid uuid;
	int64_t time;
	unsigned char hash[2];
	struct sl_error err = {0};

	ck_assert(parse(&value,
	              "{\"n\":-1,\"big\":256,\"t\":\"x\",\"z\":null,"
	              "\"r\":1.0,\"h\":\"00FF\"}") == SL_OK);
	ck_assert(
	    sl_json_need_u64(&number, value, "n", 9, &err) == SL_ERR_INVALID);
	ck_assert(
	    sl_json_need_u64(&number, value, "r", 9, &err) == SL_ERR_INVALID);
	ck_assert(sl_json_need_u64(&number, value, "big", 255, &err) ==
	    SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "\"big\""));
	ck_assert(sl_json_need_text(&text, value, "z", &err) == SL_ERR_INVALID);
	ck_assert(
	    sl_json_need_text(&text, value, "no", &err) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "\"no\""));
	ck_assert(sl_json_need_bool(&flag, value, "t", &err) == SL_ERR_INVALID);
	ck_assert(sl_json_need_uuid(&uuid, value, "t", &err) == SL_ERR_INVALID);
	ck_assert(sl_json_need_time(&time, value, "t", &err) == SL_ERR_INVALID);
	ck_assert(
	    sl_json_need_hex(hash, 2, value, "h", &err) == SL_ERR_INVALID);
	ck_assert(sl_json_maybe_text(&text, value, "z", &err) == SL_OK);
	ck_assert_ptr_null(text);
	ck_assert(sl_json_maybe_u64(&present, &number, value, "no", 9, &err) ==
	    SL_OK);
	ck_assert(!present);
	ck_assert(sl_json_maybe_u64(&present, &number, value, "t", 9, &err) ==
	    SL_ERR_INVALID);
	json_decref(value);
}
END_TEST

START_TEST(unknown_keys_and_versions_are_refused)
{
	static const char *const keys[] = {"version", "a", NULL};
	json_t *value;
	struct sl_error err = {0};

	ck_assert(parse(&value, "{\"version\":2,\"a\":1,\"b\":1}") == SL_OK);
	ck_assert(sl_json_only_keys(value, keys, &err) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "\"b\""));
	ck_assert(sl_json_need_version(value, 1, &err) == SL_ERR_INVALID);
	ck_assert(sl_json_need_version(value, 2, &err) == SL_OK);
	json_object_del(value, "b");
	ck_assert(sl_json_only_keys(value, keys, &err) == SL_OK);
	json_decref(value);
	ck_assert(parse(&value, "[]") == SL_OK);
	ck_assert(sl_json_only_keys(value, keys, &err) == SL_ERR_INVALID);
	json_decref(value);
}
END_TEST

START_TEST(output_is_compact_and_in_order)
{
	struct sl_buf buf;
	json_t *value;

	sl_buf_init(&buf, 1000);
	ck_assert(parse(&value, " { \"b\" : [1, 2.5] , \"a\" : \"\\n/\" } ") ==
	    SL_OK);
	ck_assert(sl_json_dump(&buf, value) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "{\"b\":[1,2.5],\"a\":\"\\n/\"}");
	sl_buf_reset(&buf);
	ck_assert(sl_json_dump_canonical(&buf, value) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "{\"a\":\"\\n/\",\"b\":[1,2.5]}");
	json_decref(value);
	sl_buf_reset(&buf);
	ck_assert(
	    sl_json_append_string(&buf, sl_slice_of("a\"\\\x01", 4)) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "\"a\\\"\\\\\\u0001\"");
	ck_assert(sl_json_append_string(&buf, sl_slice_text("\xff")) ==
	    SL_ERR_INVALID);
	sl_buf_clear(&buf);
	sl_buf_init(&buf, 3);
	ck_assert(
	    sl_json_append_string(&buf, sl_slice_text("long")) == SL_ERR_LIMIT);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_text_is_what_can_be_read_again)
{
	struct sl_error err = {0};
	json_t *text;

	ck_assert(sl_json_text(&text, sl_slice_of("a\0b", 3), &err) ==
	    SL_ERR_INVALID);
	ck_assert_ptr_null(text);
	ck_assert_str_eq(err.text, "a text with a NUL");
	ck_assert(
	    sl_json_text(&text, sl_slice_text("\xc3"), &err) == SL_ERR_INVALID);
	ck_assert_str_eq(err.text, "a text that is not UTF-8");
	ck_assert(sl_json_text(&text, sl_slice_text(NULL), &err) == SL_OK);
	ck_assert_str_eq(json_string_value(text), "");
	json_decref(text);
	ck_assert(
	    sl_json_text(&text, sl_slice_text("\xc3\xa9"), &err) == SL_OK);
	ck_assert_str_eq(json_string_value(text), "\xc3\xa9");
	json_decref(text);
}
END_TEST

TCase *
json_cases(void)
{
	TCase *tc = tcase_create("json");

	tcase_add_test(tc, what_two_readers_could_read_differently_is_refused);
	tcase_add_test(tc, a_nul_anywhere_is_refused);
	tcase_add_test(tc, depth_values_and_bytes_are_limited);
	tcase_add_test(tc, a_getter_names_the_key);
	tcase_add_test(tc, unknown_keys_and_versions_are_refused);
	tcase_add_test(tc, output_is_compact_and_in_order);
	tcase_add_test(tc, a_text_is_what_can_be_read_again);
	return tc;
}
