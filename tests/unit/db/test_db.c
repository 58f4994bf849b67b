#include <check.h>
#include <stdlib.h>

#include "../../support/cluster.h"
#include "suites.h"

int
main(void)
{
	SRunner *runner;
	int failed;

	cluster_begin();
	runner = srunner_create(params_suite());
	srunner_add_suite(runner, rows_suite());
	srunner_add_suite(runner, pool_suite());
	srunner_add_suite(runner, listen_suite());
	srunner_add_suite(runner, migrations_suite());
	srunner_add_suite(runner, transaction_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	cluster_end();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
