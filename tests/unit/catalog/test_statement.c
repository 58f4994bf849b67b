#include "sluice/catalog/statement.h"

#include <stdlib.h>

#include "bill.h"
#include "sluice/catalog/month.h"
#include "suites.h"

START_TEST(a_row_has_one_text)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_buf text;

	bill_rows(rows);
	sl_buf_init(&text, 4096);
	ck_assert(sl_ledger_text(&text, &rows[1]) == SL_OK);
	assert_golden(&text, "ledger-v1");
	sl_buf_clear(&text);
	bill_clear(rows);
}
END_TEST

START_TEST(rows_go_both_ways)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_ledger_row again;
	struct sl_error err = {0};

	bill_rows(rows);
	sl_ledger_row_init(&again);
	for (size_t i = 0; i < BILL_ROWS; i++) {
		json_t *json = sl_ledger_row_to_json(&rows[i]);
		json_t *twice;

		ck_assert_msg(
		    sl_ledger_row_from_json(&again, json, &err) == SL_OK, "%s",
		    err.text);
		twice = sl_ledger_row_to_json(&again);
		ck_assert(json_equal(json, twice));
		ck_assert(sl_ledger_follows(&again, again.number - 1,
		              rows[i].previous, NULL) == SL_OK);
		json_decref(json);
		json_decref(twice);
	}
	sl_ledger_row_clear(&again);
	bill_clear(rows);
}
END_TEST

/* A row with one member replaced by a JSON text. */
static enum sl_status
read_with(const struct sl_ledger_row *row, const char *key, const char *value)
{
	struct sl_ledger_row out;
	json_t *json = sl_ledger_row_to_json(row);
	json_t *changed = json_loads(value, JSON_DECODE_ANY, NULL);
	enum sl_status status;

	ck_assert_msg(changed != NULL, "%s", value);
	ck_assert(json_object_set_new(json, key, changed) == 0);
	sl_ledger_row_init(&out);
	status = sl_ledger_row_from_json(&out, json, NULL);
	sl_ledger_row_clear(&out);
	json_decref(json);
	return status;
}

START_TEST(rows_are_read_strictly)
{
	static const struct {
		size_t row;
		const char *key;
		const char *value;
	} bad[] = {{1, "extra", "1"}, {1, "licence", "\"x\""},
	    {1, "number", "0"}, {1, "number", "-1"},
	    {1, "at", "\"2026-11-01T00:00:00Z\""},
	    {1, "at", "\"2026-11-01T00:00:00.12345+00:00\""},
	    {1, "at", "\"2026-11-01T00:00:00.1234567Z\""},
	    {1, "kind", "\"gift\""}, {1, "licence_version", "1.0"},
	    {1, "dataset", "\"K\""}, {1, "seq", "0"}, {1, "ordinals", "\"{}\""},
	    {1, "ordinals", "\"1-4\""}, {1, "numbers", "\"{[1,4)}\""},
	    {1, "numbers", "null"}, {1, "episodes", "-4"},
	    {1, "duration_ms", "-1"}, {1, "bytes", "-1"}, {1, "bytes", "\"1\""},
	    {1, "purpose", "\"resell\""}, {1, "currency", "\"QQQ\""},
	    {1, "currency", "\"-\""}, {1, "currency", "null"},
	    {1, "price", "\"{}\""}, {1, "price", "{}"},
	    {1, "amount_micro", "-1"}, {1, "amount_micro", "1.5"},
	    {1, "reason", "\"a\\nb\""}, {1, "reference", "\"a\\u007fb\""},
	    {1, "reference", "null"}, {1, "previous", "\"00\""},
	    {1, "hash", "1"}, {3, "seq", "1"}, {3, "ordinals", "\"{[1,2)}\""},
	    {3, "episodes", "1"}, {3, "duration_ms", "1"}, {3, "bytes", "1"},
	    {3, "amount_micro", "1"}, {0, "price", "\"-\""},
	    {0, "episodes", "1"}, {0, "seq", "1"}, {0, "amount_micro", "-1"},
	    {0, "duration_ms", "-1"}, {0, "bytes", "1"}};
	struct sl_ledger_row rows[BILL_ROWS];
	char reason[SL_LEDGER_REASON_MAX + 4];

	bill_rows(rows);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(read_with(&rows[bad[i].row], bad[i].key,
		                  bad[i].value) == SL_ERR_INVALID,
		    "%s %s of a %s was taken", bad[i].key, bad[i].value,
		    sl_ledger_kind_name(rows[bad[i].row].kind));
	memset(reason, 'x', sizeof(reason));
	reason[0] = '"';
	reason[sizeof(reason) - 2] = '"';
	reason[sizeof(reason) - 1] = '\0';
	ck_assert(read_with(&rows[1], "reason", reason) == SL_ERR_INVALID);
	ck_assert(read_with(&rows[3], "price", "\"-\"") == SL_OK);
	bill_clear(rows);
}
END_TEST

