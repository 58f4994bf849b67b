/* The fields of one protobuf message (protobuf.dev, "Encoding"): a walk, and
 * writing them one by one. */
#ifndef SL_FORMATS_PROTOBUF_H
#define SL_FORMATS_PROTOBUF_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
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

/* Append a field: a whole number; bytes, text or a message. */
SL_MUST_CHECK enum sl_status protobuf_put_number(
    struct sl_buf *out, uint32_t number, uint64_t value);
SL_MUST_CHECK enum sl_status protobuf_put_bytes(
    struct sl_buf *out, uint32_t number, struct sl_slice bytes);

#endif /* SL_FORMATS_PROTOBUF_H */
