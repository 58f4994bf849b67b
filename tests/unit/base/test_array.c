#include "sluice/base/array.h"

#include <stdint.h>
#include <stdlib.h>

#include "suites.h"

#define COUNT 1000

START_TEST(there_is_always_room_for_one_more)
{
	size_t *items = NULL;

	for (size_t i = 0; i < COUNT; i++) {
		items = sl_array_room(items, i, sizeof(*items));
		ck_assert_ptr_nonnull(items);
		items[i] = i;
	}
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_uint_eq(items[i], i);
	free(items);
}
END_TEST

START_TEST(too_much_is_refused_and_the_array_stays)
{
	size_t *items = sl_array_room(NULL, 0, sizeof(*items));

	ck_assert_ptr_nonnull(items);
	items[0] = 7;
	ck_assert_ptr_null(
	    sl_array_room(items, SIZE_MAX / 2 + 1, sizeof(*items)));
	ck_assert_uint_eq(items[0], 7);
	free(items);
}
END_TEST

TCase *
array_cases(void)
{
	TCase *cases = tcase_create("array");

	tcase_add_test(cases, there_is_always_room_for_one_more);
	tcase_add_test(cases, too_much_is_refused_and_the_array_stays);
	return cases;
}
