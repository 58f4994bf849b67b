#include "light.h"

#include <math.h>
#include <string.h>

#include "pattern.h"

/* Half the lamp's width as seen from the table. */
#define LAMP_HALF 0.045
/* A shadow's rim at most, from what throws it. */
#define SOFT_M 0.05
#define LIFT_M 0.0003

#define FLOOR_M (-0.78) /* the room's floor, below the table */
#define WALL_M  1.7     /* its walls, behind the arm and at its side */
#define TILE_M  0.4

/* ---- shadows ---- */

static void
set_across(struct light *light, const double sun[3])
{
	double *a = light->across[0];
	double *b = light->across[1];
	double length = sqrt(sun[0] * sun[0] + sun[1] * sun[1]);

	a[0] = -sun[1] / length;
	a[1] = sun[0] / length;
	a[2] = 0;
	b[0] = sun[1] * a[2] - sun[2] * a[1];
	b[1] = sun[2] * a[0] - sun[0] * a[2];
	b[2] = sun[0] * a[1] - sun[1] * a[0];
}

/* The longest axis makes the stadium's length, the others its width. */
static void
set_shadow(struct light *light, const struct stage *stage, unsigned i)
{
	const struct shape *shape = &stage->shapes[i];
	const double *half = shape->half;
	unsigned longest = half[2] >= half[0] && half[2] >= half[1] ? 2
	    : half[1] > half[0]                                     ? 1
	                                                            : 0;
	double wide = shape->is_round && longest == 2
	    ? half[0]
	    : hypot(half[(longest + 1) % 3], half[(longest + 2) % 3]);

	for (unsigned k = 0; k < 2; k++) {
		double way = half[longest] *
		    shape_dot(shape->axes[longest], light->across[k]);

		light->shadow[i].from[k] =
		    shape_dot(shape->centre, light->across[k]) - way;
		light->shadow[i].way[k] = 2 * way;
	}
	light->shadow[i].length2 =
	    light->shadow[i].way[0] * light->shadow[i].way[0] +
	    light->shadow[i].way[1] * light->shadow[i].way[1];
	light->shadow[i].radius = wide;
	light->shadow[i].top =
	    shape_dot(shape->centre, stage->look->sun) + shape->reach;
}

/* Of the map; what is outside falls into the cells at its rim. */
static int
cell_of(double value)
{
	int cell = (int)((value + LIGHT_SIDE_M) * (1 / LIGHT_CELL_M));

	return cell < 0 ? 0 : cell >= LIGHT_CELLS ? LIGHT_CELLS - 1 : cell;
}

static double
middle_of(int cell)
{
	return (cell + 0.5) * LIGHT_CELL_M - LIGHT_SIDE_M;
}

static double
from_stadium(const struct light *light, unsigned i, double x, double y)
{
	const double *way = light->shadow[i].way;
	double dx = x - light->shadow[i].from[0];
	double dy = y - light->shadow[i].from[1];
	double along = dx * way[0] + dy * way[1];
	double share = along <= 0 ? 0
	    : along >= light->shadow[i].length2
	    ? 1
	    : along / light->shadow[i].length2;

	dx -= share * way[0];
	dy -= share * way[1];
	return dx * dx + dy * dy;
}

/* Mark the cells of the map that the shape's shadow may touch. */
static void
mark_cells(struct light *light, unsigned i)
{
	const double reach = light->shadow[i].radius + SOFT_M + LIGHT_CELL_M;
	int low[2];
	int high[2];

	for (unsigned k = 0; k < 2; k++) {
		double from = light->shadow[i].from[k];
		double to = from + light->shadow[i].way[k];

		low[k] = cell_of((from < to ? from : to) - reach);
		high[k] = cell_of((from < to ? to : from) + reach);
	}
	for (int row = low[1]; row <= high[1]; row++) {
		for (int column = low[0]; column <= high[0]; column++) {
			double x = middle_of(column);
			double y = middle_of(row);

			if (from_stadium(light, i, x, y) < reach * reach)
				light->map[row][column] |= UINT64_C(1) << i;
		}
	}
}

