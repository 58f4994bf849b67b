/* Values that people type: on a command line, in the environment, in a
 * settings file.  One grammar for all three.
 *
 * A flag is `yes|no|true|false|on|off|1|0`; a size is a number of bytes with
 * an optional unit (K M G T, or KB MB GB TB, in powers of 1,000; KiB MiB GiB
 * TiB in powers of 1,024); a duration is a number with ms, s, m, h or d, or of
 * seconds if bare; a time is RFC 3339 in UTC, or a date, which means its first
 * moment. */
#ifndef SLUICE_COMMAND_VALUE_H
#define SLUICE_COMMAND_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"

enum sl_value_kind {
	SL_VALUE_FLAG,
	SL_VALUE_TEXT,
	SL_VALUE_U64,      /* decimal digits */
	SL_VALUE_SIZE,     /* bytes */
	SL_VALUE_DURATION, /* milliseconds */
	SL_VALUE_TIME,     /* microseconds since 1970 */
};

/* One parsed value.  `text` is borrowed from whoever gave it. */
struct sl_value {
	const char *text;
	bool flag;
	uint64_t number; /* u64, size or duration */
	int64_t time_us;
};

/* The failure's words describe the value only ("'12x' is not a size, such as
 * 10M"); the caller puts the name before them. */
SL_MUST_CHECK enum sl_status sl_value_parse(struct sl_value *out,
    enum sl_value_kind kind, const char *text, struct sl_error *err);

#define SL_VALUE_SHOW_MAX 32

/* "1.4 GB", "12 B": powers of 1,000, three digits. */
void sl_value_show_bytes(char out[SL_VALUE_SHOW_MAX], uint64_t bytes);

/* "0 s", "850 ms", "42 s", "3 min 05 s", "2 h 07 min", "3 d 04 h". */
void sl_value_show_duration(char out[SL_VALUE_SHOW_MAX], uint64_t ms);

/* Millionths of a currency's unit, exactly: "12.34", "-0.10", "0.0025". */
void sl_value_show_money(char out[SL_VALUE_SHOW_MAX], int64_t micro);

#endif /* SLUICE_COMMAND_VALUE_H */
