/* UUIDs as 16 bytes; new ones are version 7 (RFC 9562, section 5.7), so they
 * sort by time of creation. */
#ifndef SLUICE_BASE_UUID_H
#define SLUICE_BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

#define SL_UUID_TEXT_LEN 36

struct sl_uuid {
	unsigned char bytes[16];
};

/* `unix_ms` is the time that goes in; the rest comes from getrandom(2). */
SL_MUST_CHECK enum sl_status sl_uuid_new(struct sl_uuid *out, uint64_t unix_ms);

/* Writes 36 characters and a NUL. */
void sl_uuid_format(char out[SL_UUID_TEXT_LEN + 1], const struct sl_uuid *uuid);

/* Lower case, 8-4-4-4-12, whole slice. */
SL_MUST_CHECK enum sl_status sl_uuid_parse(
    struct sl_uuid *out, struct sl_slice text);

bool sl_uuid_is(const struct sl_uuid *a, const struct sl_uuid *b);

#endif /* SLUICE_BASE_UUID_H */