START_TEST(a_row_out_of_place_is_told_from_an_altered_one)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_error err = {0};

	bill_rows(rows);
	ck_assert(sl_ledger_follows(&rows[2], rows[0].number, rows[0].hash,
	              &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "row_missing");
	ck_assert(sl_ledger_follows(&rows[2], rows[1].number, rows[0].hash,
	              &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "row_altered");
	rows[2].bytes++;
	ck_assert(sl_ledger_follows(&rows[2], rows[1].number, rows[1].hash,
	              &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "row_altered");
	bill_clear(rows);
}
END_TEST

static void
build(struct sl_statement *statement, const struct sl_ledger_row *rows)
{
	struct sl_error err = {0};
	json_t *parts = bill_parts(rows);

	sl_statement_init(statement);
	ck_assert_msg(sl_statement_build(statement, parts, &err) == SL_OK, "%s",
	    err.text);
	json_decref(parts);
}

START_TEST(a_statement_is_built_written_and_read)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_statement statement;
	struct sl_statement again;
	struct sl_error err = {0};
	struct sl_buf text;
	uint64_t row = 77;

	bill_rows(rows);
	build(&statement, rows);
	ck_assert_uint_eq(statement.line_count, 3);
	ck_assert_str_eq(statement.lines[0].amount, "1009.00");
	ck_assert_int_eq(statement.lines[0].amount_micro, 1009000050);
	ck_assert_str_eq(statement.lines[1].amount, "1000.00");
	ck_assert_str_eq(statement.lines[2].amount, "-2.50");
	ck_assert_str_eq(statement.total.amount, "2006.50");
	ck_assert_int_eq(statement.total.episodes, 504);
	sl_buf_init(&text, 1 << 20);
	ck_assert(sl_statement_format(&text, &statement) == SL_OK);
	assert_golden(&text, "statement-v1.json");
	sl_statement_init(&again);
	ck_assert_msg(
	    sl_statement_parse(&again, sl_buf_slice(&text), &err) == SL_OK,
	    "%s", err.text);
	ck_assert(sl_statement_check(&row, &again, &err) == SL_OK);
	ck_assert_uint_eq(row, 0);
	ck_assert_str_eq(again.programme, "humanoid");
	sl_buf_reset(&text);
	ck_assert(sl_statement_format(&text, &again) == SL_OK);
	assert_golden(&text, "statement-v1.json");
	sl_buf_clear(&text);
	sl_statement_clear(&statement);
	sl_statement_clear(&again);
	bill_clear(rows);
}
END_TEST

static void
assert_differs(
    const struct sl_statement *statement, const char *code, uint64_t number)
{
	struct sl_error err = {0};
	uint64_t row = 77;

	ck_assert(
	    sl_statement_check(&row, statement, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, code);
	ck_assert_uint_eq(row, number);
	ck_assert_str_ne(err.text, "");
}

/* Rows of the statement that were changed are hashed again, so that only what
 * is recomputed can tell. */
static void
rehash(struct sl_statement *statement)
{
	bill_rehash(statement->rows, 0);
	memcpy(statement->closing.head, statement->rows[BILL_ROWS - 1].hash,
	    sizeof(statement->closing.head));
}

START_TEST(the_first_row_that_differs_is_named)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_statement statement;

	bill_rows(rows);
	build(&statement, rows);
	statement.rows[3].amount_micro++;
	assert_differs(&statement, "row_altered", 11);
	statement.rows[3].amount_micro--;
	statement.rows[2].number++;
	assert_differs(&statement, "row_missing", 11);
	statement.rows[2].number--;
	statement.opening.head[0]++;
	assert_differs(&statement, "row_altered", 8);
	statement.opening.head[0]--;
	statement.closing.head[0]++;
	assert_differs(&statement, "closing_differs", 0);
	statement.closing.head[0]--;
	statement.closing.number++;
	assert_differs(&statement, "closing_differs", 0);
	statement.closing.number--;
	statement.licence.bytes[0]++;
	assert_differs(&statement, "row_misplaced", 8);
	statement.licence.bytes[0]--;
	statement.currency[0] = 'C';
	assert_differs(&statement, "row_misplaced", 8);
	statement.currency[0] = 'E';
	statement.from_us = sl_month_end(statement.from_us);
	assert_differs(&statement, "row_misplaced", 8);
	sl_statement_clear(&statement);
	bill_clear(rows);
}
END_TEST

static void
refer(struct sl_ledger_row *row, const char *reference)
{
	free(row->reference);
	row->reference = strdup(reference);
}

/* The ceiling had no room for all of it. */
START_TEST(a_fee_may_be_less_than_the_price)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_statement statement;

	bill_rows(rows);
	rows[5].amount_micro = 7;
	bill_rehash(rows, 5);
	build(&statement, rows);
	ck_assert_str_eq(statement.lines[1].amount, "500.00");
	sl_statement_clear(&statement);
	bill_clear(rows);
}
END_TEST

