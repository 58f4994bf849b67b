#include "rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "world.h"

#define STREAM_SENSORS 1
#define SOLVE_MS       8u /* the leader is solved for at 125 Hz */
#define SERVO_DAMPING  0.9
#define STOP_N         150.0
/* What an operator takes to see that it went wrong. */
#define REACTION_S 1.0
#define TOUCH_N    2.0

const double world_inertia[ARM_JOINTS] = {3.0, 3.0, 1.5, 0.35, 0.35, 0.12};

struct rollout_event *
world_add_event(
    struct world *world, const char *type, const char *a, const char *b)
{
	struct rollout *rollout = world->rollout;
	double now = rollout->count * WORLD_STEP_S;
	struct rollout_event *event;

	if (rollout->event_count == ROLLOUT_EVENTS_MAX)
		return NULL;
	event = &rollout->events[rollout->event_count++];
	*event = (struct rollout_event){
	    .type = type, .bodies = {a, b}, .begin_s = now, .end_s = now};
	return event;
}

void
world_end_soon(struct world *world)
{
	double end = world->rollout->count * WORLD_STEP_S + REACTION_S;

	if (end < world->end_s)
		world->end_s = end;
}

/* ---- leader ---- */

static void
solve_leader(struct world *world, double time_s, double out[ARM_JOINTS])
{
	struct arm_pose target;
	double position[3];
	double yaw;
	bool closes;

	motion_at(&world->rollout->motion, time_s, position, &yaw, &closes);
	arm_down(&target, position, yaw);
	(void)arm_solve(out, &target, 3);
}

static void
read_leader(struct world *world, struct rollout_sample *sample)
{
	uint32_t now = world->rollout->count;
	double share = (now % SOLVE_MS) / (double)SOLVE_MS;
	double position[3];
	double yaw;
	bool closes;

	if (now % SOLVE_MS == 0) {
		memcpy(world->leader[0], world->leader[1],
		    sizeof(world->leader[0]));
		solve_leader(
		    world, (now + SOLVE_MS) * WORLD_STEP_S, world->leader[1]);
	}
	for (unsigned i = 0; i < ARM_JOINTS; i++)
		sample->leader[i] = (float)(world->leader[0][i] +
		    share * (world->leader[1][i] - world->leader[0][i]));
	motion_at(&world->rollout->motion, now * WORLD_STEP_S, position, &yaw,
	    &closes);
	sample->gripper_command = closes ? 1 : 0;
}

/* ---- follower ---- */

static void
receive_command(struct world *world)
{
	const struct rollout *rollout = world->rollout;
	uint32_t delay = (uint32_t)(rollout->scene.delay_s * ROLLOUT_HZ);
	const struct rollout_sample *then =
	    &rollout
	         ->samples[rollout->count > delay ? rollout->count - delay : 0];

	if (world->is_stopped)
		return;
	for (unsigned i = 0; i < ARM_JOINTS; i++)
		world->delayed[i] = then->leader[i];
}

/* One semi-implicit Euler step of six servos under the contact's load. */
static void
move(struct world *world)
{
	double jacobian[ARM_JOINTS][ARM_JOINTS];
	double tips[3] = {0, 0, 0};

	receive_command(world);
	arm_jacobian(world->joints, jacobian);
	for (unsigned j = 0; j < ARM_JOINTS; j++) {
		double torque = 0;

		for (unsigned i = 0; i < 3; i++)
			torque += jacobian[i][j] * world->force[i];
		world->velocity[j] += WORLD_STEP_S *
		    (WORLD_SERVO * WORLD_SERVO *
		            (world->delayed[j] - world->joints[j]) -
		        2 * SERVO_DAMPING * WORLD_SERVO * world->velocity[j] +
		        torque / world_inertia[j]);
	}
	for (unsigned j = 0; j < ARM_JOINTS; j++) {
		world->joints[j] += WORLD_STEP_S * world->velocity[j];
		for (unsigned i = 0; i < 3; i++)
			tips[i] += jacobian[i][j] * world->velocity[j];
	}
	arm_forward(world->joints, &world->pose);
	contact_force(&world->contact, world->pose.position, tips, world->force,
	    world->arm);
}

/* ---- contact ---- */

