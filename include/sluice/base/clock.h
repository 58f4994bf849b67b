/* The two clocks, and RFC 3339 text.
 *
 * Wall time is int64 microseconds since 1970-01-01T00:00:00Z; deadlines use
 * the monotonic clock in milliseconds. */
#ifndef SLUICE_BASE_CLOCK_H
#define SLUICE_BASE_CLOCK_H

#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

#define SL_TIME_TEXT_MAX 32

int64_t sl_clock_wall_us(void);
int64_t sl_clock_monotonic_ms(void);
/* Goes on while the machine sleeps: for promises to others. */
int64_t sl_clock_boot_ms(void);

/* "2026-11-21T01:15:00Z"; a fraction of a second is dropped. */
void sl_time_format(char out[SL_TIME_TEXT_MAX], int64_t wall_us);

/* RFC 3339 with "Z" or "+00:00" only, years 1970 to 9999, optional fraction
 * of up to 6 digits. */
SL_MUST_CHECK enum sl_status sl_time_parse(
    int64_t *out_us, struct sl_slice text);

#endif /* SLUICE_BASE_CLOCK_H */
