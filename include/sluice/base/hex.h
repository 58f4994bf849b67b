/* Lower-case hexadecimal. */
#ifndef SLUICE_BASE_HEX_H
#define SLUICE_BASE_HEX_H

#include <stddef.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

/* Writes 2*len digits and a NUL. */
void sl_hex_encode(char *out, const void *data, size_t len);

/* Exactly 2*len lower-case digits, else SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_hex_decode(
    void *out, size_t len, struct sl_slice text);

#endif /* SLUICE_BASE_HEX_H */
