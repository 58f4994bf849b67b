#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void
open_mirror(struct sl_mirror *mirror)
{
	ck_assert(sl_mirror_open(mirror, fixture.dir, SL_MIRROR_CREATE, NULL) ==
	    SL_OK);
}

/* Both batches, with heads of their own. */
static void
store_all(void)
{
	struct sl_heads heads;
	struct sl_mirror mirror;

	open_mirror(&mirror);
	ck_assert(sl_heads_init(
	              &heads, FIXTURE_DATASET, &fixture.chain, NULL) == SL_OK);
	for (int i = 0; i < FIXTURE_BATCHES; i++) {
		struct sl_head_objects objects = fixture_objects(&fixture, i);

		ck_assert(sl_heads_accept(&heads, &objects, NULL) == SL_OK);
		ck_assert(
		    sl_shelf_store(&heads, &mirror, &objects, NULL) == SL_OK);
	}
	sl_heads_clear(&heads);
	sl_mirror_close(&mirror);
}

static enum sl_status
load(struct sl_heads *heads, uint32_t newest, struct sl_error *err)
{
	struct sl_mirror mirror;
	enum sl_status status;

	open_mirror(&mirror);
	ck_assert(sl_heads_init(heads, FIXTURE_DATASET, &fixture.chain, NULL) ==
	    SL_OK);
	status = sl_shelf_load(heads, &mirror, newest, err);
	sl_mirror_close(&mirror);
	return status;
}

/* Cut a stored object to half of its length. */
static void
damage(int seq, const char *name)
{
	struct stat info;
	char path[128];

	snprintf(path, sizeof(path), "%s/.sluice/batches/%06d/%s", fixture.dir,
	    seq, name);
	ck_assert(stat(path, &info) == 0);
	ck_assert(truncate(path, info.st_size / 2) == 0);
}

START_TEST(batches_that_were_stored_are_checked_when_loaded)
{
	struct sl_heads again;

	store_all();
	ck_assert(load(&again, 0, NULL) == SL_OK);
	ck_assert_uint_eq(again.count, FIXTURE_BATCHES);
	ck_assert(!again.is_damaged);
	sl_heads_clear(&again);
}
END_TEST

START_TEST(a_damaged_batch_is_named_and_those_before_it_are_kept)
{
	static const char *const names[SL_HEAD_OBJECT_COUNT] = {"manifest",
	    "manifest.minisig", "index.json", "files.sha256", "quality.json"};

	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++) {
		struct sl_error err = {0};
		struct sl_heads again;

		store_all();
		damage(2, names[i]);
		ck_assert(load(&again, 0, &err) == SL_ERR_INTEGRITY);
		ck_assert(again.is_damaged);
		ck_assert_uint_eq(again.count, 1);
		ck_assert_ptr_nonnull(strstr(err.text, "batches/000002/"));
		ck_assert_ptr_nonnull(strstr(err.text, names[i]));
		sl_heads_clear(&again);
	}
}
END_TEST

START_TEST(a_batch_that_was_seen_is_not_forgotten_with_an_older_one)
{
	struct sl_error err = {0};
	struct sl_heads again;

	store_all();
	damage(1, "index.json");
	ck_assert(load(&again, 0, &err) == SL_ERR_INTEGRITY);
	ck_assert_uint_eq(again.count, 0);
	ck_assert_uint_eq(again.known, 2);
	sl_heads_clear(&again);
	/* A folder without a signature proves nothing. */
	damage(2, "manifest");
	ck_assert(load(&again, 1, &err) == SL_ERR_INTEGRITY);
	ck_assert_uint_eq(again.known, 1);
	sl_heads_clear(&again);
}
END_TEST

START_TEST(a_batch_that_the_tree_is_of_must_be_there)
{
	struct sl_error err = {0};
	struct sl_heads again;

	store_all();
	ck_assert(load(&again, 3, &err) == SL_ERR_INTEGRITY);
	ck_assert(again.is_damaged);
	ck_assert_uint_eq(again.count, 2);
	ck_assert_uint_eq(again.known, 3);
	ck_assert_ptr_nonnull(strstr(err.text, "batches/000003: not there"));
	sl_heads_clear(&again);
}
END_TEST

START_TEST(what_was_signed_once_cannot_be_stored_as_something_else)
{
	struct sl_head_objects objects = fixture_objects(&fixture, 0);
	struct sl_error err = {0};
	struct sl_mirror mirror;

	store_all();
	fixture_accept(&fixture);
	fixture.heads.batches[0].hash[0] ^= 1;
	open_mirror(&mirror);
	ck_assert(sl_shelf_store(&fixture.heads, &mirror, &objects, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "fork");
	sl_mirror_close(&mirror);
}
END_TEST

START_TEST(folders_of_batches_that_do_not_exist_are_removed)
{
	struct sl_heads again;
	struct sl_mirror mirror;
	char path[128];

	store_all();
	open_mirror(&mirror);
	snprintf(path, sizeof(path), "%s/batches/000009", mirror.meta_dir);
	ck_assert(mkdir(path, 0755) == 0);
	sl_mirror_close(&mirror);
	ck_assert(load(&again, 0, NULL) == SL_ERR_INTEGRITY);
	ck_assert_uint_eq(again.count, 2);
	open_mirror(&mirror);
	ck_assert(sl_shelf_cut(&mirror, again.count, NULL) == SL_OK);
	sl_mirror_close(&mirror);
	sl_heads_clear(&again);
	ck_assert(load(&again, 0, NULL) == SL_OK);
	ck_assert_uint_eq(again.count, 2);
	sl_heads_clear(&again);
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
	tcase_add_test(
	    tc, a_damaged_batch_is_named_and_those_before_it_are_kept);
	tcase_add_test(
	    tc, a_batch_that_was_seen_is_not_forgotten_with_an_older_one);
	tcase_add_test(tc, a_batch_that_the_tree_is_of_must_be_there);
	tcase_add_test(
	    tc, what_was_signed_once_cannot_be_stored_as_something_else);
	tcase_add_test(tc, folders_of_batches_that_do_not_exist_are_removed);
	tcase_add_test(tc, one_byte_of_any_object_changed_is_refused);
	tcase_add_test(tc, a_batch_that_is_not_the_next_one_is_refused);
	tcase_add_test(tc, another_history_is_a_fork);
	return tc;
}
