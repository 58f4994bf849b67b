/* Random numbers that depend on a seed and a stream alone: xoshiro256** by
 * Blackman and Vigna, started by splitmix64. */
#ifndef SL_SIMULATION_RANDOM_H
#define SL_SIMULATION_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *random);
/* [0, 1) */
double random_unit(struct random *random);
/* [low, high) */
double random_between(struct random *random, double low, double high);
/* 0 … count - 1 */
unsigned random_below(struct random *random, unsigned count);
/* About normal, by the sum of four uniform numbers: never far out. */
double random_noise(struct random *random, double deviation);

#endif /* SL_SIMULATION_RANDOM_H */
