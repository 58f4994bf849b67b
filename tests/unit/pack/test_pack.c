#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "suites.h"

static const char *
golden_path(const char *name)
{
	static char path[4096];
	const char *source = getenv("SL_SRCDIR");

	snprintf(path, sizeof(path), "%s/tests/golden/pack/%s",
	    source == NULL ? "." : source, name);
	return path;
}

void
read_golden(struct sl_buf *out, const char *name)
{
	struct sl_error err = {0};

	ck_assert_msg(sl_file_read(out, golden_path(name), &err) == SL_OK, "%s",
	    err.text);
}

void
assert_golden(const char *name, struct sl_slice bytes)
{
	struct sl_buf golden;

	if (getenv("SL_GOLDEN_WRITE") != NULL &&
	    access(golden_path(name), F_OK) != 0)
		ck_assert(sl_file_replace(
		              golden_path(name), bytes, 0644, NULL) == SL_OK);
	sl_buf_init(&golden, 1 << 20);
	read_golden(&golden, name);
	ck_assert_uint_eq(golden.len, bytes.len);
	ck_assert_mem_eq(golden.data, bytes.data, bytes.len);
	sl_buf_clear(&golden);
}

void
fill_noise(unsigned char *out, size_t len, unsigned seed)
{
	unsigned long long state = seed * 2654435761ULL + 1;

	for (size_t i = 0; i < len; i++) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		out[i] = (unsigned char)(state >> 56);
	}
}

void
append_text(struct sl_buf *out, size_t len)
{
	size_t end = out->len + len;

	for (unsigned i = 0; out->len < end; i++)
		ck_assert(sl_buf_printf(out, "{\"frame\":%u,\"x\":%u}\n", i,
		              i * i % 997) == SL_OK);
	out->len = end;
}

int
main(void)
{
	Suite *suite = suite_create("pack");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, chunk_cases());
	suite_add_tcase(suite, end_record_cases());
	suite_add_tcase(suite, frame_cases());
	suite_add_tcase(suite, pack_writer_cases());
	suite_add_tcase(suite, segment_reader_cases());
	suite_add_tcase(suite, stock_cases());
	suite_add_tcase(suite, tar_cases());
	suite_add_tcase(suite, unpack_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
