#include "stage.h"

#include <math.h>
#include <string.h>

/* The table, on which the arm stands too. */
#define TABLE_NEAR_M  (-0.22)
#define TABLE_FAR_M   0.85
#define TABLE_SIDE_M  0.62
#define TABLE_THICK_M 0.03

#define BLOCK_HALF_M 0.05
#define CHAMFER_M    0.002
/* The tray: three compartments beside each other. */
#define TRAY_HALF_M  0.1
#define TRAY_SIDE_M  0.15
#define TRAY_CELL_M  0.05
#define TRAY_RIM_M   0.016
#define TRAY_THICK_M 0.003

static const double dark[3] = {0.035, 0.036, 0.04};
static const double steel[3] = {0.40, 0.42, 0.44};

static const struct stage_look looks[] = {
    {"factory", {0.41, -0.34, 0.846}, {1.05, 1.0, 0.9}, {0.26, 0.28, 0.31},
        {0.30, 0.33, 0.36}, {0.16, 0.17, 0.18}, {0.26, 0.28, 0.30},
        SHAPE_PERFORATED},
    {"lab", {-0.20, -0.56, 0.803}, {1.25, 1.2, 1.1}, {0.38, 0.42, 0.48},
        {0.62, 0.62, 0.58}, {0.30, 0.27, 0.24}, {0.05, 0.20, 0.17},
        SHAPE_RULED},
    {"warehouse", {0.35, 0.35, 0.869}, {0.95, 0.74, 0.5}, {0.13, 0.13, 0.15},
        {0.20, 0.17, 0.14}, {0.13, 0.12, 0.11}, {0.36, 0.23, 0.12},
        SHAPE_PLANKS},
};

static const struct stage_look *
find_look(const char *environment)
{
	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		if (strcmp(looks[i].environment, environment) == 0)
			return &looks[i];
	}
	return &looks[0];
}

struct shape *
stage_add(struct stage *stage, const double centre[3], const double half[3],
    const double colour[3])
{
	struct shape *shape = &stage->shapes[stage->count++];

	*shape = (struct shape){.axes = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	    .reach = sqrt(shape_dot(half, half))};
	memcpy(shape->centre, centre, sizeof(shape->centre));
	memcpy(shape->half, half, sizeof(shape->half));
	memcpy(shape->colour, colour, sizeof(shape->colour));
	return shape;
}

struct shape *
stage_add_rod(struct stage *stage, const double from[3], const double to[3],
    double radius, const double colour[3])
{
	double way[3];
	double centre[3];
	double length;
	double across[3];
	struct shape *shape;

	for (unsigned i = 0; i < 3; i++) {
		way[i] = to[i] - from[i];
		centre[i] = (to[i] + from[i]) / 2;
	}
	length = sqrt(shape_dot(way, way));
	shape = stage_add(stage, centre,
	    (const double[]){radius, radius, length / 2}, colour);
	shape->is_round = true;
	shape->reach = hypot(radius, length / 2);
	for (unsigned i = 0; i < 3; i++)
		shape->axes[2][i] = way[i] / length;
	/* Any two axes that are square to it. */
	across[0] = fabs(shape->axes[2][0]) < 0.7 ? 1 : 0;
	across[1] = 1 - across[0];
	across[2] = 0;
	length = shape_dot(across, shape->axes[2]);
	for (unsigned i = 0; i < 3; i++)
		across[i] -= length * shape->axes[2][i];
	length = sqrt(shape_dot(across, across));
	for (unsigned i = 0; i < 3; i++)
		shape->axes[0][i] = across[i] / length;
	for (unsigned i = 0; i < 3; i++) {
		const double *x = shape->axes[0];
		const double *z = shape->axes[2];
		unsigned j = (i + 1) % 3;
		unsigned k = (i + 2) % 3;

		shape->axes[1][i] = z[j] * x[k] - z[k] * x[j];
	}
	return shape;
}

/* ---- the table and what stands on it ---- */

static void
add_table(struct stage *stage)
{
	const double half[3] = {
	    (TABLE_FAR_M - TABLE_NEAR_M) / 2, TABLE_SIDE_M, TABLE_THICK_M / 2};
	const double centre[3] = {
	    (TABLE_FAR_M + TABLE_NEAR_M) / 2, 0, -TABLE_THICK_M / 2};
	struct shape *shape =
	    stage_add(stage, centre, half, stage->look->table);

	shape->is_ground = true;
	shape->pattern = stage->look->table_pattern;
	shape->gloss = shape->pattern == SHAPE_PERFORATED ? 0.12 : 0.03;
}