static void
watch_contact(struct world *world)
{
	struct rollout *rollout = world->rollout;
	double size = sqrt(world->force[0] * world->force[0] +
	    world->force[1] * world->force[1] +
	    world->force[2] * world->force[2]);
	bool is_insert = rollout->scene.task->goal == SCENE_INSERT;

	if (size > STOP_N && !world->is_stopped) {
		world->is_stopped = true;
		memcpy(world->delayed, world->joints, sizeof(world->joints));
		(void)world_add_event(world, "impact", "arm", "controller");
		world_end_soon(world);
	}
	if (size > TOUCH_N && !world->is_touching)
		(void)world_add_event(world, "make",
		    world->contact.place == OBJECT_HELD ? "object" : "gripper",
		    world->contact.place != OBJECT_HELD ? "table"
		        : is_insert                     ? "block"
		                                        : "tray");
	for (unsigned i = rollout->event_count; size > TOUCH_N && i-- > 0;) {
		struct rollout_event *event = &rollout->events[i];

		if (strcmp(event->type, "make") != 0)
			continue;
		event->end_s = rollout->count * WORLD_STEP_S;
		if (size > event->peak_n)
			event->peak_n = size;
		break;
	}
	/* Not at each tremble of the force around the threshold. */
	world->is_touching =
	    world->is_touching ? size > TOUCH_N / 4 : size > TOUCH_N;
}

/* ---- all ---- */

/* An empty gripper after the last grasp ends the attempt. */
static void
notice_empty_hand(struct world *world)
{
	struct rollout *rollout = world->rollout;
	double now = rollout->count * WORLD_STEP_S;
	const struct motion_leg *last = NULL;

	for (unsigned i = 0; i < rollout->motion.leg_count; i++) {
		const struct motion_leg *leg = &rollout->motion.legs[i];

		if (strcmp(leg->subtask, "lift") == 0)
			last = leg;
	}
	if (last != NULL && now >= last->end_s &&
	    world->contact.place == OBJECT_WAITING && !world->is_stopped)
		world_end_soon(world);
}

static void
tick(struct world *world)
{
	struct rollout *rollout = world->rollout;
	struct rollout_sample *sample = &rollout->samples[rollout->count];

	read_leader(world, sample);
	move(world);
	hand_move(world, sample);
	contact_fall(&world->contact, WORLD_STEP_S);
	watch_contact(world);
	notice_empty_hand(world);
	sensor_read(world, sample);
	rollout->count++;
}

static void
start(struct world *world, uint64_t seed, uint32_t number)
{
	struct rollout *rollout = world->rollout;

	random_init(
	    &world->noise, seed, number | (uint64_t)STREAM_SENSORS << 32);
	contact_init(&world->contact, &rollout->scene);
	memcpy(world->leader[1], arm_home, sizeof(world->leader[1]));
	for (unsigned i = 0; i < 10; i++)
		solve_leader(world, 0, world->leader[1]);
	memcpy(world->joints, world->leader[1], sizeof(world->joints));
	memcpy(world->delayed, world->leader[1], sizeof(world->delayed));
	arm_forward(world->joints, &world->pose);
	for (unsigned i = 0; i < 6; i++)
		world->bias[i] =
		    random_noise(&world->noise, i < 3 ? 0.4 : 0.02);
	world->gripper = ROLLOUT_GRIPPER_M;
	world->object_yaw = rollout->scene.yaw;
	world->end_s = rollout->motion.duration_s;
}

enum sl_status
rollout_make(struct rollout *out, uint64_t seed, uint32_t number)
{
	struct world world = {.rollout = out};

	*out = (struct rollout){0};
	scene_make(&out->scene, seed, number);
	motion_make(&out->motion, &out->scene, seed, number);
	out->samples = calloc((size_t)(out->motion.duration_s * ROLLOUT_HZ) + 2,
	    sizeof(*out->samples));
	if (out->samples == NULL)
		return SL_ERR_NOMEM;
	start(&world, seed, number);
	while (out->count * WORLD_STEP_S < world.end_s)
		tick(&world);
	judge_rollout(out, &world.contact, world.is_stopped);
	return SL_OK;
}

void
rollout_clear(struct rollout *rollout)
{
	free(rollout->samples);
	*rollout = (struct rollout){0};
}

double
rollout_duration_s(const struct rollout *rollout)
{
	return rollout->count * WORLD_STEP_S;
}

uint32_t
rollout_rows(const struct rollout *rollout, uint32_t hz)
{
	return (uint32_t)((uint64_t)rollout->count * hz / ROLLOUT_HZ);
}

const struct rollout_sample *
rollout_row(const struct rollout *rollout, uint32_t hz, uint32_t row)
{
	return &rollout->samples[(uint64_t)row * ROLLOUT_HZ / hz];
}