START_TEST(amounts_are_those_of_the_frozen_price)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_statement statement;

	bill_rows(rows);
	build(&statement, rows);
	statement.rows[2].amount_micro++;
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 10);
	statement.rows[2].amount_micro--;
	/* The month begins anew: its included episodes are not used up. */
	statement.rows[4].at_us = statement.rows[3].at_us;
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 12);
	statement.rows[4].at_us = statement.rows[5].at_us - 1;
	statement.rows[5].amount_micro++;
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 13);
	statement.rows[5].amount_micro--;
	statement.rows[5].at_us = statement.rows[4].at_us - 1;
	rehash(&statement);
	assert_differs(&statement, "row_misplaced", 13);
	statement.rows[5].at_us = statement.rows[4].at_us;
	refer(&statement.rows[5], "2027-01");
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 13);
	refer(&statement.rows[5], "2026-11");
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 13);
	refer(&statement.rows[5], "2020-01");
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 13);
	refer(&statement.rows[0], "2020-01");
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 8);
	refer(&statement.rows[0], "2026-11");
	refer(&statement.rows[5], "ticket 7");
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 13);
	statement.rows[1].price = (free(statement.rows[1].price), NULL);
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 9);
	sl_statement_clear(&statement);
	bill_clear(rows);
}
END_TEST

START_TEST(lines_and_total_are_sums_of_the_rows)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_statement statement;

	bill_rows(rows);
	build(&statement, rows);
	statement.lines[0].bytes++;
	assert_differs(&statement, "line_differs", 0);
	statement.lines[0].bytes--;
	statement.lines[1].amount[0] = '2';
	assert_differs(&statement, "line_differs", 0);
	statement.lines[1].amount[0] = '1';
	statement.line_count--;
	assert_differs(&statement, "line_differs", 0);
	statement.line_count++;
	statement.total.amount[0]++;
	assert_differs(&statement, "total_differs", 0);
	statement.total.amount[0]--;
	statement.total.episodes++;
	assert_differs(&statement, "total_differs", 0);
	sl_statement_clear(&statement);
	bill_clear(rows);
}
END_TEST

START_TEST(sums_that_do_not_fit_are_refused)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_statement statement;

	bill_rows(rows);
	build(&statement, rows);
	statement.rows[1].bytes = INT64_MAX;
	rehash(&statement);
	assert_differs(&statement, "line_differs", 0);
	statement.rows[1].bytes = 4000;
	statement.rows[1].duration_ms = INT64_MAX;
	rehash(&statement);
	assert_differs(&statement, "amount_differs", 9);
	sl_statement_clear(&statement);
	bill_clear(rows);
}
END_TEST

