/* A rollout under way: what goes on from millisecond to millisecond. */
#ifndef SL_SIMULATION_WORLD_H
#define SL_SIMULATION_WORLD_H

#include "contact.h"
#include "random.h"
#include "rollout.h"

#define WORLD_STEP_S (1.0 / ROLLOUT_HZ)
#define WORLD_SERVO  25.0 /* rad/s */

extern const double world_inertia[ARM_JOINTS]; /* kg m2, of each servo */

struct world {
	struct rollout *rollout;
	struct contact contact;
	struct random noise;
	double leader[2][ARM_JOINTS]; /* at the solutions around now */
	double joints[ARM_JOINTS];
	double velocity[ARM_JOINTS];
	double delayed[ARM_JOINTS]; /* the command that arrives */
	double bias[6];
	double gripper;
	double force[3]; /* on the fingers or what they hold, N */
	double arm[3];   /* from the tips to where it acts */
	struct arm_pose pose;
	double object_yaw;
	bool is_stopped;
	bool is_touching;
	double end_s;
};

/* An event that begins now; NULL if there are too many. */
struct rollout_event *world_add_event(
    struct world *world, const char *type, const char *a, const char *b);
/* The operator sees that it went wrong. */
void world_end_soon(struct world *world);

/* A millisecond of the gripper, and of what it holds or loses. */
void hand_move(struct world *world, const struct rollout_sample *sample);

/* What joints, gripper, wrist and scene show now. */
void sensor_read(struct world *world, struct rollout_sample *sample);

#endif /* SL_SIMULATION_WORLD_H */
