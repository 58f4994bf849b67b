#include <stdio.h>
#include <stdlib.h>

#include "sluice/catalog/explain.h"
#include "sluice/catalog/licence_file.h"
#include "sluice/catalog/odrl.h"
#include "sluice/catalog/receipt.h"
#include "suites.h"

static void
make_receipt(struct sl_receipt *receipt)
{
	const struct sl_uuid episode = {{7}};

	sl_receipt_init(receipt);
	(void)snprintf(receipt->customer, sizeof(receipt->customer), "acme");
	receipt->licence.bytes[0] = 1;
	(void)snprintf(receipt->dataset, sizeof(receipt->dataset), "kitting");
	receipt->seq = 7;
	receipt->ledger.number = 12;
	memset(receipt->ledger.head, 0xab, sizeof(receipt->ledger.head));
	receipt->segments_verified = 10241;
	receipt->segments_bytes = INT64_C(1) << 40;
	for (uint32_t i = 1; i <= 3; i++)
		ck_assert(
		    sl_receipt_add_retraction(receipt, i, &episode) == SL_OK);
	receipt->at_us = INT64_C(1795223700) * 1000000;
	ck_assert(sl_receipt_add_deletion(receipt, &episode, receipt->at_us) ==
	    SL_OK);
	ck_assert(
	    sl_receipt_add_deletion(receipt, NULL, receipt->at_us) == SL_OK);
}

START_TEST(a_receipt_is_written_as_released_and_read_again)
{
	struct sl_receipt receipt;
	struct sl_receipt again;
	struct sl_error err = {0};
	struct sl_buf text;

	make_receipt(&receipt);
	sl_buf_init(&text, SL_RECEIPT_BYTES_MAX);
	ck_assert(sl_receipt_format(&text, &receipt) == SL_OK);
	assert_golden(&text, "receipt-v1.json");
	sl_receipt_init(&again);
	ck_assert_msg(
	    sl_receipt_parse(&again, sl_buf_slice(&text), &err) == SL_OK, "%s",
	    err.text);
	ck_assert_uint_eq(again.retraction_count, 3);
	ck_assert_uint_eq(again.retractions[2].seq, 3);
	ck_assert_uint_eq(again.deletion_count, 2);
	ck_assert(!again.deletions[0].is_all && again.deletions[1].is_all);
	ck_assert_uint_eq(again.ledger.number, 12);
	sl_buf_reset(&text);
	ck_assert(sl_receipt_format(&text, &again) == SL_OK);
	assert_golden(&text, "receipt-v1.json");
	sl_buf_clear(&text);
	sl_receipt_clear(&receipt);
	sl_receipt_clear(&again);
}
END_TEST

