#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../support/cluster.h"
#include "server.h"
#include "sluice/store/event.h"
#include "sluice/store/lease.h"
#include "sluice/store/licence.h"
#include "sluice/store/usage.h"
#include "suites.h"

/* What the reply under test said. */
static struct {
	size_t count;
	struct sl_licence_row licence;
	struct sl_charge charge;
	char covered[64];
	struct sl_quote quote;
	struct sl_lease_row lease;
	char lease_code[64];
	struct sl_event_row event;
	char event_kind[32];
	struct sl_subscription subscription;
	int64_t first_dataset;
} got;

/* ---- licences and charges ---- */

static void
on_licences(void *ctx, enum sl_status status, const struct sl_licence_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0) {
		got.licence = rows[0];
		ck_assert_str_eq(
		    world_text(rows[0].terms, "dataset"), rows[0].dataset);
	}
	server_finish(status, words);
}

START_TEST(licences_come_with_terms_and_use)
{
	struct sl_uuid licence = world_licence("{}");

	ck_assert_int_eq(
	    server_reply(sl_store_licences(server.db, &server.acme,
	        server.dataset, &licence, on_licences, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 1);
	ck_assert(sl_uuid_is(&got.licence.id, &licence));
	ck_assert_int_eq(got.licence.state.status, SL_LICENCE_ACTIVE);
	ck_assert_uint_eq(got.licence.version, 1);
	ck_assert_uint_eq(got.licence.usage.ledger_number, 0);
	ck_assert_int_eq(
	    server_reply(sl_store_licences(server.db, &server.other,
	        server.dataset, &licence, on_licences, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

static void
on_charge(void *ctx, enum sl_status status, const struct sl_charge *charge,
    const struct sl_error *words)
{
	struct sl_buf text;

	(void)ctx;
	if (charge != NULL) {
		got.charge = *charge;
		sl_buf_init(&text, sizeof(got.covered));
		ck_assert_int_eq(
		    sl_multirange_format(&text, &charge->covered), SL_OK);
		memcpy(got.covered, sl_buf_text(&text), text.len + 1);
		sl_buf_clear(&text);
	}
	server_finish(status, words);
}

static enum sl_status
charge(const struct sl_uuid *licence, uint32_t first, uint32_t last)
{
	struct sl_multirange ordinals;
	struct sl_charge_request request = {.licence = *licence,
	    .version = 1,
	    .dataset = server.dataset,
	    .seq = 1,
	    .ordinals = &ordinals,
	    .purpose = "test"};
	enum sl_status status;

	request.delivery = server_lease(licence);
	sl_multirange_init(&ordinals);
	ck_assert_int_eq(sl_multirange_add(&ordinals, first, last), SL_OK);
	status = server_reply(
	    sl_store_charge(server.db, &request, on_charge, NULL, &server.err));
	sl_multirange_clear(&ordinals);
	return status;
}

START_TEST(a_charge_says_what_is_covered_and_the_ledgers_head)
{
	struct sl_uuid licence = world_licence("{\"episodes\":2}");

	ck_assert_int_eq(charge(&licence, 0, 7), SL_OK);
	ck_assert_int_eq(got.charge.outcome, SL_CHARGE_CHARGED);
	ck_assert_str_eq(got.charge.code, "quota_episodes");
	ck_assert_str_eq(got.covered, "0-5");
	ck_assert_uint_eq(got.charge.charged_episodes, 2);
	ck_assert_uint_eq(got.charge.charged_duration_ms, 3000);
	ck_assert_uint_eq(got.charge.charged_bytes, 1320);
	ck_assert_uint_eq(got.charge.usage.ledger_number, 1);
	ck_assert_int_eq(charge(&licence, 0, 5), SL_OK);
	ck_assert_int_eq(got.charge.outcome, SL_CHARGE_HELD);
	ck_assert_str_eq(got.charge.code, "");
	ck_assert_int_eq(charge(&licence, 6, 7), SL_OK);
	ck_assert_int_eq(got.charge.outcome, SL_CHARGE_REFUSED);
	ck_assert_str_eq(got.covered, "");
	ck_assert_int_eq(charge(&licence, 3, 4), SL_OK);
	ck_assert_int_eq(charge(&licence, 8, 9), SL_ERR_NOT_FOUND);
	ck_assert_str_eq(server.words.code, "segment_not_found");
}
END_TEST

static void
on_quote(void *ctx, enum sl_status status, const struct sl_quote *quote,
    const struct sl_error *words)
{
	(void)ctx;
	if (quote != NULL)
		got.quote = *quote;
	server_finish(status, words);
}

START_TEST(a_quote_tells_new_from_held_and_charges_nothing)
{
	struct sl_uuid licence = world_licence("{}");
	struct sl_multirange ordinals;
	struct sl_quote_want want = {1, &ordinals};

	ck_assert_int_eq(charge(&licence, 2, 2), SL_OK);
	sl_multirange_init(&ordinals);
	ck_assert_int_eq(sl_multirange_add(&ordinals, 0, 5), SL_OK);
	ck_assert_int_eq(
	    server_reply(sl_store_quote(server.db,
	        &(struct sl_quote_request){licence, server.dataset, &want, 1},
	        on_quote, NULL, &server.err)),
	    SL_OK);
	sl_multirange_clear(&ordinals);
	ck_assert_uint_eq(got.quote.new_episodes, 1);
	ck_assert_uint_eq(got.quote.new_duration_ms, 2000);
	ck_assert_uint_eq(got.quote.new_bytes, 1220);
	ck_assert_uint_eq(got.quote.held_segments, 1);
	ck_assert_uint_eq(got.quote.held_bytes, 100);
	ck_assert_uint_eq(got.quote.held_episodes, 1);
	ck_assert_int_eq(charge(&licence, 2, 2), SL_OK);
	ck_assert_uint_eq(got.charge.usage.ledger_number, 1);
}
END_TEST

START_TEST(a_customer_sees_its_licences_and_use)
{
	struct sl_uuid licence = world_licence("{}");
	const json_t *usage;

	ck_assert_int_eq(charge(&licence, 2, 2), SL_OK);
	ck_assert_int_eq(server_reply(sl_store_customer_licences(server.db,
	                     &server.acme, server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_ge(
	    json_array_size(json_object_get(server.value, "licences")), 1);
	ck_assert_int_eq(
	    server_reply(sl_store_customer_usage(server.db, &server.acme,
	        &licence, NULL, server_on_json, NULL, &server.err)),
	    SL_OK);
	usage = json_array_get(json_object_get(server.value, "usage"), 0);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(usage, "bytes")), 100);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(usage, "episodes")), 1);
}
END_TEST

/* ---- leases ---- */

static void
on_leases(void *ctx, enum sl_status status, const struct sl_lease_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0) {
		got.lease = rows[0];
		ck_assert_uint_lt(strlen(rows[0].code), sizeof(got.lease_code));
		memcpy(got.lease_code, rows[0].code, strlen(rows[0].code) + 1);
	}
	server_finish(status, words);
}

static enum sl_status
open_lease(struct sl_uuid *delivery, const struct sl_uuid *licence)
{
	struct sl_lease_new lease = {.licence = *licence,
	    .version = 1,
	    .token = &server.token,
	    .worker = "host:1",
	    .peer = "127.0.0.1",
	    .kind = "fetch",
	    .seq = 1,
	    .seconds = 15};

	ck_assert_int_eq(sl_uuid_new(delivery, 1), SL_OK);
	lease.delivery = *delivery;
	return server_reply(sl_store_lease_open(
	    server.db, &lease, server_on_done, NULL, &server.err));
}

static size_t
renew(const struct sl_uuid *delivery)
{
	struct sl_lease_beat beat = {*delivery, 1000};
	struct sl_lease_beats beats = {"host:1", 15, &beat, 1};

	ck_assert_int_eq(server_reply(sl_store_lease_renew(
	                     server.db, &beats, on_leases, NULL, &server.err)),
	    SL_OK);
	return got.count;
}

static void
change_licence(
    const struct sl_uuid *licence, const char *function, const char *more)
{
	char id[SL_UUID_TEXT_LEN + 1], sql[512];

	sl_uuid_format(id, licence);
	(void)snprintf(sql, sizeof(sql), "SELECT sluice.%s('%s', %s 'test')",
	    function, id, more);
	cluster_sql(WORLD, sql);
}

START_TEST(a_lease_lives_while_it_is_renewed_and_its_licence_serves)
{
	struct sl_uuid licence = world_licence("{}"), delivery;

	server_issue('e', "NULL");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_OK);
	ck_assert_uint_eq(renew(&delivery), 0);
	change_licence(&licence, "licence_amend",
	    "t.terms('kitting', '{\"episodes\":9}'), NULL,");
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_int_eq(got.lease.change, SL_LEASE_CHANGED);
	ck_assert_uint_eq(got.lease.version, 2);
	ck_assert_int_eq(server_reply(sl_store_lease_redecided(server.db,
	                     &delivery, 2, server_on_done, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(renew(&delivery), 0);
	change_licence(&licence, "licence_set_status", "'suspended',");
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_int_eq(got.lease.change, SL_LEASE_ENDED);
	ck_assert_str_eq(got.lease_code, "licence_suspended");
	ck_assert_int_eq(server_reply(sl_store_lease_close(server.db, &delivery,
	                     5, "test", server_on_done, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_str_eq(got.lease_code, "lapsed");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_ERR_DENIED);
	ck_assert_str_eq(server.words.code, "stale");
}
END_TEST

START_TEST(a_kicked_lease_ends)
{
	struct sl_uuid licence = world_licence("{}"), delivery;

	server_issue('f', "NULL");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_OK);
	change_licence(&licence, "session_kick", "");
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_str_eq(got.lease_code, "killed");
}
END_TEST

START_TEST(deliveries_of_a_licence_are_bounded)
{
	struct sl_uuid licence = world_licence("{}"), delivery;

	server_issue('g', "NULL");
	cluster_sql(WORLD,
	    "UPDATE sluice.setting SET value = '1' WHERE name = "
	    "'deliveries_per_licence'");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_OK);
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_ERR_QUOTA);
	ck_assert_str_eq(server.words.code, "too_many_deliveries");
	cluster_sql(WORLD,
	    "UPDATE sluice.setting SET value = '64' WHERE name = "
	    "'deliveries_per_licence'");
}
END_TEST

/* ---- events ---- */

static void
on_events(void *ctx, enum sl_status status, const struct sl_event_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0) {
		got.event = rows[0];
		memcpy(got.event_kind, rows[0].kind, strlen(rows[0].kind) + 1);
		ck_assert_ptr_nonnull(strstr(rows[0].data, "kitting"));
	}
	server_finish(status, words);
}

static void
on_subscription(void *ctx, enum sl_status status,
    const struct sl_subscription *subscription, const struct sl_error *words)
{
	(void)ctx;
	if (subscription != NULL) {
		got.subscription = *subscription;
		if (subscription->dataset_count > 0)
			got.first_dataset = subscription->datasets[0];
	}
	server_finish(status, words);
}

START_TEST(events_are_read_after_an_id_by_those_they_concern)
{
	struct sl_uuid licence = world_licence("{}");

	ck_assert_int_eq(server_reply(sl_store_events(
	                     server.db, 0, 1, on_events, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_int_eq(got.event.id, 1);
	ck_assert_str_eq(got.event_kind, "batch");
	ck_assert_int_eq(got.event.dataset, server.dataset);
	ck_assert(!got.event.has_licence);
	ck_assert_int_eq(
	    server_reply(sl_store_subscription(server.db, &server.acme,
	        &licence, on_subscription, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.subscription.dataset_count, 1);
	ck_assert_int_eq(got.first_dataset, server.dataset);
	ck_assert_int_eq(
	    server_reply(sl_store_events_of(server.db, &server.acme, &licence,
	        got.subscription.newest - 1, on_events, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_str_eq(got.event_kind, "licence");
	ck_assert(got.event.has_licence);
	ck_assert(sl_uuid_is(&got.event.customer, &server.acme));
	ck_assert_int_eq(
	    server_reply(sl_store_events_of(server.db, &server.other, NULL, 0,
	        on_events, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 0);
	ck_assert_int_eq(
	    server_reply(sl_store_subscription(server.db, &server.other, NULL,
	        on_subscription, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.subscription.dataset_count, 0);
}
END_TEST

Suite *
licensing_suite(void)
{
	Suite *suite = suite_create("licensing");
	TCase *tests = tcase_create("licensing");

	tcase_set_timeout(tests, 40);
	tcase_add_checked_fixture(tests, server_setup, server_teardown);
	tcase_add_test(tests, licences_come_with_terms_and_use);
	tcase_add_test(
	    tests, a_charge_says_what_is_covered_and_the_ledgers_head);
	tcase_add_test(tests, a_quote_tells_new_from_held_and_charges_nothing);
	tcase_add_test(tests, a_customer_sees_its_licences_and_use);
	tcase_add_test(
	    tests, a_lease_lives_while_it_is_renewed_and_its_licence_serves);
	tcase_add_test(tests, a_kicked_lease_ends);
	tcase_add_test(tests, deliveries_of_a_licence_are_bounded);
	tcase_add_test(
	    tests, events_are_read_after_an_id_by_those_they_concern);
	suite_add_tcase(suite, tests);
	return suite;
}
