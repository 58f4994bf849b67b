#include <string.h>
#include <unistd.h>

#include "sluice/formats/media.h"

#include "suites.h"

static struct sl_media_info info;

static enum sl_status
check_parquet(const void *data, size_t len)
{
	int fd = open_bytes(sl_slice_of(data, len));
	enum sl_status status = sl_parquet_check(&info, fd, len, NULL);

	close(fd);
	return status;
}

/* version 1, an empty schema list, num_rows 416. */
static const unsigned char whole[] = {'P', 'A', 'R', '1', 'd', 'a', 't', 'a',
    0x15, 2, 0x19, 0x0c, 0x16, 0xc0, 0x06, 0, 8, 0, 0, 0, 'P', 'A', 'R', '1'};

START_TEST(a_cut_or_changed_file_is_refused)
{
	unsigned char copy[sizeof(whole)];

	for (size_t len = 0; len < sizeof(whole); len++)
		ck_assert(check_parquet(whole, len) == SL_ERR_INVALID);
	memcpy(copy, whole, sizeof(copy));
	copy[0] = 'Q';
	ck_assert(check_parquet(copy, sizeof(copy)) == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_footer_that_does_not_fit_is_refused)
{
	unsigned char copy[sizeof(whole)];

	memcpy(copy, whole, sizeof(copy));
	copy[16] = 13;
	ck_assert(check_parquet(copy, sizeof(copy)) == SL_ERR_INVALID);
	copy[16] = 0;
	ck_assert(check_parquet(copy, sizeof(copy)) == SL_ERR_INVALID);
	copy[16] = 8;
	copy[19] = 0xff;
	ck_assert(check_parquet(copy, sizeof(copy)) == SL_ERR_INVALID);
}
END_TEST

START_TEST(rows_are_read_from_the_footer)
{
	ck_assert(check_parquet(whole, sizeof(whole)) == SL_OK);
	ck_assert(info.has_count);
	ck_assert_uint_eq(info.count, 416);
}
END_TEST

/* Any footer bytes: no crash; rows may be unknown. */
START_TEST(a_footer_of_nonsense_tells_no_rows)
{
	unsigned char copy[sizeof(whole)];

	for (unsigned place = 8; place < 16; place++) {
		for (unsigned value = 0; value < 256; value++) {
			memcpy(copy, whole, sizeof(copy));
			copy[place] = (unsigned char)value;
			ck_assert(check_parquet(copy, sizeof(copy)) == SL_OK);
		}
	}
	memset(copy + 8, 0x1c, 8); /* structs in structs */
	ck_assert(check_parquet(copy, sizeof(copy)) == SL_OK);
	ck_assert(!info.has_count);
}
END_TEST

TCase *
parquet_cases(void)
{
	TCase *cases = tcase_create("parquet");

	tcase_add_test(cases, a_cut_or_changed_file_is_refused);
	tcase_add_test(cases, a_footer_that_does_not_fit_is_refused);
	tcase_add_test(cases, rows_are_read_from_the_footer);
	tcase_add_test(cases, a_footer_of_nonsense_tells_no_rows);
	return cases;
}
