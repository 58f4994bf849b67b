#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/db/db.h"
#include "sluice/store/audit.h"
#include "sluice/store/customer.h"
#include "sluice/store/dataset.h"
#include "sluice/store/lease.h"
#include "sluice/store/licence.h"
#include "sluice/store/licence_admin.h"
#include "sluice/store/publisher.h"
#include "sluice/store/setting.h"
#include "sluice/store/token.h"
#include "sluice/store/usage.h"
#include "suites.h"

static struct sl_db *db;
static struct sl_error err;
static json_t *value;

static void
setup(void)
{
	memset(&err, 0, sizeof(err));
	value = NULL;
	db = world_connect("test_admin");
}

static void
teardown(void)
{
	json_decref(value);
	sl_db_close(db);
}

/* Drop the last answer; the call must have gone well. */
static void
ok(enum sl_status status)
{
	ck_assert_msg(status == SL_OK, "%s", err.text);
}

static void
forget(void)
{
	json_decref(value);
	value = NULL;
}

static json_t *
terms(void)
{
	json_t *made;

	made = json_loads(
	    cluster_value(WORLD, "SELECT t.terms('kitting')"), 0, NULL);
	ck_assert_ptr_nonnull(made);
	return made;
}

static enum sl_status
grant(const json_t *wanted, const char *reason)
{
	return sl_store_licence_grant(&value, db,
	    &(struct sl_licence_new){.customer = "acme",
	        .dataset = "kitting",
	        .terms = wanted,
	        .reason = reason},
	    &err);
}

START_TEST(customers_are_added_once_listed_and_shown)
{
	ok(sl_store_customer_add(
	    &value, db, "globex", "Globex", "g@example.org", "new", &err));
	ck_assert_str_eq(world_text(value, "name"), "globex");
	forget();
	ck_assert_int_eq(sl_store_customer_add(
	                     &value, db, "globex", NULL, NULL, "again", &err),
	    SL_ERR_EXISTS);
	ck_assert_str_eq(err.code, "customer_exists");
	ck_assert_int_eq(
	    sl_store_customer_add(&value, db, "No Slug", NULL, NULL, "x", &err),
	    SL_ERR_INVALID);
	ok(sl_store_customer_list(&value, db, &err));
	ck_assert_uint_ge(json_array_size(value), 3);
	forget();
	ok(sl_store_customer_show(&value, db, "globex", &err));
	ck_assert(json_is_array(json_object_get(value, "licences")));
	forget();
	ck_assert_int_eq(sl_store_customer_show(&value, db, "nobody", &err),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.code, "customer_not_found");
}
END_TEST

START_TEST(a_licence_goes_through_its_life)
{
	json_t *wanted = terms();
	char id[64];

	ck_assert_int_eq(grant(wanted, " "), SL_ERR_INVALID);
	ck_assert_str_eq(err.code, "reason_required");
	ok(grant(wanted, "order 7"));
	(void)snprintf(id, sizeof(id), "%s", world_text(value, "id"));
	forget();
	json_object_set_new(
	    json_object_get(wanted, "quota"), "episodes", json_integer(9));
	ok(sl_store_licence_amend(&value, db,
	    &(struct sl_licence_change){
	        .licence = id, .terms = wanted, .version = 1, .reason = "more"},
	    &err));
	ck_assert_int_eq(
	    json_integer_value(json_object_get(value, "version")), 2);
	forget();
	ok(sl_store_licence_set_status(
	    &value, db, id, "suspended", "unpaid", &err));
	ck_assert_str_eq(world_text(value, "status"), "suspended");
	forget();
	ok(sl_store_licence_set_status(&value, db, id, "active", "paid", &err));
	forget();
	ok(sl_store_licence_set_status(
	    &value, db, id, "revoked", "breach", &err));
	forget();
	ck_assert_int_eq(sl_store_licence_set_status(
	                     &value, db, id, "active", "please", &err),
	    SL_ERR_STATE);
	ck_assert_str_eq(err.code, "licence_revoked");
	ok(sl_store_licence_show(&value, db, id, &err));
	ck_assert_uint_eq(
	    json_array_size(json_object_get(value, "versions")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(value, "events")), 4);
	forget();
	ok(sl_store_licence_list(&value, db, "acme", NULL, &err));
	ck_assert_uint_ge(json_array_size(value), 1);
	json_decref(wanted);
}
END_TEST

