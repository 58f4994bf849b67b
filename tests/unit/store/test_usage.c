/* Random prices cost the same in SQL and in catalog, and a row's hash is of the
 * same text; credits, exports and reconcile answer. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/cluster.h"
#include "server.h"
#include "sluice/catalog/ledger.h"
#include "sluice/catalog/price.h"
#include "sluice/db/db.h"
#include "sluice/store/licence.h"
#include "sluice/store/usage.h"
#include "suites.h"

#define CASE_COUNT 5000

static struct sl_db *db;
static struct sl_error err;

static void
setup(void)
{
	memset(&err, 0, sizeof(err));
	db = world_connect("postgres");
}

static void
teardown(void)
{
	sl_db_close(db);
}

/* What the query makes of one JSON parameter. */
static json_t *
ask(const char *name, const char *text, const json_t *parameter)
{
	const struct sl_query query = {name, text, 1, 0};
	char *words = json_dumps(parameter, JSON_COMPACT);
	struct sl_params params;
	struct sl_rows *rows = NULL;
	struct sl_slice answer;
	json_t *value;

	ck_assert_ptr_nonnull(words);
	sl_params_init(&params);
	sl_params_text(&params, words);
	ck_assert_msg(sl_db_wait(&rows, db, &query, &params, &err) == SL_OK,
	    "%s", err.text);
	free(words);
	answer = sl_rows_text(rows, 0, 0);
	value = json_loadb((const char *)answer.data, answer.len, 0, NULL);
	ck_assert_ptr_nonnull(value);
	sl_rows_free(rows);
	return value;
}

/* ---- random figures, the same in each run ---- */

static uint64_t state = 20261121;

static uint64_t
draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Of any size up to 63 bits; small ones and the ends as often as large ones. */
static int64_t
draw_figure(void)
{
	uint64_t bits = draw() % 64;

	if (draw() % 16 == 0)
		return INT64_MAX;
	return (int64_t)(bits == 0 ? 0 : draw() >> (64 - bits));
}

static struct sl_price
draw_price(void)
{
	struct sl_price price = {
	    .per_episode = draw_figure(),
	    .per_hour = draw_figure(),
	    .per_month = draw_figure(),
	    .included_episodes = draw() % 2 == 0 ? 0 : draw_figure(),
	    .included_duration_ms = draw() % 2 == 0 ? 0 : draw_figure(),
	    .cap = draw() % 2 == 0 ? SL_PRICE_NO_CAP : draw_figure(),
	};

	/* Rates of an hour that end in halves. */
	if (draw() % 4 == 0)
		price.per_hour = (int64_t)(draw() % 10) * 1800000;
	return price;
}

START_TEST(sql_and_c_make_the_same_amounts_of_thousands_of_prices)
{
	json_t *cases = json_array(), *answers;
	static struct sl_price prices[CASE_COUNT];
	static int64_t episodes[CASE_COUNT], ms[CASE_COUNT];
	int64_t amount;
	size_t i, refused = 0;

	cluster_sql(WORLD,
	    "CREATE FUNCTION t.amount(c jsonb) RETURNS bigint LANGUAGE plpgsql "
	    "AS $$BEGIN RETURN sluice.price_amount(sluice.price_text(c -> 0)"
	    "::jsonb, (c ->> 1)::bigint, (c ->> 2)::bigint); EXCEPTION WHEN "
	    "numeric_value_out_of_range THEN RETURN NULL; END$$");
	for (i = 0; i < CASE_COUNT; i++) {
		prices[i] = draw_price();
		episodes[i] = draw_figure();
		ms[i] = draw_figure();
		json_array_append_new(cases,
		    json_pack("[o,I,I]", sl_price_to_json(&prices[i]),
		        (json_int_t)episodes[i], (json_int_t)ms[i]));
	}
	answers = ask("amounts",
	    "SELECT jsonb_agg(t.amount(c) ORDER BY n) FROM "
	    "jsonb_array_elements($1::jsonb) WITH ORDINALITY AS x (c, n)",
	    cases);
	ck_assert_uint_eq(json_array_size(answers), CASE_COUNT);
	for (i = 0; i < CASE_COUNT; i++) {
		const json_t *got = json_array_get(answers, i);
		enum sl_status status =
		    sl_price_amount(&amount, &prices[i], episodes[i], ms[i]);

		ck_assert_msg((status == SL_OK) == json_is_integer(got),
		    "case %zu: only one of them refuses", i);
		if (status == SL_OK)
			ck_assert_int_eq(amount, json_integer_value(got));
		else
			refused++;
	}
	ck_assert_uint_gt(refused, CASE_COUNT / 20);
	ck_assert_uint_lt(refused, CASE_COUNT / 2);
	json_decref(cases);
	json_decref(answers);
}
END_TEST

