#include <math.h>

#include "world.h"

#define ENCODER_NOISE 0.00003
#define FORCE_NOISE   0.12
#define TORQUE_NOISE  0.006

/* At the flange, where the sensor is, in its axes. */
static void
read_wrench(struct world *world, struct rollout_sample *sample)
{
	bool held = world->contact.place == OBJECT_HELD;
	double load = held ? world->rollout->scene.object->mass_kg : 0;
	double force[3] = {
	    world->force[0], world->force[1], world->force[2] - load * 9.81};
	double arm[3];
	double torque[3];

	for (unsigned i = 0; i < 3; i++)
		arm[i] = world->arm[i] + ARM_TOOL_M * world->pose.axes[2][i];
	torque[0] = arm[1] * force[2] - arm[2] * force[1];
	torque[1] = arm[2] * force[0] - arm[0] * force[2];
	torque[2] = arm[0] * force[1] - arm[1] * force[0];
	for (unsigned axis = 0; axis < 3; axis++) {
		const double *a = world->pose.axes[axis];

		sample->wrench[axis] = (float)(a[0] * force[0] +
		    a[1] * force[1] + a[2] * force[2] + world->bias[axis] +
		    random_noise(&world->noise, FORCE_NOISE));
		sample->wrench[axis + 3] =
		    (float)(a[0] * torque[0] + a[1] * torque[1] +
		        a[2] * torque[2] + world->bias[axis + 3] +
		        random_noise(&world->noise, TORQUE_NOISE));
	}
}

static void
read_arm(struct world *world, struct rollout_sample *sample)
{
	bool held = world->contact.place == OBJECT_HELD;
	double torque[ARM_JOINTS];

	arm_gravity(world->joints,
	    held ? world->rollout->scene.object->mass_kg : 0, torque);
	for (unsigned i = 0; i < ARM_JOINTS; i++) {
		sample->follower[i] = (float)(world->joints[i] +
		    random_noise(&world->noise, ENCODER_NOISE));
		sample->velocity[i] = (float)world->velocity[i];
		sample->effort[i] = (float)(-torque[i] +
		    world_inertia[i] * WORLD_SERVO * WORLD_SERVO *
		        (world->delayed[i] - world->joints[i]));
	}
	if (held)
		world->object_yaw =
		    atan2(world->pose.axes[0][1], world->pose.axes[0][0]);
	sample->object_yaw = (float)world->object_yaw;
	sample->gripper = (float)world->gripper;
	for (unsigned i = 0; i < 3; i++) {
		sample->tips[i] = (float)world->pose.position[i];
		sample->object[i] = (float)world->contact.object[i];
	}
}

void
sensor_read(struct world *world, struct rollout_sample *sample)
{
	read_arm(world, sample);
	read_wrench(world, sample);
}
