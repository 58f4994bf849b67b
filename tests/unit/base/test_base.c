#include <stdlib.h>

#include "suites.h"

int
main(void)
{
	Suite *suite = suite_create("base");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, array_cases());
	suite_add_tcase(suite, base64_cases());
	suite_add_tcase(suite, buf_cases());
	suite_add_tcase(suite, bulk_cases());
	suite_add_tcase(suite, checked_cases());
	suite_add_tcase(suite, clock_cases());
	suite_add_tcase(suite, error_cases());
	suite_add_tcase(suite, file_cases());
	suite_add_tcase(suite, hex_cases());
	suite_add_tcase(suite, log_cases());
	suite_add_tcase(suite, secret_cases());
	suite_add_tcase(suite, uuid_cases());
	suite_add_tcase(suite, workers_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
