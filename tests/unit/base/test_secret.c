#include "sluice/base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "suites.h"

static char path[] = "/tmp/sluice-secret-XXXXXX";

static void
make_file(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
remove_file(void)
{
	unlink(path);
}

static enum sl_status
read_with_mode(const char *text, mode_t mode, struct sl_secret *out)
{
	ck_assert(
	    sl_file_replace(path, sl_slice_text(text), mode, NULL) == SL_OK);
	return sl_secret_read_file(out, path, 8, NULL);
}

START_TEST(a_file_that_others_can_read_is_refused)
{
	struct sl_secret secret;

	ck_assert(read_with_mode("x", 0644, &secret) == SL_ERR_AUTH);
	ck_assert(read_with_mode("x", 0640, &secret) == SL_ERR_AUTH);
	ck_assert(read_with_mode("x", 0602, &secret) == SL_ERR_AUTH);
	ck_assert_ptr_null(secret.data);
}
END_TEST

START_TEST(a_file_that_is_none_is_refused)
{
	struct sl_secret secret;

	ck_assert(sl_secret_read_file(&secret, "/nowhere/x", 8, NULL) ==
	    SL_ERR_NOT_FOUND);
	ck_assert(sl_secret_read_file(&secret, "/", 8, NULL) == SL_ERR_INVALID);
	ck_assert(read_with_mode("123456789", 0600, &secret) == SL_ERR_LIMIT);
	ck_assert_ptr_null(secret.data);
}
END_TEST

START_TEST(one_newline_at_the_end_is_dropped)
{
	struct sl_secret secret;

	ck_assert(read_with_mode("key\n\n", 0600, &secret) == SL_OK);
	ck_assert(sl_slice_is_text(sl_secret_slice(&secret), "key\n"));
	sl_secret_clear(&secret);
	ck_assert_ptr_null(secret.data);
	ck_assert_uint_eq(secret.len, 0);
	sl_secret_clear(&secret);
	ck_assert(read_with_mode("", 0400, &secret) == SL_OK);
	ck_assert_uint_eq(secret.len, 0);
	sl_secret_clear(&secret);
}
END_TEST

START_TEST(a_copy_is_a_copy)
{
	struct sl_secret secret;
	char text[] = "abc";

	ck_assert(sl_secret_copy(&secret, sl_slice_of(text, 3)) == SL_OK);
	text[0] = 'x';
	ck_assert_str_eq((const char *)secret.data, "abc");
	sl_secret_clear(&secret);
	ck_assert(sl_secret_copy(&secret, sl_slice_of(NULL, 0)) == SL_OK);
	sl_secret_clear(&secret);
}
END_TEST

TCase *
secret_cases(void)
{
	TCase *cases = tcase_create("secret");

	tcase_add_checked_fixture(cases, make_file, remove_file);
	tcase_add_test(cases, a_file_that_others_can_read_is_refused);
	tcase_add_test(cases, a_file_that_is_none_is_refused);
	tcase_add_test(cases, one_newline_at_the_end_is_dropped);
	tcase_add_test(cases, a_copy_is_a_copy);
	return cases;
}