START_TEST(what_does_not_recompute_is_never_built)
{
	struct sl_ledger_row rows[BILL_ROWS];
	struct sl_statement statement;
	struct sl_error err = {0};
	json_t *parts;

	bill_rows(rows);
	rows[4].amount_micro--;
	bill_rehash(rows, 4);
	parts = bill_parts(rows);
	sl_statement_init(&statement);
	ck_assert(
	    sl_statement_build(&statement, parts, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "amount_differs");
	ck_assert_uint_eq(statement.row_count, 0);
	json_decref(parts);
	bill_clear(rows);
}
END_TEST

START_TEST(a_statement_without_rows_is_of_nothing)
{
	static const char parts_text[] =
	    "{\"version\":1,\"type\":\"statement\",\"licence\":"
	    "\"01000000-0000-0000-0000-000000000000\",\"customer\":\"acme\","
	    "\"dataset\":\"kitting\",\"agreement\":null,\"currency\":null,"
	    "\"programme\":\"\",\"period\":{\"from\":"
	    "\"2026-11-01T00:00:00Z\",\"until\":\"2026-12-01T00:00:00Z\"},"
	    "\"opening\":{\"number\":0,\"head\":\"0000000000000000000000000000"
	    "000000000000000000000000000000000000\"},\"rows\":[],\"closing\":"
	    "{\"number\":0,\"head\":\"000000000000000000000000000000000000000000"
	    "0000000000000000000000\"},\"issued\":\"2026-12-01T00:00:00Z\"}";
	json_t *parts = json_loads(parts_text, 0, NULL);
	struct sl_statement statement;
	struct sl_error err = {0};

	ck_assert_ptr_nonnull(parts);
	sl_statement_init(&statement);
	ck_assert_msg(sl_statement_build(&statement, parts, &err) == SL_OK,
	    "%s", err.text);
	ck_assert_uint_eq(statement.line_count, 0);
	ck_assert_str_eq(statement.total.amount, "0");
	sl_statement_clear(&statement);
	json_decref(parts);
}
END_TEST

/* The released statement with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_statement statement;
	struct sl_buf golden;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	sl_buf_init(&golden, 1 << 20);
	sl_buf_init(&changed, 1 << 20);
	read_golden(&golden, "statement-v1.json");
	at = strstr(sl_buf_text(&golden), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, golden.data,
	              (size_t)(at - (const char *)golden.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	sl_statement_init(&statement);
	status = sl_statement_parse(&statement, sl_buf_slice(&changed), NULL);
	sl_statement_clear(&statement);
	sl_buf_clear(&golden);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(statements_are_read_strictly)
{
	static const char *const swaps[][2] = {
	    {"\"version\":1", "\"version\":2"},
	    {"\"type\":\"statement\"", "\"type\":\"receipt\""},
	    {"\"version\":1", "\"version\":1,\"colour\":1"},
	    {"\"customer\":\"acme\",", ""}, {"\"acme-2026\"", "\"A B\""},
	    {"\"agreement\":\"acme-2026\",", ""},
	    {"\"currency\":\"EUR\"", "\"currency\":\"EURO\""},
	    {"2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"},
	    {"2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"},
	    {"\"until\":\"2027-01-01", "\"until\":\"2027-01-03"},
	    {"\"opening\":{\"number\":7", "\"opening\":{\"number\":0"},
	    {"\"rows\":[", "\"rows\":[7,"}, {"\"lines\":[", "\"lines\":[7,"},
	    {"\"lines\":[", "\"lines\":null,\"x\":["},
	    {"[{\"kind\":\"charge\",\"programme\":\"humanoid\"",
	        "[{\"kind\":\"charge\",\"programme\":\"other\""},
	    {"[{\"kind\":\"charge\",\"programme\":\"humanoid\"",
	        "[{\"kind\":\"gift\",\"programme\":\"humanoid\""},
	    {"\"total\":{", "\"total\":{\"tax\":0,"},
	    {"\"issued\":", "\"issue\":"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(
		    parse_with(swaps[i][0], swaps[i][1]) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
}
END_TEST

TCase *
statement_cases(void)
{
	TCase *tc = tcase_create("statement");

	tcase_add_test(tc, a_row_has_one_text);
	tcase_add_test(tc, rows_go_both_ways);
	tcase_add_test(tc, rows_are_read_strictly);
	tcase_add_test(tc, a_row_out_of_place_is_told_from_an_altered_one);
	tcase_add_test(tc, a_statement_is_built_written_and_read);
	tcase_add_test(tc, the_first_row_that_differs_is_named);
	tcase_add_test(tc, a_fee_may_be_less_than_the_price);
	tcase_add_test(tc, amounts_are_those_of_the_frozen_price);
	tcase_add_test(tc, lines_and_total_are_sums_of_the_rows);
	tcase_add_test(tc, sums_that_do_not_fit_are_refused);
	tcase_add_test(tc, what_does_not_recompute_is_never_built);
	tcase_add_test(tc, a_statement_without_rows_is_of_nothing);
	tcase_add_test(tc, statements_are_read_strictly);
	return tc;
}
