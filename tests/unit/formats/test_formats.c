#include <stdlib.h>
#include <sys/mman.h>

#include "sluice/base/file.h"
#include "suites.h"

int
open_bytes(struct sl_slice bytes)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert(sl_file_write_all(fd, bytes.data, bytes.len, NULL) == SL_OK);
	return fd;
}

int
main(void)
{
	Suite *suite = suite_create("formats");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, csv_cases());
	suite_add_tcase(suite, film_cases());
	suite_add_tcase(suite, lerobot_path_cases());
	suite_add_tcase(suite, lerobot_stats_cases());
	suite_add_tcase(suite, lerobot_v3_cases());
	suite_add_tcase(suite, mcap_cases());
	suite_add_tcase(suite, mcap_source_cases());
	suite_add_tcase(suite, mp4_cases());
	suite_add_tcase(suite, parquet_cases());
	suite_add_tcase(suite, parquet_file_cases());
	suite_add_tcase(suite, parquet_page_cases());
	suite_add_tcase(suite, robot_log_cases());
	suite_add_tcase(suite, robot_message_cases());
	suite_add_tcase(suite, source_cases());
	suite_add_tcase(suite, varint_cases());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
