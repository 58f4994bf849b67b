/* Compresses the chunks of an MCAP file that is written. */
#ifndef SL_FORMATS_MCAP_PACK_H
#define SL_FORMATS_MCAP_PACK_H

#include "sluice/formats/mcap_writer.h"

struct mcap_packer;

SL_MUST_CHECK enum sl_status mcap_packer_new(
    struct mcap_packer **out, enum sl_mcap_compression compression, int level);
/* NULL is allowed. */
void mcap_packer_free(struct mcap_packer *packer);

/* Fill compression, records, size and CRC of the chunk; borrowed from the
 * packer or from `records` until the next call. */
SL_MUST_CHECK enum sl_status mcap_pack(struct mcap_packer *packer,
    struct sl_slice records, struct sl_mcap_chunk *out, struct sl_error *err);

#endif /* SL_FORMATS_MCAP_PACK_H */
