/* What is printed on a surface, or drilled into it. */
#ifndef SL_SIMULATION_PATTERN_H
#define SL_SIMULATION_PATTERN_H

#include "shape.h"

/* How light the surface is there, against its shape's colour. */
double pattern_tone(const struct hit *hit);

/* How often a step goes into a length, and what is left. */
double pattern_step(double value, double step, double *rest);

#endif /* SL_SIMULATION_PATTERN_H */
