#include "heads.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "suites.h"

static struct fixture fixture;

static void
set_up(void)
{
	fixture_init(&fixture);
}

static void
tear_down(void)
{
	fixture_clear(&fixture);
}

START_TEST(batches_that_were_stored_are_checked_when_loaded)
{
	struct sl_heads again;
	int folder = open(fixture.dir, O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < FIXTURE_BATCHES; i++) {
		struct sl_head_objects objects = fixture_objects(&fixture, i);

		ck_assert(sl_heads_store(folder, (uint32_t)i + 1, &objects,
		              NULL) == SL_OK);
	}
	ck_assert(sl_heads_init(&again, FIXTURE_DATASET,
	              (const char(*)[SL_PROFILE_ROOT_LEN + 1]) fixture.root, 1,
	              NULL) == SL_OK);
	ck_assert(sl_heads_load(&again, folder, NULL) == SL_OK);
	ck_assert_uint_eq(again.count, FIXTURE_BATCHES);
	sl_heads_clear(&again);
	close(folder);
}
END_TEST

START_TEST(one_byte_of_any_object_changed_is_refused)
{
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++) {
		struct sl_buf *object = &fixture.objects[0][i];

		/* The untrusted comment of a minisig is not signed. */
		const unsigned char *line =
		    memchr(object->data, '\n', object->len);
		size_t first =
		    i == SL_HEAD_MINISIG ? (size_t)(line - object->data) : 0;

		for (size_t at = first; at < object->len;
		     at += object->len / 97 + 1) {
			struct sl_head_objects objects;
			struct sl_error err = {0};

			object->data[at] ^= 4;
			objects = fixture_objects(&fixture, 0);
			ck_assert(sl_heads_accept(&fixture.heads, &objects,
			              &err) == SL_ERR_INTEGRITY);
			ck_assert(err.status == SL_ERR_INTEGRITY);
			ck_assert_str_ne(err.text, "");
			object->data[at] ^= 4;
		}
	}
	ck_assert_uint_eq(fixture.heads.count, 0);
	fixture_accept(&fixture);
}
END_TEST

START_TEST(a_batch_that_is_not_the_next_one_is_refused)
{
	struct sl_head_objects objects = fixture_objects(&fixture, 1);
	struct sl_error err = {0};

	ck_assert(sl_heads_accept(&fixture.heads, &objects, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "wrong_batch");
}
END_TEST

START_TEST(another_history_is_a_fork)
{
	struct sl_head_objects objects;
	struct sl_error err = {0};

	fixture_accept(&fixture);
	fixture.heads.batches[0].hash[3] ^= 1;
	objects = fixture_objects(&fixture, 1);
	ck_assert(sl_heads_accept(&fixture.heads, &objects, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "fork");
}
END_TEST

TCase *
heads_cases(void)
{
	TCase *tc = tcase_create("heads");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, batches_that_were_stored_are_checked_when_loaded);
	tcase_add_test(tc, one_byte_of_any_object_changed_is_refused);
	tcase_add_test(tc, a_batch_that_is_not_the_next_one_is_refused);
	tcase_add_test(tc, another_history_is_a_fork);
	return tc;
}
