/* The admin's calls for policies, agreements, licences, tokens and what else
 * has a file of its own: each reaches its function and brings its answer. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/db/db.h"
#include "sluice/store/acceptance.h"
#include "sluice/store/agreement.h"
#include "sluice/store/audit.h"
#include "sluice/store/customer.h"
#include "sluice/store/licence_admin.h"
#include "sluice/store/notice.h"
#include "sluice/store/policy.h"
#include "sluice/store/publisher.h"
#include "sluice/store/receipt.h"
#include "sluice/store/release.h"
#include "sluice/store/request.h"
#include "sluice/store/token.h"

#include "../../support/cluster.h"
#include "suites.h"

#define DAY_US (86400 * INT64_C(1000000))

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

/* The call went well; drop its answer. */
static void
ok(enum sl_status status)
{
	ck_assert_msg(status == SL_OK, "%s", err.text);
	json_decref(value);
	value = NULL;
}

static void
fails(enum sl_status status, enum sl_status wanted, const char *code)
{
	ck_assert_int_eq(status, wanted);
	ck_assert_str_eq(err.code, code);
}

static json_t *
parsed(const char *sql)
{
	json_t *made = json_loads(cluster_value(WORLD, sql), 0, NULL);

	ck_assert_ptr_nonnull(made);
	return made;
}

START_TEST(customers_are_renamed_and_disabled)
{
	ok(sl_store_customer_add(
	    &value, db, "initech", "Initech", "", "new", &err));
	ok(sl_store_customer_set(&value, db,
	    &(struct sl_customer_change){.customer = "initech",
	        .title = "Initech Inc",
	        .reason = "renamed"},
	    &err));
	ok(sl_store_customer_set_status(
	    &value, db, "initech", "disabled", "unpaid", &err));
	fails(sl_store_customer_set_status(
	          &value, db, "initech", "gone", "x", &err),
	    SL_ERR_INVALID, "bad_status");
}
END_TEST

START_TEST(a_policy_is_set_from_the_version_that_was_read)
{
	json_t *policy =
	    parsed("SELECT policy FROM sluice.policy WHERE name = 'standard'");
	struct sl_policy_change change = {
	    .name = "bronze", .policy = policy, .reason = "new"};

	ok(sl_store_policy_set(&value, db, &change, &err));
	change.version = 7;
	fails(sl_store_policy_set(&value, db, &change, &err), SL_ERR_CONFLICT,
	    "policy_changed");
	ok(sl_store_policy_show(&value, db, "bronze", &err));
	ok(sl_store_policy_list(&value, db, &err));
	ok(sl_store_policy_remove(&value, db, "bronze", "unused", &err));
	fails(sl_store_policy_remove(&value, db, "trial", "x", &err),
	    SL_ERR_STATE, "policy_builtin");
	json_decref(policy);
}
END_TEST

static json_t *
agreement_terms(void)
{
	return parsed("SELECT jsonb_build_object('from', t.time('-1 day'), "
	              "'until', t.time('9 day'), 'currency', 'EUR', 'ceiling', "
	              "'{\"episodes\":9,\"duration_ms\":null,\"bytes\":null,"
	              "\"money_micro\":null}'::jsonb)");
}

START_TEST(an_agreement_goes_through_its_life)
{
	json_t *terms = agreement_terms();
	struct sl_agreement_change change = {.customer = "acme",
	    .name = "life",
	    .terms = terms,
	    .reason = "signed"};

	ok(sl_store_agreement_add(&value, db, &change, &err));
	json_object_set_new(
	    json_object_get(terms, "ceiling"), "episodes", json_integer(10));
	change.version = 1;
	ok(sl_store_agreement_amend(&value, db, &change, &err));
	json_object_set_new(
	    json_object_get(terms, "ceiling"), "episodes", json_integer(11));
	fails(sl_store_agreement_amend(&value, db, &change, &err),
	    SL_ERR_CONFLICT, "agreement_changed");
	ok(sl_store_agreement_list(&value, db, NULL, &err));
	ok(sl_store_agreement_show(&value, db, "acme", "life", &err));
	ok(sl_store_agreement_set_status(&value, db,
	    &(struct sl_agreement_status){.customer = "acme",
	        .name = "life",
	        .status = "ended",
	        .reason = "over"},
	    &err));
	json_decref(terms);
}
END_TEST

START_TEST(a_licence_is_granted_once_renewed_and_exported)
{
	json_t *terms = parsed("SELECT t.terms('kitting')");
	struct sl_licence_new licence = {.customer = "acme",
	    .dataset = "kitting",
	    .terms = terms,
	    .id = "00000000-0000-4000-8000-0000000000aa",
	    .reason = "order"};

	ok(sl_store_licence_grant(&value, db, &licence, &err));
	ok(sl_store_licence_grant(&value, db, &licence, &err));
	ok(sl_store_licence_renew(&value, db,
	    &(struct sl_licence_renew){.licence = licence.id,
	        .until_us = sl_clock_wall_us() + 9 * DAY_US,
	        .version = 1,
	        .reason = "renewal"},
	    &err));
	ok(sl_store_licence_explain_state(&value, db, licence.id, &err));
	ck_assert_int_eq(
	    sl_store_licence_export(&value, db, licence.id, &err), SL_OK);
	ck_assert_str_eq(
	    json_object_iter_key(json_object_iter(value)), "version");
	ck_assert_str_eq(world_text(value, "issuer"), "test_admin");
	ok(SL_OK);
	licence.id = NULL;
	licence.agreement = "none";
	fails(sl_store_licence_grant(&value, db, &licence, &err),
	    SL_ERR_NOT_FOUND, "agreement_not_found");
	json_decref(terms);
}
END_TEST

