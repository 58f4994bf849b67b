/* The checker: what was observed, in words of the vocabulary. */
#ifndef SL_SIMULATION_JUDGE_H
#define SL_SIMULATION_JUDGE_H

#include <stdbool.h>

#include "contact.h"
#include "rollout.h"

/* Sets success, completion and failure of a rollout that has ended. */
void judge_rollout(
    struct rollout *rollout, const struct contact *contact, bool is_stopped);

#endif /* SL_SIMULATION_JUDGE_H */
