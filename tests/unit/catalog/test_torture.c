/* Each allocation fails once: what is read and computed then ends with a
 * status, frees everything (under the sanitizers) and crashes nothing.
 *
 * The linker puts the wrappers below in the place of the allocator for our own
 * code (--wrap), and jansson is told to use them. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "sluice/base/file.h"
#include "sluice/catalog/draft.h"
#include "sluice/catalog/explain.h"
#include "sluice/catalog/fetch.h"
#include "sluice/catalog/grant.h"
#include "sluice/catalog/index.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/licence_file.h"
#include "sluice/catalog/odrl.h"
#include "sluice/catalog/path.h"
#include "sluice/catalog/policy.h"
#include "sluice/catalog/receipt.h"
#include "sluice/catalog/selection.h"
#include "sluice/catalog/statement.h"
#include "sluice/catalog/terms.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);

static long until_failure = -1; /* -1: none fails */

static bool
fails(void)
{
	return until_failure >= 0 && until_failure-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, count, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

static struct sl_buf golden;

static struct sl_slice
load(const char *name)
{
	const char *root = getenv("SL_SRCDIR");
	char path[4096];

	ck_assert_ptr_nonnull(root);
	(void)snprintf(path, sizeof(path), "%s/tests/golden/%s", root, name);
	sl_buf_init(&golden, 1 << 20);
	ck_assert(sl_file_read(&golden, path, NULL) == SL_OK);
	return sl_buf_slice(&golden);
}

typedef enum sl_status attempt_fn(struct sl_slice text);

/* Try with the 1st, 2nd … allocation failing until none of them is reached. */
static void
torture(attempt_fn *attempt, const char *name)
{
	struct sl_slice text = load(name);
	bool reached = true;

	json_set_alloc_funcs(__wrap_malloc, free);
	ck_assert(attempt(text) == SL_OK);
	for (long n = 0; reached; n++) {
		enum sl_status status;

		until_failure = n;
		status = attempt(text);
		reached = until_failure < 0;
		until_failure = -1;
		/* jansson calls some of them a malformed text. */
		ck_assert_msg((status != SL_OK) == reached,
		    "%s: allocation %ld gives %s", name, n,
		    sl_status_name(status));
	}
	sl_buf_clear(&golden);
}

static enum sl_status
try_index(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_index *index;
	struct sl_buf buf;
	enum sl_status status = sl_index_parse(&index, text, &err);

	if (status != SL_OK)
		return status;
	sl_buf_init(&buf, SL_INDEX_BYTES_MAX);
	status = sl_index_write(&buf, index, &err);
	sl_buf_clear(&buf);
	sl_index_free(index);
	return status;
}

static enum sl_status
build(struct sl_index *index, struct sl_error *err)
{
	struct sl_entry entry = {
	    .number = 1, .revision = 1, .id = {{1}}, .op = SL_ENTRY_ADD};
	struct sl_entry_layer layer = {"state", SL_LAYER_NEW, 1, 0};
	struct sl_index_file file = {"a/b", "text/plain", 10, {0}};
	unsigned char hash[32] = {0};
	enum sl_status status = sl_entry_add_layer(&entry, &layer, err);

	if (status == SL_OK)
		status = sl_index_add_entry(index, &entry, err);
	if (status == SL_OK)
		status = sl_index_add_file(index, 1, "state", &file, err);
	if (status == SL_OK)
		status = sl_index_seal(index, err);
	if (status == SL_OK)
		status = sl_index_add_chunk(index, 9, 1024, hash, err);
	if (status == SL_OK)
		status = sl_index_end_segment(index, err);
	sl_entry_clear(&entry);
	return status;
}

static enum sl_status
select_from(
    const struct sl_index *index, struct sl_live *live, struct sl_error *err)
{
	struct sl_selection_diff diff;
	struct sl_selection *selection;
	enum sl_status status =
	    sl_live_apply(live, 1, index->entries, index->entry_count, err);

	/* A failed apply has changed nothing. */
	if (status != SL_OK) {
		ck_assert_uint_eq(sl_live_seq(live), 0);
		ck_assert_uint_eq(sl_live_max_number(live), 0);
		return status;
	}
	status = sl_selection_compute(&selection, live, NULL, NULL, err);
	if (status != SL_OK)
		return status;
	status = sl_selection_compare(&diff, NULL, selection, live);
	if (status == SL_OK)
		sl_selection_diff_clear(&diff);
	sl_selection_free(selection);
	return status;
}

static enum sl_status
try_selection(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_index *index;
	struct sl_live *live = NULL;
	enum sl_status status = sl_index_build_new(&index, "ds", 1, 0, &err);

	(void)text;
	if (status != SL_OK)
		return status;
	status = build(index, &err);
	if (status == SL_OK)
		status = sl_live_new(&live);
	if (status == SL_OK)
		status = select_from(index, live, &err);
	sl_live_free(live);
	sl_index_free(index);
	return status;
}

static enum sl_status
try_terms(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_terms terms;
	enum sl_status status;

	sl_terms_init(&terms);
	status = sl_terms_parse(&terms, text, &err);
	if (status == SL_OK) {
		json_t *json = sl_terms_to_json(&terms);

		status = json == NULL ? SL_ERR_NOMEM : SL_OK;
		json_decref(json);
	}
	sl_terms_clear(&terms);
	return status;
}

static enum sl_status
try_policy(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_policy policy;
	struct sl_terms terms;
	enum sl_status status;

	sl_policy_init(&policy);
	sl_terms_init(&terms);
	status = sl_policy_parse(&policy, text, &err);
	if (status == SL_OK)
		status = sl_policy_terms(&terms, &policy, "ds", 9, 0, &err);
	if (status == SL_OK) {
		json_t *json = sl_policy_to_json(&policy);

		status = json == NULL ? SL_ERR_NOMEM : SL_OK;
		json_decref(json);
	}
	sl_terms_clear(&terms);
	sl_policy_clear(&policy);
	return status;
}

static enum sl_status
try_statement(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_statement statement;
	struct sl_buf buf;
	enum sl_status status;

	sl_statement_init(&statement);
	sl_buf_init(&buf, 1 << 20);
	status = sl_statement_parse(&statement, text, &err);
	if (status == SL_OK)
		status = sl_statement_check(NULL, &statement, &err);
	if (status == SL_OK)
		status = sl_statement_format(&buf, &statement);
	sl_buf_clear(&buf);
	sl_statement_clear(&statement);
	return status;
}

static enum sl_status
try_receipt(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_receipt receipt;
	struct sl_buf buf;
	enum sl_status status;

	sl_receipt_init(&receipt);
	sl_buf_init(&buf, 1 << 20);
	status = sl_receipt_parse(&receipt, text, &err);
	if (status == SL_OK)
		status = sl_receipt_format(&buf, &receipt);
	sl_buf_clear(&buf);
	sl_receipt_clear(&receipt);
	return status;
}

static enum sl_status
say_licence(const struct sl_licence_file *file)
{
	const struct sl_odrl_parties parties = {
	    .licence = file->licence, .assigner = "a", .assignee = "b"};
	const struct sl_licence_state state = {0};
	const struct sl_decide_request request = {0};
	struct sl_decision decision =
	    sl_licence_decide(&file->terms, &state, &request, 0);
	json_t *odrl = sl_odrl_from_terms(&file->terms, &parties);
	json_t *words = sl_decision_to_json(
	    &decision, &file->terms, &file->licence, file->licence_version);
	enum sl_status status =
	    odrl == NULL || words == NULL ? SL_ERR_NOMEM : SL_OK;

	json_decref(odrl);
	json_decref(words);
	return status;
}

static enum sl_status
try_licence(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_licence_file file;
	struct sl_buf buf;
	enum sl_status status;

	sl_licence_file_init(&file);
	sl_buf_init(&buf, 1 << 20);
	status = sl_licence_file_parse(&file, text, &err);
	if (status == SL_OK)
		status = sl_licence_file_format(&buf, &file);
	if (status == SL_OK)
		status = say_licence(&file);
	sl_buf_clear(&buf);
	sl_licence_file_clear(&file);
	return status;
}

static enum sl_status
try_grant(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_grant grant;
	struct sl_buf buf;
	enum sl_status status;

	sl_grant_init(&grant);
	sl_buf_init(&buf, SL_GRANT_BYTES_MAX);
	status = sl_grant_parse(&grant, text, &err);
	if (status == SL_OK)
		status = sl_grant_format(&buf, &grant);
	sl_buf_clear(&buf);
	sl_grant_clear(&grant);
	return status;
}

static enum sl_status
try_draft(struct sl_slice text)
{
	struct sl_error err = {0};
	struct sl_draft *draft;
	struct sl_buf buf;
	enum sl_status status = sl_draft_parse(&draft, text, &err);

	if (status != SL_OK)
		return status;
	sl_buf_init(&buf, 1 << 20);
	status = sl_draft_write(&buf, draft);
	sl_buf_clear(&buf);
	sl_draft_free(draft);
	return status;
}

static enum sl_status
try_fetch(struct sl_slice text)
{
	static const char body[] =
	    "{\"segments\":{\"3\":\"1\",\"7\":\"9,0-5\"}}";
	struct sl_error err = {0};
	struct sl_fetch fetch = {0};
	enum sl_status status =
	    sl_fetch_parse(&fetch, sl_slice_text(body), &err);

	(void)text;
	sl_fetch_clear(&fetch);
	return status;
}

static enum sl_status
try_paths(struct sl_slice text)
{
	static const char *const paths[] = {"a/b/c", "a/b/d", "e/f"};
	struct sl_path_set *set;
	enum sl_status status = sl_path_set_new(&set);

	(void)text;
	for (uint32_t i = 0; status == SL_OK && i < 3; i++)
		status = sl_path_set_add(set, sl_slice_text(paths[i]), i, NULL);
	/* Whatever was undone: nothing stands in the way of another folder. */
	if (status == SL_ERR_NOMEM && set != NULL)
		ck_assert(
		    sl_path_set_add(set, sl_slice_text("E"), 9, NULL) == SL_OK);
	sl_path_set_free(set);
	return status;
}

START_TEST(failed_allocations_are_survived)
{
	torture(try_index, "index-v1.json");
	torture(try_selection, "index-v1.json");
	torture(try_terms, "terms-v1.json");
	torture(try_policy, "policy-v1.json");
	torture(try_statement, "statement-v1.json");
	torture(try_receipt, "receipt-v1.json");
	torture(try_licence, "licence-v1.json");
	torture(try_grant, "grant-v1.json");
	torture(try_draft, "draft-v1.json");
	torture(try_fetch, "grant-v1.json");
	torture(try_paths, "grant-v1.json");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("catalog_torture");
	TCase *tc = tcase_create("torture");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, failed_allocations_are_survived);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
