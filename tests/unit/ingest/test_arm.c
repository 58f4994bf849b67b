#include <math.h>
#include <string.h>

#include "arm.h"
#include "suites.h"

static struct arm_episode episode;

START_TEST(the_same_seed_and_number_give_the_same_episode)
{
	struct arm_episode again;

	arm_episode_make(&episode, 7, 3);
	arm_episode_make(&again, 7, 3);
	ck_assert_str_eq(episode.task, again.task);
	ck_assert(episode.duration_s == again.duration_s);
	arm_episode_make(&again, 8, 3);
	ck_assert(episode.duration_s != again.duration_s);
}
END_TEST

START_TEST(phases_cover_the_episode_without_gaps)
{
	for (uint32_t number = 1; number <= 200; number++) {
		arm_episode_make(&episode, 1, number);
		ck_assert(episode.phases[0].begin_s == 0);
		for (unsigned i = 1; i < episode.phase_count; i++)
			ck_assert(episode.phases[i].begin_s ==
			    episode.phases[i - 1].end_s);
		ck_assert(episode.phases[episode.phase_count - 1].end_s ==
		    episode.duration_s);
	}
}
END_TEST

START_TEST(only_an_episode_that_did_not_succeed_has_a_failure_mode)
{
	unsigned failures = 0;

	for (uint32_t number = 1; number <= 1000; number++) {
		arm_episode_make(&episode, 1, number);
		ck_assert_int_eq(strcmp(episode.success, "true") == 0,
		    episode.failure_mode[0] == '\0');
		ck_assert(episode.failure_s <= episode.duration_s);
		failures += episode.failure_mode[0] != '\0';
	}
	ck_assert_uint_gt(failures, 150);
	ck_assert_uint_lt(failures, 320);
}
END_TEST

START_TEST(joints_stay_in_reach_and_move_smoothly)
{
	struct arm_random noise;
	struct arm_sample before;
	struct arm_sample now;

	arm_episode_make(&episode, 1, 1);
	arm_random_init(&noise, 1, 1);
	arm_episode_sample(&episode, 0, &noise, &before);
	for (unsigned i = 1; i < 50 * episode.duration_s; i++) {
		arm_episode_sample(&episode, i / 50.0, &noise, &now);
		for (unsigned j = 0; j < ARM_JOINTS; j++) {
			ck_assert(fabs(now.follower[j]) < 2 * 3.1416);
			/* At most 3.14 rad/s, a UR5e's limit. */
			ck_assert(
			    fabs(now.leader[j] - before.leader[j]) < 3.14 / 50);
		}
		ck_assert(fabs(now.wrench[2]) < 150);
		before = now;
	}
}
END_TEST

TCase *
arm_cases(void)
{
	TCase *cases = tcase_create("arm");

	tcase_add_test(cases, the_same_seed_and_number_give_the_same_episode);
	tcase_add_test(cases, phases_cover_the_episode_without_gaps);
	tcase_add_test(
	    cases, only_an_episode_that_did_not_succeed_has_a_failure_mode);
	tcase_add_test(cases, joints_stay_in_reach_and_move_smoothly);
	return cases;
}
