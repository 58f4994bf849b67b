#include "contact.h"

#include <math.h>
#include <string.h>

#define STIFFNESS      15000.0 /* N/m, of table and block */
#define WALL_STIFFNESS 30000.0
#define DAMPING        60.0 /* N s/m */
#define FRICTION       0.25
#define HOLE_DRAG      40.0 /* N s/m along the hole */
#define CHAMFER_M      0.002
#define BLOCK_HALF_M   0.05
#define REACH_M        0.022 /* half the stroke of the fingers */
#define JAM_SHARE      0.6   /* of the depth */
#define GRAVITY        9.81

void
contact_init(struct contact *out, const struct scene *scene)
{
	*out = (struct contact){
	    .scene = scene, .object = {scene->pick[0], scene->pick[1], 0}};
}

/* A surface pushes back, never pulls. */
static double
push_back(double into_m, double velocity)
{
	double force = STIFFNESS * into_m - DAMPING * velocity;

	return into_m <= 0 || force < 0 ? 0 : force;
}

static void
rub(const double velocity[3], double normal, double force[3])
{
	double speed = hypot(velocity[0], velocity[1]);

	for (unsigned i = 0; i < 2 && speed > 1e-4; i++)
		force[i] -= FRICTION * normal * velocity[i] / (speed + 0.01);
}

double
contact_depth(const struct contact *contact)
{
	double depth = contact->scene->goal_height - contact->object[2];

	return contact->is_engaged && depth > 0 ? depth : 0;
}

/* How deep it goes: to the bottom, or to where it jams. */
static double
depth_of(const struct scene *scene)
{
	return scene->fault == SCENE_JAM ? JAM_SHARE * scene->depth
	                                 : scene->depth;
}

static void
push_in_hole(
    const struct contact *contact, const double velocity[3], double force[3])
{
	const struct scene *scene = contact->scene;
	double aside[2] = {contact->object[0] - scene->goal[0],
	    contact->object[1] - scene->goal[1]};
	double distance = hypot(aside[0], aside[1]);
	double wall = distance > scene->clearance
	    ? WALL_STIFFNESS * (distance - scene->clearance)
	    : 0;
	double into = contact_depth(contact) - depth_of(scene);

	if (scene->fault == SCENE_JAM)
		wall *= 1.6;
	for (unsigned i = 0; i < 2 && wall > 0; i++)
		force[i] -= wall * aside[i] / distance;
	force[2] -= HOLE_DRAG * velocity[2] +
	    FRICTION * wall * velocity[2] / (fabs(velocity[2]) + 0.002);
	force[2] += push_back(into, velocity[2]);
}

static bool
is_over_block(const struct contact *contact)
{
	const struct scene *scene = contact->scene;

	return scene->task->goal == SCENE_INSERT &&
	    fabs(contact->object[0] - scene->goal[0]) < BLOCK_HALF_M &&
	    fabs(contact->object[1] - scene->goal[1]) < BLOCK_HALF_M;
}

static bool
is_over_tray(const struct contact *contact)
{
	const struct scene *scene = contact->scene;

	return scene->task->goal == SCENE_KIT &&
	    fabs(contact->object[0] - scene->goal[0]) < 3 * BLOCK_HALF_M &&
	    fabs(contact->object[1] - scene->goal[1]) < 3 * BLOCK_HALF_M;
}

static double
floor_below(const struct contact *contact)
{
	return is_over_block(contact) || is_over_tray(contact)
	    ? contact->scene->goal_height
	    : 0;
}

static void
push_object(struct contact *contact, const double velocity[3], double force[3])
{
	const struct scene *scene = contact->scene;
	double floor = floor_below(contact);
	double normal;

	if (is_over_block(contact) && contact->object[2] < floor) {
		double distance = hypot(contact->object[0] - scene->goal[0],
		    contact->object[1] - scene->goal[1]);

		contact->is_engaged |= distance < scene->clearance + CHAMFER_M;
	}
	if (contact->object[2] >= floor)
		contact->is_engaged = false;
	if (contact->is_engaged) {
		push_in_hole(contact, velocity, force);
		return;
	}
	normal = push_back(floor - contact->object[2], velocity[2]);
	force[2] += normal;
	rub(velocity, normal, force);
}

void
contact_force(struct contact *contact, const double tips[3],
    const double velocity[3], double force[3], double arm[3])
{
	memset(force, 0, 3 * sizeof(double));
	memset(arm, 0, 3 * sizeof(double));
	if (contact->place == OBJECT_HELD) {
		for (unsigned i = 0; i < 3; i++) {
			contact->object[i] = tips[i] + contact->held[i];
			arm[i] = contact->held[i];
		}
		push_object(contact, velocity, force);
	} else if (tips[2] < 0) {
		force[2] = push_back(-tips[2], velocity[2]);
		rub(velocity, force[2], force);
	}
}

bool
contact_is_within_reach(const struct contact *contact, const double tips[3])
{
	return contact->place == OBJECT_WAITING &&
	    hypot(tips[0] - contact->object[0], tips[1] - contact->object[1]) <
	    REACH_M &&
	    tips[2] < contact->object[2] + contact->scene->object->height;
}

void
contact_hold(struct contact *contact, const double tips[3])
{
	contact->place = OBJECT_HELD;
	/* The fingers centre it, nearly. */
	contact->held[0] = 0.02 * (contact->object[0] - tips[0]);
	contact->held[1] = 0.02 * (contact->object[1] - tips[1]);
	contact->held[2] = contact->object[2] - tips[2];
}

void
contact_let_go(struct contact *contact, enum object_place place)
{
	contact->place = place;
	contact->fall = 0;
}

void
contact_fall(struct contact *contact, double seconds)
{
	double floor = floor_below(contact);

	if (contact->place != OBJECT_FALLEN || contact->object[2] <= floor)
		return;
	contact->fall += GRAVITY * seconds;
	contact->object[2] -= contact->fall * seconds;
	if (contact->object[2] < floor)
		contact->object[2] = floor;
}
