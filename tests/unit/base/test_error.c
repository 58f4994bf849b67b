#include "sluice/base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "suites.h"

START_TEST(a_hostile_name_stays_one_line_of_utf8)
{
	struct sl_error err = {0};

	sl_error_set(&err, SL_ERR_IO, "%s",
	    "a\nb\x1b[2Jc\x7f\xff\xc0\xaf\xed\xa0\x80 gr\xc3\xbc\xc3\x9f");
	ck_assert_str_eq(err.text, "a?b?[2Jc??????? gr\xc3\xbc\xc3\x9f");
}
END_TEST

START_TEST(a_cut_text_ends_in_whole_characters)
{
	struct sl_error err = {0};
	char name[2 * SL_ERROR_TEXT_MAX];

	for (size_t i = 0; i + 2 < sizeof(name); i += 2) {
		name[i] = '\xc3';
		name[i + 1] = '\xa4';
		name[i + 2] = '\0';
	}
	sl_error_set(&err, SL_ERR_IO, "%s", name);
	ck_assert_uint_eq(strlen(err.text), SL_ERROR_TEXT_MAX - 1);
	ck_assert_int_eq(err.text[SL_ERROR_TEXT_MAX - 2], '?');
	sl_error_prefix(&err, SL_ERR_IO, "%s", name);
	ck_assert_uint_eq(strlen(err.text), SL_ERROR_TEXT_MAX - 1);
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
	ck_assert(sl_error_set(NULL, SL_ERR_LIMIT, "x") == SL_ERR_LIMIT);
	ck_assert(sl_error_code(NULL, SL_ERR_QUOTA, "c", "x") == SL_ERR_QUOTA);
	ck_assert(sl_error_prefix(NULL, SL_ERR_IO, "x") == SL_ERR_IO);
	errno = ENOENT;
	ck_assert(sl_error_errno(NULL, "x") == SL_ERR_NOT_FOUND);
}
END_TEST

START_TEST(system_errors_have_their_kind)
{
	static const struct {
		int number;
		enum sl_status status;
	} kinds[] = {
	    {ENOMEM, SL_ERR_NOMEM},
	    {ENOENT, SL_ERR_NOT_FOUND},
	    {EEXIST, SL_ERR_EXISTS},
	    {ENOSPC, SL_ERR_FULL},
	    {EDQUOT, SL_ERR_FULL},
	    {EACCES, SL_ERR_IO},
	};
	struct sl_error err = {0};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		errno = kinds[i].number;
		ck_assert(sl_error_errno(&err, "f") == kinds[i].status);
		ck_assert(err.status == kinds[i].status);
	}
	ck_assert_str_eq(err.text, "f: Permission denied");
}
END_TEST

START_TEST(a_prefix_goes_before_the_words)
{
	struct sl_error err = {0};

	sl_error_code(&err, SL_ERR_QUOTA, "quota_bytes", "no bytes left");
	ck_assert(sl_error_prefix(&err, SL_ERR_QUOTA, "licence %d", 7) ==
	    SL_ERR_QUOTA);
	ck_assert_str_eq(err.text, "licence 7: no bytes left");
	ck_assert_str_eq(err.code, "quota_bytes");
	err = (struct sl_error){0};
	sl_error_prefix(&err, SL_ERR_NOMEM, "here");
	ck_assert_str_eq(err.text, "here: out of memory");
}
END_TEST

START_TEST(every_status_has_a_name_and_words)
{
#define X(name, words)                                            \
	ck_assert_str_eq(sl_status_name(SL_##name), "SL_" #name); \
	ck_assert_str_eq(sl_status_text(SL_##name), words);
	SL_STATUS_LIST(X)
#undef X
}
END_TEST

TCase *
error_cases(void)
{
	TCase *cases = tcase_create("error");

	tcase_add_test(cases, a_hostile_name_stays_one_line_of_utf8);
	tcase_add_test(cases, a_cut_text_ends_in_whole_characters);
	tcase_add_test(cases, nobody_needs_to_listen);
	tcase_add_test(cases, system_errors_have_their_kind);
	tcase_add_test(cases, a_prefix_goes_before_the_words);
	tcase_add_test(cases, every_status_has_a_name_and_words);
	return cases;
}
