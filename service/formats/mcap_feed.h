/* An episode in an MCAP file: all of it, or a span of its time.
 *
 * A whole file is read as a stream.  Of a span its metadata come first, then
 * the attachments of that time, then the messages by their time, for which the
 * file needs a summary with an index. */
#ifndef SL_FORMATS_MCAP_FEED_H
#define SL_FORMATS_MCAP_FEED_H

#include "sluice/formats/mcap_record.h"

struct mcap_feed;

/* `end_time` 0: the whole file.  The fd, a regular file, is borrowed. */
SL_MUST_CHECK enum sl_status mcap_feed_new(struct mcap_feed **out, int fd,
    uint64_t start_time, uint64_t end_time, struct sl_error *err);
/* NULL is allowed. */
void mcap_feed_free(struct mcap_feed *feed);

/* The next message, attachment, metadata or header; *out is NULL after the
 * last.  Borrowed until the next call. */
SL_MUST_CHECK enum sl_status mcap_feed_next(struct mcap_feed *feed,
    const struct sl_mcap_record **out, struct sl_error *err);

/* NULL if there is none; borrowed until the feed is freed. */
const struct sl_mcap_channel *mcap_feed_channel(
    const struct mcap_feed *feed, uint16_t id);
const struct sl_mcap_schema *mcap_feed_schema(
    const struct mcap_feed *feed, uint16_t id);

#endif /* SL_FORMATS_MCAP_FEED_H */
