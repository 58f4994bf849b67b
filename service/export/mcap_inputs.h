/* The files of an episode that become messages, all open at once, the earliest
 * message first; and those that become none. */
#ifndef SL_EXPORT_MCAP_INPUTS_H
#define SL_EXPORT_MCAP_INPUTS_H

#include "mcap_episode.h"

/* Of one episode; more are attached. */
#define MCAP_INPUTS_MAX 256

struct mcap_inputs {
	struct mcap_input *items[MCAP_INPUTS_MAX];
	size_t count;
	const struct sl_contents_file **files; /* of the episode, in order */
	bool *is_left; /* became no input, by its place among the files */
};

/* Sets the episode's start_ns if an input knows it.  Cleared by the caller in
 * any case. */
SL_MUST_CHECK enum sl_status mcap_inputs_open(
    struct mcap_inputs *inputs, struct mcap_episode *episode);
void mcap_inputs_clear(struct mcap_inputs *inputs);

/* Write all of them, by time. */
SL_MUST_CHECK enum sl_status mcap_inputs_merge(
    const struct mcap_inputs *inputs, struct mcap_episode *episode);

#endif /* SL_EXPORT_MCAP_INPUTS_H */
