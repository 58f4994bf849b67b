/* What the server asks on behalf of a customer's account. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sluice/store/acceptance.h"
#include "sluice/store/receipt.h"
#include "sluice/store/release.h"
#include "sluice/store/request.h"
#include "sluice/store/token.h"

#include "../../support/cluster.h"
#include "server.h"
#include "suites.h"

static void
fails(enum sl_status status, enum sl_status wanted, const char *code)
{
	ck_assert_int_eq(status, wanted);
	ck_assert_str_eq(server.words.code, code);
}

START_TEST(a_text_is_read_and_accepted)
{
	struct sl_uuid licence = world_licence("{}");
	struct sl_acceptance_new acceptance = {.customer = server.acme,
	    .licence = licence,
	    .sha256 = "00",
	    .person = "Ann"};

	fails(server_reply(sl_store_licence_text(server.db, &server.acme,
	          &licence, server_on_json, NULL, &server.err)),
	    SL_ERR_NOT_FOUND, "terms_text_not_found");
	fails(server_reply(sl_store_licence_text(server.db, &server.other,
	          &licence, server_on_json, NULL, &server.err)),
	    SL_ERR_NOT_FOUND, "licence_not_found");
	fails(server_reply(sl_store_licence_accept(
	          server.db, &acceptance, server_on_json, NULL, &server.err)),
	    SL_ERR_NOT_FOUND, "terms_text_not_found");
}
END_TEST

/* One that says that nothing was charged. */
static void
format_receipt(char *out, size_t size, const struct sl_uuid *licence)
{
	char id[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(id, licence);
	(void)snprintf(out, size,
	    "{\"version\":1,\"type\":\"receipt\",\"customer\":\"acme\","
	    "\"licence\":\"%s\",\"dataset\":\"kitting\",\"seq\":1,"
	    "\"ledger\":{\"number\":0,\"head\":\"%064d\"},"
	    "\"segments\":{\"verified\":0,\"bytes\":0},\"retractions\":[],"
	    "\"deletions\":[],\"at\":\"2026-11-21T01:15:00Z\"}\n",
	    id, 0);
}

START_TEST(a_receipt_needs_a_registered_key)
{
	struct sl_uuid licence = world_licence("{}");
	struct sl_receipt_new receipt = {.customer = server.acme};
	char key[64];
	char text[512];

	(void)snprintf(key, sizeof(key), "%s",
	    cluster_value(WORLD, "SELECT t.public_key('C')"));
	receipt.public_key = key;
	format_receipt(text, sizeof(text), &licence);
	receipt.text = sl_slice_text(text);
	receipt.minisig = sl_slice_text("signature");
	fails(server_reply(sl_store_receipt_add(
	          server.db, &receipt, server_on_json, NULL, &server.err)),
	    SL_ERR_NOT_FOUND, "key_not_found");
	ck_assert_int_eq(
	    server_reply(sl_store_customer_key_add(server.db, &server.acme, key,
	        server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_int_eq(server_reply(sl_store_customer_keys(server.db,
	                     &server.acme, server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_ge(json_array_size(server.value), 1);
	ck_assert_int_eq(server_reply(sl_store_receipt_add(server.db, &receipt,
	                     server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert(json_is_true(json_object_get(server.value, "on_chain")));
	ck_assert_int_eq(
	    server_reply(sl_store_customer_receipts(server.db, &server.acme,
	        &licence, server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(server.value, "receipts")), 1);
}
END_TEST

START_TEST(a_request_is_made_and_listed)
{
	struct sl_access_request request = {.customer = server.other,
	    .kind = "access",
	    .dataset = "kitting",
	    .purpose = "research",
	    .message = "please"};

	ck_assert_int_eq(server_reply(sl_store_request_add(server.db, &request,
	                     server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_str_eq(world_text(server.value, "status"), "open");
	ck_assert_int_eq(server_reply(sl_store_customer_requests(server.db,
	                     &server.other, server_on_json, NULL, &server.err)),
	    SL_OK);
	request.dataset = "nothing";
	fails(server_reply(sl_store_request_add(
	          server.db, &request, server_on_json, NULL, &server.err)),
	    SL_ERR_NOT_FOUND, "not_found");
}
END_TEST

START_TEST(an_activation_works_once_for_each_nonce)
{
	struct sl_activation_redeem redeem = {.tail = "xyz"};

	memset(redeem.code_mac, 'k', sizeof(redeem.code_mac));
	memset(redeem.token_mac, 'l', sizeof(redeem.token_mac));
	fails(server_reply(sl_store_activation_redeem(
	          server.db, &redeem, server_on_json, NULL, &server.err)),
	    SL_ERR_NOT_FOUND, "activation_not_found");
	cluster_sql(WORLD,
	    "SELECT sluice.activation_add('acme', NULL, 'once', "
	    "convert_to(repeat('k', 32), 'UTF8'), 7, NULL, NULL, 'test')");
	ck_assert_int_eq(server_reply(sl_store_activation_redeem(server.db,
	                     &redeem, server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert(json_is_array(json_object_get(server.value, "billing")));
	memset(redeem.token_mac, 'm', sizeof(redeem.token_mac));
	fails(server_reply(sl_store_activation_redeem(
	          server.db, &redeem, server_on_json, NULL, &server.err)),
	    SL_ERR_STATE, "activation_used");
	cluster_sql(WORLD,
	    "SELECT sluice.activation_add('acme', NULL, 'again', "
	    "convert_to(repeat('n', 32), 'UTF8'), 7, NULL, NULL, 'test')");
	memset(redeem.code_mac, 'n', sizeof(redeem.code_mac));
	memset(redeem.nonce_mac, 'o', sizeof(redeem.nonce_mac));
	redeem.has_nonce = true;
	for (int token = 'p'; token < 's'; token++) {
		memset(redeem.token_mac, token, sizeof(redeem.token_mac));
		ck_assert_int_eq(
		    server_reply(sl_store_activation_redeem(
		        server.db, &redeem, server_on_json, NULL, &server.err)),
		    SL_OK);
	}
}
END_TEST

START_TEST(a_tick_is_nothing_when_nothing_is_due)
{
	ck_assert_int_eq(server_reply(sl_store_tick(
	                     server.db, server_on_done, NULL, &server.err)),
	    SL_OK);
}
END_TEST

Suite *
account_suite(void)
{
	Suite *suite = suite_create("account");
	TCase *tests = tcase_create("account");

	tcase_add_checked_fixture(tests, server_setup, server_teardown);
	tcase_add_test(tests, a_text_is_read_and_accepted);
	tcase_add_test(tests, a_receipt_needs_a_registered_key);
	tcase_add_test(tests, a_request_is_made_and_listed);
	tcase_add_test(tests, an_activation_works_once_for_each_nonce);
	tcase_add_test(tests, a_tick_is_nothing_when_nothing_is_due);
	suite_add_tcase(suite, tests);
	return suite;
}
