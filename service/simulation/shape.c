#include "shape.h"

#include <math.h>
#include <stddef.h>

#define FAR_M   20.0
#define FLAT    1e-12
#define CLOSE_M 1e-5

/* Where a ray, on the shape's axes, is inside. */
struct span {
	double enter;
	double leave;
	unsigned enter_axis;
	unsigned leave_axis;
};

static void
narrow(struct span *span, double enter, double leave, unsigned axis)
{
	if (enter > span->enter) {
		span->enter = enter;
		span->enter_axis = axis;
	}
	if (leave < span->leave) {
		span->leave = leave;
		span->leave_axis = axis;
	}
}

static void
narrow_to_slab(
    struct span *span, const struct ray *ray, double half, unsigned axis)
{
	double way = fabs(ray->way[axis]) < FLAT ? FLAT : ray->way[axis];
	double inverse = 1 / way;
	double middle = -ray->origin[axis] * inverse;
	double reach = half * fabs(inverse);

	narrow(span, middle - reach, middle + reach, axis);
}

/* The side of a cylinder counts as its first axis. */
static void
narrow_to_tube(struct span *span, const struct ray *ray, double radius)
{
	const double *o = ray->origin;
	const double *w = ray->way;
	double a = w[0] * w[0] + w[1] * w[1];
	double b = o[0] * w[0] + o[1] * w[1];
	double c = o[0] * o[0] + o[1] * o[1] - radius * radius;
	double under = b * b - a * c;

	if (a < FLAT)
		narrow(span, c < 0 ? -FAR_M : FAR_M, FAR_M, 0);
	else if (under <= 0)
		narrow(span, FAR_M, -FAR_M, 0);
	else {
		double inverse = 1 / a;
		double reach = sqrt(under) * inverse;

		narrow(span, -b * inverse - reach, -b * inverse + reach, 0);
	}
}

static struct span
cross_section(const struct ray *ray, bool is_round, double x, double y)
{
	struct span span = {-FAR_M, FAR_M, 0, 0};

	if (is_round) {
		narrow_to_tube(&span, ray, x);
		return span;
	}
	narrow_to_slab(&span, ray, x, 0);
	narrow_to_slab(&span, ray, y, 1);
	return span;
}

static struct ray
to_local(const struct shape *shape, const struct ray *ray)
{
	struct ray local;
	double between[3];

	for (unsigned i = 0; i < 3; i++)
		between[i] = ray->origin[i] - shape->centre[i];
	for (unsigned i = 0; i < 3; i++) {
		local.origin[i] = shape_dot(between, shape->axes[i]);
		local.way[i] = shape_dot(ray->way, shape->axes[i]);
	}
	return local;
}

static bool
passes_near(const struct shape *shape, const struct ray *ray)
{
	double between[3];
	double along;

	for (unsigned i = 0; i < 3; i++)
		between[i] = shape->centre[i] - ray->origin[i];
	along = shape_dot(between, ray->way);
	return shape_dot(between, between) - along * along <
	    shape->reach * shape->reach &&
	    along > -shape->reach;
}

static bool
is_in_hole(const struct shape *shape, const struct ray *local, double distance)
{
	double x = local->origin[0] + distance * local->way[0];
	double y = local->origin[1] + distance * local->way[1];
	double half = shape->hole_half;

	return shape->has_square_hole ? fabs(x) < half && fabs(y) < half
	                              : x * x + y * y < half * half;
}

/* The outward normal at a point of a side. */
static void
set_normal(double normal[3], const double point[3], unsigned axis,
    bool is_round, double radius)
{
	normal[0] = normal[1] = normal[2] = 0;
	if (axis == 0 && is_round) {
		normal[0] = point[0] / radius;
		normal[1] = point[1] / radius;
	} else {
		normal[axis] = point[axis] > 0 ? 1 : -1;
	}
}

/* Having come in through the opening: the hole's wall or its bottom. */
static double
meet_in_hole(
    const struct shape *shape, const struct ray *local, double normal[3])
{
	bool is_round = !shape->has_square_hole;
	struct span span =
	    cross_section(local, is_round, shape->hole_half, shape->hole_half);
	double bottom =
	    (shape->half[2] - shape->hole_depth - local->origin[2]) /
	    local->way[2];
	double point[3];

	normal[0] = normal[1] = 0;
	normal[2] = 1;
	if (bottom < span.leave)
		return bottom;
	for (unsigned i = 0; i < 3; i++)
		point[i] = local->origin[i] + span.leave * local->way[i];
	set_normal(normal, point, span.leave_axis, is_round, shape->hole_half);
	for (unsigned i = 0; i < 3; i++)
		normal[i] = -normal[i];
	return span.leave;
}

static struct span
inside(const struct shape *shape, const struct ray *local)
{
	struct span span = cross_section(
	    local, shape->is_round, shape->half[0], shape->half[1]);

	narrow_to_slab(&span, local, shape->half[2], 2);
	return span;
}

void
shape_meet(const struct shape *shape, const struct ray *ray, struct hit *hit)
{
	struct ray local;
	struct span span;
	double normal[3];

	if (!passes_near(shape, ray))
		return;
	local = to_local(shape, ray);
	span = inside(shape, &local);
	if (span.enter >= span.leave || span.enter <= CLOSE_M ||
	    span.enter >= hit->distance)
		return;
	hit->shape = shape;
	hit->distance = span.enter;
	for (unsigned i = 0; i < 3; i++)
		hit->local[i] = local.origin[i] + span.enter * local.way[i];
	set_normal(normal, hit->local, span.enter_axis, shape->is_round,
	    shape->half[0]);
	if (span.enter_axis == 2 && normal[2] > 0 && shape->hole_half > 0 &&
	    is_in_hole(shape, &local, span.enter)) {
		hit->distance = meet_in_hole(shape, &local, normal);
		for (unsigned i = 0; i < 3; i++)
			hit->local[i] =
			    local.origin[i] + hit->distance * local.way[i];
	}
	for (unsigned i = 0; i < 3; i++)
		hit->normal[i] = normal[0] * shape->axes[0][i] +
		    normal[1] * shape->axes[1][i] +
		    normal[2] * shape->axes[2][i];
}

bool
shape_blocks(const struct shape *shape, const struct ray *ray)
{
	struct ray local;
	struct span span;

	if (!passes_near(shape, ray))
		return false;
	local = to_local(shape, ray);
	span = inside(shape, &local);
	if (span.enter >= span.leave || span.leave <= CLOSE_M)
		return false;
	/* From within the hole, light comes through its opening alone. */
	if (shape->hole_half > 0 && span.enter <= CLOSE_M)
		return span.leave_axis != 2 ||
		    !is_in_hole(shape, &local, span.leave);
	return span.enter > CLOSE_M;
}
