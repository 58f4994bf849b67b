#include "sluice/catalog/multirange.h"

#include <stdlib.h>

#include "suites.h"

START_TEST(malformed_sets_are_refused)
{
	static const char *const bad[] = {",", "1,", ",1", "1,,2", "-", "1-",
	    "-1", "2-1", "01", "1-02", "+1", " 1", "1 ", "a", "1..2", "0x1",
	    "2147483647", "99999999999999999999", "1-2-3", "1\n"};
	static const char *const bad_pg[] = {"", "{", "}", "{[1,2)", "{[1,2)}x",
	    "{[1,2]}", "{(1,2)}", "{[2,2)}", "{[3,2)}", "{[1,)}", "{[,2)}",
	    "{,}", "{[1,2),}", "{[1,2) ,[3,4)}", "{[01,2)}", "{[0,2147483648)}",
	    "{[-1,2)}", "{empty}"};
	struct sl_multirange set = {0};
	struct sl_error err = {0};

	ck_assert(sl_multirange_add(&set, 3, 3) == SL_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_multirange_parse(&set, sl_slice_text(bad[i]),
		                  &err) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	for (size_t i = 0; i < sizeof(bad_pg) / sizeof(bad_pg[0]); i++)
		ck_assert_msg(
		    sl_multirange_parse_pg(
		        &set, sl_slice_text(bad_pg[i]), &err) == SL_ERR_INVALID,
		    "'%s' was taken", bad_pg[i]);
	ck_assert(sl_multirange_contains(&set, 3));
	ck_assert(sl_multirange_add(&set, 2, 1) == SL_ERR_INVALID);
	ck_assert(sl_multirange_add(&set, 1, SL_RANGE_VALUE_MAX + 1) ==
	    SL_ERR_INVALID);
	sl_multirange_clear(&set);
}
END_TEST

static void
assert_text(const struct sl_multirange *set, const char *text, const char *pg)
{
	struct sl_buf buf;

	sl_buf_init(&buf, 1000);
	ck_assert(sl_multirange_format(&buf, set) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), text);
	sl_buf_reset(&buf);
	ck_assert(sl_multirange_format_pg(&buf, set) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), pg);
	sl_buf_clear(&buf);
}

START_TEST(both_texts_go_both_ways)
{
	struct sl_multirange set = {0};

	ck_assert(sl_multirange_parse(
	              &set, sl_slice_text("15,3-12,0-4,5"), NULL) == SL_OK);
	assert_text(&set, "0-12,15", "{[0,13),[15,16)}");
	ck_assert_uint_eq(sl_multirange_count(&set), 14);
	ck_assert(sl_multirange_parse_pg(
	              &set, sl_slice_text("{[7,9),[1,2)}"), NULL) == SL_OK);
	assert_text(&set, "1,7-8", "{[1,2),[7,9)}");
	ck_assert(
	    sl_multirange_parse_pg(&set,
	        sl_slice_text("{[2147483646,2147483647)}"), NULL) == SL_OK);
	assert_text(&set, "2147483646", "{[2147483646,2147483647)}");
	ck_assert(
	    sl_multirange_parse_pg(&set, sl_slice_text("{}"), NULL) == SL_OK);
	assert_text(&set, "", "{}");
	ck_assert(sl_multirange_parse(&set, sl_slice_text(""), NULL) == SL_OK);
	ck_assert_uint_eq(set.count, 0);
	sl_multirange_clear(&set);
}
END_TEST

START_TEST(hostile_order_costs_little)
{
	struct sl_multirange set = {0};
	struct sl_buf buf;

	sl_buf_init(&buf, 4000000);
	for (unsigned i = 300000; i > 0; i--)
		ck_assert(sl_buf_printf(&buf, "%s%u", i == 300000 ? "" : ",",
		              i * 2) == SL_OK);
	ck_assert(sl_multirange_parse(&set, sl_buf_slice(&buf), NULL) == SL_OK);
	ck_assert_uint_eq(set.count, 300000);
	sl_multirange_clear(&set);
	sl_buf_clear(&buf);
}
END_TEST

#define UNIVERSE 64

/* A set as the bits of one number, to compare with. */
static void
assert_same(const struct sl_multirange *set, uint64_t bits)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < UNIVERSE; i++) {
		bool in = (bits >> i & 1) != 0;

		ck_assert(sl_multirange_contains(set, i) == in);
		count += in;
	}
	ck_assert_uint_eq(sl_multirange_count(set), count);
	for (size_t i = 1; i < set->count; i++)
		ck_assert(set->ranges[i - 1].last + 1 < set->ranges[i].first);
}

static uint64_t
add_some(struct sl_multirange *set, int how_many)
{
	uint64_t bits = 0;

	for (int i = 0; i < how_many; i++) {
		uint32_t first = (uint32_t)rand() % UNIVERSE;
		uint32_t last = first + (uint32_t)rand() % 6;

		if (last >= UNIVERSE)
			last = UNIVERSE - 1;
		ck_assert(sl_multirange_add(set, first, last) == SL_OK);
		for (uint32_t j = first; j <= last; j++)
			bits |= UINT64_C(1) << j;
	}
	return bits;
}

START_TEST(sets_agree_with_bits)
{
	srand(1);
	for (int round = 0; round < 5000; round++) {
		struct sl_multirange a = {0};
		struct sl_multirange b = {0};
		struct sl_multirange c;
		uint64_t a_bits = add_some(&a, rand() % 12);
		uint64_t b_bits = add_some(&b, rand() % 12);

		assert_same(&a, a_bits);
		ck_assert(sl_multirange_copy(&c, &a) == SL_OK);
		ck_assert(sl_multirange_is_equal(&a, &c));
		ck_assert(sl_multirange_subtract(&a, &b) == SL_OK);
		assert_same(&a, a_bits & ~b_bits);
		ck_assert(sl_multirange_unite(&c, &b) == SL_OK);
		assert_same(&c, a_bits | b_bits);
		sl_multirange_clear(&a);
		sl_multirange_clear(&b);
		sl_multirange_clear(&c);
	}
}
END_TEST

TCase *
multirange_cases(void)
{
	TCase *tc = tcase_create("multirange");

	tcase_add_test(tc, malformed_sets_are_refused);
	tcase_add_test(tc, both_texts_go_both_ways);
	tcase_add_test(tc, hostile_order_costs_little);
	tcase_add_test(tc, sets_agree_with_bits);
	return tc;
}
