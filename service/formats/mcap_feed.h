/* The records of an MCAP file, or of some of the episodes in it.
 *
 * A whole file is read as a stream.  Of an episode that is a span of a file its
 * metadata come first, then the attachments of that time, then the messages by
 * their time, for which the file needs a summary with an index. */
#ifndef SL_FORMATS_MCAP_FEED_H
#define SL_FORMATS_MCAP_FEED_H

#include "sluice/formats/mcap_record.h"

#include "mcap_mark.h"

struct mcap_feed;

/* The whole file.  The fd, a regular file, is borrowed. */
SL_MUST_CHECK enum sl_status mcap_feed_new(
    struct mcap_feed **out, int fd, struct sl_error *err);
/* The spans of the marks, which are borrowed and go by time. */
SL_MUST_CHECK enum sl_status mcap_feed_new_spans(struct mcap_feed **out, int fd,
    const struct mcap_mark *marks, size_t count, struct sl_error *err);
/* NULL is allowed. */
void mcap_feed_free(struct mcap_feed *feed);

/* Begin with a span, each after those before it; also after an error. */
SL_MUST_CHECK enum sl_status mcap_feed_begin_span(
    struct mcap_feed *feed, size_t at, struct sl_error *err);

/* The next message, attachment, metadata or header; *out is NULL after the
 * last.  Borrowed until the next call. */
SL_MUST_CHECK enum sl_status mcap_feed_next(struct mcap_feed *feed,
    const struct sl_mcap_record **out, struct sl_error *err);

/* Of a whole file: where the last record (or its chunk) begins. */
uint64_t mcap_feed_offset(const struct mcap_feed *feed);

/* NULL if there is none; borrowed until the feed is freed. */
const struct sl_mcap_channel *mcap_feed_channel(
    const struct mcap_feed *feed, uint16_t id);
const struct sl_mcap_schema *mcap_feed_schema(
    const struct mcap_feed *feed, uint16_t id);

#endif /* SL_FORMATS_MCAP_FEED_H */
