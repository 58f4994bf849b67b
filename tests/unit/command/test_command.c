#include <stdlib.h>

#include "suites.h"

int
main(void)
{
	Suite *suite = suite_create("command");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, exit_cases());
	suite_add_tcase(suite, output_cases());
	suite_add_tcase(suite, parse_cases());
	suite_add_tcase(suite, progress_cases());
	suite_add_tcase(suite, settings_cases());
	suite_add_tcase(suite, value_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
