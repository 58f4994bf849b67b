#include "motion.h"

#include <math.h>
#include <string.h>

#include "random.h"

#define STREAM    5
#define SAFE_M    0.16 /* height of travel above the table */
#define PI        3.14159265358979323846
#define TREMOR_HZ 2.3

/* A motion that grows. */
struct draft {
	struct motion *motion;
	const struct scene *scene;
	struct random random;
	double pace; /* of the operator: 1 is brisk */
	double at[3];
	double yaw;
	double time_s;
};

double
motion_minimum_jerk(double share)
{
	double x = share < 0 ? 0 : share > 1 ? 1 : share;

	return x * x * x * (10 + x * (-15 + 6 * x));
}

static void
go(struct draft *draft, const char *subtask, const char *skill,
    const double to[3], double seconds)
{
	struct motion_leg *leg = &draft->motion->legs[draft->motion->leg_count];
	bool closed = draft->motion->leg_count > 0 && leg[-1].closes;

	*leg = (struct motion_leg){.subtask = subtask,
	    .skill = skill,
	    .begin_s = draft->time_s,
	    .yaw_from = draft->yaw,
	    .yaw_to = draft->yaw,
	    .closes = closed};
	memcpy(leg->from, draft->at, sizeof(leg->from));
	memcpy(leg->to, to, sizeof(leg->to));
	seconds *= draft->pace * random_between(&draft->random, 0.85, 1.2);
	draft->time_s = floor((draft->time_s + seconds) * 1000) / 1000;
	leg->end_s = draft->time_s;
	memcpy(draft->at, to, sizeof(draft->at));
	draft->motion->leg_count++;
}

/* The leg that was added last also turns, or commands the gripper. */
static void
turn(struct draft *draft, double yaw)
{
	draft->motion->legs[draft->motion->leg_count - 1].yaw_to = yaw;
	draft->yaw = yaw;
}

static void
command(struct draft *draft, bool closes)
{
	draft->motion->legs[draft->motion->leg_count - 1].closes = closes;
}

static void
grasp(struct draft *draft, const double aim[2])
{
	const struct scene *scene = draft->scene;
	const double height = draft->motion->grasp_height;
	const double above[3] = {
	    scene->pick[0] + aim[0], scene->pick[1] + aim[1], SAFE_M};
	const double at[3] = {above[0], above[1], height};

	go(draft, "approach", "move", above, 1.3);
	turn(draft, scene->yaw);
	go(draft, "approach", "move", at, 0.9);
	go(draft, "grasp", "close_gripper", at, 0.7);
	command(draft, true);
	go(draft, "lift", "lift", above, 0.8);
}

static void
deliver(struct draft *draft)
{
	const struct scene *scene = draft->scene;
	const double x = scene->goal[0] + scene->offset[0];
	const double y = scene->goal[1] + scene->offset[1];
	const double bottom =
	    scene->goal_height - scene->depth + draft->motion->grasp_height;
	const double above[3] = {x, y, SAFE_M + scene->goal_height};
	const double touch[3] = {
	    x, y, scene->goal_height + draft->motion->grasp_height + 0.004};
	const double in[3] = {x, y, bottom - scene->push};
	bool inserts = scene->task->goal == SCENE_INSERT;

	go(draft, "transport", "move", above, 1.6);
	turn(draft, 0);
	go(draft, inserts ? "insert" : "place", "lower", touch, 0.8);
	go(draft, inserts ? "insert" : "place", inserts ? "insert" : "lower",
	    in, inserts ? 1.5 : 0.5);
	go(draft, "release", "open_gripper", in, 0.5);
	command(draft, false);
	go(draft, "retreat", "move", above, 0.8);
}

void
motion_make(struct motion *out, const struct scene *scene, uint64_t seed,
    uint32_t number)
{
	const double none[2] = {0, 0};
	struct draft draft = {.motion = out,
	    .scene = scene,
	    .pace = 1.5 - 0.5 * scene->skill,
	    .at = {0.46, 0.0, 0.24}};

	*out = (struct motion){0};
	random_init(&draft.random, seed, number | (uint64_t)STREAM << 32);
	out->grasp_height = 0.75 * scene->object->height;
	out->tremor = 0.0004 * (1.3 - scene->skill);
	for (unsigned i = 0; i < 3; i++)
		out->phase[i] = random_between(&draft.random, 0, 2 * PI);
	grasp(&draft, scene->aim);
	if (scene->tries_again) {
		out->legs[out->leg_count - 1].closes = false;
		grasp(&draft, none);
	}
	deliver(&draft);
	out->duration_s = draft.time_s;
}

static const struct motion_leg *
find_leg(const struct motion *motion, double time_s)
{
	unsigned i = 0;

	while (i + 1 < motion->leg_count && time_s >= motion->legs[i].end_s)
		i++;
	return &motion->legs[i];
}

void
motion_at(const struct motion *motion, double time_s, double position[3],
    double *yaw, bool *closes)
{
	const struct motion_leg *leg = find_leg(motion, time_s);
	double share = motion_minimum_jerk(
	    (time_s - leg->begin_s) / (leg->end_s - leg->begin_s));

	for (unsigned i = 0; i < 3; i++) {
		double shake =
		    sin(2 * PI * TREMOR_HZ * (1 + 0.31 * i) * time_s +
		        motion->phase[i]);

		position[i] = leg->from[i] +
		    share * (leg->to[i] - leg->from[i]) +
		    motion->tremor * shake;
	}
	*yaw = leg->yaw_from + share * (leg->yaw_to - leg->yaw_from);
	*closes = leg->closes;
}
