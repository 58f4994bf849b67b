/* The object that is handled: a few solids each. */
#include <math.h>
#include <string.h>

#include "stage.h"

#define GEAR_BARS 6 /* two teeth each */
#define PI        3.14159265358979323846

static const double black[3] = {0.012, 0.012, 0.014};
static const double dark[3] = {0.035, 0.036, 0.04};
static const double steel[3] = {0.40, 0.42, 0.44};
static const double white[3] = {0.72, 0.72, 0.70};

static void
turn(struct shape *shape, double yaw)
{
	shape->axes[0][0] = shape->axes[1][1] = cos(yaw);
	shape->axes[0][1] = sin(yaw);
	shape->axes[1][0] = -shape->axes[0][1];
}

/* Solids of one object, by height above its bottom. */
struct build {
	struct stage *stage;
	const double *at;
	double yaw;
};

static struct shape *
put(const struct build *build, const double half[2], const double span_m[2],
    const double colour[3])
{
	const double centre[3] = {build->at[0], build->at[1],
	    build->at[2] + (span_m[0] + span_m[1]) / 2};
	const double size[3] = {half[0], half[1], (span_m[1] - span_m[0]) / 2};
	struct shape *shape = stage_add(build->stage, centre, size, colour);

	turn(shape, build->yaw);
	shape->gloss = 0.15;
	return shape;
}

static struct shape *
put_disc(const struct build *build, double radius, double from_m, double to_m,
    const double colour[3])
{
	struct shape *shape = put(build, (const double[]){radius, radius},
	    (const double[]){from_m, to_m}, colour);

	shape->is_round = true;
	shape->reach = hypot(radius, shape->half[2]);
	return shape;
}

static void
build_peg(const struct build *build, const struct scene_object *object,
    const double metal[3], const double colour[3])
{
	double r = object->radius;
	double h = object->height;

	put_disc(build, 0.86 * r, 0, 0.05 * h, metal)->gloss = 0.7;
	put_disc(build, r, 0.05 * h, 0.82 * h, metal)->gloss = 0.7;
	put_disc(build, 1.02 * r, 0.82 * h, h, colour)->gloss = 0.3;
}

static void
build_connector(const struct build *build, const struct scene_object *object,
    const double colour[3])
{
	double r = object->radius;
	double h = object->height;

	put(build, (const double[]){r, r}, (const double[]){0, 0.55 * h},
	    colour);
	put(build, (const double[]){0.93 * r, 0.93 * r},
	    (const double[]){0.55 * h, 0.62 * h}, dark);
	put(build, (const double[]){r, r}, (const double[]){0.62 * h, h},
	    colour);
	put_disc(build, 0.45 * r, h, 1.16 * h, black);
}

static void
build_gear(const struct build *build, const struct scene_object *object)
{
	double r = object->radius;
	double h = object->height;

	put_disc(build, 0.86 * r, 0, 0.7 * h, steel)->gloss = 0.6;
	for (unsigned i = 0; i < GEAR_BARS; i++) {
		struct shape *bar = put(build, (const double[]){r, 0.09 * r},
		    (const double[]){0, 0.7 * h}, steel);

		turn(bar, build->yaw + i * PI / GEAR_BARS);
		bar->gloss = 0.6;
	}
	put_disc(build, 0.45 * r, 0.7 * h, h, steel)->gloss = 0.6;
	put_disc(build, 0.2 * r, h, h + 0.0004, black);
}

static void
build_bottle(const struct build *build, const struct scene_object *object,
    const double colour[3])
{
	double r = object->radius;
	double h = object->height;

	put_disc(build, r, 0, 0.72 * h, colour)->gloss = 0.4;
	put_disc(build, 1.01 * r, 0.2 * h, 0.5 * h, white);
	put_disc(build, 0.72 * r, 0.72 * h, 0.8 * h, colour)->gloss = 0.4;
	put_disc(build, 0.62 * r, 0.8 * h, h, white)->gloss = 0.3;
}

static void
build_bracket(const struct build *build, const struct scene_object *object)
{
	static const double metal[3] = {0.55, 0.56, 0.57};
	double r = object->radius;
	double h = object->height;
	struct shape *wall;

	put(build, (const double[]){r, r}, (const double[]){0, 0.22 * h}, metal)
	    ->gloss = 0.4;
	wall = put(build, (const double[]){0.2 * r, r},
	    (const double[]){0.22 * h, h}, metal);
	wall->gloss = 0.4;
	for (unsigned i = 0; i < 2; i++)
		wall->centre[i] += 0.8 * r * wall->axes[0][i];
}

void
stage_add_object(struct stage *stage, const struct scene *scene,
    const struct rollout_sample *sample)
{
	static const double brass[3] = {0.55, 0.40, 0.13};
	static const double aluminium[3] = {0.62, 0.63, 0.64};
	const struct scene_object *object = scene->object;
	const double at[3] = {
	    sample->object[0], sample->object[1], sample->object[2]};
	const struct build build = {stage, at, sample->object_yaw};
	const double *metal = strcmp(object->material, "brass") == 0 ? brass
	    : strcmp(object->material, "aluminium") == 0             ? aluminium
	                                                             : steel;
	double colour[3];

	/* From what a screen shows to linear light. */
	for (unsigned i = 0; i < 3; i++)
		colour[i] = scene->colour[i] * scene->colour[i] / 65025.0;
	switch (object->form) {
	case SCENE_PEG:
		build_peg(&build, object, metal, colour);
		break;
	case SCENE_CONNECTOR:
		build_connector(&build, object, colour);
		break;
	case SCENE_GEAR:
		build_gear(&build, object);
		break;
	case SCENE_BEARING:
		put_disc(&build, object->radius, 0, object->height, steel)
		    ->pattern = SHAPE_RINGS;
		break;
	case SCENE_BRACKET:
		build_bracket(&build, object);
		break;
	case SCENE_BOTTLE:
		build_bottle(&build, object, colour);
		break;
	}
}
