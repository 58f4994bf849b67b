/* Demonstrations of a simulated leader and follower arm, written as a source
 * in the `files` format.  Deterministic: an episode depends on the seed, its
 * number and how often it was revised.  Their metadata says simulated. */
#ifndef SLUICE_INGEST_SIMULATE_H
#define SLUICE_INGEST_SIMULATE_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"

#define SL_SIMULATE_EPISODE_MAX 999999u

struct sl_simulate_options {
	const char *dir; /* made if absent; grows if it is a source already */
	uint64_t seed;
	uint32_t first; /* number of the first episode to write */
	uint32_t count;
	/* Existing episodes to annotate anew (only their annotation and
	 * facets change). */
	const uint32_t *revise;
	size_t revise_count;
	uint32_t state_hz;  /* 0: 50 */
	uint32_t wrench_hz; /* 0: 200 */
	/* Layer video.wrist: bytes that do not compress; 0: no such layer. */
	uint64_t payload_bytes;
	/* At least so many bytes of annotation per episode. */
	uint64_t annotation_bytes;
};

struct sl_simulate_result {
	uint32_t written;
	uint32_t revised;
	uint32_t total; /* episodes in the source now */
	uint64_t bytes; /* of the files that were written */
};

SL_MUST_CHECK enum sl_status sl_simulate(struct sl_simulate_result *out,
    const struct sl_simulate_options *options, struct sl_error *err);

#endif /* SLUICE_INGEST_SIMULATE_H */
