#include "random.h"

static uint64_t
rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

/* splitmix64 */
static uint64_t
mix(uint64_t *state)
{
	uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

void
random_init(struct random *random, uint64_t seed, uint64_t stream)
{
	uint64_t state =
	    seed ^ rotate(stream * UINT64_C(0xd1342543de82ef95), 17);

	for (unsigned i = 0; i < 4; i++)
		random->state[i] = mix(&state);
}

uint64_t
random_next(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double
random_unit(struct random *random)
{
	return (double)(random_next(random) >> 11) * 0x1.0p-53;
}

double
random_between(struct random *random, double low, double high)
{
	return low + (high - low) * random_unit(random);
}

unsigned
random_below(struct random *random, unsigned count)
{
	return (unsigned)(random_next(random) % count);
}

double
random_noise(struct random *random, double deviation)
{
	double sum = 0;

	for (unsigned i = 0; i < 4; i++)
		sum += random_unit(random) - 0.5;
	return sum * deviation * 1.7320508;
}
