/* Solids that rays meet: boxes and cylinders on axes of their own, if need be
 * with a hole in their top.  Metres. */
#ifndef SL_SIMULATION_SHAPE_H
#define SL_SIMULATION_SHAPE_H

#include <stdbool.h>

enum shape_pattern {
	SHAPE_PLAIN,
	SHAPE_PERFORATED, /* a plate with threaded holes */
	SHAPE_RULED,      /* a mat with lines */
	SHAPE_PLANKS,
	SHAPE_RINGS, /* of a ball bearing */
};

struct shape {
	double centre[3];
	double axes[3][3];
	double half[3];
	double reach;  /* from the centre to the farthest point */
	bool is_round; /* about its third axis, of radius half[0] */
	/* Of the hole in its top, along the third axis; as round as itself is
	 * unless has_square_hole.  0: none. */
	double hole_half;
	double hole_depth;
	bool has_square_hole;
	bool is_ground; /* too large to be asked whether it throws shadows */
	enum shape_pattern pattern;
	double colour[3]; /* linear light, 0 to 1 */
	double gloss;
};

struct ray {
	double origin[3];
	double way[3]; /* of length 1 */
};

struct hit {
	double distance;
	double normal[3];
	double local[3]; /* on the shape's axes, from its centre */
	const struct shape *shape;
};

static inline double
shape_dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Make `hit` this shape's if that is nearer than what is in it. */
void shape_meet(
    const struct shape *shape, const struct ray *ray, struct hit *hit);

/* Is the shape in the way of light that comes along the ray, backwards? */
bool shape_blocks(const struct shape *shape, const struct ray *ray);

#endif /* SL_SIMULATION_SHAPE_H */
