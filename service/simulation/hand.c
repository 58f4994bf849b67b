/* The gripper, and the faults that are not in the motion. */
#include <string.h>

#include "world.h"

#define FINGER_SPEED 0.15 /* m/s */
#define LIFT_SLIP_M  0.05

static void
close_fingers(struct world *world)
{
	const struct scene *scene = &world->rollout->scene;
	double width = 2 * scene->object->radius;
	bool has_it = world->contact.place == OBJECT_HELD ||
	    contact_is_within_reach(&world->contact, world->pose.position);
	double stop = has_it ? width : 0;

	world->gripper -= FINGER_SPEED * WORLD_STEP_S;
	if (world->gripper > stop)
		return;
	world->gripper = stop;
	if (has_it && world->contact.place == OBJECT_WAITING) {
		contact_hold(&world->contact, world->pose.position);
		(void)world_add_event(world, "grasp", "gripper", "object");
	}
}

/* What pushes the object pushes the hand no more. */
static void
let_go(struct world *world, enum object_place place, const char *event)
{
	contact_let_go(&world->contact, place);
	memset(world->force, 0, sizeof(world->force));
	(void)world_add_event(world, event, "gripper", "object");
}

static void
open_fingers(struct world *world)
{
	world->gripper += FINGER_SPEED * WORLD_STEP_S;
	if (world->gripper > ROLLOUT_GRIPPER_M)
		world->gripper = ROLLOUT_GRIPPER_M;
	if (world->contact.place == OBJECT_HELD)
		let_go(world, OBJECT_PLACED, "release");
}

static void
drop(struct world *world)
{
	let_go(world, OBJECT_FALLEN, "slip");
	world_end_soon(world);
}

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

void
hand_move(struct world *world, const struct rollout_sample *sample)
{
	if (world->is_stopped)
		return;
	if (sample->gripper_command > 0)
		close_fingers(world);
	else
		open_fingers(world);
	let_slip(world);
}
