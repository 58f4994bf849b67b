#include <string.h>

#include "suites.h"
#include "varint.h"

static uint64_t number;
static size_t taken;

static bool
take(const unsigned char *bytes, size_t len)
{
	const unsigned char *at = bytes;
	bool ok;

	number = 0;
	ok = varint_take(&at, bytes + len, &number);
	taken = (size_t)(at - bytes);
	return ok;
}

START_TEST(eleven_bytes_are_refused)
{
	unsigned char bytes[11] = {0};

	memset(bytes, 0x80, 10);
	ck_assert(!take(bytes, sizeof(bytes)));
	ck_assert_uint_eq(taken, 0);
	bytes[0] = 0xff;
	bytes[10] = 1;
	ck_assert(!take(bytes, sizeof(bytes)));
	ck_assert_uint_eq(taken, 0);
}
END_TEST

START_TEST(a_tenth_byte_beyond_64_bits_is_refused)
{
	unsigned char bytes[10];

	memset(bytes, 0xff, sizeof(bytes));
	bytes[9] = 1;
	ck_assert(take(bytes, sizeof(bytes)));
	ck_assert(number == UINT64_MAX);
	for (unsigned last = 2; last < 256; last++) {
		bytes[9] = (unsigned char)last;
		ck_assert(!take(bytes, sizeof(bytes)));
		ck_assert_uint_eq(taken, 0);
	}
}
END_TEST

START_TEST(a_cut_number_is_refused)
{
	static const uint64_t numbers[] = {0, 128, UINT64_MAX};
	struct sl_buf buf;

	sl_buf_init(&buf, 64);
	for (size_t i = 0; i < 3; i++) {
		sl_buf_reset(&buf);
		ck_assert(varint_append(&buf, numbers[i]) == SL_OK);
		for (size_t len = 0; len < buf.len; len++) {
			ck_assert(!take(buf.data, len));
			ck_assert_uint_eq(taken, 0);
		}
	}
	sl_buf_clear(&buf);
}
END_TEST

/* Not the shortest form, which some writers use to leave room. */
START_TEST(leading_zero_groups_are_read)
{
	static const unsigned char bytes[10] = {
	    0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};

	ck_assert(take(bytes, sizeof(bytes)));
	ck_assert_uint_eq(number, 5);
	ck_assert_uint_eq(taken, 10);
}
END_TEST

START_TEST(what_is_written_is_read)
{
	struct sl_buf buf;

	sl_buf_init(&buf, 64);
	for (unsigned bit = 0; bit < 64; bit++) {
		for (unsigned less = 0; less < 2; less++) {
			uint64_t value = ((uint64_t)1 << bit) - less;

			sl_buf_reset(&buf);
			ck_assert(varint_append(&buf, value) == SL_OK);
			ck_assert_uint_le(buf.len, VARINT_BYTES_MAX);
			ck_assert(sl_buf_append(&buf, "\xff", 1) == SL_OK);
			ck_assert(take(buf.data, buf.len));
			ck_assert(number == value);
			ck_assert_uint_eq(taken, buf.len - 1);
		}
	}
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(zigzag_counts_from_zero_to_both_sides)
{
	static const int64_t sides[] = {0, -1, 1, -2, 2};

	for (uint64_t i = 0; i < 5; i++) {
		ck_assert(varint_zigzag(sides[i]) == i);
		ck_assert(varint_unzigzag(i) == sides[i]);
	}
	ck_assert(varint_zigzag(INT64_MIN) == UINT64_MAX);
	ck_assert(varint_unzigzag(UINT64_MAX) == INT64_MIN);
	ck_assert(varint_unzigzag(varint_zigzag(INT64_MAX)) == INT64_MAX);
}
END_TEST

TCase *
varint_cases(void)
{
	TCase *cases = tcase_create("varint");

	tcase_add_test(cases, eleven_bytes_are_refused);
	tcase_add_test(cases, a_tenth_byte_beyond_64_bits_is_refused);
	tcase_add_test(cases, a_cut_number_is_refused);
	tcase_add_test(cases, leading_zero_groups_are_read);
	tcase_add_test(cases, what_is_written_is_read);
	tcase_add_test(cases, zigzag_counts_from_zero_to_both_sides);
	return cases;
}
