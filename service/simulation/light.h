/* What light makes of a surface: patterns, shade, soft shadows, shine; and the
 * room behind it all. */
#ifndef SL_SIMULATION_LIGHT_H
#define SL_SIMULATION_LIGHT_H

#include <stdint.h>

#include "stage.h"

#define LIGHT_FAR_M 30.0
/* Points of the lamp: four at its rim, then the rest. */
#define LIGHT_RIM  4u
#define LIGHT_RAYS 12u

/* The map of shadows: so far to every side of the arm's foot. */
#define LIGHT_SIDE_M 1.3
#define LIGHT_CELLS  64
#define LIGHT_CELL_M (2 * LIGHT_SIDE_M / LIGHT_CELLS)

struct light {
	double rays[LIGHT_RAYS][3]; /* towards points of the lamp */
	double across[2][3];        /* square to the middle of it */
	/* Of each shape, on those two axes: around its shadow a stadium, from
	 * a point so far and so wide. */
	struct {
		double from[2];
		double way[2];
		double length2; /* of the way, squared */
		double radius;
		double top; /* towards the lamp */
	} shadow[STAGE_SHAPES_MAX];
	/* Which shapes' stadiums touch a cell of that plane, a bit for each. */
	uint64_t map[LIGHT_CELLS][LIGHT_CELLS];
};

void light_init(struct light *out, const struct stage *stage);

/* The linear colour of what the ray met, or of the room if that is nothing. */
void light_colour(const struct light *light, const struct stage *stage,
    const struct ray *ray, const struct hit *hit, double out[3]);

#endif /* SL_SIMULATION_LIGHT_H */
