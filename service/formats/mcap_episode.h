/* One episode of an MCAP source, on two sides of a line of JSON: told by the
 * scan that read it, on any thread, and added to the source.
 *
 *	{"key","defect"} or {"key","messages","metadata","facets","layers":
 *	[{"layer","bytes","sha256"}],"findings":[text]} */
#ifndef SL_FORMATS_MCAP_EPISODE_H
#define SL_FORMATS_MCAP_EPISODE_H

#include "mcap_survey.h"
#include "source_build.h"

/* What is told of one episode, as text. */
#define MCAP_TOLD_BYTES_MAX (32u << 20)

/* Where an episode is: a file below the source's folder, or a span of it. */
struct mcap_place_of {
	const char *path;
	const struct mcap_mark *mark; /* of a span; NULL: all of the file */
};

/* An episode as the survey found it; takes `layers`, also on failure. */
SL_MUST_CHECK enum sl_status mcap_episode_tell(json_t **out,
    const struct mcap_place_of *place, const struct mcap_survey *survey,
    json_t *layers, struct sl_error *err);

/* An episode that is left out, with the words why; `marks` are what is known of
 * its file's. */
SL_MUST_CHECK enum sl_status mcap_episode_refuse(json_t **out,
    const struct mcap_place_of *place, const struct mcap_marks *marks,
    const char *why, struct sl_error *err);

/* SL_ERR_INVALID if it was not told by us, or its key is there already. */
SL_MUST_CHECK enum sl_status mcap_episode_add(struct sl_source *source,
    const struct mcap_place_of *place, const json_t *told,
    struct sl_error *err);

#endif /* SL_FORMATS_MCAP_EPISODE_H */