static void
add_block(struct stage *stage, const struct scene *scene)
{
	const double half[3] = {
	    BLOCK_HALF_M, BLOCK_HALF_M, scene->goal_height / 2};
	const double centre[3] = {
	    scene->goal[0], scene->goal[1], scene->goal_height / 2};
	bool is_socket = strcmp(scene->object->category, "connector") == 0;
	struct shape *shape =
	    stage_add(stage, centre, half, is_socket ? dark : steel);

	shape->gloss = is_socket ? 0.1 : 0.4;
	shape->hole_half = scene->object->radius + scene->clearance + CHAMFER_M;
	shape->hole_depth = scene->depth;
	shape->has_square_hole = is_socket;
}

/* A wall of the tray, so far from its middle. */
static void
add_wall(struct stage *stage, const struct scene *scene, const double at[2],
    const double half[2])
{
	static const double plastic[3] = {0.075, 0.085, 0.10};
	const double centre[3] = {
	    scene->goal[0] + at[0], scene->goal[1] + at[1], TRAY_RIM_M / 2};
	const double size[3] = {half[0], half[1], TRAY_RIM_M / 2};

	stage_add(stage, centre, size, plastic)->gloss = 0.15;
}

static void
add_tray(struct stage *stage, const struct scene *scene)
{
	static const double plastic[3] = {0.06, 0.07, 0.085};
	static const double label[3] = {0.62, 0.56, 0.10};
	const double half[3] = {
	    TRAY_HALF_M, TRAY_SIDE_M, scene->goal_height / 2};
	const double centre[3] = {
	    scene->goal[0], scene->goal[1], scene->goal_height / 2};
	const double label_at[3] = {scene->goal[0] + TRAY_HALF_M - 0.018,
	    scene->goal[1], scene->goal_height};

	stage_add(stage, centre, half, plastic)->gloss = 0.1;
	/* Marks the compartment that the part belongs into. */
	stage_add(
	    stage, label_at, (const double[]){0.009, 0.03, 0.0006}, label);
	for (int side = -1; side <= 1; side += 2) {
		add_wall(stage, scene, (const double[]){side * TRAY_HALF_M, 0},
		    (const double[]){TRAY_THICK_M, TRAY_SIDE_M});
		add_wall(stage, scene, (const double[]){0, side * TRAY_SIDE_M},
		    (const double[]){TRAY_HALF_M + TRAY_THICK_M, TRAY_THICK_M});
		add_wall(stage, scene, (const double[]){0, side * TRAY_CELL_M},
		    (const double[]){TRAY_HALF_M, TRAY_THICK_M / 2});
	}
}

/* ---- the gripper ---- */

/* A box on the tool's axes; `at` from the tips. */
static struct shape *
add_on_tool(struct stage *stage, const double at[3], const double half[3],
    const double colour[3])
{
	const struct arm_pose *tool = &stage->tool;
	double centre[3];
	struct shape *shape;

	for (unsigned i = 0; i < 3; i++)
		centre[i] = tool->position[i] + at[0] * tool->axes[0][i] +
		    at[1] * tool->axes[1][i] + at[2] * tool->axes[2][i];
	shape = stage_add(stage, centre, half, colour);
	memcpy(shape->axes, tool->axes, sizeof(shape->axes));
	return shape;
}

static void
add_gripper(struct stage *stage, double opening)
{
	static const double none[3] = {0, 0, -ARM_TOOL_M};
	static const double pad[3] = {0.10, 0.10, 0.105};
	struct shape *body;

	body = add_on_tool(stage, (const double[]){0, 0, -0.128},
	    (const double[]){0.038, 0.038, 0.034}, dark);
	body->is_round = true;
	body->reach = hypot(0.038, 0.034);
	body->gloss = 0.3;
	add_on_tool(stage, none, (const double[]){0.034, 0.034, 0.009}, steel)
	    ->is_round = true;
	add_on_tool(stage, (const double[]){0, 0, -0.088},
	    (const double[]){0.062, 0.02, 0.012}, dark)
	    ->gloss = 0.3;
	for (int side = -1; side <= 1; side += 2) {
		double inner = opening / 2;

		add_on_tool(stage,
		    (const double[]){side * (inner + 0.003), 0, -0.012},
		    (const double[]){0.003, 0.011, 0.02}, pad);
		add_on_tool(stage,
		    (const double[]){side * (inner + 0.0105), 0, -0.04},
		    (const double[]){0.0045, 0.01, 0.045}, steel)
		    ->gloss = 0.5;
	}
}

void
stage_make(struct stage *out, const struct rollout *rollout,
    const struct rollout_sample *sample)
{
	double joints[ARM_JOINTS];

	out->count = 0;
	out->look = find_look(rollout->scene.site->environment);
	for (unsigned i = 0; i < ARM_JOINTS; i++)
		joints[i] = (double)sample->follower[i];
	add_table(out);
	if (rollout->scene.task->goal == SCENE_INSERT)
		add_block(out, &rollout->scene);
	else
		add_tray(out, &rollout->scene);
	stage_add_object(out, &rollout->scene, sample);
	stage_add_arm(out, joints);
	add_gripper(out, (double)sample->gripper);
}
