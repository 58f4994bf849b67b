/* Byte ranges of a representation (RFC 9110, section 14). */
#ifndef SL_API_RANGE_H
#define SL_API_RANGE_H

#include <stdint.h>

#include "sluice/base/slice.h"

enum range_answer {
	RANGE_WHOLE, /* no range, several, or one that is not understood */
	RANGE_PART,
	RANGE_UNSATISFIABLE,
};

/* `header` is the value of Range; part is from … until - 1 of `total`. */
enum range_answer range_parse(
    struct sl_slice header, uint64_t total, uint64_t *from, uint64_t *until);

#endif /* SL_API_RANGE_H */
