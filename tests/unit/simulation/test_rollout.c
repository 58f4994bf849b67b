#include <math.h>
#include <string.h>

#include "rollout.h"
#include "suites.h"

#define EPISODES 150

static double
peak_wrench(const struct rollout *rollout)
{
	double peak = 0;

	for (uint32_t i = 0; i < rollout->count; i++) {
		const float *w = rollout->samples[i].wrench;

		peak = fmax(peak,
		    sqrt((double)(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])));
	}
	return peak;
}

/* What each fault must be seen as. */
static bool
is_mode_of(enum scene_fault fault, const char *mode)
{
	static const char *const modes[] = {
	    [SCENE_MISS_GRASP] = "grasp.missed",
	    [SCENE_MISJUDGE_POSE] = "perception.pose_error",
	    [SCENE_WEAK_GRASP] = "grasp.slip",
	    [SCENE_LOSE_OBJECT] = "transport.drop",
	    [SCENE_MISALIGN] = "place.misaligned",
	    [SCENE_JAM] = "contact.jam",
	    [SCENE_PUSH_HARD] = "contact.excess_force",
	    [SCENE_WRONG_PLACE] = "place.wrong_location",
	    [SCENE_PROTECTIVE_STOP] = "control.protective_stop",
	};

	return strcmp(modes[fault], mode) == 0;
}

START_TEST(what_goes_wrong_is_observed_and_named_as_what_it_is)
{
	unsigned seen[SCENE_PROTECTIVE_STOP + 1] = {0};

	for (uint32_t number = 1; number <= EPISODES; number++) {
		struct rollout r;
		enum scene_fault fault;

		ck_assert(rollout_make(&r, 1, number) == SL_OK);
		fault = r.scene.fault;
		seen[fault]++;
		if (fault == SCENE_NO_FAULT || r.recovered)
			ck_assert_msg(r.success && r.failure_mode == NULL,
			    "episode %u: %s", number, r.failure_mode);
		else
			ck_assert_msg(
			    !r.success && is_mode_of(fault, r.failure_mode),
			    "episode %u: fault %d is called %s", number, fault,
			    r.failure_mode == NULL ? "none" : r.failure_mode);
		ck_assert_double_le(r.failure_s, rollout_duration_s(&r));
		rollout_clear(&r);
	}
	ck_assert_uint_gt(seen[SCENE_NO_FAULT], EPISODES / 2);
	ck_assert_uint_lt(seen[SCENE_NO_FAULT], EPISODES * 9 / 10);
	for (unsigned i = 0; i <= SCENE_PROTECTIVE_STOP; i++)
		ck_assert_uint_gt(seen[i], 0);
}
END_TEST

START_TEST(the_wrench_tells_a_gentle_insertion_from_a_hard_one)
{
	for (uint32_t number = 1; number <= EPISODES; number++) {
		struct rollout r;
		double peak;

		ck_assert(rollout_make(&r, 1, number) == SL_OK);
		peak = peak_wrench(&r);
		if (r.success)
			ck_assert_double_lt(peak, 60);
		else if (strcmp(r.failure_mode, "contact.excess_force") == 0 ||
		    strcmp(r.failure_mode, "control.protective_stop") == 0)
			ck_assert_double_gt(peak, 75);
		rollout_clear(&r);
	}
}
END_TEST

START_TEST(the_follower_lags_behind_and_stays_near_the_leader)
{
	struct rollout r;
	double largest = 0;
	double ahead = 0;

	ck_assert(rollout_make(&r, 1, 2) == SL_OK);
	for (uint32_t i = 0; i < r.count; i++) {
		const struct rollout_sample *s = &r.samples[i];

		for (unsigned j = 0; j < ARM_JOINTS; j++) {
			double error = (double)(s->leader[j] - s->follower[j]);

			largest = fmax(largest, fabs(error));
			ahead += error * (double)s->velocity[j];
		}
	}
	ck_assert_double_gt(largest, 0.01);
	ck_assert_double_lt(largest, 0.3);
	/* The leader is ahead in the direction of motion. */
	ck_assert_double_gt(ahead, 0);
	rollout_clear(&r);
}
END_TEST