/* ---- the ledger, as SQL writes it ---- */

/* A licence under an agreement, with a fee, charges and a credit; its id. */
static struct sl_uuid
make_ledger(void)
{
	struct sl_uuid licence;
	char id[SL_UUID_TEXT_LEN + 1], sql[1024];

	cluster_sql(WORLD,
	    "SELECT sluice.agreement_add('acme', 'frame', jsonb_build_object("
	    "'from', '2020-01-01T00:00:00Z', 'until', '2099-01-01T00:00:00Z', 'currency', "
	    "'EUR', 'ceiling', '{\"episodes\":null,\"duration_ms\":null,"
	    "\"bytes\":null,\"money_micro\":null}'::jsonb), 'test')");
	ck_assert_int_eq(
	    sl_uuid_parse(&licence,
	        sl_slice_text(cluster_value(WORLD,
	            "SELECT sluice.licence_grant('acme', 'kitting', "
	            "t.terms('kitting') || '{\"programme\":\"alpha\",\"price\":"
	            "{\"per_episode\":1230000,\"per_hour\":7777777,"
	            "\"per_month\":5000000,\"included\":{\"episodes\":1,"
	            "\"duration_ms\":500},\"cap\":null}}', 'frame', 'test') "
	            "->> 'id'"))),
	    SL_OK);
	sl_uuid_format(id, &licence);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT t.charge('%s', 1, t.dataset('kitting'), 1, o::int4multirange, "
	    "'commercial_train/logistics@DE') FROM (VALUES ('{[0,4)}'), "
	    "('{[5,6),[7,8)}')) AS v (o)",
	    id);
	cluster_sql(WORLD, sql);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT sluice.usage_adjust('%s', 3, 1000, true, NULL, NULL, NULL, "
	    "'T-1', 'Größe')",
	    id);
	cluster_sql(WORLD, sql);
	return licence;
}

