#include "sluice/pack/tar.h"

#include <stdint.h>

#include "suites.h"

static struct sl_tar_layout layout;

/* `len` bytes of path: components of `part` bytes. */
static struct sl_slice
make_path(size_t len, size_t part)
{
	static char path[300];

	for (size_t i = 0; i < len; i++)
		path[i] = i % (part + 1) == part ? '/' : 'a';
	return sl_slice_of(path, len);
}

START_TEST(a_path_that_no_header_can_hold_is_refused)
{
	ck_assert(sl_tar_layout(&layout, sl_slice_text(""), 0, PUBLISHED_US) ==
	    SL_ERR_INVALID);
	ck_assert(sl_tar_layout(&layout, make_path(241, 50), 0, PUBLISHED_US) ==
	    SL_ERR_INVALID);
	ck_assert(sl_tar_layout(&layout, sl_slice_of("a\0b", 3), 0,
	              PUBLISHED_US) == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_size_or_time_that_no_header_can_hold_is_refused)
{
	struct sl_slice path = sl_slice_text("a");

	ck_assert(sl_tar_layout(&layout, path, UINT64_MAX, PUBLISHED_US) ==
	    SL_ERR_LIMIT);
	ck_assert(sl_tar_layout(&layout, path, (UINT64_C(1) << 60) + 1,
	              PUBLISHED_US) == SL_ERR_LIMIT);
	ck_assert(sl_tar_layout(&layout, path, 0, -1) == SL_ERR_LIMIT);
	ck_assert(sl_tar_layout(&layout, path, 0, INT64_MAX) == SL_ERR_LIMIT);
}
END_TEST

START_TEST(one_header_suffices_where_ustar_does)
{
	/* Name only; prefix and name at their maxima; 8 GiB less one. */
	ck_assert(sl_tar_layout(
	              &layout, make_path(100, 200), 0, PUBLISHED_US) == SL_OK);
	ck_assert_uint_eq(layout.header_len, 512);
	ck_assert(sl_tar_layout(
	              &layout, make_path(240, 139), 0, PUBLISHED_US) == SL_OK);
	ck_assert_uint_eq(layout.header_len, 512);
	ck_assert(sl_tar_layout(&layout, sl_slice_text("a"),
	              UINT64_C(077777777777), PUBLISHED_US) == SL_OK);
	ck_assert_uint_eq(layout.header_len, 512);
}
END_TEST

START_TEST(a_pax_header_comes_only_where_ustar_fails)
{
	ck_assert(sl_tar_layout(
	              &layout, make_path(101, 200), 0, PUBLISHED_US) == SL_OK);
	ck_assert_uint_eq(layout.header_len, 1536);
	ck_assert(sl_tar_layout(
	              &layout, make_path(240, 138), 0, PUBLISHED_US) == SL_OK);
	ck_assert_uint_eq(layout.header_len, 1536);
	ck_assert(sl_tar_layout(&layout, sl_slice_text("a"),
	              UINT64_C(0100000000000), PUBLISHED_US) == SL_OK);
	ck_assert_uint_eq(layout.header_len, 1536);
}
END_TEST

START_TEST(content_is_padded_to_whole_blocks)
{
	static const struct {
		uint64_t size;
		size_t padding;
	} cases[] = {{0, 0}, {1, 511}, {511, 1}, {512, 0}, {513, 511}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_assert(sl_tar_layout(&layout, sl_slice_text("a"),
		              cases[i].size, PUBLISHED_US) == SL_OK);
		ck_assert_uint_eq(layout.padding_len, cases[i].padding);
		ck_assert_uint_eq(
		    layout.total_bytes, 512 + cases[i].size + cases[i].padding);
	}
}
END_TEST

START_TEST(headers_are_the_bytes_of_the_first_release)
{
	static const struct {
		const char *name;
		size_t path_len;
		size_t part_len;
		uint64_t size;
	} cases[] = {
	    {"header-plain", 40, 12, 1234},
	    {"header-prefix", 180, 60, 0},
	    {"header-pax-path", 240, 138, 77},
	    {"header-pax-size", 20, 9, UINT64_C(1) << 40},
	    {"header-pax-both", 240, 138, UINT64_C(1) << 33},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_assert(sl_tar_layout(&layout,
		              make_path(cases[i].path_len, cases[i].part_len),
		              cases[i].size, PUBLISHED_US) == SL_OK);
		assert_golden(cases[i].name,
		    sl_slice_of(layout.header, layout.header_len));
	}
}
END_TEST

TCase *
tar_cases(void)
{
	TCase *cases = tcase_create("tar");

	tcase_add_test(cases, a_path_that_no_header_can_hold_is_refused);
	tcase_add_test(
	    cases, a_size_or_time_that_no_header_can_hold_is_refused);
	tcase_add_test(cases, one_header_suffices_where_ustar_does);
	tcase_add_test(cases, a_pax_header_comes_only_where_ustar_fails);
	tcase_add_test(cases, content_is_padded_to_whole_blocks);
	tcase_add_test(cases, headers_are_the_bytes_of_the_first_release);
	return cases;
}
