/* Unpacks the chunks of an MCAP file, one after the other. */
#ifndef SL_FORMATS_MCAP_UNPACK_H
#define SL_FORMATS_MCAP_UNPACK_H

#include "sluice/formats/mcap_record.h"

struct mcap_unpacker;

SL_MUST_CHECK enum sl_status mcap_unpacker_new(struct mcap_unpacker **out);
/* NULL is allowed. */
void mcap_unpacker_free(struct mcap_unpacker *unpacker);

/* The chunk's records, its CRC checked; borrowed from the unpacker, or from
 * the chunk itself if it is not compressed, until the next call. */
SL_MUST_CHECK enum sl_status mcap_unpack(struct mcap_unpacker *unpacker,
    const struct sl_mcap_chunk *chunk, struct sl_slice *out,
    struct sl_error *err);

#endif /* SL_FORMATS_MCAP_UNPACK_H */
