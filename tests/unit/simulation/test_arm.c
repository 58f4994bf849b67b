#include <math.h>
#include <string.h>

#include "arm.h"
#include "suites.h"

START_TEST(the_solved_joints_reach_the_pose)
{
	double joints[ARM_JOINTS];
	const double places[][3] = {
	    {0.4, -0.2, 0.05}, {0.5, 0.2, 0.2}, {0.38, 0.28, 0.01}};

	memcpy(joints, arm_home, sizeof(joints));
	for (unsigned i = 0; i < 3; i++) {
		struct arm_pose target;
		struct arm_pose reached;

		arm_down(&target, places[i], 0.3);
		ck_assert_double_lt(arm_solve(joints, &target, 40), 1e-9);
		arm_forward(joints, &reached);
		for (unsigned axis = 0; axis < 3; axis++)
			ck_assert_double_eq_tol(
			    reached.position[axis], places[i][axis], 1e-9);
	}
}
END_TEST

START_TEST(the_jacobian_is_the_derivative_of_the_tips)
{
	const double step = 1e-6;
	double jacobian[ARM_JOINTS][ARM_JOINTS];

	arm_jacobian(arm_home, jacobian);
	for (unsigned j = 0; j < ARM_JOINTS; j++) {
		double moved[ARM_JOINTS];
		struct arm_pose before;
		struct arm_pose after;

		memcpy(moved, arm_home, sizeof(moved));
		moved[j] += step;
		arm_forward(arm_home, &before);
		arm_forward(moved, &after);
		for (unsigned i = 0; i < 3; i++)
			ck_assert_double_eq_tol(jacobian[i][j],
			    (after.position[i] - before.position[i]) / step,
			    1e-5);
	}
}
END_TEST

START_TEST(links_have_their_lengths)
{
	const double straight[ARM_JOINTS] = {0};
	struct arm_pose pose;

	/* Stretched out along -x, as Universal Robots draws it. */
	arm_forward(straight, &pose);
	ck_assert_double_eq_tol(pose.position[0], -0.425 - 0.3922, 1e-9);
	ck_assert_double_eq_tol(pose.position[2], 0.1625 - 0.0997, 1e-9);
}
END_TEST

TCase *
arm_cases(void)
{
	TCase *tc = tcase_create("arm");

	tcase_add_test(tc, the_solved_joints_reach_the_pose);
	tcase_add_test(tc, the_jacobian_is_the_derivative_of_the_tips);
	tcase_add_test(tc, links_have_their_lengths);
	return tc;
}
