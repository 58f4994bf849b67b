#include <stdlib.h>

#include "suites.h"

int
main(void)
{
	Suite *suite = suite_create("simulation");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, arm_cases());
	suite_add_tcase(suite, camera_cases());
	suite_add_tcase(suite, rollout_cases());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
