/* SQL and C compute money alike, and what SQL writes C can read and prove. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/base/buf.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/licence_file.h"
#include "sluice/catalog/price.h"
#include "sluice/catalog/statement.h"
#include "sluice/db/db.h"
#include "sluice/store/licence_admin.h"
#include "sluice/store/usage.h"
#include "suites.h"

#define SQL_MAX (8 * 1024 * 1024)

static void
append(struct sl_buf *sql, const char *text)
{
	ck_assert(sl_buf_append_text(sql, text) == SL_OK);
}

/* What SQL must say of one price and one month: VALUES of both. */
static void
append_case(struct sl_buf *sql, const struct sl_price *price, int64_t episodes,
    int64_t duration_ms)
{
	char amount[32] = "NULL";
	int64_t micro;
	json_t *json = sl_price_to_json(price);

	ck_assert_ptr_nonnull(json);
	if (sl_price_amount(&micro, price, episodes, duration_ms) == SL_OK)
		(void)snprintf(
		    amount, sizeof(amount), "%lld", (long long)micro);
	append(sql, sql->data[sql->len - 1] == ')' ? ",('" : "('");
	ck_assert(sl_json_dump(sql, json) == SL_OK);
	ck_assert(
	    sl_buf_printf(sql, "',%lld::bigint,%lld::bigint,%s::bigint)",
	        (long long)episodes, (long long)duration_ms, amount) == SL_OK);
	json_decref(json);
}

static void
append_months(struct sl_buf *sql, const struct sl_price *price)
{
	static const int64_t episodes[] = {0, 1, 3, INT64_MAX};
	static const int64_t durations[] = {
	    0, 777, 1800000, 1800777, 1800778, 5400000, INT64_MAX};

	for (size_t i = 0; i < sizeof(episodes) / sizeof(episodes[0]); i++)
		for (size_t j = 0; j < sizeof(durations) / sizeof(durations[0]);
		     j++)
			append_case(sql, price, episodes[i], durations[j]);
}

static void
append_prices(struct sl_buf *sql)
{
	static const int64_t rates[] = {0, 1, 2500000, INT64_MAX};
	static const int64_t caps[] = {SL_PRICE_NO_CAP, 0, 7, 1000000000};

	for (unsigned i = 0; i < 4 * 4 * 4 * 2; i++) {
		const struct sl_price price = {.per_episode = rates[i % 4],
		    .per_hour = rates[i / 4 % 4],
		    .cap = caps[i / 16 % 4],
		    .included_episodes = i / 64 == 0 ? 0 : 2,
		    .included_duration_ms = i / 64 == 0 ? 0 : 777};

		append_months(sql, &price);
	}
}

START_TEST(sql_and_c_price_alike)
{
	struct sl_buf sql;

	cluster_sql(WORLD,
	    "CREATE FUNCTION t.amount(price jsonb, episodes bigint, ms bigint)"
	    " RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN"
	    " RETURN sluice.price_amount(price, episodes, ms);"
	    " EXCEPTION WHEN numeric_value_out_of_range THEN RETURN NULL;"
	    " END $$");
	sl_buf_init(&sql, SQL_MAX);
	append(&sql,
	    "SELECT count(*) || ' rows, ' || count(*) FILTER (WHERE "
	    "t.amount(v.price::jsonb, v.episodes, v.ms) IS DISTINCT FROM "
	    "v.amount OR sluice.price_text(v.price::jsonb) <> v.price) || "
	    "' differ' FROM (VALUES ");
	append_prices(&sql);
	append(&sql, ") AS v (price, episodes, ms, amount)");
	ck_assert_str_eq(
	    cluster_value(WORLD, sl_buf_text(&sql)), "3584 rows, 0 differ");
	sl_buf_clear(&sql);
}
END_TEST

START_TEST(sql_and_c_know_the_same_currencies)
{
	char known[4096] = "";
	size_t len = 0;

	for (int i = 0; i < 26 * 26 * 26; i++) {
		const char code[4] = {(char)('A' + i / 676),
		    (char)('A' + i / 26 % 26), (char)('A' + i % 26), '\0'};
		uint32_t digits;

		if (sl_currency_digits(&digits, sl_slice_text(code)) == SL_OK)
			len += (size_t)snprintf(known + len,
			    sizeof(known) - len, "%s%u", code, digits);
	}
	ck_assert_str_eq(known,
	    cluster_value(WORLD,
	        "SELECT string_agg(code || sluice.currency_digits(code), '' "
	        "ORDER BY code COLLATE \"C\") FROM (SELECT chr(65 + i / 676) ||"
	        " chr(65 + i / 26 % 26) || chr(65 + i % 26) AS code FROM "
	        "generate_series(0, 26 * 26 * 26 - 1) AS i) AS all_codes"));
}
END_TEST

START_TEST(sql_and_c_write_money_alike)
{
	static const char *const codes[] = {"JPY", "EUR", "KWD", "UYW"};
	struct sl_buf sql;

	sl_buf_init(&sql, SQL_MAX);
	append(&sql,
	    "SELECT count(*) || ' rows, ' || count(*) FILTER (WHERE "
	    "sluice.money_text(v.micro, v.code) IS DISTINCT FROM v.text) || "
	    "' differ' FROM (VALUES ");
	for (int64_t i = 0; i < 4000; i++) {
		int64_t micro = (i - 2000) * (i % 3 == 0 ? 50 : 2500) *
		    (i % 7 == 0 ? 1000000 : 1);
		char text[SL_MONEY_TEXT_MAX];
		uint32_t digits;

		ck_assert(sl_currency_digits(
		              &digits, sl_slice_text(codes[i % 4])) == SL_OK);
		sl_money_format(text, micro, digits);
		ck_assert(sl_buf_printf(&sql, "%s(%lld::bigint,'%s','%s')",
		              i == 0 ? "" : ",", (long long)micro, codes[i % 4],
		              text) == SL_OK);
	}
	append(&sql, ") AS v (micro, code, text)");
	ck_assert_str_eq(
	    cluster_value(WORLD, sl_buf_text(&sql)), "4000 rows, 0 differ");
	sl_buf_clear(&sql);
}
END_TEST

