#include "sluice/command/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sluice/base/checked.h"
#include "sluice/base/clock.h"

/* No number that anyone types has more digits. */
#define NUMBER_TEXT_MAX 24
#define MICRO_PER_UNIT  1000000u

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
    {"", 1},
    {"B", 1},
    {"K", 1000},
    {"KB", 1000},
    {"M", 1000000},
    {"MB", 1000000},
    {"G", 1000000000},
    {"GB", 1000000000},
    {"T", 1000000000000},
    {"TB", 1000000000000},
    {"KiB", 1ULL << 10},
    {"MiB", 1ULL << 20},
    {"GiB", 1ULL << 30},
    {"TiB", 1ULL << 40},
    {NULL, 0},
};

static const struct unit duration_units[] = {
    {"", 1000},
    {"ms", 1},
    {"s", 1000},
    {"m", 60000},
    {"h", 3600000},
    {"d", 86400000},
    {NULL, 0},
};

static enum sl_status
parse_flag(bool *out, const char *text, struct sl_error *err)
{
	static const char *const words[] = {
	    "no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*out = i % 2 == 1;
			return SL_OK;
		}
	}
	return sl_error_set(
	    err, SL_ERR_INVALID, "'%s' is neither yes nor no", text);
}

/* Digits, then one of the units; false if it is anything else. */
static bool
parse_with_unit(uint64_t *out, const struct unit *units, const char *text)
{
	char digits[NUMBER_TEXT_MAX];
	size_t len = strspn(text, "0123456789");
	uint64_t number;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (!sl_parse_u64(digits, UINT64_MAX, &number))
		return false;
	for (; units->name != NULL; units++) {
		uint64_t product;

		if (strcasecmp(text + len, units->name) != 0)
			continue;
		if (__builtin_mul_overflow(number, units->factor, &product) ||
		    product > INT64_MAX)
			return false;
		*out = product;
		return true;
	}
	return false;
}

static enum sl_status
parse_time(int64_t *out, const char *text, struct sl_error *err)
{
	char moment[SL_TIME_TEXT_MAX];
	const char *whole = text;

	if (strlen(text) == strlen("2026-11-20")) {
		snprintf(moment, sizeof(moment), "%sT00:00:00Z", text);
		whole = moment;
	}
	if (sl_time_parse(out, sl_slice_text(whole)) == SL_OK)
		return SL_OK;
	return sl_error_set(err, SL_ERR_INVALID,
	    "'%.40s' is not a time, such as 2026-11-20 or 2026-11-20T08:30:00Z",
	    text);
}

enum sl_status
sl_value_parse(struct sl_value *out, enum sl_value_kind kind, const char *text,
    struct sl_error *err)
{
	*out = (struct sl_value){.text = text};
	switch (kind) {
	case SL_VALUE_FLAG:
		return parse_flag(&out->flag, text, err);
	case SL_VALUE_TEXT:
		return SL_OK;
	case SL_VALUE_U64:
		if (sl_parse_u64(text, INT64_MAX, &out->number))
			return SL_OK;
		return sl_error_set(err, SL_ERR_INVALID,
		    text[0] != '\0' && text[strspn(text, "0123456789")] == '\0'
		        ? "'%.40s' is too large a number"
		        : "'%.40s' is not a whole number from 0",
		    text);
	case SL_VALUE_SIZE:
		if (parse_with_unit(&out->number, size_units, text))
			return SL_OK;
		return sl_error_set(err, SL_ERR_INVALID,
		    "'%.40s' is not a size, such as 4096, 10M or 2GiB", text);
	case SL_VALUE_DURATION:
		if (parse_with_unit(&out->number, duration_units, text))
			return SL_OK;
		return sl_error_set(err, SL_ERR_INVALID,
		    "'%.40s' is not a duration, such as 500ms, 30s or 2h",
		    text);
	case SL_VALUE_TIME:
		return parse_time(&out->time_us, text, err);
	}
	return sl_error_set(err, SL_ERR_STATE, "no such kind of value");
}

void
sl_value_show_bytes(char out[SL_VALUE_SHOW_MAX], uint64_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	double shown = (double)bytes;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(out, SL_VALUE_SHOW_MAX, "%" PRIu64 " B", bytes);
		return;
	}
	shown /= 1000;
	/* 999.5 would be rounded to "1000". */
	while (shown >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		shown /= 1000;
		unit++;
	}
	snprintf(out, SL_VALUE_SHOW_MAX, "%.*f %s",
	    shown < 9.995       ? 2
	        : shown < 99.95 ? 1
	                        : 0,
	    shown, units[unit]);
}

void
sl_value_show_duration(char out[SL_VALUE_SHOW_MAX], uint64_t ms)
{
	uint64_t seconds = ms / 1000;

	if (ms > 0 && ms < 1000)
		snprintf(out, SL_VALUE_SHOW_MAX, "%" PRIu64 " ms", ms);
	else if (seconds < 60)
		snprintf(out, SL_VALUE_SHOW_MAX, "%" PRIu64 " s", seconds);
	else if (seconds < 3600)
		snprintf(out, SL_VALUE_SHOW_MAX,
		    "%" PRIu64 " min %02" PRIu64 " s", seconds / 60,
		    seconds % 60);
	else if (seconds < 86400)
		snprintf(out, SL_VALUE_SHOW_MAX,
		    "%" PRIu64 " h %02" PRIu64 " min", seconds / 3600,
		    seconds / 60 % 60);
	else
		snprintf(out, SL_VALUE_SHOW_MAX,
		    "%" PRIu64 " d %02" PRIu64 " h", seconds / 86400,
		    seconds / 3600 % 24);
}

void
sl_value_show_money(char out[SL_VALUE_SHOW_MAX], int64_t micro)
{
	uint64_t size = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
	size_t len;

	snprintf(out, SL_VALUE_SHOW_MAX, "%s%" PRIu64 ".%06" PRIu64,
	    micro < 0 ? "-" : "", size / MICRO_PER_UNIT, size % MICRO_PER_UNIT);
	len = strlen(out);
	for (int spare = 4; spare > 0 && out[len - 1] == '0'; spare--)
		out[--len] = '\0';
}
