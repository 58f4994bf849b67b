#include <stdio.h>

#include "sluice/session/access.h"
#include "test_session.h"

#define NOW_US (INT64_C(1800000000) * 1000000)

static struct sl_account account;

static struct sl_licence_row
make_row(unsigned char number, const char *dataset, bool is_over)
{
	struct sl_licence_row row = {
	    .version = 1, .state = {.accepted = true}, .dataset = dataset};
	struct sl_terms terms;

	row.id.bytes[15] = number;
	sl_terms_init(&terms);
	snprintf(terms.dataset, sizeof(terms.dataset), "%s", dataset);
	terms.from_us = NOW_US - 2000000;
	terms.until_us = is_over ? NOW_US - 1000000 : NOW_US + 1000000;
	row.terms = sl_terms_to_json(&terms);
	sl_terms_clear(&terms);
	return row;
}

static enum sl_status
pick(struct sl_access *access, const struct sl_licence_row *rows, size_t count,
    const struct sl_uuid *licence, struct sl_error *err)
{
	const struct sl_access_request request = {
	    .account = &account, .dataset = "kitting", .licence = licence};

	sl_access_init(access);
	return sl_access_pick(access, rows, count, &request, NOW_US, err);
}

START_TEST(without_a_licence_nothing_is_allowed)
{
	struct sl_access access;
	struct sl_error err = {0};

	ck_assert_int_eq(pick(&access, NULL, 0, NULL, &err), SL_ERR_DENIED);
	ck_assert_str_eq(err.code, "licence_not_found");
}
END_TEST

START_TEST(the_only_licence_that_allows_is_taken)
{
	struct sl_licence_row rows[] = {
	    make_row(1, "kitting", true), make_row(2, "kitting", false)};
	struct sl_access access;
	struct sl_error err = {0};

	ck_assert_int_eq(pick(&access, rows, 2, NULL, &err), SL_OK);
	ck_assert_int_eq(access.licence.bytes[15], 2);
	ck_assert_int_eq(access.valid_until_us, NOW_US + 1000000);
	sl_access_clear(&access);
	json_decref(rows[0].terms);
	json_decref(rows[1].terms);
}
END_TEST

START_TEST(a_batch_that_is_not_released_does_not_exist)
{
	struct sl_licence_row rows[] = {make_row(1, "kitting", false)};
	struct sl_access_request request = {
	    .account = &account, .dataset = "kitting", .seq = 3};
	struct sl_access access;
	struct sl_error err = {0};

	rows[0].state.released_seq = 2;
	sl_access_init(&access);
	ck_assert_int_eq(
	    sl_access_pick(&access, rows, 1, &request, NOW_US, &err),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.code, "not_found");
	request.seq = 2;
	ck_assert_int_eq(
	    sl_access_pick(&access, rows, 1, &request, NOW_US, &err), SL_OK);
	sl_access_clear(&access);
	json_decref(rows[0].terms);
}
END_TEST

START_TEST(a_purpose_beyond_the_licence_is_refused)
{
	struct sl_licence_row rows[] = {make_row(1, "kitting", false)};
	struct sl_access_request request = {.account = &account,
	    .dataset = "kitting",
	    .purpose = "deploy_model"};
	struct sl_access access;
	struct sl_error err = {0};

	sl_access_init(&access);
	ck_assert_int_eq(
	    sl_access_pick(&access, rows, 1, &request, NOW_US, &err),
	    SL_ERR_DENIED);
	ck_assert_str_eq(err.code, "use_not_granted");
	json_decref(rows[0].terms);
}
END_TEST

START_TEST(two_that_allow_are_ambiguous_unless_one_is_named)
{
	struct sl_licence_row rows[] = {
	    make_row(1, "kitting", false), make_row(2, "kitting", false)};
	struct sl_access access;
	struct sl_error err = {0};

	ck_assert_int_eq(pick(&access, rows, 2, NULL, &err), SL_ERR_CONFLICT);
	ck_assert_str_eq(err.code, "licence_ambiguous");
	ck_assert_int_eq(pick(&access, rows, 2, &rows[0].id, &err), SL_OK);
	ck_assert_int_eq(access.licence.bytes[15], 1);
	sl_access_clear(&access);
	json_decref(rows[0].terms);
	json_decref(rows[1].terms);
}
END_TEST

START_TEST(a_token_of_one_licence_uses_no_other)
{
	struct sl_licence_row rows[] = {
	    make_row(1, "kitting", false), make_row(2, "kitting", false)};
	struct sl_access access;
	struct sl_error err = {0};

	account.has_licence = true;
	account.licence = rows[1].id;
	ck_assert_int_eq(pick(&access, rows, 2, NULL, &err), SL_OK);
	ck_assert_int_eq(access.licence.bytes[15], 2);
	sl_access_clear(&access);
	ck_assert_int_eq(
	    pick(&access, rows, 2, &rows[0].id, &err), SL_ERR_DENIED);
	ck_assert_str_eq(err.code, "licence_not_found");
	json_decref(rows[0].terms);
	json_decref(rows[1].terms);
}
END_TEST

START_TEST(unreadable_terms_allow_nothing)
{
	struct sl_licence_row row = make_row(1, "kitting", false);
	struct sl_access access;
	struct sl_error err = {0};

	json_object_set_new(row.terms, "colour", json_string("red"));
	ck_assert_int_eq(pick(&access, &row, 1, NULL, &err), SL_ERR_DENIED);
	ck_assert_str_eq(err.code, "licence_unreadable");
	json_decref(row.terms);
}
END_TEST

START_TEST(a_suspended_licence_says_why)
{
	struct sl_licence_row row = make_row(1, "kitting", false);
	struct sl_access access;
	struct sl_error err = {0};

	row.state.status = SL_LICENCE_SUSPENDED;
	ck_assert_int_eq(pick(&access, &row, 1, NULL, &err), SL_ERR_DENIED);
	ck_assert_str_eq(err.code, "licence_suspended");
	json_decref(row.terms);
}
END_TEST

Suite *
suite_access(void)
{
	Suite *suite = suite_create("access");
	TCase *tcase = tcase_create("pick");

	tcase_add_test(tcase, without_a_licence_nothing_is_allowed);
	tcase_add_test(tcase, the_only_licence_that_allows_is_taken);
	tcase_add_test(tcase, two_that_allow_are_ambiguous_unless_one_is_named);
	tcase_add_test(tcase, a_token_of_one_licence_uses_no_other);
	tcase_add_test(tcase, a_batch_that_is_not_released_does_not_exist);
	tcase_add_test(tcase, a_purpose_beyond_the_licence_is_refused);
	tcase_add_test(tcase, unreadable_terms_allow_nothing);
	tcase_add_test(tcase, a_suspended_licence_says_why);
	suite_add_tcase(suite, tcase);
	return suite;
}
