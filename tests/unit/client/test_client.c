#include <stdlib.h>

#include "suites.h"

int
main(void)
{
	Suite *suite = suite_create("client");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, apply_cases());
	suite_add_tcase(suite, book_cases());
	suite_add_tcase(suite, budget_cases());
	suite_add_tcase(suite, chain_cases());
	suite_add_tcase(suite, delivery_cases());
	suite_add_tcase(suite, heads_cases());
	suite_add_tcase(suite, holdings_cases());
	suite_add_tcase(suite, journal_cases());
	suite_add_tcase(suite, notary_cases());
	suite_add_tcase(suite, problem_cases());
	suite_add_tcase(suite, receiver_cases());
	suite_add_tcase(suite, state_cases());
	suite_add_tcase(suite, tree_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
