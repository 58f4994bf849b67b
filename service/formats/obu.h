/* The units of an AV1 stream (AV1 specification, 5.3): in the low-overhead
 * format, where each says its size. */
#ifndef SL_FORMATS_OBU_H
#define SL_FORMATS_OBU_H

#include <stdbool.h>

#include "sluice/base/buf.h"
#include "sluice/base/slice.h"

#define OBU_SEQUENCE_HEADER    1u
#define OBU_TEMPORAL_DELIMITER 2u

struct obu {
	unsigned type;
	bool has_extension;
	unsigned char extension;
	struct sl_slice payload;
};

/* Take the next off `in`, which is not empty; one that does not say its size
 * is all that is left.  False if it cannot be one. */
bool obu_next(struct sl_slice *in, struct obu *out);

/* With its size. */
SL_MUST_CHECK enum sl_status obu_append(
    struct sl_buf *out, const struct obu *obu);

#endif /* SL_FORMATS_OBU_H */