START_TEST(rows_are_hashed_by_sql_as_catalog_hashes_them)
{
	struct sl_uuid licence = make_ledger();
	unsigned char head[SL_SHA256_BYTES] = {0};
	struct sl_ledger_row row;
	const json_t *rows;
	size_t i;

	ck_assert_int_eq(
	    server_reply(sl_store_ledger_rows(server.db, &server.acme, &licence,
	        0, server_on_json, NULL, &server.err)),
	    SL_OK);
	rows = json_object_get(server.value, "rows");
	ck_assert_uint_eq(json_array_size(rows), 4);
	ck_assert(json_is_null(json_object_get(server.value, "next")));
	sl_ledger_row_init(&row);
	for (i = 0; i < 4; i++) {
		ck_assert_msg(sl_ledger_row_from_json(
		                  &row, json_array_get(rows, i), &err) == SL_OK,
		    "%s", err.text);
		ck_assert_msg(sl_ledger_follows(&row, i, head, &err) == SL_OK,
		    "%s", err.text);
		memcpy(head, row.hash, sizeof(head));
	}
	sl_ledger_row_clear(&row);
	ck_assert_int_eq(
	    server_reply(sl_store_ledger_rows(server.db, &server.other,
	        &licence, 0, server_on_json, NULL, &server.err)),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(server.words.code, "licence_not_found");
}
END_TEST

static struct sl_licence_state got_state;

static void
on_licences(void *ctx, enum sl_status status, const struct sl_licence_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	if (count == 1) {
		got_state = rows[0].state;
		ck_assert_str_eq(rows[0].class_name, "standard");
	}
	server_finish(status, words);
}

START_TEST(a_licence_comes_with_the_state_that_decide_needs)
{
	struct sl_uuid licence = make_ledger();

	ck_assert_int_eq(
	    server_reply(sl_store_licences(server.db, &server.acme,
	        server.dataset, &licence, on_licences, NULL, &server.err)),
	    SL_OK);
	ck_assert_int_eq(got_state.status, SL_LICENCE_ACTIVE);
	ck_assert(got_state.accepted);
	ck_assert_uint_eq(got_state.released_seq, 1);
	ck_assert_uint_eq(got_state.deliveries, 1);
	ck_assert_uint_eq(got_state.deliveries_max, 64);
	/* Episode 2 of 2 was credited with its quota. */
	ck_assert_uint_eq(got_state.used.episodes, 1);
	ck_assert(got_state.agreement.has);
	ck_assert_int_eq(got_state.agreement.status, SL_AGREEMENT_ACTIVE);
	ck_assert_int_lt(
	    got_state.agreement.from_us, got_state.agreement.until_us);
	ck_assert_uint_eq(
	    got_state.agreement.ceiling.quota.episodes, SL_QUOTA_NONE);
	ck_assert_uint_eq(
	    got_state.agreement.ceiling.money_micro, SL_QUOTA_NONE);
	ck_assert_int_gt(got_state.agreement.used_money_micro, 5000000);
}
END_TEST

START_TEST(credits_exports_and_reconcile_are_there)
{
	struct sl_uuid licence = make_ledger();
	struct sl_db *admin = world_connect("test_admin");
	char id[SL_UUID_TEXT_LEN + 1];
	struct sl_credit credit = {.licence = id,
	    .row = 2,
	    .amount_micro = SL_CREDIT_REST,
	    .reference = "T-2",
	    .reason = "test"};
	json_t *value = NULL;

	sl_uuid_format(id, &licence);
	ck_assert_msg(
	    sl_store_usage_adjust(&value, admin, &credit, &err) == SL_OK, "%s",
	    err.text);
	ck_assert_str_eq(world_text(json_object_get(value, "row"), "reference"),
	    "row 2 T-2");
	json_decref(value);
	credit.amount_micro = 1;
	ck_assert_int_eq(sl_store_usage_adjust(&value, admin, &credit, &err),
	    SL_ERR_CONFLICT);
	ck_assert_str_eq(err.code, "reference_used");
	credit.reference = "T-3";
	ck_assert_int_eq(
	    sl_store_usage_adjust(&value, admin, &credit, &err), SL_ERR_LIMIT);
	ck_assert_str_eq(err.code, "credit_too_large");
	ck_assert_int_eq(
	    sl_store_usage_export(&value, admin,
	        cluster_value(WORLD,
	            "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')"),
	        "acme", &err),
	    SL_OK);
	ck_assert_uint_ge(json_array_size(value), 3);
	json_decref(value);
	ck_assert_int_eq(sl_store_reconcile(&value, admin, &err), SL_OK);
	ck_assert_uint_eq(json_array_size(value), 0);
	json_decref(value);
	sl_db_close(admin);
}
END_TEST

Suite *
usage_suite(void)
{
	Suite *suite = suite_create("usage");
	TCase *figures = tcase_create("figures");
	TCase *ledger = tcase_create("ledger");

	tcase_set_timeout(figures, 60);
	tcase_add_checked_fixture(figures, setup, teardown);
	tcase_add_test(
	    figures, sql_and_c_make_the_same_amounts_of_thousands_of_prices);
	suite_add_tcase(suite, figures);
	tcase_set_timeout(ledger, 40);
	tcase_add_checked_fixture(ledger, server_setup, server_teardown);
	tcase_add_test(ledger, rows_are_hashed_by_sql_as_catalog_hashes_them);
	tcase_add_test(
	    ledger, a_licence_comes_with_the_state_that_decide_needs);
	tcase_add_test(ledger, credits_exports_and_reconcile_are_there);
	suite_add_tcase(suite, ledger);
	return suite;
}
