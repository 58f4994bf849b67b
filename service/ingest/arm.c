#include "arm.h"

#include <math.h>
#include <string.h>

#define GRAVITY         9.81
#define CONTACT_N       18.0
#define ENCODER_NOISE   0.0004 /* rad */
#define WRENCH_NOISE    0.15   /* N */
#define GRIPPER_SPEED   4.0    /* strokes per second */
#define FAILURE_PERCENT 18
#define PARTIAL_PERCENT 5

struct task {
	const char *slug;
	const char *instruction;
	const char *failures[3];
};

static const struct task tasks[] = {
    {"insert-peg", "insert the steel peg into the block",
        {"contact.jam", "place.misaligned", "grasp.slip"}},
    {"pick-place-bin", "put the part into the left bin",
        {"grasp.missed", "transport.drop", "place.wrong_location"}},
    {"plug-connector", "plug the connector into the socket",
        {"contact.excess_force", "place.misaligned", "grasp.unstable"}},
    {"kit-tray", "place the gear into the kitting tray",
        {"grasp.slip", "place.unstable", "perception.pose_error"}},
};

struct phase_kind {
	const char *name;
	const char *skill;
	double share; /* of the episode */
	bool gripper_closed;
	bool in_contact;
};

static const struct phase_kind phase_kinds[ARM_PHASES] = {
    {"approach", "move", 0.24, false, false},
    {"grasp", "close-gripper", 0.12, true, false},
    {"lift", "lift", 0.14, true, false},
    {"transport", "move", 0.24, true, false},
    {"place", "insert", 0.18, true, true},
    {"release", "open-gripper", 0.08, false, false},
};

/* Joint angles at the ends of the phases, rad: a UR5e over a table. */
static const double waypoints[ARM_PHASES + 1][ARM_JOINTS] = {
    {0.00, -1.57, 1.57, -1.57, -1.57, 0.00},
    {-0.45, -1.20, 1.75, -2.12, -1.57, -0.45},
    {-0.45, -1.05, 1.86, -2.38, -1.57, -0.45},
    {-0.45, -1.35, 1.60, -1.82, -1.57, -0.45},
    {0.62, -1.28, 1.66, -1.95, -1.57, 0.62},
    {0.62, -1.08, 1.84, -2.33, -1.57, 0.62},
    {0.62, -1.40, 1.55, -1.72, -1.57, 0.62},
};

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
arm_random_init(struct arm_random *random, uint64_t seed, uint64_t stream)
{
	uint64_t state =
	    seed ^ rotate(stream * UINT64_C(0xd1342543de82ef95), 17);

	for (unsigned i = 0; i < 4; i++)
		random->state[i] = mix(&state);
}

uint64_t
arm_random_next(struct arm_random *random)
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
arm_random_unit(struct arm_random *random)
{
	return (double)(arm_random_next(random) >> 11) * 0x1.0p-53;
}

/* About normal: the sum of four uniform numbers. */
static double
noise_of(struct arm_random *random, double deviation)
{
	double sum = 0;

	for (unsigned i = 0; i < 4; i++)
		sum += arm_random_unit(random) - 0.5;
	return sum * deviation * 1.7320508;
}

static void
make_phases(struct arm_episode *episode, struct arm_random *random)
{
	double at = 0;

	episode->phase_count = ARM_PHASES;
	for (unsigned i = 0; i < ARM_PHASES; i++) {
		struct arm_phase *phase = &episode->phases[i];

		phase->name = phase_kinds[i].name;
		phase->skill = phase_kinds[i].skill;
		phase->gripper_closed = phase_kinds[i].gripper_closed;
		phase->in_contact = phase_kinds[i].in_contact;
		phase->begin_s = at;
		at += phase_kinds[i].share * episode->duration_s;
		phase->end_s = at;
		for (unsigned j = 0; j < ARM_JOINTS; j++) {
			phase->from[j] = i == 0 ? waypoints[0][j]
			                        : episode->phases[i - 1].to[j];
			phase->to[j] =
			    waypoints[i + 1][j] + noise_of(random, 0.03);
		}
	}
	episode->phases[ARM_PHASES - 1].end_s = episode->duration_s;
}

static void
make_outcome(struct arm_episode *episode, const struct task *task,
    struct arm_random *random)
{
	uint64_t dice = arm_random_next(random) % 100;
	uint64_t mode = arm_random_next(random) % 3;

