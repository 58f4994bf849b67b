/* The leader's motion: legs from point to point, straight, with minimum jerk
 * (Flash and Hogan, J. Neurosci. 5(7), 1985), and the tremor of a hand. */
#ifndef SL_SIMULATION_MOTION_H
#define SL_SIMULATION_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#include "scene.h"

#define MOTION_LEGS_MAX 20

struct motion_leg {
	const char *subtask; /* legs of one subtask follow each other */
	const char *skill;
	double begin_s;
	double end_s;
	double from[3]; /* of the finger tips */
	double to[3];
	double yaw_from;
	double yaw_to;
	bool closes; /* gripper command while it lasts */
};

struct motion {
	struct motion_leg legs[MOTION_LEGS_MAX];
	unsigned leg_count;
	double duration_s; /* whole milliseconds */
	double grasp_height;
	double tremor; /* m */
	double phase[3];
};

void motion_make(struct motion *out, const struct scene *scene, uint64_t seed,
    uint32_t number);

/* Where the leader's tips are to be, and whether the gripper is to close. */
void motion_at(const struct motion *motion, double time_s, double position[3],
    double *yaw, bool *closes);

/* 0 at 0, 1 at 1; flat at both ends. */
double motion_minimum_jerk(double share);

#endif /* SL_SIMULATION_MOTION_H */