/* The first episode from `number` on in which that is done wrong. */
static uint32_t
find_fault(enum scene_fault fault, uint32_t number)
{
	struct scene scene;

	for (;; number++) {
		scene_make(&scene, 1, number);
		if (scene.fault == fault)
			return number;
	}
}

START_TEST(what_is_lost_falls_as_things_fall)
{
	uint32_t number = find_fault(SCENE_LOSE_OBJECT, 1);
	float highest = 0;
	struct rollout r;

	ck_assert(rollout_make(&r, 1, number) == SL_OK);
	for (uint32_t i = 1; i < r.count; i++) {
		float down =
		    r.samples[i - 1].object[2] - r.samples[i].object[2];

		highest = fmaxf(highest, r.samples[i].object[2]);
		/* From 0.3 m at most: below 2.5 m/s. */
		ck_assert_double_lt(down, 0.0025);
	}
	ck_assert_double_gt(highest, 0.1);
	ck_assert_double_lt(r.samples[r.count - 1].object[2], 0.01);
	rollout_clear(&r);
}
END_TEST

/* Tools point down: what pushes the tips aside turns the sensor. */
START_TEST(torque_is_felt_at_the_flange)
{
	struct rollout r;
	double worst = 0;
	double largest = 0;

	ck_assert(rollout_make(&r, 1, find_fault(SCENE_JAM, 1)) == SL_OK);
	for (uint32_t i = 0; i < r.count; i++) {
		const float *w = r.samples[i].wrench;

		if (fabsf(w[0]) < 8)
			continue;
		largest = fmax(largest, fabs((double)w[4]));
		worst = fmax(worst, fabs((double)(w[4] / w[0])));
	}
	ck_assert_double_gt(largest, 8 * ARM_TOOL_M);
	ck_assert_double_lt(worst, ARM_TOOL_M + 0.1);
	rollout_clear(&r);
}
END_TEST

START_TEST(joints_stay_in_their_limits_and_never_jump)
{
	for (uint32_t number = 1; number <= 20; number++) {
		struct rollout r;

		ck_assert(rollout_make(&r, 5, number) == SL_OK);
		for (uint32_t i = 1; i < r.count; i++) {
			for (unsigned j = 0; j < ARM_JOINTS; j++) {
				double now = (double)r.samples[i].follower[j];
				double before =
				    (double)r.samples[i - 1].follower[j];

				ck_assert_double_lt(fabs(now), arm_limit[j]);
				ck_assert_double_lt(fabs(now - before), 0.01);
			}
		}
		rollout_clear(&r);
	}
}
END_TEST

START_TEST(the_same_seed_and_number_give_the_same_samples)
{
	struct rollout a;
	struct rollout b;

	ck_assert(rollout_make(&a, 9, 4) == SL_OK);
	ck_assert(rollout_make(&b, 9, 4) == SL_OK);
	ck_assert_uint_eq(a.count, b.count);
	ck_assert_mem_eq(a.samples, b.samples, a.count * sizeof(*a.samples));
	rollout_clear(&b);
	ck_assert(rollout_make(&b, 10, 4) == SL_OK);
	ck_assert(a.samples[100].leader[0] != b.samples[100].leader[0]);
	rollout_clear(&a);
	rollout_clear(&b);
}
END_TEST

TCase *
rollout_cases(void)
{
	TCase *tc = tcase_create("rollout");

	/* Many episodes, on a machine that has other work. */
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_goes_wrong_is_observed_and_named_as_what_it_is);
	tcase_add_test(tc, the_wrench_tells_a_gentle_insertion_from_a_hard_one);
	tcase_add_test(tc, the_follower_lags_behind_and_stays_near_the_leader);
	tcase_add_test(tc, what_is_lost_falls_as_things_fall);
	tcase_add_test(tc, torque_is_felt_at_the_flange);
	tcase_add_test(tc, joints_stay_in_their_limits_and_never_jump);
	tcase_add_test(tc, the_same_seed_and_number_give_the_same_samples);
	return tc;
}
