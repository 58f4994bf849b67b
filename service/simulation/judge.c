#include "judge.h"

#include <math.h>
#include <string.h>

#define EXCESS_N      80.0
#define DEPTH_SHARE   0.9
#define PARTIAL_SHARE 0.3
#define PLACE_M       0.012
#define MISS_M        0.062 /* further away it was seen wrongly */

static const struct rollout_event *
find_event(const struct rollout *rollout, const char *type)
{
	for (unsigned i = 0; i < rollout->event_count; i++) {
		if (strcmp(rollout->events[i].type, type) == 0)
			return &rollout->events[i];
	}
	return NULL;
}

static double
peak_force(const struct rollout *rollout, double *when_s)
{
	double peak = 0;

	for (unsigned i = 0; i < rollout->event_count; i++) {
		const struct rollout_event *event = &rollout->events[i];

		if (event->peak_n <= peak)
			continue;
		peak = event->peak_n;
		*when_s = event->begin_s;
	}
	return peak;
}

static void
fail(struct rollout *rollout, const char *mode, const char *phase, double when)
{
	rollout->failure_mode = mode;
	rollout->failure_phase = phase;
	rollout->failure_s = when;
}

/* When the fingers first closed on nothing. */
static double
empty_close_s(const struct rollout *rollout)
{
	for (uint32_t i = 0; i < rollout->count; i++) {
		if (rollout->samples[i].gripper <= 0)
			return (double)i / ROLLOUT_HZ;
	}
	return -1;
}

static void
judge_grasp(struct rollout *rollout)
{
	double when = empty_close_s(rollout);
	uint32_t at = when < 0 ? 0 : (uint32_t)(when * ROLLOUT_HZ);
	const float *tips = rollout->samples[at].tips;
	double distance = hypot(
	    tips[0] - rollout->scene.pick[0], tips[1] - rollout->scene.pick[1]);

	fail(rollout,
	    distance > MISS_M ? "perception.pose_error" : "grasp.missed",
	    "grasp", when < 0 ? 0 : when);
	rollout->completion = 0.1;
}

static void
judge_insertion(struct rollout *rollout, const struct contact *contact)
{
	double depth = contact_depth(contact) / rollout->scene.depth;
	double touched_s = 0;
	double peak = peak_force(rollout, &touched_s);

	rollout->completion = 0.75 + 0.25 * (depth > 1 ? 1 : depth);
	rollout->is_partial = depth >= PARTIAL_SHARE && depth < DEPTH_SHARE;
	if (depth < DEPTH_SHARE)
		fail(rollout, depth > 0 ? "contact.jam" : "place.misaligned",
		    "place", touched_s);
	else if (peak > EXCESS_N)
		fail(rollout, "contact.excess_force", "place", touched_s);
	else
		rollout->success = true;
}

static void
judge_placing(struct rollout *rollout, const struct contact *contact)
{
	const struct rollout_event *release = find_event(rollout, "release");
	double distance = hypot(contact->object[0] - rollout->scene.goal[0],
	    contact->object[1] - rollout->scene.goal[1]);

	rollout->success = distance < PLACE_M;
	rollout->completion = rollout->success ? 1 : 0.8;
	if (!rollout->success)
		fail(rollout, "place.wrong_location", "place",
		    release == NULL ? 0 : release->begin_s);
}

static void
judge_drop(struct rollout *rollout)
{
	const struct rollout_event *slip = find_event(rollout, "slip");
	double when = slip == NULL ? 0 : slip->begin_s;
	bool is_moving = false;

	for (unsigned i = 0; i < rollout->motion.leg_count; i++)
		is_moving |= when >= rollout->motion.legs[i].begin_s &&
		    strcmp(rollout->motion.legs[i].subtask, "transport") == 0;
	fail(rollout, is_moving ? "transport.drop" : "grasp.slip",
	    is_moving ? "transport" : "lift", when);
	rollout->completion = is_moving ? 0.5 : 0.25;
}

static void
judge_recovery(struct rollout *rollout)
{
	double when = empty_close_s(rollout);

	if (!rollout->success || when < 0)
		return;
	rollout->recovered = true;
	rollout->failure_s = when;
	rollout->failure_phase = "grasp";
}

void
judge_rollout(
    struct rollout *rollout, const struct contact *contact, bool is_stopped)
{
	double touched_s = 0;

	if (is_stopped) {
		(void)peak_force(rollout, &touched_s);
		fail(rollout, "control.protective_stop", "place", touched_s);
		rollout->completion = 0.75;
		return;
	}
	switch (contact->place) {
	case OBJECT_WAITING:
		judge_grasp(rollout);
		break;
	case OBJECT_FALLEN:
		judge_drop(rollout);
		break;
	case OBJECT_HELD:
	case OBJECT_PLACED:
		if (rollout->scene.task->goal == SCENE_INSERT)
			judge_insertion(rollout, contact);
		else
			judge_placing(rollout, contact);
		judge_recovery(rollout);
		break;
	}
}