START_TEST(terms_that_sql_cannot_read_are_refused)
{
	json_t *bad =
	    json_pack("{s:i,s:s}", "version", 1, "dataset", "kitting");

	ck_assert_int_eq(grant(bad, "x"), SL_ERR_INVALID);
	ck_assert_str_eq(err.code, "bad_terms");
	json_decref(bad);
}
END_TEST

START_TEST(tokens_are_issued_two_at_a_time_listed_and_revoked)
{
	struct sl_token_new token = {
	    .customer = "other", .name = "ci", .tail = "abc", .reason = "x"};
	char id[64] = "";

	memset(token.mac, 1, sizeof(token.mac));
	ok(sl_store_token_issue(&value, db, &token, &err));
	(void)snprintf(id, sizeof(id), "%s", world_text(value, "id"));
	forget();
	memset(token.mac, 2, sizeof(token.mac));
	ok(sl_store_token_issue(&value, db, &token, &err));
	forget();
	memset(token.mac, 3, sizeof(token.mac));
	ck_assert_int_eq(
	    sl_store_token_issue(&value, db, &token, &err), SL_ERR_LIMIT);
	ck_assert_str_eq(err.code, "token_limit");
	ok(sl_store_token_revoke(&value, db, id, "rotation", &err));
	ck_assert_str_eq(world_text(value, "status"), "revoked");
	forget();
	ok(sl_store_token_issue(&value, db, &token, &err));
	forget();
	ok(sl_store_token_list(&value, db, "other", &err));
	ck_assert_uint_eq(json_array_size(value), 3);
}
END_TEST

START_TEST(publishers_keys_settings_and_reports_are_there)
{
	const struct sl_audit_search search = {.limit = 5};

	ok(sl_store_publisher_list(&value, db, &err));
	ck_assert_uint_eq(json_array_size(value), 2);
	forget();
	ck_assert_int_eq(sl_store_publisher_add(
	                     &value, db, "lab", NULL, "nobody", "x", &err),
	    SL_ERR_EXISTS);
	ok(sl_store_usage_report(&value, db, "acme", "kitting", NULL, &err));
	ck_assert(json_is_array(value));
	forget();
	ok(sl_store_session_list(&value, db, &err));
	forget();
	ck_assert_int_eq(sl_store_session_kick(&value, db, "nobody", "x", &err),
	    SL_ERR_NOT_FOUND);
	ok(sl_store_status(&value, db, &err));
	ck_assert_str_eq(world_text(value, "fsync"), "on");
	forget();
	ok(sl_store_setting_set(
	    &value, db, "tokens_per_name", "2", "as it was", &err));
	forget();
	ok(sl_store_setting_list(&value, db, &err));
	ck_assert_uint_eq(json_array_size(value), 2);
	forget();
	ok(sl_store_dataset_list(&value, db, &err));
	ck_assert_uint_ge(json_array_size(value), 1);
	forget();
	ok(sl_store_audit_list(&value, db, &search, &err));
	ck_assert_uint_eq(json_array_size(value), 5);
	ck_assert_str_eq(
	    world_text(json_array_get(value, 0), "actor"), "test_admin");
	forget();
	ck_assert_int_eq(
	    sl_store_audit_list(&value, db,
	        &(struct sl_audit_search){.customer = "nobody"}, &err),
	    SL_ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_key_is_revoked_with_a_reason)
{
	ck_assert_int_eq(
	    sl_store_key_revoke(&value, db, "RWnone", "lost", &err),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.code, "key_not_found");
}
END_TEST

Suite *
admin_suite(void)
{
	Suite *suite = suite_create("admin");
	TCase *tests = tcase_create("admin");

	tcase_set_timeout(tests, 40);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, customers_are_added_once_listed_and_shown);
	tcase_add_test(tests, a_licence_goes_through_its_life);
	tcase_add_test(tests, terms_that_sql_cannot_read_are_refused);
	tcase_add_test(
	    tests, tokens_are_issued_two_at_a_time_listed_and_revoked);
	tcase_add_test(tests, publishers_keys_settings_and_reports_are_there);
	tcase_add_test(tests, a_key_is_revoked_with_a_reason);
	suite_add_tcase(suite, tests);
	return suite;
}
