/* Which layer a channel of an MCAP file belongs to: a small table of topics
 * and schemas, which a file of the publisher's may go before.
 *
 * Read-only once made; any thread. */
#ifndef SL_FORMATS_MCAP_LAYERS_H
#define SL_FORMATS_MCAP_LAYERS_H

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/layer.h"

struct mcap_layers;

/* `path` NULL: the table alone.  A line of the file is a topic, a schema and a
 * layer, with spaces between; `*` in the first two stands for any text, the
 * layer "-" leaves the channel out, "video.*" takes the part from the topic.
 * The first line that fits counts.  Errors are "path:line: …". */
SL_MUST_CHECK enum sl_status mcap_layers_new(
    struct mcap_layers **out, const char *path, struct sl_error *err);
/* NULL is allowed. */
void mcap_layers_free(struct mcap_layers *layers);

/* The publisher's own rules, as bytes that are the same if the rules are. */
struct sl_slice mcap_layers_text(const struct mcap_layers *layers);

/* The layer of a channel; "" if it is left out.  An attachment is asked for
 * with its name as topic and its media type as schema. */
void mcap_layers_find(const struct mcap_layers *layers, struct sl_slice topic,
    struct sl_slice schema, char out[SL_LAYER_MAX + 1]);

#endif /* SL_FORMATS_MCAP_LAYERS_H */
