/* The body of the arm, after the outlines of a UR5e: tubes for links, drums for
 * joints with a lid on each. */
#include "stage.h"

/* How far links stand beside the joints' common plane. */
#define SHOULDER_M 0.138
#define FOREARM_M  0.012
#define LID_M      0.012

static const double tube[3] = {0.52, 0.54, 0.56};
static const double drum[3] = {0.36, 0.38, 0.40};
static const double lid[3] = {0.08, 0.30, 0.52};

/* A point on the third axis of a frame. */
static void
find_along(
    double out[3], const struct arm_pose *frame, const double way[3], double m)
{
	for (unsigned i = 0; i < 3; i++)
		out[i] = frame->position[i] + m * way[i];
}

/* A joint's housing along `way`, with a lid where it ends. */
static void
add_drum(struct stage *stage, const struct arm_pose *frame, const double way[3],
    const double ends_m[2], double radius)
{
	double from[3];
	double to[3];
	double over[3];

	find_along(from, frame, way, ends_m[0]);
	find_along(to, frame, way, ends_m[1]);
	find_along(over, frame, way,
	    ends_m[1] + (ends_m[1] > ends_m[0] ? LID_M : -LID_M));
	stage_add_rod(stage, from, to, radius, drum)->gloss = 0.25;
	stage_add_rod(stage, to, over, 0.93 * radius, lid)->gloss = 0.3;
}

static void
add_tube(struct stage *stage, const struct arm_pose *from,
    const struct arm_pose *to, double beside_m, double radius)
{
	double ends[2][3];

	find_along(ends[0], from, from->axes[2], beside_m);
	find_along(ends[1], to, from->axes[2], beside_m);
	stage_add_rod(stage, ends[0], ends[1], radius, tube)->gloss = 0.35;
}

static void
add_base(struct stage *stage, const struct arm_pose *shoulder)
{
	static const double foot[3] = {0, 0, 0};
	static const double neck[3] = {0, 0, 0.025};
	double top[3];

	find_along(top, shoulder, shoulder->axes[1], 0.058);
	stage_add_rod(stage, foot, neck, 0.085, drum)->gloss = 0.2;
	stage_add_rod(stage, neck, top, 0.06, tube)->gloss = 0.35;
}

void
stage_add_arm(struct stage *stage, const double joints[ARM_JOINTS])
{
	struct arm_pose frames[ARM_JOINTS];
	const double *across; /* the axis that three joints share */

	arm_forward(joints, &stage->tool);
	arm_frames(joints, frames);
	across = frames[0].axes[2];
	add_base(stage, &frames[0]);
	add_drum(stage, &frames[0], across,
	    (const double[]){0.03, SHOULDER_M + 0.055}, 0.058);
	add_tube(stage, &frames[0], &frames[1], SHOULDER_M, 0.05);
	add_drum(stage, &frames[1], across,
	    (const double[]){-0.035, SHOULDER_M + 0.052}, 0.052);
	add_tube(stage, &frames[1], &frames[2], FOREARM_M, 0.041);
	add_drum(
	    stage, &frames[2], across, (const double[]){-0.04, 0.17}, 0.04);
	add_drum(stage, &frames[3], frames[3].axes[2],
	    (const double[]){-0.05, 0.135}, 0.04);
	add_drum(stage, &frames[4], frames[4].axes[2],
	    (const double[]){-0.05, 0.085}, 0.038);
}