void
light_init(struct light *out, const struct stage *stage)
{
	/* A square lamp, its corners first. */
	static const double points[LIGHT_RAYS][2] = {{-1, -1}, {1, -1}, {1, 1},
	    {-1, 1}, {-0.33, -1}, {0.33, 1}, {1, -0.33}, {-1, 0.33},
	    {-0.4, -0.2}, {0.2, -0.4}, {0.4, 0.2}, {-0.2, 0.4}};
	const double *sun = stage->look->sun;

	set_across(out, sun);
	for (unsigned i = 0; i < LIGHT_RAYS; i++) {
		double *way = out->rays[i];
		double length;

		for (unsigned k = 0; k < 3; k++)
			way[k] = sun[k] +
			    LAMP_HALF *
			        (points[i][0] * out->across[0][k] +
			            points[i][1] * out->across[1][k]);
		length = sqrt(shape_dot(way, way));
		for (unsigned k = 0; k < 3; k++)
			way[k] /= length;
	}
	memset(out->map, 0, sizeof(out->map));
	for (unsigned i = 0; i < stage->count; i++) {
		set_shadow(out, stage, i);
		if (!stage->shapes[i].is_ground)
			mark_cells(out, i);
	}
}

/* Shapes that may be between the point and the lamp; the nearer a shape, the
 * narrower the rim of its shadow. */
static unsigned
find_near(const struct light *light, const struct stage *stage,
    const double point[3], const struct shape *found[STAGE_SHAPES_MAX])
{
	double x = shape_dot(point, light->across[0]);
	double y = shape_dot(point, light->across[1]);
	uint64_t marks = light->map[cell_of(y)][cell_of(x)];
	double height;
	unsigned count = 0;

	if (marks == 0)
		return 0;
	height = shape_dot(point, stage->look->sun);
	for (unsigned i = 0; marks != 0; i++, marks >>= 1) {
		double away = light->shadow[i].top - height;
		double reach = light->shadow[i].radius + 1.5 * LAMP_HALF * away;

		if ((marks & 1) != 0 && away > 0 &&
		    from_stadium(light, i, x, y) < reach * reach)
			found[count++] = &stage->shapes[i];
	}
	return count;
}

static bool
is_lit(const double origin[3], const double way[3], const struct shape **shapes,
    unsigned count)
{
	struct ray ray;

	memcpy(ray.origin, origin, sizeof(ray.origin));
	memcpy(ray.way, way, sizeof(ray.way));
	for (unsigned i = 0; i < count; i++) {
		const struct shape *shape = shapes[i];

		if (!shape_blocks(shape, &ray))
			continue;
		/* It is likely to block the next ray too. */
		shapes[i] = shapes[0];
		shapes[0] = shape;
		return false;
	}
	return true;
}

/* How much of the lamp is seen from there, 0 to 1: its rim alone where that
 * is either all seen or all hidden. */
static double
lit_share(
    const struct light *light, const struct stage *stage, const double point[3])
{
	const struct shape *near[STAGE_SHAPES_MAX];
	unsigned count = find_near(light, stage, point, near);
	unsigned lit = 0;

	if (count == 0)
		return 1;
	for (unsigned i = 0; i < LIGHT_RIM; i++)
		lit += is_lit(point, light->rays[i], near, count);
	if (lit == 0 || lit == LIGHT_RIM)
		return lit == 0 ? 0 : 1;
	for (unsigned i = LIGHT_RIM; i < LIGHT_RAYS; i++)
		lit += is_lit(point, light->rays[i], near, count);
	return (double)lit / LIGHT_RAYS;
}

/* ---- surfaces ---- */

/* Blinn's highlight, to the 32nd power. */
static double
shine(const double normal[3], const double sun[3], const double way[3])
{
	double half[3];
	double length;
	double value;

	for (unsigned i = 0; i < 3; i++)
		half[i] = sun[i] - way[i];
	length = sqrt(shape_dot(half, half));
	value = shape_dot(half, normal) / (length > 0 ? length : 1);
	if (value <= 0)
		return 0;
	for (unsigned i = 0; i < 5; i++)
		value *= value;
	return value;
}

