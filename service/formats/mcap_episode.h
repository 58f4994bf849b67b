/* One episode of an MCAP source: its key, metadata, facets, files by layer and
 * what is wrong with it. */
#ifndef SL_FORMATS_MCAP_EPISODE_H
#define SL_FORMATS_MCAP_EPISODE_H

#include "mcap_survey.h"
#include "source_build.h"

#define MCAP_KEY_MAX 200

/* Where an episode is: a file below the source's folder, or a span of it. */
struct mcap_place_of {
	const char *path;
	const json_t *marker; /* the record "episode"; NULL: there is none */
	uint64_t start_time;
	uint64_t end_time; /* 0: all of the file */
};

/* The key of the marker ("key", "episode_id"), or the path without folders'
 * slashes and ".mcap"; SL_ERR_INVALID if it can be none. */
SL_MUST_CHECK enum sl_status mcap_episode_key(char out[MCAP_KEY_MAX + 1],
    const struct mcap_place_of *place, struct sl_error *err);

/* An episode that is left out, with the words why. */
SL_MUST_CHECK enum sl_status mcap_episode_refuse(struct sl_source *source,
    const char *key, const char *path, const char *why, struct sl_error *err);

/* An episode as the survey found it. */
SL_MUST_CHECK enum sl_status mcap_episode_add(struct sl_source *source,
    const char *key, const struct mcap_place_of *place,
    const struct mcap_survey *survey, struct sl_error *err);

#endif /* SL_FORMATS_MCAP_EPISODE_H */
