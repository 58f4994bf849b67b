#include "sluice/catalog/path.h"

#include <stdio.h>

#include "suites.h"

START_TEST(hostile_paths_are_refused)
{
	static const char *const bad[] = {"", "/", "/etc/passwd", "a//b", "a/",
	    "//", ".", "..", "./a", "a/.", "a/./b", "../a", "a/..", "a/../b",
	    ".sluice", ".sluice/x", "a/.sluice/b", ".SLUICE", "a/.Sluice",
	    /* with a long s, which a file system may fold to s */
	    ".\xc5\xbfluice", "a\\b", "\\", "a\nb", "a\tb", "\x1b[0m", "\x7f",
	    "a\x01",
	    /* not UTF-8, overlong, surrogate, too great, cut off */
	    "\x80", "\xff", "\xc0\xae\xc0\xae", "\xe0\x80\xaf", "\xed\xa0\x80",
	    "\xf4\x90\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
	    /* C1 control, no-break space, soft hyphen, zero width, bidi */
	    "\xc2\x85", "\xc2\xa0", "\xc2\xad", "\xe2\x80\x8b", "\xe2\x80\xae",
	    "\xe2\x81\xa6", "\xef\xbb\xbf", "\xef\xbf\xbf",
	    /* e and a combining acute; Angstrom, Kelvin, Ohm; ga of two Hangul
	     * parts; a CJK compatibility ideograph; Greek question mark */
	    "e\xcc\x81", "\xe2\x84\xab", "\xe2\x84\xaa", "\xe2\x84\xa6",
	    "\xe1\x84\x80\xe1\x85\xa1", "\xef\xa4\x80", "\xcd\xbe",
	    "\xe3\x81\x8b\xe3\x82\x99"};
	struct sl_error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(sl_path_judge(sl_slice_text(bad[i]), &err) ==
		        SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
		ck_assert_str_eq(err.code, "path_invalid");
		for (const char *c = err.text; *c != '\0'; c++)
			ck_assert(*c >= 0x20 && *c < 0x7f);
	}
	ck_assert(
	    sl_path_judge(sl_slice_of("a\0b", 3), &err) == SL_ERR_INVALID);
}
END_TEST

START_TEST(honest_paths_are_taken)
{
	static const char *const good[] = {"a", "data/chunk-000/x.parquet",
	    "videos/chunk-000/observation.images.top/episode_000000.mp4", "...",
	    "..a", "a..", ".hidden", ".sluice2", "x.sluice", ".sluic", "a b",
	    "caf\xc3\xa9/\xc3\xbc.json", "\xe6\x97\xa5\xe6\x9c\xac/a",
	    "\xed\x95\x9c\xea\xb8\x80", "\xd0\xbc\xd0\xb8\xd1\x80",
	    "\xf0\x9f\xa4\x96.txt", "*?\"<>|:'"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(
		    sl_path_judge(sl_slice_text(good[i]), NULL) == SL_OK,
		    "'%s' was refused", good[i]);
}
END_TEST

START_TEST(a_path_has_at_most_240_bytes)
{
	char path[300];

	memset(path, 'x', sizeof(path));
	ck_assert(sl_path_judge(sl_slice_of(path, 240), NULL) == SL_OK);
	ck_assert(
	    sl_path_judge(sl_slice_of(path, 241), NULL) == SL_ERR_INVALID);
}
END_TEST

static enum sl_status
add(struct sl_path_set *set, const char *path)
{
	struct sl_error err = {0};

	return sl_path_set_add(set, sl_slice_text(path), 7, &err);
}

START_TEST(clashing_paths_are_refused_and_leave_the_set_alone)
{
	static const char *const clashes[] = {"data/a.txt", "data/A.txt",
	    "Data/b", "DATA/a.txt", "data", "data/a.txt/x", "Data",
	    "caf\xc3\x89/y", "\xce\xa3\xce\xb1\xcf\x83"};
	struct sl_path_set *set;
	uint32_t owner = 0;

	ck_assert(sl_path_set_new(&set) == SL_OK);
	ck_assert(add(set, "data/a.txt") == SL_OK);
	ck_assert(add(set, "caf\xc3\xa9/x") == SL_OK);
	ck_assert(add(set, "\xcf\x83\xce\xb1\xcf\x82") == SL_OK);
	for (size_t i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++)
		ck_assert_msg(add(set, clashes[i]) == SL_ERR_CONFLICT,
		    "'%s' was taken", clashes[i]);
	ck_assert(add(set, "data/../x") == SL_ERR_INVALID);
	ck_assert(sl_path_set_find(set, sl_slice_text("data/A.txt"), &owner) ==
	    SL_ERR_NOT_FOUND);
	ck_assert(sl_path_set_find(set, sl_slice_text("data"), &owner) ==
	    SL_ERR_NOT_FOUND);
	ck_assert(sl_path_set_find(set, sl_slice_text("data/a.txt"), &owner) ==
	    SL_OK);
	ck_assert_uint_eq(owner, 7);
	ck_assert(add(set, "data/b.txt") == SL_OK);
	sl_path_set_free(set);
}
END_TEST

START_TEST(folders_go_with_their_last_file)
{
	struct sl_path_set *set;

	ck_assert(sl_path_set_new(&set) == SL_OK);
	ck_assert(add(set, "a/b/c") == SL_OK);
	ck_assert(add(set, "a/b/d") == SL_OK);
	ck_assert(
	    sl_path_set_remove(set, sl_slice_text("a/b")) == SL_ERR_NOT_FOUND);
	ck_assert(sl_path_set_remove(set, sl_slice_text("a/b/c")) == SL_OK);
	ck_assert(sl_path_set_remove(set, sl_slice_text("a/b/c")) ==
	    SL_ERR_NOT_FOUND);
	ck_assert(add(set, "A") == SL_ERR_CONFLICT);
	ck_assert(sl_path_set_remove(set, sl_slice_text("a/b/d")) == SL_OK);
	ck_assert(add(set, "A") == SL_OK);
	sl_path_set_free(set);
}
END_TEST

START_TEST(many_paths_are_found_again)
{
	struct sl_path_set *set;
	char path[64];
	uint32_t owner;

	ck_assert(sl_path_set_new(&set) == SL_OK);
	for (uint32_t i = 0; i < 50000; i++) {
		(void)snprintf(path, sizeof(path), "d%u/f%u", i / 100, i);
		ck_assert(sl_path_set_add(set, sl_slice_text(path), i, NULL) ==
		    SL_OK);
	}
	for (uint32_t i = 0; i < 50000; i += 2) {
		(void)snprintf(path, sizeof(path), "d%u/f%u", i / 100, i);
		ck_assert(
		    sl_path_set_remove(set, sl_slice_text(path)) == SL_OK);
	}
	for (uint32_t i = 0; i < 50000; i++) {
		(void)snprintf(path, sizeof(path), "d%u/f%u", i / 100, i);
		ck_assert((sl_path_set_find(set, sl_slice_text(path), &owner) ==
		              SL_OK) == (i % 2 == 1));
	}
	sl_path_set_free(set);
}
END_TEST

TCase *
path_cases(void)
{
	TCase *tc = tcase_create("path");

	tcase_add_test(tc, hostile_paths_are_refused);
	tcase_add_test(tc, honest_paths_are_taken);
	tcase_add_test(tc, a_path_has_at_most_240_bytes);
	tcase_add_test(tc, clashing_paths_are_refused_and_leave_the_set_alone);
	tcase_add_test(tc, folders_go_with_their_last_file);
	tcase_add_test(tc, many_paths_are_found_again);
	return tc;
}
