/* One layer of an episode in an MCAP file, as an MCAP file of its own. */
#ifndef SL_FORMATS_MCAP_SPLIT_H
#define SL_FORMATS_MCAP_SPLIT_H

#include <stdint.h>

#include "sluice/base/error.h"

struct mcap_layers;

/* Whole episodes have end_time 0. */
struct mcap_part {
	const char *layer;
	uint64_t start_time;
	uint64_t end_time;
};

/* Write to `fd` the messages and attachments of the layer with what they need,
 * and the metadata.  The same episode gives the same bytes for ever: chunks
 * are not compressed. */
SL_MUST_CHECK enum sl_status mcap_split(int fd, int from_fd,
    const struct mcap_layers *layers, const struct mcap_part *part,
    struct sl_error *err);

#endif /* SL_FORMATS_MCAP_SPLIT_H */
