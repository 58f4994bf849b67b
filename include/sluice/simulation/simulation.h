/* Demonstrations of a simulated leader and follower arm, written as a source
 * that can be ingested.  Deterministic: an episode depends on the seed, its
 * number and how often it was revised (its clip also on ffmpeg's version).
 * Their metadata says simulated. */
#ifndef SLUICE_SIMULATION_SIMULATION_H
#define SLUICE_SIMULATION_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"

#define SL_SIMULATE_EPISODE_MAX 999999u

enum sl_simulate_format {
	SL_SIMULATE_FILES,   /* CSV and JSON Lines, episodes.jsonl */
	SL_SIMULATE_MCAP,    /* one .mcap per episode */
	SL_SIMULATE_LEROBOT, /* LeRobot v2.1 */
};

struct sl_simulate_progress {
	uint32_t episodes;
	uint32_t total;
	uint64_t bytes;
};

/* On the caller's thread; false ends the run with SL_ERR_CANCELLED. */
typedef bool sl_simulate_progress_fn(
    void *ctx, const struct sl_simulate_progress *progress);

struct sl_simulate_options {
	const char *dir; /* made if absent; grows if it is a source already */
	enum sl_simulate_format format;
	uint64_t seed;
	uint32_t first; /* number of the first episode to write */
	uint32_t count;
	/* Existing episodes to annotate anew: only their annotation changes.
	 * Format files only. */
	const uint32_t *revise;
	size_t revise_count;
	uint32_t state_hz;     /* up to 1000; 0: 125 */
	uint32_t wrench_hz;    /* up to 1000; 0: 500 */
	bool has_camera;       /* a clip of the wrist camera, H.264 by ffmpeg */
	bool has_scene_camera; /* and one of a camera before the table */
	/* Layer video.wrist: random bytes in place of a clip, for load tests;
	 * 0: none.  Format files only. */
	uint64_t payload_bytes;
	/* At least so many bytes of annotation per episode.  Format files
	 * only. */
	uint64_t annotation_bytes;
	sl_simulate_progress_fn *on_progress; /* may be NULL */
	void *ctx;
};

struct sl_simulate_result {
	uint32_t written;
	uint32_t revised;
	uint32_t total;    /* episodes in the source now */
	uint32_t failures; /* of those written: did not reach their goal */
	uint64_t bytes;    /* of the files that were written */
	bool no_ffmpeg;    /* so there are no clips */
};

SL_MUST_CHECK enum sl_status sl_simulate(struct sl_simulate_result *out,
    const struct sl_simulate_options *options, struct sl_error *err);

#endif /* SLUICE_SIMULATION_SIMULATION_H */
