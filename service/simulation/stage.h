/* What cameras see at one moment: arm, gripper, object, block or tray, table
 * and room, and the light on them. */
#ifndef SL_SIMULATION_STAGE_H
#define SL_SIMULATION_STAGE_H

#include "rollout.h"
#include "shape.h"

#define STAGE_SHAPES_MAX 64

/* How a room of one environment looks; linear light. */
struct stage_look {
	const char *environment;
	double sun[3]; /* towards the light, of length 1 */
	double sun_colour[3];
	double sky[3]; /* the light that comes from everywhere */
	double wall[3];
	double floor[3];
	double table[3];
	enum shape_pattern table_pattern;
};

struct stage {
	struct shape shapes[STAGE_SHAPES_MAX];
	unsigned count;
	const struct stage_look *look;
	struct arm_pose tool;
};

void stage_make(struct stage *out, const struct rollout *rollout,
    const struct rollout_sample *sample);

/* For the parts of a stage. */
struct shape *stage_add(struct stage *stage, const double centre[3],
    const double half[3], const double colour[3]);
/* A cylinder from point to point. */
struct shape *stage_add_rod(struct stage *stage, const double from[3],
    const double to[3], double radius, const double colour[3]);
void stage_add_object(struct stage *stage, const struct scene *scene,
    const struct rollout_sample *sample);
/* The arm; sets stage->tool. */
void stage_add_arm(struct stage *stage, const double joints[ARM_JOINTS]);

#endif /* SL_SIMULATION_STAGE_H */
