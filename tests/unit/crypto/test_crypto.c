#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "sluice/base/file.h"
#include "suites.h"

char folder[] = "/tmp/sluice-crypto-XXXXXX";

void
make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

void
remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

const char *
in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

void
write_file(const char *name, struct sl_slice bytes)
{
	ck_assert(sl_file_replace(in_folder(name), bytes, 0644, NULL) == SL_OK);
}

int
run(const char *fmt, ...)
{
	char command[1024];
	va_list args;
	int used;
	int status;

	used = snprintf(command, sizeof(command), "cd %s && ", folder);
	va_start(args, fmt);
	vsnprintf(command + used, sizeof(command) - (size_t)used, fmt, args);
	va_end(args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
main(void)
{
	Suite *suite = suite_create("crypto");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, hash_cases());
	suite_add_tcase(suite, key_cases());
	suite_add_tcase(suite, minisig_cases());
	suite_add_tcase(suite, stock_cases());
	suite_add_tcase(suite, token_cases());
	suite_add_tcase(suite, wycheproof_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
