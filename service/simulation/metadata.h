/* What an episode tells of itself, as catalog/schema/episode.schema.json. */
#ifndef SL_SIMULATION_METADATA_H
#define SL_SIMULATION_METADATA_H

#include <jansson.h>

#include "session.h"

/* NULL when out of memory; the caller owns it. */
json_t *metadata_make(
    const struct session *session, const struct episode *episode);

#endif /* SL_SIMULATION_METADATA_H */
