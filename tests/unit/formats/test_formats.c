#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "suites.h"

/* gcc and clang say it each in their way. */
#ifdef __SANITIZE_ADDRESS__
#define HAS_SHADOW_MEMORY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SHADOW_MEMORY
#endif
#endif

#define MORE_BYTES (64u << 20)

int
open_bytes(struct sl_slice bytes)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert(sl_file_write_all(fd, bytes.data, bytes.len, NULL) == SL_OK);
	return fd;
}

void
limit_memory(void)
{
#ifndef HAS_SHADOW_MEMORY
	const rlim_t page = (rlim_t)sysconf(_SC_PAGESIZE);
	struct rlimit limit;
	char text[64];
	FILE *statm = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(statm);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), statm));
	fclose(statm);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
	/* Its first number is the address space in pages. */
	limit.rlim_cur = strtoul(text, NULL, 10) * page + MORE_BYTES;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
#endif
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
