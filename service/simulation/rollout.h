/* One episode as it happens: a leader, a follower that is a servo under load,
 * contact, gripper and sensors at 1 kHz; then a checker that says from what was
 * observed whether the goal was reached, and if not, why. */
#ifndef SL_SIMULATION_ROLLOUT_H
#define SL_SIMULATION_ROLLOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arm.h"
#include "motion.h"
#include "scene.h"
#include "sluice/base/status.h"

#define ROLLOUT_HZ         1000u
#define ROLLOUT_EVENTS_MAX 64
/* Fully open. */
#define ROLLOUT_GRIPPER_M 0.085

/* As sensors see it; radians, metres, newtons, newton metres. */
struct rollout_sample {
	float leader[ARM_JOINTS];
	float follower[ARM_JOINTS];
	float velocity[ARM_JOINTS];
	float effort[ARM_JOINTS];
	float gripper_command; /* 0 open, 1 closed */
	float gripper;         /* opening, m */
	float wrench[6];       /* tool frame: force, torque */
	float tips[3];
	float object[3]; /* centre of its bottom */
	float object_yaw;
};

struct rollout_event {
	const char *type; /* grasp, release, make, slip */
	const char *bodies[2];
	double begin_s;
	double end_s;
	double peak_n;
};

struct rollout {
	struct scene scene;
	struct motion motion;
	struct rollout_sample *samples; /* one a millisecond */
	uint32_t count;
	struct rollout_event events[ROLLOUT_EVENTS_MAX];
	unsigned event_count;
	bool success;
	bool is_partial;
	bool recovered;           /* a grasp that missed was done again */
	const char *failure_mode; /* NULL if none; a word of the vocabulary */
	const char *failure_phase;
	double failure_s;  /* when it could be observed; also if recovered */
	double completion; /* 0 to 1 */
};

/* Episode `number` of `seed`.  The owner embeds it and calls clear. */
SL_MUST_CHECK enum sl_status rollout_make(
    struct rollout *out, uint64_t seed, uint32_t number);
void rollout_clear(struct rollout *rollout);

double rollout_duration_s(const struct rollout *rollout);

/* Sample `row` of a stream of `hz`; rows go from 0 to rollout_rows() - 1. */
uint32_t rollout_rows(const struct rollout *rollout, uint32_t hz);
const struct rollout_sample *rollout_row(
    const struct rollout *rollout, uint32_t hz, uint32_t row);

#endif /* SL_SIMULATION_ROLLOUT_H */
