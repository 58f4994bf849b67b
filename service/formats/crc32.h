/* CRC-32 as zlib, Parquet's pages and MCAP have it (ISO/IEC 3309). */
#ifndef SL_FORMATS_CRC32_H
#define SL_FORMATS_CRC32_H

#include <stdint.h>

#include "sluice/base/slice.h"

/* Of `bytes` behind what `crc` (0 at first) is of. */
uint32_t crc32_add(uint32_t crc, struct sl_slice bytes);

#endif /* SL_FORMATS_CRC32_H */
