#include <stdio.h>
#include <stdlib.h>

#include "sluice/base/file.h"
#include "suites.h"

static void
golden_path(char out[4096], const char *name)
{
	const char *root = getenv("SL_SRCDIR");

	ck_assert_ptr_nonnull(root);
	(void)snprintf(out, 4096, "%s/tests/golden/%s", root, name);
}

void
read_golden(struct sl_buf *buf, const char *name)
{
	struct sl_error err = {0};
	char path[4096];

	golden_path(path, name);
	ck_assert_msg(sl_file_read(buf, path, &err) == SL_OK, "%s", err.text);
}

void
assert_golden(const struct sl_buf *buf, const char *name)
{
	struct sl_buf golden;
	struct sl_error err = {0};
	char path[4096];

	golden_path(path, name);
	sl_buf_init(&golden, 1 << 20);
	if (getenv("SL_GOLDEN_NEW") != NULL &&
	    sl_file_read(&golden, path, NULL) == SL_ERR_NOT_FOUND)
		ck_assert_msg(sl_file_replace(
		                  path, sl_buf_slice(buf), 0644, &err) == SL_OK,
		    "%s", err.text);
	sl_buf_reset(&golden);
	read_golden(&golden, name);
	ck_assert_msg(sl_slice_is(sl_buf_slice(buf), sl_buf_slice(&golden)),
	    "%s differs from what is written now", name);
	sl_buf_clear(&golden);
}

int
main(void)
{
	Suite *suite = suite_create("catalog");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, checkpoint_cases());
	suite_add_tcase(suite, decide_cases());
	suite_add_tcase(suite, document_cases());
	suite_add_tcase(suite, draft_cases());
	suite_add_tcase(suite, entry_cases());
	suite_add_tcase(suite, fetch_cases());
	suite_add_tcase(suite, grant_cases());
	suite_add_tcase(suite, index_cases());
	suite_add_tcase(suite, json_cases());
	suite_add_tcase(suite, layer_cases());
	suite_add_tcase(suite, live_cases());
	suite_add_tcase(suite, log_cases());
	suite_add_tcase(suite, manifest_cases());
	suite_add_tcase(suite, metadata_cases());
	suite_add_tcase(suite, multirange_cases());
	suite_add_tcase(suite, name_cases());
	suite_add_tcase(suite, note_cases());
	suite_add_tcase(suite, path_cases());
	suite_add_tcase(suite, pin_cases());
	suite_add_tcase(suite, policy_cases());
	suite_add_tcase(suite, price_cases());
	suite_add_tcase(suite, profile_cases());
	suite_add_tcase(suite, purpose_cases());
	suite_add_tcase(suite, selection_cases());
	suite_add_tcase(suite, statement_cases());
	suite_add_tcase(suite, terms_cases());
	suite_add_tcase(suite, territory_cases());
	suite_add_tcase(suite, tile_cases());
	suite_add_tcase(suite, trust_cases());
	suite_add_tcase(suite, trust_verify_cases());
	suite_add_tcase(suite, v1_cases());
	suite_add_tcase(suite, vocabulary_cases());
	suite_add_tcase(suite, where_cases());
	suite_add_tcase(suite, witness_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
