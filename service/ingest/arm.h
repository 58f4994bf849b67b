/* One simulated episode: a six-joint arm that follows a leader through a
 * task's phases, with a gripper, a wrist wrench and an outcome. */
#ifndef SL_INGEST_ARM_H
#define SL_INGEST_ARM_H

#include <stdbool.h>
#include <stdint.h>

#define ARM_JOINTS 6
#define ARM_PHASES 6

/* xoshiro256** by Blackman and Vigna. */
struct arm_random {
	uint64_t state[4];
};

void arm_random_init(struct arm_random *random, uint64_t seed, uint64_t stream);
uint64_t arm_random_next(struct arm_random *random);
/* [0, 1) */
double arm_random_unit(struct arm_random *random);

struct arm_phase {
	const char *name;  /* "approach" */
	const char *skill; /* "move" */
	double begin_s;
	double end_s;
	double from[ARM_JOINTS]; /* rad */
	double to[ARM_JOINTS];
	bool gripper_closed;
	bool in_contact;
};

struct arm_episode {
	const char *task; /* slug */
	const char *instruction;
	const char *success;      /* "true", "false", "partial" */
	const char *failure_mode; /* "" if none */
	double failure_s;
	double duration_s;
	double delay_s; /* of the follower */
	double payload_kg;
	struct arm_phase phases[ARM_PHASES];
	unsigned phase_count;
};

/* State at a time; the wrench is in the tool frame, N and N m. */
struct arm_sample {
	double leader[ARM_JOINTS];
	double follower[ARM_JOINTS];
	double gripper_command; /* 0 open, 1 closed */
	double gripper;
	double wrench[6];
};

void arm_episode_make(struct arm_episode *out, uint64_t seed, uint32_t number);

void arm_episode_sample(const struct arm_episode *episode, double time_s,
    struct arm_random *noise, struct arm_sample *out);

#endif /* SL_INGEST_ARM_H */
