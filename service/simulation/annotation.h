/* Annotations of an episode, from what the simulation knows: JSON Lines, one
 * item per line (catalog/vocabulary/annotation.json). */
#ifndef SL_SIMULATION_ANNOTATION_H
#define SL_SIMULATION_ANNOTATION_H

#include "session.h"

typedef enum sl_status annotation_fn(
    void *ctx, const json_t *item, uint64_t start_ns);

/* Each item, by start; times count from the episode's beginning. */
SL_MUST_CHECK enum sl_status annotation_each(
    const struct episode *episode, annotation_fn *fn, void *ctx);

/* Append them as lines, then key points until there are as many bytes as the
 * options ask for. */
SL_MUST_CHECK enum sl_status annotation_write(
    struct session *session, const struct episode *episode, struct sl_buf *out);

#endif /* SL_SIMULATION_ANNOTATION_H */
