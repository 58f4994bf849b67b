#include "camera.h"

#include <math.h>
#include <string.h>

#define BEHIND_M  0.15 /* from the tips back along the tool */
#define BESIDE_M  0.07
#define TILT      0.35 /* rad, towards the tips */
#define CHECKER_M 0.05
#define FAR_M     10.0
#define SHAPES    8

/* A box or an upright cylinder, on axes of its own. */
struct shape {
	double centre[3];
	double axes[3][3];
	double half[3];
	uint8_t colour[3];
	bool is_round; /* about its third axis, of radius half[0] */
};

struct picture {
	double eye[3];
	double axes[3][3]; /* right, down, forward */
	struct shape shapes[SHAPES];
	unsigned count;
	double light;
};

struct hit {
	double distance;
	double normal[3];
	const struct shape *shape;
};

static double
dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static struct shape *
add(struct picture *picture, const double centre[3], const double half[3],
    const uint8_t colour[3])
{
	struct shape *shape = &picture->shapes[picture->count++];

	*shape = (struct shape){.axes = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
	memcpy(shape->centre, centre, sizeof(shape->centre));
	memcpy(shape->half, half, sizeof(shape->half));
	memcpy(shape->colour, colour, sizeof(shape->colour));
	return shape;
}

static void
add_object(struct picture *picture, const struct rollout *rollout,
    const struct rollout_sample *sample)
{
	const struct scene_object *object = rollout->scene.object;
	const double half[3] = {
	    object->radius, object->radius, object->height / 2};
	const double centre[3] = {sample->object[0], sample->object[1],
	    sample->object[2] + object->height / 2};
	struct shape *shape = add(picture, centre, half, rollout->scene.colour);

	shape->axes[0][0] = shape->axes[1][1] = cos(sample->object_yaw);
	shape->axes[0][1] = sin(sample->object_yaw);
	shape->axes[1][0] = -shape->axes[0][1];
	shape->is_round = strcmp(object->category, "bracket") != 0 &&
	    strcmp(object->category, "connector") != 0;
}

/* A block with its hole, or a tray with a marked compartment. */
static void
add_goal(struct picture *picture, const struct rollout *rollout)
{
	static const uint8_t steel[3] = {120, 126, 132};
	static const uint8_t tray[3] = {58, 60, 66};
	static const uint8_t hole[3] = {18, 18, 20};
	const struct scene *scene = &rollout->scene;
	bool inserts = scene->task->goal == SCENE_INSERT;
	double size = inserts ? 0.05 : 0.11;
	double mark = scene->object->radius + (inserts ? 0.001 : 0.012);
	const double half[3] = {size, size, scene->goal_height / 2};
	const double centre[3] = {
	    scene->goal[0], scene->goal[1], scene->goal_height / 2};
	const double mark_half[3] = {mark, mark, 0.0006};
	const double mark_centre[3] = {
	    scene->goal[0], scene->goal[1], scene->goal_height + 0.0003};

	(void)add(picture, centre, half, inserts ? steel : tray);
	add(picture, mark_centre, mark_half, hole)->is_round = inserts;
}

static void
add_fingers(
    struct picture *picture, const struct arm_pose *pose, double opening)
{
	static const uint8_t rubber[3] = {34, 34, 38};
	const double half[3] = {0.007, 0.011, 0.03};

	for (int side = -1; side <= 1; side += 2) {
		double centre[3];
		struct shape *shape;

		for (unsigned i = 0; i < 3; i++)
			centre[i] = pose->position[i] +
			    side * (opening / 2 + half[0]) * pose->axes[0][i] -
			    0.02 * pose->axes[2][i];
		shape = add(picture, centre, half, rubber);
		memcpy(shape->axes, pose->axes, sizeof(shape->axes));
	}
}

/* Beside the gripper, tilted so that the tips are in the middle. */
static void
place_eye(struct picture *picture, const struct arm_pose *pose)
{
	double c = cos(TILT);
	double s = sin(TILT);

	for (unsigned i = 0; i < 3; i++) {
		picture->eye[i] = pose->position[i] -
		    BEHIND_M * pose->axes[2][i] - BESIDE_M * pose->axes[1][i];
		picture->axes[0][i] = pose->axes[0][i];
		picture->axes[1][i] =
		    c * pose->axes[1][i] - s * pose->axes[2][i];
		picture->axes[2][i] =
		    s * pose->axes[1][i] + c * pose->axes[2][i];
	}
}

/* ---- rays ---- */

/* The slab test, on the shape's axes; for a round shape the first two slabs
 * only bound it. */
static bool
meet_slabs(const double origin[3], const double way[3], const double half[3],
    double *enter, unsigned *axis)
{
	double near = 0;
	double far = FAR_M;

	for (unsigned i = 0; i < 3; i++) {
		double inverse = 1 / (fabs(way[i]) < 1e-12 ? 1e-12 : way[i]);
		double a = (-half[i] - origin[i]) * inverse;
		double b = (half[i] - origin[i]) * inverse;

		if (a > b) {
			double swap = a;

			a = b;
			b = swap;
		}
		if (a > near) {
			near = a;
			*axis = i;
		}
		far = b < far ? b : far;
	}
	*enter = near;
	return near < far && near > 0;
}

static bool
meet_cylinder(const double origin[3], const double way[3], const double half[3],
    double *enter, double normal[3])
{
	double a = way[0] * way[0] + way[1] * way[1];
	double b = origin[0] * way[0] + origin[1] * way[1];
	double c =
	    origin[0] * origin[0] + origin[1] * origin[1] - half[0] * half[0];
	double root = b * b - a * c;
	double top = way[2] == 0 ? -1 : (half[2] - origin[2]) / way[2];
	double side = root < 0 || a == 0 ? -1 : (-b - sqrt(root)) / a;
	double height = origin[2] + side * way[2];

	if (top > 0 &&
	    hypot(origin[0] + top * way[0], origin[1] + top * way[1]) <
	        half[0] &&
	    way[2] < 0) {
		*enter = top;
		normal[0] = normal[1] = 0;
		normal[2] = 1;
		return true;
	}
	if (side <= 0 || fabs(height) > half[2])
		return false;
	*enter = side;
	normal[0] = (origin[0] + side * way[0]) / half[0];
	normal[1] = (origin[1] + side * way[1]) / half[0];
	normal[2] = 0;
	return true;
}

static void
meet(const struct shape *shape, const double eye[3], const double way[3],
    struct hit *hit)
{
	double origin[3];
	double turned[3];
	double normal[3] = {0, 0, 0};
	double between[3];
	double enter;
	unsigned axis = 0;

	for (unsigned i = 0; i < 3; i++)
		between[i] = eye[i] - shape->centre[i];
	for (unsigned i = 0; i < 3; i++) {
		origin[i] = dot(between, shape->axes[i]);
		turned[i] = dot(way, shape->axes[i]);
	}
	if (!meet_slabs(origin, turned, shape->half, &enter, &axis) ||
	    enter >= hit->distance)
		return;
	normal[axis] = turned[axis] < 0 ? 1 : -1;
	if (shape->is_round &&
	    (!meet_cylinder(origin, turned, shape->half, &enter, normal) ||
	        enter >= hit->distance))
		return;
	hit->distance = enter;
	hit->shape = shape;
	for (unsigned i = 0; i < 3; i++)
		hit->normal[i] = normal[0] * shape->axes[0][i] +
		    normal[1] * shape->axes[1][i] +
		    normal[2] * shape->axes[2][i];
}

/* The table: two greys in squares; beyond it, the floor of the room. */
static void
paint_table(const struct picture *picture, const double way[3], double light,
    uint8_t out[3])
{
	double distance = way[2] < 0 ? -picture->eye[2] / way[2] : FAR_M;
	double x = picture->eye[0] + distance * way[0];
	double y = picture->eye[1] + distance * way[1];
	bool is_odd =
	    ((int)floor(x / CHECKER_M) + (int)floor(y / CHECKER_M)) & 1;
	double tone = x < 0.2 || x > 0.75 || fabs(y) > 0.5 ? 60
	    : is_odd                                       ? 176
	                                                   : 160;

	for (unsigned i = 0; i < 3; i++)
		out[i] = (uint8_t)(light * (tone - 6 * i));
}

static void
paint(const struct picture *picture, const double way[3], uint8_t out[3])
{
	static const double sun[3] = {0.3, -0.4, 0.866};
	struct hit hit = {
	    .distance = way[2] < 0 ? -picture->eye[2] / way[2] : FAR_M};
	double shade;

	for (unsigned i = 0; i < picture->count; i++)
		meet(&picture->shapes[i], picture->eye, way, &hit);
	if (hit.shape == NULL) {
		paint_table(picture, way, picture->light, out);
		return;
	}
	shade = dot(hit.normal, sun);
	shade = picture->light * (0.45 + 0.55 * (shade > 0 ? shade : 0));
	for (unsigned i = 0; i < 3; i++)
		out[i] = (uint8_t)(shade * hit.shape->colour[i]);
}

void
camera_draw(const struct rollout *rollout, const struct rollout_sample *sample,
    uint8_t out[CAMERA_BYTES])
{
	struct picture picture = {.light = rollout->scene.site->light};
	double joints[ARM_JOINTS];
	struct arm_pose pose;

	for (unsigned i = 0; i < ARM_JOINTS; i++)
		joints[i] = sample->follower[i];
	arm_forward(joints, &pose);
	place_eye(&picture, &pose);
	add_goal(&picture, rollout);
	add_object(&picture, rollout, sample);
	add_fingers(&picture, &pose, sample->gripper);
	for (unsigned row = 0; row < CAMERA_HEIGHT; row++) {
		for (unsigned column = 0; column < CAMERA_WIDTH; column++) {
			double x =
			    (column + 0.5 - CAMERA_WIDTH / 2.0) / CAMERA_FOCAL;
			double y =
			    (row + 0.5 - CAMERA_HEIGHT / 2.0) / CAMERA_FOCAL;
			double way[3];

			for (unsigned i = 0; i < 3; i++)
				way[i] = x * picture.axes[0][i] +
				    y * picture.axes[1][i] + picture.axes[2][i];
			paint(&picture, way,
			    out + 3 * (row * CAMERA_WIDTH + column));
		}
	}
}
