#include "sluice/catalog/territory.h"

#include <stdlib.h>

#include "sluice/catalog/field.h"
#include "suites.h"

static struct sl_territory
networks(const char *const texts[])
{
	struct sl_territory territory = {0};

	for (size_t i = 0; texts[i] != NULL; i++)
		ck_assert(sl_territory_add_network(&territory,
		              sl_slice_text(texts[i]), NULL) == SL_OK);
	return territory;
}

START_TEST(addresses_are_in_networks_by_prefix)
{
	static const char *const texts[] = {
	    "2001:db8::/33", "10.1.2.0/25", "192.0.2.7/32", NULL};
	static const char *const in[] = {"10.1.2.0", "10.1.2.127",
	    "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1",
	    "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"};
	static const char *const out[] = {"10.1.2.128", "10.1.1.255",
	    "192.0.2.6", "2001:db8:8000::", "2001:db7:ffff::", "::", "",
	    "localhost", "10.1.2.3:80", "10.1.2.3 ", "::10.1.2.3"};
	struct sl_territory territory = networks(texts);

	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		ck_assert_msg(sl_territory_has_address(&territory, in[i]),
		    "%s is out", in[i]);
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		ck_assert_msg(!sl_territory_has_address(&territory, out[i]),
		    "%s is in", out[i]);
	ck_assert(!sl_territory_has_address(&territory, NULL));
	sl_territory_set_all(&territory);
	ck_assert(sl_territory_has_address(&territory, NULL));
}
END_TEST

START_TEST(nothing_is_allowed_until_it_is_added)
{
	const struct sl_territory nothing = {0};

	ck_assert(!sl_territory_has_address(&nothing, "192.0.2.1"));
	ck_assert(!sl_territory_has_country(&nothing, "DE"));
}
END_TEST

START_TEST(networks_without_a_clean_prefix_are_refused)
{
	static const char *const bad[] = {"", "10.0.0.0", "10.0.0.1/8",
	    "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "/8",
	    "10.0.0/8", "010.0.0.0/8", "2001:db8::1/64", "2001:db8::/129",
	    "fe80::%lo/64", "10.0.0.0/8 ", "::ffff:10.0.0.0/95",
	    "1111111111111111111111111111111111111111111111111111111111/8"};
	struct sl_territory territory = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(
		    sl_territory_add_network(&territory, sl_slice_text(bad[i]),
		        NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	ck_assert_uint_eq(territory.network_count, 0);
}
END_TEST

START_TEST(networks_are_kept_once_up_to_a_maximum)
{
	struct sl_territory territory = {0};
	char text[32];

	for (int i = 0; i < SL_NETWORKS_MAX; i++) {
		(void)snprintf(text, sizeof(text), "10.0.%d.0/24", i);
		for (int twice = 0; twice < 2; twice++)
			ck_assert(sl_territory_add_network(&territory,
			              sl_slice_text(text), NULL) == SL_OK);
	}
	ck_assert_uint_eq(territory.network_count, SL_NETWORKS_MAX);
	ck_assert(sl_territory_add_network(&territory,
	              sl_slice_text("10.1.0.0/24"), NULL) == SL_ERR_INVALID);
	ck_assert(sl_territory_has_address(&territory, "10.0.63.9"));
}
END_TEST

START_TEST(a_territory_is_written_sorted)
{
	static const char *const texts[] = {
	    "2001:db8::/32", "::ffff:10.0.0.0/104", "10.0.0.0/16", NULL};
	struct sl_territory territory = networks(texts);
	json_t *json;
	char *text;

	ck_assert(sl_territory_add_country(
	              &territory, sl_slice_text("FR"), NULL) == SL_OK);
	ck_assert(sl_territory_add_country(
	              &territory, sl_slice_text("AT"), NULL) == SL_OK);
	ck_assert(sl_territory_add_country(
	              &territory, sl_slice_text("ZZ"), NULL) == SL_ERR_INVALID);
	json = sl_territory_to_json(&territory);
	text = json_dumps(json, JSON_COMPACT);
	ck_assert_str_eq(text,
	    "{\"networks\":[\"10.0.0.0/8\",\"10.0.0.0/16\","
	    "\"2001:db8::/32\"],\"countries\":[\"AT\",\"FR\"]}");
	ck_assert(sl_territory_has_country(&territory, "AT"));
	ck_assert(!sl_territory_has_country(&territory, "DE"));
	ck_assert(!sl_territory_has_country(&territory, ""));
	ck_assert(!sl_territory_has_country(&territory, "\xff\xff"));
	free(text);
	json_decref(json);
}
END_TEST

START_TEST(fields_are_words_and_their_list_is_sorted)
{
	static const char *const bad[] = {
	    "a,", ",a", "a,,b", "A", "a b", "*,a", "a/b", "a@b"};
	struct sl_fields fields;
	json_t *json;
	char *text;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_fields_parse(&fields, sl_slice_text(bad[i]),
		                  NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	ck_assert(sl_fields_parse(&fields, sl_slice_text("retail,care,retail"),
	              NULL) == SL_OK);
	json = sl_fields_to_json(&fields);
	text = json_dumps(json, JSON_COMPACT);
	ck_assert_str_eq(text, "[\"care\",\"retail\"]");
	free(text);
	json_decref(json);
	ck_assert(sl_fields_contain(&fields, "care"));
	ck_assert(!sl_fields_contain(&fields, ""));
	ck_assert(!sl_fields_contain(&fields, "car"));
	ck_assert(sl_fields_parse(&fields, sl_slice_text("*"), NULL) == SL_OK);
	ck_assert(sl_fields_contain(&fields, ""));
	ck_assert(sl_fields_parse(&fields, sl_slice_text(""), NULL) == SL_OK);
	ck_assert(!fields.all && fields.count == 0);
}
END_TEST

START_TEST(there_are_at_most_so_many_fields)
{
	struct sl_fields fields = {0};
	char text[8 * (SL_FIELDS_MAX + 1)] = "";

	for (int i = 0; i <= SL_FIELDS_MAX; i++) {
		enum sl_status status;

		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%sf%d", i == 0 ? "" : ",", i);
		status = sl_fields_parse(&fields, sl_slice_text(text), NULL);
		ck_assert(
		    status == (i < SL_FIELDS_MAX ? SL_OK : SL_ERR_INVALID));
	}
	ck_assert_uint_eq(fields.count, SL_FIELDS_MAX);
}
END_TEST

TCase *
territory_cases(void)
{
	TCase *tc = tcase_create("territory");

	tcase_add_test(tc, addresses_are_in_networks_by_prefix);
	tcase_add_test(tc, nothing_is_allowed_until_it_is_added);
	tcase_add_test(tc, networks_without_a_clean_prefix_are_refused);
	tcase_add_test(tc, networks_are_kept_once_up_to_a_maximum);
	tcase_add_test(tc, a_territory_is_written_sorted);
	tcase_add_test(tc, fields_are_words_and_their_list_is_sorted);
	tcase_add_test(tc, there_are_at_most_so_many_fields);
	return tc;
}