START_TEST(a_text_is_stored_by_its_hash)
{
	ck_assert_int_eq(sl_store_terms_text_add(
	                     &value, db, sl_slice_text("Be kind."), "v1", &err),
	    SL_OK);
	ck_assert_str_eq(world_text(value, "sha256"),
	    cluster_value(WORLD, "SELECT encode(sha256('Be kind.'), 'hex')"));
	ok(SL_OK);
}
END_TEST

START_TEST(a_token_is_rotated_and_all_are_revoked)
{
	struct sl_token_new token = {.customer = "other",
	    .name = "rotated",
	    .tail = "abc",
	    .reason = "x"};
	struct sl_token_rotate rotate = {
	    .tail = "def", .overlap_s = 60, .reason = "yearly"};
	struct sl_activation_new activation = {
	    .customer = "other", .reason = "new site"};
	char id[64];

	memset(token.mac, 'h', sizeof(token.mac));
	ck_assert_int_eq(sl_store_token_issue(&value, db, &token, &err), SL_OK);
	(void)snprintf(id, sizeof(id), "%s", world_text(value, "id"));
	ok(SL_OK);
	rotate.token = id;
	memset(rotate.mac, 'i', sizeof(rotate.mac));
	ck_assert_int_eq(
	    sl_store_token_rotate(&value, db, &rotate, &err), SL_OK);
	ck_assert_str_eq(world_text(value, "replaces"), id);
	ok(SL_OK);
	memset(activation.code_mac, 'j', sizeof(activation.code_mac));
	ok(sl_store_activation_add(&value, db, &activation, &err));
	ok(sl_store_activation_list(&value, db, "other", &err));
	ok(sl_store_token_revoke_all(&value, db, "other", "leak", &err));
}
END_TEST

START_TEST(what_an_admin_says_of_a_dataset)
{
	json_t *price =
	    parsed("SELECT '{\"currency\":\"EUR\",\"per_episode\":1,"
	           "\"per_hour\":0,\"per_month\":0,\"included\":"
	           "{\"episodes\":0,\"duration_ms\":0},\"cap\":null}'");
	struct sl_notice_new notice = {.dataset = "kitting",
	    .kind = "delay",
	    .text = "late",
	    .reason = "x"};

	ok(sl_store_dataset_set_visibility(
	    &value, db, "kitting", "public", "open", &err));
	ok(sl_store_dataset_set_visibility(
	    &value, db, "kitting", "listed", "back", &err));
	ok(sl_store_price_set(&value, db, "kitting", price, "list", &err));
	ok(sl_store_price_set(&value, db, "kitting", NULL, "none", &err));
	ok(sl_store_notice_add(&value, db, &notice, &err));
	ok(sl_store_notice_list(&value, db, "kitting", &err));
	ok(sl_store_notice_remove(&value, db, "kitting", 1, "done", &err));
	ok(sl_store_recall(&value, db, "kitting", "1", &err));
	ok(sl_store_release_list(&value, db, NULL, &err));
	json_decref(price);
}
END_TEST

START_TEST(logins_keys_requests_and_receipts_are_there)
{
	const char *key = cluster_value(WORLD, "SELECT t.public_key('B')");

	ok(sl_store_publisher_login_add(
	    &value, db, "lab", "test_arms_oslo", "oslo", "site", &err));
	ok(sl_store_publisher_login_remove(
	    &value, db, "lab", "test_arms_oslo", "left", &err));
	ok(sl_store_billing_key_add(&value, db, key, "first", &err));
	ok(sl_store_billing_key_list(&value, db, &err));
	ok(sl_store_billing_key_revoke(&value, db, key, "lost", &err));
	fails(sl_store_customer_key_revoke(&value, db, "RWx", "x", &err),
	    SL_ERR_NOT_FOUND, "key_not_found");
	ok(sl_store_request_list(&value, db, "open", &err));
	fails(sl_store_request_show(&value, db, "x", &err), SL_ERR_NOT_FOUND,
	    "request_not_found");
	fails(sl_store_request_approve(&value, db, "x", NULL, "x", &err),
	    SL_ERR_NOT_FOUND, "request_not_found");
	fails(sl_store_request_reject(&value, db, "x", "x", &err),
	    SL_ERR_NOT_FOUND, "request_not_found");
	ok(sl_store_receipt_list(&value, db, "acme", NULL, &err));
	ck_assert_int_eq(sl_store_audit_verify(&value, db, &err), SL_OK);
	ck_assert(json_is_true(json_object_get(value, "whole")));
}
END_TEST

Suite *
contract_suite(void)
{
	Suite *suite = suite_create("contract");
	TCase *tests = tcase_create("contract");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, customers_are_renamed_and_disabled);
	tcase_add_test(tests, a_policy_is_set_from_the_version_that_was_read);
	tcase_add_test(tests, an_agreement_goes_through_its_life);
	tcase_add_test(tests, a_licence_is_granted_once_renewed_and_exported);
	tcase_add_test(tests, a_text_is_stored_by_its_hash);
	tcase_add_test(tests, a_token_is_rotated_and_all_are_revoked);
	tcase_add_test(tests, what_an_admin_says_of_a_dataset);
	tcase_add_test(tests, logins_keys_requests_and_receipts_are_there);
	suite_add_tcase(suite, tests);
	return suite;
}