	episode->success = "true";
	episode->failure_mode = "";
	if (dice >= FAILURE_PERCENT + PARTIAL_PERCENT)
		return;
	episode->success = dice < FAILURE_PERCENT ? "false" : "partial";
	episode->failure_mode = task->failures[mode];
	episode->failure_s = episode->phases[mode == 0 ? 4 : 2].begin_s +
	    arm_random_unit(random) * 0.1 * episode->duration_s;
}

void
arm_episode_make(struct arm_episode *out, uint64_t seed, uint32_t number)
{
	struct arm_random random;
	const struct task *task;

	*out = (struct arm_episode){0};
	arm_random_init(&random, seed, number);
	task =
	    &tasks[arm_random_next(&random) % (sizeof(tasks) / sizeof(*tasks))];
	out->task = task->slug;
	out->instruction = task->instruction;
	out->duration_s = 6.0 + 4.0 * arm_random_unit(&random);
	/* Whole milliseconds, as the facet tells them. */
	out->duration_s = floor(out->duration_s * 1000) / 1000;
	out->delay_s = 0.04 + 0.03 * arm_random_unit(&random);
	out->payload_kg = 0.2 + 0.6 * arm_random_unit(&random);
	make_phases(out, &random);
	make_outcome(out, task, &random);
}

static const struct arm_phase *
phase_at(const struct arm_episode *episode, double time_s)
{
	for (unsigned i = 0; i + 1 < episode->phase_count; i++) {
		if (time_s < episode->phases[i].end_s)
			return &episode->phases[i];
	}
	return &episode->phases[episode->phase_count - 1];
}

/* Minimum jerk from 0 to 1 (Flash and Hogan 1985). */
static double
minimum_jerk(double share)
{
	double x = share < 0 ? 0 : share > 1 ? 1 : share;

	return x * x * x * (10 + x * (-15 + 6 * x));
}

static void
joints_at(
    const struct arm_episode *episode, double time_s, double out[ARM_JOINTS])
{
	double at = time_s < 0 ? 0 : time_s;
	const struct arm_phase *phase = phase_at(episode, at);
	double share = minimum_jerk(
	    (at - phase->begin_s) / (phase->end_s - phase->begin_s));

	for (unsigned j = 0; j < ARM_JOINTS; j++)
		out[j] =
		    phase->from[j] + share * (phase->to[j] - phase->from[j]);
}

static double
gripper_at(const struct arm_episode *episode, double time_s)
{
	const struct arm_phase *phase = phase_at(episode, time_s);
	double moved = (time_s - phase->begin_s) * GRIPPER_SPEED;
	bool was_closed =
	    phase > episode->phases ? phase[-1].gripper_closed : false;

	if (moved > 1)
		moved = 1;
	if (phase->gripper_closed == was_closed)
		return phase->gripper_closed ? 1 : 0;
	return phase->gripper_closed ? moved : 1 - moved;
}

static void
wrench_at(const struct arm_episode *episode, double time_s,
    struct arm_random *noise, double out[6])
{
	const struct arm_phase *phase = phase_at(episode, time_s);
	bool failed =
	    episode->failure_mode[0] != '\0' && time_s >= episode->failure_s;
	double load =
	    phase->gripper_closed && !failed ? episode->payload_kg : 0;
	double push = 0;

	if (phase->in_contact) {
		double share =
		    (time_s - phase->begin_s) / (phase->end_s - phase->begin_s);

		push = CONTACT_N * minimum_jerk(2 * share) *
		    (failed ? 2.6 : 1 - 0.6 * minimum_jerk(2 * share - 1));
	}
	out[0] = 0.12 * push + noise_of(noise, WRENCH_NOISE);
	out[1] = -0.08 * push + noise_of(noise, WRENCH_NOISE);
	out[2] = -load * GRAVITY - push + noise_of(noise, WRENCH_NOISE);
	out[3] = 0.012 * push + noise_of(noise, WRENCH_NOISE / 20);
	out[4] = 0.02 * load * GRAVITY + noise_of(noise, WRENCH_NOISE / 20);
	out[5] = noise_of(noise, WRENCH_NOISE / 20);
}

void
arm_episode_sample(const struct arm_episode *episode, double time_s,
    struct arm_random *noise, struct arm_sample *out)
{
	double behind_s = time_s - episode->delay_s;

	joints_at(episode, time_s, out->leader);
	joints_at(episode, behind_s, out->follower);
	for (unsigned j = 0; j < ARM_JOINTS; j++)
		out->follower[j] += noise_of(noise, ENCODER_NOISE);
	out->gripper_command = phase_at(episode, time_s)->gripper_closed;
	out->gripper = gripper_at(episode, behind_s < 0 ? 0 : behind_s);
	wrench_at(episode, time_s, noise, out->wrench);
}
