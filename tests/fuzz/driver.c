/* What drives a fuzzer where libFuzzer does not: each argument is a file to
 * run, or a folder of them; without arguments, the fuzzer's own corpus,
 * $SL_SRCDIR/tests/fuzz/corpus/NAME for the program fuzz_NAME. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sluice/base/file.h"

#define INPUT_MAX (1 << 24)

static unsigned run_count;

static void
run_file(const char *path)
{
	struct sl_error err = {0};
	struct sl_buf input;
	unsigned char *exact;

	sl_buf_init(&input, INPUT_MAX);
	if (sl_file_read(&input, path, &err) != SL_OK) {
		fprintf(stderr, "%s\n", err.text);
		exit(EXIT_FAILURE);
	}
	/* A copy of the exact length, so that sanitizers see each overrun. */
	exact = malloc(input.len + (input.len == 0));
	if (exact == NULL)
		abort();
	if (input.len > 0)
		memcpy(exact, input.data, input.len);
	LLVMFuzzerTestOneInput(exact, input.len);
	run_count++;
	free(exact);
	sl_buf_clear(&input);
}

static void
run_path(const char *path)
{
	struct dirent **entries;
	struct stat info;
	int count;

	if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
		run_file(path);
		return;
	}
	count = scandir(path, &entries, NULL, alphasort);
	if (count < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < count; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			run_file(name);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	const char *source = getenv("SL_SRCDIR");
	const char *name = strstr(argv[0], "fuzz_");
	char path[4096];

	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	if (argc == 1 && name != NULL) {
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
		    source == NULL ? "." : source, name + strlen("fuzz_"));
		run_path(path);
	}
	printf("%u inputs\n", run_count);
	return run_count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
