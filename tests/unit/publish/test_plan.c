#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "plan_build.h"
#include "suites.h"

static struct known known;
static struct plan plan;
static struct sl_draft *draft;
static struct sl_publish_result result;
static struct sl_error err;

static void
setup(void)
{
	result.vanished = json_array();
	result.batches = json_array();
}

static void
teardown(void)
{
	plan_clear(&plan);
	known_clear(&known);
	sl_draft_free(draft);
	draft = NULL;
	sl_publish_result_clear(&result);
}

static enum sl_status
make(const char *vanished_reason)
{
	struct sl_publish_draft one = {draft, "/draft"};
	struct sl_publish_options options = {.dataset = "test",
	    .drafts = &one,
	    .draft_count = draft == NULL ? 0 : 1,
	    .vanished_reason = vanished_reason};

	err = (struct sl_error){0};
	return plan_make(&plan, &known, &options, &result, &err);
}

START_TEST(a_vanished_episode_stops_the_plan_unless_a_reason_is_given)
{
	static const char *const keys[] = {"ep-1"};

	make_known(&known, 2);
	draft =
	    make_draft(keys, (unsigned char[]){50}, (unsigned char[]){51}, 1);
	ck_assert(make(NULL) == SL_ERR_STATE);
	ck_assert_str_eq(err.code, "episodes_vanished");
	plan_clear(&plan);
	json_array_clear(result.vanished);
	known.episodes[0].claimed = false;
	ck_assert(make("Not a code") == SL_ERR_INVALID);
	plan_clear(&plan);
	json_array_clear(result.vanished);
	known.episodes[0].claimed = false;
	ck_assert(make("gone") == SL_OK);
	ck_assert_uint_eq(result.retracted_count, 1);
	ck_assert_uint_eq(result.revised_count, 1);
	/* Retractions come first. */
	ck_assert(plan.items[0].entry.op == SL_ENTRY_RETRACT);
	ck_assert_uint_eq(plan.items[0].entry.number, 2);
}
END_TEST

START_TEST(a_revision_keeps_the_layers_that_did_not_change)
{
	static const char *const keys[] = {"ep-1"};
	const struct sl_entry *entry;

	make_known(&known, 1);
	draft =
	    make_draft(keys, (unsigned char[]){50}, (unsigned char[]){101}, 1);
	ck_assert_msg(make(NULL) == SL_OK, "%s", err.text);
	ck_assert_uint_eq(plan.count, 1);
	entry = &plan.items[0].entry;
	ck_assert_uint_eq(entry->revision, 2);
	ck_assert_str_eq(entry->layers[0].name, "force");
	ck_assert(entry->layers[0].kind == SL_LAYER_KEPT);
	ck_assert_uint_eq(entry->layers[0].seq, 1);
	ck_assert_uint_eq(entry->layers[0].ordinal, 0);
	ck_assert(entry->layers[1].kind == SL_LAYER_NEW);
	ck_assert_uint_eq(plan.items[0].file_count, 1);
	ck_assert_uint_eq(plan.new_bytes, 1000);
}
END_TEST

START_TEST(a_path_of_another_live_episode_is_refused)
{
	static const char *const keys[] = {"ep-1", "ep-9"};
	struct sl_draft_file file = {
	    .layer = "raw", .path = "ep-2/state.csv", .media_type = "text/csv"};

	make_known(&known, 2);
	/* Episode 2 is of another folder, so it has not vanished. */
	known.episodes[1].site = "other";
	draft = make_draft(
	    keys, (unsigned char[]){50, 60}, (unsigned char[]){51, 61}, 2);
	ck_assert(sl_draft_add_file(draft, &file) == SL_OK);
	ck_assert(sl_draft_seal(draft, NULL) == SL_OK);
	ck_assert(make(NULL) == SL_ERR_CONFLICT);
	ck_assert_str_eq(err.code, "path_conflict");
}
END_TEST

START_TEST(new_numbers_are_dense_and_follow_the_last)
{
	static const char *const keys[] = {"a", "b", "c"};

	make_known(&known, 5);
	for (unsigned i = 0; i < 5; i++)
		known.episodes[i].retracted = true;
	draft = make_draft(keys, (unsigned char[]){50, 51, 52},
	    (unsigned char[]){60, 61, 62}, 3);
	ck_assert_msg(make(NULL) == SL_OK, "%s", err.text);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert(plan.items[i].entry.op == SL_ENTRY_ADD);
		ck_assert_uint_eq(plan.items[i].entry.number, 6 + i);
	}
}
END_TEST

static void
add_items(size_t count, uint64_t bytes, size_t layers)
{
	for (size_t i = 0; i < count; i++) {
		struct plan_item *item = NULL;

		ck_assert(plan_add(&plan, &item) == SL_OK);
		item->new_bytes = bytes;
		item->new_layers = layers;
	}
}

START_TEST(a_batch_ends_at_each_limit)
{
	add_items(2500, 0, 1);
	ck_assert_uint_eq(plan_batch_size(&plan, 0), 2000);
	ck_assert_uint_eq(plan_batch_size(&plan, 2000), 500);
	plan_clear(&plan);
	add_items(2000, 0, 64);
	ck_assert_uint_eq(plan_batch_size(&plan, 0), 1024);
	plan_clear(&plan);
	/* 16 MiB of index at 96 bytes for each 4 MiB of content. */
	add_items(20, UINT64_C(100) << 30, 1);
	ck_assert_uint_lt(plan_batch_size(&plan, 0), 8);
	ck_assert_uint_gt(plan_batch_size(&plan, 0), 4);
	plan_clear(&plan);
	/* One that is too large alone is tried alone. */
	add_items(2, UINT64_C(1) << 42, 1);
	ck_assert_uint_eq(plan_batch_size(&plan, 0), 1);
}
END_TEST

TCase *
plan_cases(void)
{
	TCase *cases = tcase_create("plan");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(
	    cases, a_vanished_episode_stops_the_plan_unless_a_reason_is_given);
	tcase_add_test(cases, a_revision_keeps_the_layers_that_did_not_change);
	tcase_add_test(cases, a_path_of_another_live_episode_is_refused);
	tcase_add_test(cases, new_numbers_are_dense_and_follow_the_last);
	tcase_add_test(cases, a_batch_ends_at_each_limit);
	return cases;
}