/* A released document with one part replaced, its first occurrence. */
static void
change(struct sl_buf *changed, const char *name, const char *part,
    const char *other)
{
	struct sl_buf golden;
	const char *at;

	sl_buf_init(&golden, 1 << 20);
	sl_buf_reset(changed);
	read_golden(&golden, name);
	at = strstr(sl_buf_text(&golden), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(changed, golden.data,
	              (size_t)(at - (const char *)golden.data)) == SL_OK);
	ck_assert(sl_buf_append_text(changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(changed, at + strlen(part)) == SL_OK);
	sl_buf_clear(&golden);
}

START_TEST(receipts_are_read_strictly)
{
	static const char *const swaps[][2] = {
	    {"\"version\":1", "\"version\":2"},
	    {"\"type\":\"receipt\"", "\"type\":\"statement\""},
	    {"\"version\":1", "\"version\":1,\"colour\":1"},
	    {"\"acme\"", "\"Acme Inc\""}, {"\"acme\"", "\"\""},
	    {"\"kitting\"", "\"k\""}, {"\"seq\":7", "\"seq\":-1"},
	    {"\"seq\":7", "\"seq\":2147483647"},
	    {"\"number\":12", "\"number\":0"}, {"abab", "ABab"},
	    {"\"verified\":10241,", ""},
	    {"\"verified\":10241", "\"verified\":10241,\"failed\":0"},
	    {"[[1,", "[[0,"}, {"[[1,", "[[\"1\","}, {"[[1,", "[[1,1,"},
	    {"[[1,\"07", "[[1,\"7"}, {"\"retractions\":[", "\"retracted\":["},
	    {"\"episode\":\"*\"", "\"episode\":\"all\""},
	    {"\"episode\":\"*\",", ""},
	    {"\"deletions\":[", "\"deletions\":[1,"},
	    {"\"at\":\"2026", "\"at\":\"1926"}};
	struct sl_receipt receipt;
	struct sl_buf text;

	sl_buf_init(&text, 1 << 20);
	sl_receipt_init(&receipt);
	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		change(&text, "receipt-v1.json", swaps[i][0], swaps[i][1]);
		ck_assert_msg(sl_receipt_parse(&receipt, sl_buf_slice(&text),
		                  NULL) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	}
	ck_assert_uint_eq(receipt.retraction_count, 0);
	sl_buf_clear(&text);
}
END_TEST

static void
read_terms(struct sl_terms *terms)
{
	struct sl_buf golden;

	sl_buf_init(&golden, SL_TERMS_BYTES_MAX);
	read_golden(&golden, "terms-v1.json");
	ck_assert(sl_terms_parse(terms, sl_buf_slice(&golden), NULL) == SL_OK);
	sl_buf_clear(&golden);
}

static void
make_file(struct sl_licence_file *file)
{
	sl_licence_file_init(file);
	file->licence.bytes[0] = 1;
	file->licence_version = 3;
	(void)snprintf(file->customer, sizeof(file->customer), "acme");
	(void)snprintf(file->customer_title, sizeof(file->customer_title),
	    "Acme GmbH & Co. KG");
	file->has_agreement = true;
	(void)snprintf(file->agreement, sizeof(file->agreement), "acme-2026");
	file->agreement_from_us = INT64_C(1793491200) * 1000000;
	file->agreement_until_us = INT64_C(1825027200) * 1000000;
	(void)snprintf(file->currency, sizeof(file->currency), "EUR");
	file->ceiling = (struct sl_ceiling){
	    {10000, SL_QUOTA_NONE, SL_QUOTA_NONE}, INT64_C(50000000000)};
	(void)snprintf(file->dataset_title, sizeof(file->dataset_title),
	    "Kitting with a UR5e");
	(void)snprintf(file->publisher, sizeof(file->publisher), "lab");
	read_terms(&file->terms);
	file->issued_us = INT64_C(1795223700) * 1000000;
	(void)snprintf(file->issuer, sizeof(file->issuer), "ann");
}

START_TEST(a_licence_file_is_written_as_released_and_read_again)
{
	struct sl_licence_file file;
	struct sl_licence_file again;
	struct sl_error err = {0};
	struct sl_buf text;

	make_file(&file);
	sl_buf_init(&text, SL_LICENCE_FILE_BYTES_MAX);
	ck_assert(sl_licence_file_format(&text, &file) == SL_OK);
	assert_golden(&text, "licence-v1.json");
	sl_licence_file_init(&again);
	ck_assert_msg(
	    sl_licence_file_parse(&again, sl_buf_slice(&text), &err) == SL_OK,
	    "%s", err.text);
	ck_assert(again.has_agreement);
	ck_assert_uint_eq(again.ceiling.quota.episodes, 10000);
	ck_assert_str_eq(again.terms.programme, "humanoid-2027");
	sl_buf_reset(&text);
	ck_assert(sl_licence_file_format(&text, &again) == SL_OK);
	assert_golden(&text, "licence-v1.json");
	sl_buf_clear(&text);
	sl_licence_file_clear(&file);
	sl_licence_file_clear(&again);
}
END_TEST

START_TEST(licence_files_are_read_strictly)
{
	static const char *const swaps[][2] = {
	    {"\"version\":1", "\"version\":2"},
	    {"\"type\":\"licence\"", "\"type\":\"receipt\""},
	    {"\"version\":1", "\"version\":1,\"colour\":1"},
	    {"\"licence_version\":3,", ""}, {"\"name\":\"acme\"", "\"name\":1"},
	    {"Acme GmbH", "Acme\\nGmbH"}, {"\"EUR\"", "\"QQQ\""},
	    {"\"EUR\"", "null"},
	    {"\"ceiling\":{\"episodes\":10000,", "\"ceiling\":{"},
	    {"\"money_micro\":50000000000", "\"money_micro\":-1"},
	    {"{\"name\":\"ur5e-kitting\"", "{\"name\":\"another\""},
	    {"\"publisher\":\"lab\"", "\"publisher\":null"},
	    {"\"status\":\"active\"", "\"status\":\"fine\""},
	    {"\"use\":\"commercial_train\",", ""},
	    {"\"issuer\":\"ann\"", "\"issuer\":\"\""},
	    {"\"issued\":\"2026", "\"issued\":\"26"}};
	struct sl_licence_file file;
	struct sl_buf text;

	sl_buf_init(&text, 1 << 20);
	sl_licence_file_init(&file);
	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		change(&text, "licence-v1.json", swaps[i][0], swaps[i][1]);
		ck_assert_msg(sl_licence_file_parse(&file, sl_buf_slice(&text),
		                  NULL) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	}
	sl_licence_file_clear(&file);
	sl_buf_clear(&text);
}
END_TEST

START_TEST(a_licence_without_agreement_says_so)
{
	struct sl_licence_file file;
	struct sl_licence_file again;
	struct sl_buf text;

	make_file(&file);
	file.has_agreement = false;
	sl_buf_init(&text, SL_LICENCE_FILE_BYTES_MAX);
	ck_assert(sl_licence_file_format(&text, &file) == SL_OK);
	ck_assert_ptr_nonnull(strstr(sl_buf_text(&text), "\"agreement\":null"));
	sl_licence_file_init(&again);
	ck_assert(
	    sl_licence_file_parse(&again, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert(!again.has_agreement);
	sl_licence_file_clear(&again);
	sl_licence_file_clear(&file);
	sl_buf_clear(&text);
}
END_TEST

static void
assert_json(json_t *json, const char *name)
{
	struct sl_buf text;
	char *dumped = json_dumps(json, JSON_INDENT(2));

	ck_assert_ptr_nonnull(dumped);
	sl_buf_init(&text, 1 << 20);
	ck_assert(sl_buf_append_text(&text, dumped) == SL_OK);
	ck_assert(sl_buf_append_text(&text, "\n") == SL_OK);
	assert_golden(&text, name);
	sl_buf_clear(&text);
	free(dumped);
	json_decref(json);
}

START_TEST(terms_are_exported_as_odrl)
{
	const struct sl_odrl_parties parties = {
	    .licence = {{1}}, .assigner = "lab", .assignee = "acme"};
	struct sl_terms terms;

	sl_terms_init(&terms);
	read_terms(&terms);
	assert_json(sl_odrl_from_terms(&terms, &parties), "odrl-v1.json");
	sl_terms_clear(&terms);
}
END_TEST

START_TEST(what_is_not_limited_is_no_constraint_in_odrl)
{
	const struct sl_odrl_parties parties = {
	    .licence = {{1}}, .assigner = "lab", .assignee = "acme"};
	struct sl_terms terms;
	json_t *json;
	json_t *permission;

	sl_terms_init(&terms);
	json = sl_odrl_from_terms(&terms, &parties);
	ck_assert_ptr_nonnull(json);
	permission = json_array_get(json_object_get(json, "permission"), 0);
	/* From, until and the use. */
	ck_assert_uint_eq(
	    json_array_size(json_object_get(permission, "constraint")), 3);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(permission, "duty")), 0);
	json_decref(json);
	sl_terms_clear(&terms);
}
END_TEST

START_TEST(a_decision_is_explained_in_full)
{
	struct sl_licence_state state = {.status = SL_LICENCE_SUSPENDED};
	struct sl_decide_request request = {.dataset = "other"};
	const struct sl_uuid licence = {{1}};
	struct sl_decision decision;
	struct sl_terms terms;

	sl_terms_init(&terms);
	read_terms(&terms);
	decision = sl_licence_decide(
	    &terms, &state, &request, INT64_C(1795223700) * 1000000);
	assert_json(sl_decision_to_json(&decision, &terms, &licence, 3),
	    "explain-v1.json");
	sl_terms_clear(&terms);
}
END_TEST

START_TEST(what_cannot_be_read_obliges_to_nothing)
{
	struct sl_licence_state state = {0};
	struct sl_decide_request request = {0};
	const struct sl_uuid licence = {{1}};
	struct sl_decision decision =
	    sl_licence_decide(NULL, &state, &request, 0);
	json_t *json = sl_decision_to_json(&decision, NULL, &licence, 3);

	ck_assert_ptr_nonnull(json);
	ck_assert(json_is_false(json_object_get(json, "allowed")));
	ck_assert(json_is_null(json_object_get(json, "valid_until")));
	ck_assert_uint_eq(
	    json_array_size(json_object_get(json, "obligations")), 0);
	json_decref(json);
}
END_TEST

TCase *
document_cases(void)
{
	TCase *tc = tcase_create("document");

	tcase_add_test(tc, a_receipt_is_written_as_released_and_read_again);
	tcase_add_test(tc, receipts_are_read_strictly);
	tcase_add_test(
	    tc, a_licence_file_is_written_as_released_and_read_again);
	tcase_add_test(tc, licence_files_are_read_strictly);
	tcase_add_test(tc, a_licence_without_agreement_says_so);
	tcase_add_test(tc, terms_are_exported_as_odrl);
	tcase_add_test(tc, what_is_not_limited_is_no_constraint_in_odrl);
	tcase_add_test(tc, a_decision_is_explained_in_full);
	tcase_add_test(tc, what_cannot_be_read_obliges_to_nothing);
	return tc;
}
