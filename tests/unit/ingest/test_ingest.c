#include <stdlib.h>

#include "suites.h"

int
main(void)
{
	Suite *suite = suite_create("ingest");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, crew_cases());
	suite_add_tcase(suite, draft_store_cases());
	suite_add_tcase(suite, file_cache_cases());
	suite_add_tcase(suite, object_copy_cases());
	suite_add_tcase(suite, scan_cache_cases());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
