#include "test_session.h"

#include <stdlib.h>

int
main(void)
{
	SRunner *runner = srunner_create(suite_access());
	int failed;

	srunner_add_suite(runner, suite_plan());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
