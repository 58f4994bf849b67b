/* The layers of an episode in an MCAP file, each as an MCAP file of its own,
 * all of them made in one reading. */
#ifndef SL_FORMATS_MCAP_SPLIT_H
#define SL_FORMATS_MCAP_SPLIT_H

#include <jansson.h>

#include "sluice/formats/mcap_record.h"
#include "sluice/formats/source.h"

struct mcap_feed;
struct mcap_layers;
struct mcap_splitter;

/* Everything is borrowed. */
SL_MUST_CHECK enum sl_status mcap_splitter_new(struct mcap_splitter **out,
    const struct mcap_feed *feed, const struct mcap_layers *layers,
    const struct sl_scan_place *place);
/* Drops what was not finished.  NULL is allowed. */
void mcap_splitter_free(struct mcap_splitter *splitter);

/* The next record of the feed: messages and attachments go to their layer with
 * what they need, metadata to every layer.  The same episode gives the same
 * bytes for ever: chunks are not compressed.  SL_ERR_LIMIT: it has more layers
 * than an episode may have, or more metadata than are kept. */
SL_MUST_CHECK enum sl_status mcap_splitter_take(struct mcap_splitter *splitter,
    const struct sl_mcap_record *record, struct sl_error *err);

/* All files are whole; *out is a list of them by layer,
 * [{"layer","bytes","sha256"}]. */
SL_MUST_CHECK enum sl_status mcap_splitter_finish(
    struct mcap_splitter *splitter, json_t **out, struct sl_error *err);

#endif /* SL_FORMATS_MCAP_SPLIT_H */
