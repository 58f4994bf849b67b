/* The messages of several chunks by their time: chunks are opened when their
 * time has come and closed with their last message. */
#ifndef SL_FORMATS_MCAP_MERGE_H
#define SL_FORMATS_MCAP_MERGE_H

#include "sluice/formats/mcap_index.h"

struct mcap_registry;
struct mcap_merge;

/* Everything is borrowed; the registry learns what the chunks define. */
SL_MUST_CHECK enum sl_status mcap_merge_new(struct mcap_merge **out, int fd,
    uint64_t file_bytes, struct mcap_registry *registry,
    const struct sl_mcap_span *span);
/* NULL is allowed. */
void mcap_merge_free(struct mcap_merge *merge);

/* A chunk; one without wanted messages is left out. */
SL_MUST_CHECK enum sl_status mcap_merge_add(
    struct mcap_merge *merge, const struct sl_mcap_chunk_index *chunk);
/* No more will be added. */
void mcap_merge_start(struct mcap_merge *merge);

/* *out is NULL after the last; borrowed until the next call. */
SL_MUST_CHECK enum sl_status mcap_merge_next(struct mcap_merge *merge,
    const struct sl_mcap_message **out, struct sl_error *err);

/* A record that an index says is somewhere. */
struct mcap_place {
	enum sl_mcap_opcode opcode;
	uint64_t offset;
	uint64_t length; /* with opcode and length */
};

/* Read it into `buf`, emptied first; *content is borrowed from there.
 * SL_ERR_INVALID if there is no such record of that length. */
SL_MUST_CHECK enum sl_status mcap_place_read(struct sl_buf *buf, int fd,
    uint64_t file_bytes, const struct mcap_place *place,
    struct sl_slice *content, struct sl_error *err);

#endif /* SL_FORMATS_MCAP_MERGE_H */