/* Light that comes from everywhere, less from below and in a hole. */
static double
open_share(const struct hit *hit)
{
	double open = 0.65 + 0.35 * hit->normal[2];
	double below = hit->shape->half[2] - hit->local[2];

	if (hit->shape->hole_half > 0 && below > 1e-4 &&
	    fabs(hit->local[0]) < hit->shape->hole_half &&
	    fabs(hit->local[1]) < hit->shape->hole_half)
		open *= 1 / (1 + 60 * below);
	return open;
}

static void
colour_surface(const struct light *light, const struct stage *stage,
    const struct ray *ray, const struct hit *hit, double out[3])
{
	const struct stage_look *look = stage->look;
	double facing = shape_dot(hit->normal, look->sun);
	double open = open_share(hit);
	double tone = pattern_tone(hit);
	double lit = 0;
	double glint = 0;
	double point[3];

	for (unsigned i = 0; i < 3; i++)
		point[i] = ray->origin[i] + hit->distance * ray->way[i] +
		    LIFT_M * hit->normal[i];
	if (facing > 0) {
		lit = lit_share(light, stage, point);
		glint = hit->shape->gloss * lit *
		    shine(hit->normal, look->sun, ray->way);
		lit *= facing;
	}
	for (unsigned i = 0; i < 3; i++)
		out[i] = hit->shape->colour[i] * tone *
		        (look->sky[i] * open + look->sun_colour[i] * lit) +
		    glint * look->sun_colour[i];
}

/* ---- the room ---- */

/* Tiles; darker beneath the table. */
static double
floor_tone(double x, double y)
{
	double rest[2];
	double dx = fabs(x - 0.3) - 0.5;
	double dy = fabs(y) - 0.6;
	double away = (dx > 0 ? dx * dx : 0) + (dy > 0 ? dy * dy : 0);
	double tone = away > 0.25 ? 1 : 0.35 + 2.6 * away;

	(void)pattern_step(x, TILE_M, &rest[0]);
	(void)pattern_step(y, TILE_M, &rest[1]);
	return rest[0] < 0.008 || rest[1] < 0.008 ? 0.6 * tone : tone;
}

/* A wainscot with a rail, lighter towards the lamps above. */
static double
wall_tone(double z)
{
	if (z < 0.12)
		return z > 0.08 ? 0.35 : 0.55;
	return z > 1.4 ? 1.1 : 0.75 + 0.25 * z;
}

static void
colour_room(const struct stage *stage, const struct ray *ray, double out[3])
{
	const struct stage_look *look = stage->look;
	const double *o = ray->origin;
	const double *w = ray->way;
	double floor_at = w[2] < 0 ? (FLOOR_M - o[2]) / w[2] : LIGHT_FAR_M;
	double back_at = w[0] < 0 ? (-WALL_M - o[0]) / w[0] : LIGHT_FAR_M;
	double side_at = w[1] > 0 ? (WALL_M - o[1]) / w[1] : LIGHT_FAR_M;
	bool is_side = side_at < back_at;
	double wall_at = is_side ? side_at : back_at;
	double tone;

	if (floor_at < wall_at) {
		tone =
		    floor_tone(o[0] + floor_at * w[0], o[1] + floor_at * w[1]);
		for (unsigned i = 0; i < 3; i++)
			out[i] = tone * look->floor[i] *
			    (look->sky[i] + 0.6 * look->sun_colour[i]);
		return;
	}
	tone = wall_tone(o[2] + wall_at * w[2]) * (is_side ? 0.85 : 1);
	for (unsigned i = 0; i < 3; i++)
		out[i] = tone * look->wall[i] *
		    (look->sky[i] + 0.45 * look->sun_colour[i]);
}

void
light_colour(const struct light *light, const struct stage *stage,
    const struct ray *ray, const struct hit *hit, double out[3])
{
	if (hit->shape == NULL)
		colour_room(stage, ray, out);
	else
		colour_surface(light, stage, ray, hit, out);
}
