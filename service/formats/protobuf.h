/* Walks the fields of one protobuf message (protobuf.dev, "Encoding"). */
#ifndef SL_FORMATS_PROTOBUF_H
#define SL_FORMATS_PROTOBUF_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/slice.h"

struct protobuf_field {
	uint32_t number;
	uint64_t value;        /* varint and fixed fields */
	struct sl_slice bytes; /* fields with a length */
};

/* Take the next field off `rest`; false at its end, and with *failed if it
 * cannot be one. */
bool protobuf_next(
    struct sl_slice *rest, struct protobuf_field *out, bool *failed);

#endif /* SL_FORMATS_PROTOBUF_H */