/* A licence with a price of everything; its id, in static memory. */
static const char *
priced_licence(void)
{
	cluster_sql(WORLD,
	    "SELECT sluice.agreement_add('acme', 'priced', jsonb_build_object("
	    "'from', t.time('-100 days'), 'until', t.time('100 days'), "
	    "'currency', 'EUR', 'ceiling', '{\"episodes\":null,"
	    "\"duration_ms\":null,\"bytes\":null,\"money_micro\":null}'"
	    "::jsonb), 'test')");
	return cluster_value(WORLD,
	    "SELECT sluice.licence_grant('acme', 'kitting', "
	    "t.terms('kitting') || '{\"programme\":\"humanoid\",\"price\":"
	    "{\"per_episode\":2500000,\"per_hour\":1234567,"
	    "\"per_month\":100000000,\"included\":{\"episodes\":1,"
	    "\"duration_ms\":1},\"cap\":null}}', 'priced', 'test') ->> 'id'");
}

static void
charge_and_credit(const char *licence)
{
	char sql[1024];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT t.charge('%s', 1, t.dataset('kitting'), 1, v.o, "
	    "'commercial_train/logistics@DE') FROM (VALUES "
	    "('{[1,4)}'::int4multirange), ('{[4,6)}'), ('{[6,8)}')) AS v (o)",
	    licence);
	cluster_sql(WORLD, sql);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT sluice.usage_adjust('%s', 3, 1000000, false, NULL, NULL, "
	    "NULL, 'ticket 7', 'was late')",
	    licence);
	cluster_sql(WORLD, sql);
}

START_TEST(what_sql_charges_makes_a_statement_that_recomputes)
{
	struct sl_db *db = world_connect("test_admin");
	struct sl_error err = {0};
	struct sl_statement statement;
	char licence[64];
	char month[16];
	json_t *parts = NULL;
	struct sl_buf text;

	(void)snprintf(licence, sizeof(licence), "%s", priced_licence());
	charge_and_credit(licence);
	(void)snprintf(month, sizeof(month), "%s",
	    cluster_value(
	        WORLD, "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')"));
	ck_assert_msg(
	    sl_store_statement(&parts, db, licence, month, &err) == SL_OK, "%s",
	    err.text);
	sl_statement_init(&statement);
	ck_assert_msg(sl_statement_build(&statement, parts, &err) == SL_OK,
	    "%s", err.text);
	ck_assert_uint_eq(statement.row_count, 5);
	ck_assert_uint_eq(statement.line_count, 3);
	ck_assert_str_eq(statement.programme, "humanoid");
	ck_assert_str_eq(statement.lines[1].amount, "100.00");
	ck_assert_str_eq(statement.lines[2].amount, "-1.00");
	ck_assert_int_gt(statement.lines[0].amount_micro, 0);
	sl_buf_init(&text, SL_STATEMENT_BYTES_MAX);
	ck_assert(sl_statement_format(&text, &statement) == SL_OK);
	ck_assert(
	    sl_statement_parse(&statement, sl_buf_slice(&text), &err) == SL_OK);
	ck_assert(sl_statement_check(NULL, &statement, &err) == SL_OK);
	sl_buf_clear(&text);
	sl_statement_clear(&statement);
	json_decref(parts);
	sl_db_close(db);
}
END_TEST

START_TEST(an_exported_licence_is_a_licence_file)
{
	struct sl_db *db = world_connect("test_admin");
	struct sl_error err = {0};
	struct sl_licence_file file;
	char licence[64];
	json_t *exported = NULL;

	(void)snprintf(licence, sizeof(licence), "%s",
	    cluster_value(WORLD,
	        "SELECT sluice.licence_grant('acme', 'kitting', "
	        "t.terms('kitting'), NULL, 'test') ->> 'id'"));
	ck_assert_msg(
	    sl_store_licence_export(&exported, db, licence, &err) == SL_OK,
	    "%s", err.text);
	sl_licence_file_init(&file);
	ck_assert_msg(sl_licence_file_from_json(&file, exported, &err) == SL_OK,
	    "%s", err.text);
	ck_assert_str_eq(file.customer, "acme");
	ck_assert_str_eq(file.terms.dataset, "kitting");
	sl_licence_file_clear(&file);
	json_decref(exported);
	sl_db_close(db);
}
END_TEST

Suite *
money_suite(void)
{
	Suite *suite = suite_create("store money");
	TCase *tcase = tcase_create("money");

	tcase_add_test(tcase, sql_and_c_price_alike);
	tcase_add_test(tcase, sql_and_c_know_the_same_currencies);
	tcase_add_test(tcase, sql_and_c_write_money_alike);
	tcase_add_test(
	    tcase, what_sql_charges_makes_a_statement_that_recomputes);
	tcase_add_test(tcase, an_exported_licence_is_a_licence_file);
	suite_add_tcase(suite, tcase);
	return suite;
}
