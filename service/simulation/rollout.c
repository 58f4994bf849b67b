#include "rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contact.h"
#include "judge.h"
#include "random.h"

#define STREAM_SENSORS 1
#define STEP_S         (1.0 / ROLLOUT_HZ)
#define SOLVE_MS       8u   /* the leader is solved for at 125 Hz */
#define SERVO          25.0 /* rad/s */
#define SERVO_DAMPING  0.9
#define FINGER_SPEED   0.15 /* m/s */
#define STOP_N         150.0
#define LIFT_SLIP_M    0.05
/* What an operator takes to see that it went wrong. */
#define REACTION_S    1.0
#define TOUCH_N       2.0
#define ENCODER_NOISE 0.00003
#define FORCE_NOISE   0.12
#define TORQUE_NOISE  0.006

static const double inertia[ARM_JOINTS] = {3.0, 3.0, 1.5, 0.35, 0.35, 0.12};

/* What goes on from millisecond to millisecond. */
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
	double force[3];
	double arm[3];
	struct arm_pose pose;
	double object_yaw;
	bool is_stopped;
	bool is_touching;
	double end_s;
};

static struct rollout_event *
add_event(struct world *world, const char *type, const char *a, const char *b)
{
	struct rollout *rollout = world->rollout;
	double now = rollout->count * STEP_S;
	struct rollout_event *event;

	if (rollout->event_count == ROLLOUT_EVENTS_MAX)
		return NULL;
	event = &rollout->events[rollout->event_count++];
	*event = (struct rollout_event){
	    .type = type, .bodies = {a, b}, .begin_s = now, .end_s = now};
	return event;
}

static void
end_soon(struct world *world)
{
	double end = world->rollout->count * STEP_S + REACTION_S;

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
		    world, (now + SOLVE_MS) * STEP_S, world->leader[1]);
	}
	for (unsigned i = 0; i < ARM_JOINTS; i++)
		sample->leader[i] = (float)(world->leader[0][i] +
		    share * (world->leader[1][i] - world->leader[0][i]));
	motion_at(
	    &world->rollout->motion, now * STEP_S, position, &yaw, &closes);
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
		world->velocity[j] += STEP_S *
		    (SERVO * SERVO * (world->delayed[j] - world->joints[j]) -
		        2 * SERVO_DAMPING * SERVO * world->velocity[j] +
		        torque / inertia[j]);
	}
	for (unsigned j = 0; j < ARM_JOINTS; j++) {
		world->joints[j] += STEP_S * world->velocity[j];
		for (unsigned i = 0; i < 3; i++)
			tips[i] += jacobian[i][j] * world->velocity[j];
	}
	arm_forward(world->joints, &world->pose);
	contact_force(&world->contact, world->pose.position, tips, world->force,
	    world->arm);
}

/* ---- gripper and object ---- */

static void
close_fingers(struct world *world)
{
	const struct scene *scene = &world->rollout->scene;
	double width = 2 * scene->object->radius;
	bool has_it = world->contact.place == OBJECT_HELD ||
	    contact_is_within_reach(&world->contact, world->pose.position);
	double stop = has_it ? width : 0;

	world->gripper -= FINGER_SPEED * STEP_S;
	if (world->gripper > stop)
		return;
	world->gripper = stop;
	if (has_it && world->contact.place == OBJECT_WAITING) {
		contact_hold(&world->contact, world->pose.position);
		(void)add_event(world, "grasp", "gripper", "object");
	}
}

static void
open_fingers(struct world *world)
{
	world->gripper += FINGER_SPEED * STEP_S;
	if (world->gripper > ROLLOUT_GRIPPER_M)
		world->gripper = ROLLOUT_GRIPPER_M;
	if (world->contact.place != OBJECT_HELD)
		return;
	contact_let_go(&world->contact, OBJECT_PLACED);
	(void)add_event(world, "release", "gripper", "object");
}

static void
drop(struct world *world)
{
	contact_let_go(&world->contact, OBJECT_FALLEN);
	(void)add_event(world, "slip", "gripper", "object");
	end_soon(world);
}

/* The faults that are not in the motion. */
static void
let_slip(struct world *world)
{
	const struct scene *scene = &world->rollout->scene;
	const double *object = world->contact.object;
	bool slips =
	    scene->fault == SCENE_WEAK_GRASP && object[2] > LIFT_SLIP_M;
	bool is_lost = scene->fault == SCENE_LOSE_OBJECT &&
	    object[1] > (scene->pick[1] + scene->goal[1]) / 2;

	if (world->contact.place == OBJECT_HELD && (slips || is_lost))
		drop(world);
}

static void
grip(struct world *world, const struct rollout_sample *sample)
{
	if (world->is_stopped)
		return;
	if (sample->gripper_command > 0)
		close_fingers(world);
	else
		open_fingers(world);
	let_slip(world);
}

/* ---- sensors ---- */

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
		(void)add_event(world, "impact", "arm", "controller");
		end_soon(world);
	}
	if (size > TOUCH_N && !world->is_touching)
		(void)add_event(world, "make",
		    world->contact.place == OBJECT_HELD ? "object" : "gripper",
		    world->contact.place != OBJECT_HELD ? "table"
		        : is_insert                     ? "block"
		                                        : "tray");
	for (unsigned i = rollout->event_count; size > TOUCH_N && i-- > 0;) {
		struct rollout_event *event = &rollout->events[i];

		if (strcmp(event->type, "make") != 0)
			continue;
		event->end_s = rollout->count * STEP_S;
		if (size > event->peak_n)
			event->peak_n = size;
		break;
	}
	/* Not at each tremble of the force around the threshold. */
	world->is_touching =
	    world->is_touching ? size > TOUCH_N / 4 : size > TOUCH_N;
}

static void
read_wrench(struct world *world, struct rollout_sample *sample)
{
	bool held = world->contact.place == OBJECT_HELD;
	double load = held ? world->rollout->scene.object->mass_kg : 0;
	double force[3] = {
	    world->force[0], world->force[1], world->force[2] - load * 9.81};
	double torque[3] = {world->arm[1] * force[2] - world->arm[2] * force[1],
	    world->arm[2] * force[0] - world->arm[0] * force[2],
	    world->arm[0] * force[1] - world->arm[1] * force[0]};

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
		    inertia[i] * SERVO * SERVO *
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

/* ---- all ---- */

/* An empty gripper after the last grasp ends the attempt. */
static void
notice_empty_hand(struct world *world)
{
	struct rollout *rollout = world->rollout;
	double now = rollout->count * STEP_S;
	const struct motion_leg *last = NULL;

	for (unsigned i = 0; i < rollout->motion.leg_count; i++) {
		const struct motion_leg *leg = &rollout->motion.legs[i];

		if (strcmp(leg->subtask, "lift") == 0)
			last = leg;
	}
	if (last != NULL && now >= last->end_s &&
	    world->contact.place == OBJECT_WAITING && !world->is_stopped)
		end_soon(world);
}

static void
tick(struct world *world)
{
	struct rollout *rollout = world->rollout;
	struct rollout_sample *sample = &rollout->samples[rollout->count];

	read_leader(world, sample);
	move(world);
	grip(world, sample);
	watch_contact(world);
	notice_empty_hand(world);
	read_arm(world, sample);
	read_wrench(world, sample);
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
	while (out->count * STEP_S < world.end_s)
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
	return rollout->count * STEP_S;
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
