/* Standard base64 with padding (RFC 4648, section 4). */
#ifndef SLUICE_BASE_BASE64_H
#define SLUICE_BASE_BASE64_H

#include <stddef.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

#define SL_BASE64_LEN(len) (((len) + 2) / 3 * 4)

/* Writes SL_BASE64_LEN(len) characters and a NUL. */
void sl_base64_encode(char *out, const void *data, size_t len);

/* The text must decode to exactly `len` bytes, canonically (no spaces, right
 * padding, zero spare bits), else SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_base64_decode(
    void *out, size_t len, struct sl_slice text);

#endif /* SLUICE_BASE_BASE64_H */
