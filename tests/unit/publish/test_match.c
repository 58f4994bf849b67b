#include <string.h>

#include "match.h"
#include "suites.h"

static struct known known;
static struct matches matches;
static struct sl_draft *draft;

static void
teardown(void)
{
	matches_clear(&matches);
	known_clear(&known);
	sl_draft_free(draft);
	draft = NULL;
}

static void
match(const char *const *keys, const unsigned char *state,
    const unsigned char *force, size_t count)
{
	struct sl_publish_draft one;

	draft = make_draft(keys, state, force, count);
	one = (struct sl_publish_draft){draft, "/draft"};
	ck_assert(matches_make(&matches, &known, &one, 1, NULL) == SL_OK);
}

static uint32_t
number_of(size_t i)
{
	return matches.candidates[i].known == NULL
	    ? 0
	    : matches.candidates[i].known->number;
}

START_TEST(an_unchanged_episode_is_no_candidate)
{
	static const char *const keys[] = {"ep-1"};

	make_known(&known, 1);
	draft =
	    make_draft(keys, (unsigned char[]){1}, (unsigned char[]){101}, 1);
	memcpy(known.episodes[0].digest, draft->episodes[0].digest, 32);
	sl_draft_free(draft);
	match(keys, (unsigned char[]){1}, (unsigned char[]){101}, 1);
	ck_assert_uint_eq(matches.count, 0);
	ck_assert_uint_eq(matches.same_count, 1);
	ck_assert(known.episodes[0].claimed);
}
END_TEST

START_TEST(a_changed_episode_keeps_its_key_s_identity)
{
	static const char *const keys[] = {"ep-1", "ep-2", "ep-3"};

	make_known(&known, 2);
	match(keys, (unsigned char[]){1, 50, 51}, (unsigned char[]){60, 61, 62},
	    3);
	ck_assert_uint_eq(matches.count, 3);
	ck_assert_uint_eq(number_of(0), 1);
	ck_assert_uint_eq(number_of(1), 2);
	ck_assert_uint_eq(number_of(2), 0);
}
END_TEST

/* Episode 2 was deleted and 3 and 4 moved up; their state was rewritten, as
 * LeRobot's index columns are. */
START_TEST(content_found_under_another_key_keeps_its_identity)
{
	static const char *const keys[] = {"ep-1", "ep-2", "ep-3"};

	make_known(&known, 4);
	match(keys, (unsigned char[]){1, 70, 71},
	    (unsigned char[]){101, 103, 104}, 3);
	ck_assert_uint_eq(number_of(1), 3);
	ck_assert_uint_eq(number_of(2), 4);
	ck_assert(matches.candidates[1].moved);
	ck_assert(!known.episodes[1].claimed);
	ck_assert(known.episodes[2].claimed);
}
END_TEST

START_TEST(a_layer_that_many_share_moves_nobody)
{
	static const char *const keys[] = {"ep-1", "ep-9"};

	make_known(&known, 3);
	/* The same calibration everywhere. */
	for (uint32_t i = 0; i < 6; i += 2)
		known.batches[0].index->files[i].sha256[0] = 99;
	match(keys, (unsigned char[]){50, 51}, (unsigned char[]){99, 99}, 2);
	ck_assert_uint_eq(number_of(0), 1);
	ck_assert_uint_eq(number_of(1), 0);
}
END_TEST

START_TEST(content_of_a_retracted_episode_stays_away)
{
	static const char *const keys[] = {"ep-1", "ep-2", "ep-7"};

	make_known(&known, 2);
	known.episodes[1].retracted = true;
	match(keys, (unsigned char[]){50, 60, 2}, (unsigned char[]){51, 61, 52},
	    3);
	/* ep-2 is a new recording; ep-7 brings the old state back. */
	ck_assert_uint_eq(matches.count, 2);
	ck_assert_uint_eq(matches.withdrawn_count, 1);
	ck_assert_uint_eq(number_of(1), 0);
}
END_TEST

START_TEST(only_keys_of_the_same_folder_are_in_scope)
{
	struct known_episode episode = {
	    .number = 1, .site = "lab", .key = "x/ep-1"};
	struct sl_draft *top;
	struct sl_draft *folder;

	ck_assert(sl_draft_new(&top, "test", "lab", "", NULL) == SL_OK);
	ck_assert(sl_draft_new(&folder, "test", "lab", "x", NULL) == SL_OK);
	ck_assert(!match_is_in_scope(top, &episode));
	ck_assert(match_is_in_scope(folder, &episode));
	episode.key = "ep-1";
	ck_assert(match_is_in_scope(top, &episode));
	ck_assert(!match_is_in_scope(folder, &episode));
	episode.site = "other";
	ck_assert(!match_is_in_scope(top, &episode));
	sl_draft_free(top);
	sl_draft_free(folder);
}
END_TEST

TCase *
match_cases(void)
{
	TCase *cases = tcase_create("match");

	tcase_add_checked_fixture(cases, NULL, teardown);
	tcase_add_test(cases, an_unchanged_episode_is_no_candidate);
	tcase_add_test(cases, a_changed_episode_keeps_its_key_s_identity);
	tcase_add_test(
	    cases, content_found_under_another_key_keeps_its_identity);
	tcase_add_test(cases, a_layer_that_many_share_moves_nobody);
	tcase_add_test(cases, content_of_a_retracted_episode_stays_away);
	tcase_add_test(cases, only_keys_of_the_same_folder_are_in_scope);
	return cases;
}
