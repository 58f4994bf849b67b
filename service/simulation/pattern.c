#include "pattern.h"

#include <math.h>
#include <stdint.h>

/* More steps of a pattern than there are to either side. */
#define FAR_STEPS 1048576.0

double
pattern_step(double value, double step, double *rest)
{
	double whole = (double)(int64_t)(value / step + FAR_STEPS) - FAR_STEPS;

	*rest = value - whole * step;
	return whole;
}

double
pattern_tone(const struct hit *hit)
{
	const double *at = hit->local;
	const double *half = hit->shape->half;
	bool is_top = at[2] > half[2] - 1e-4;
	double x;
	double y;
	double far;

	switch (hit->shape->pattern) {
	case SHAPE_PLAIN:
		break;
	case SHAPE_PERFORATED:
		(void)pattern_step(at[0], 0.05, &x);
		(void)pattern_step(at[1], 0.05, &y);
		far = (x - 0.025) * (x - 0.025) + (y - 0.025) * (y - 0.025);
		return !is_top              ? 0.8
		    : far < 0.0035 * 0.0035 ? 0.1
		    : far < 0.0048 * 0.0048 ? 1.35
		                            : 1;
	case SHAPE_RULED:
		(void)pattern_step(at[0], 0.05, &x);
		(void)pattern_step(at[1], 0.05, &y);
		if (x < 0.0014 || y < 0.0014)
			return 1.9;
		(void)pattern_step(x, 0.01, &x);
		(void)pattern_step(y, 0.01, &y);
		return x < 0.0006 || y < 0.0006 ? 1.2 : 1;
	case SHAPE_PLANKS:
		far = pattern_step(at[0], 0.12, &x);
		(void)pattern_step(at[1] + 0.23 * far, 0.9, &y);
		if (x < 0.0016 || y < 0.0016)
			return 0.35;
		/* Each of its own tone, with a grain. */
		(void)pattern_step(0.618 * far, 1, &y);
		(void)pattern_step(x + 0.004 * y, 0.011, &far);
		return 0.8 + 0.3 * y + 8 * far;
	case SHAPE_RINGS:
		far = hypot(at[0], at[1]) / half[0];
		return !is_top                ? 1
		    : far < 0.45              ? 0.06
		    : far > 0.62 && far < 0.8 ? 0.2
		                              : 1.1;
	}
	return 1;
}
