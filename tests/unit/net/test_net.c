#include <check.h>
#include <stdlib.h>

#include "suites.h"

int
main(void)
{
	Suite *suite = suite_create("net");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, parser_tcase());
	suite_add_tcase(suite, server_tcase());
	suite_add_tcase(suite, deadline_tcase());
	suite_add_tcase(suite, body_tcase());
	suite_add_tcase(suite, tls_tcase());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
