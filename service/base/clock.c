#include "sluice/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define US_PER_SECOND 1000000

int64_t
sl_clock_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t
sl_clock_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
sl_clock_boot_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
sl_time_format(char out[SL_TIME_TEXT_MAX], int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / US_PER_SECOND);
	struct tm tm;

	if (wall_us % US_PER_SECOND < 0)
		seconds--;
	/* int64 microseconds end in the year 294246, so this never fails. */
	if (gmtime_r(&seconds, &tm) == NULL)
		tm = (struct tm){.tm_year = 70, .tm_mday = 1};
	strftime(out, SL_TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Reads `count` digits; -1 if one is not. */
static int
digits_at(const unsigned char *text, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* Microseconds of ".123"; the slice moves past it. */
static enum sl_status
parse_fraction(struct sl_slice *rest, int64_t *out_us)
{
	int64_t scale = US_PER_SECOND / 10;
	size_t i = 1;

	*out_us = 0;
	if (rest->len == 0 || rest->data[0] != '.')
		return SL_OK;
	for (; i < rest->len && rest->data[i] >= '0' && rest->data[i] <= '9';
	     i++) {
		*out_us += (rest->data[i] - '0') * scale;
		scale /= 10;
	}
	if (i < 2 || i > 7)
		return SL_ERR_INVALID;
	*rest = sl_slice_of(rest->data + i, rest->len - i);
	return SL_OK;
}

enum sl_status
sl_time_parse(int64_t *out_us, struct sl_slice text)
{
	const unsigned char *t = text.data;
	struct sl_slice rest;
	struct tm tm = {0};
	struct tm asked;
	int64_t fraction;
	time_t seconds;

	if (text.len < 20 || t[4] != '-' || t[7] != '-' || t[10] != 'T' ||
	    t[13] != ':' || t[16] != ':')
		return SL_ERR_INVALID;
	tm.tm_year = digits_at(t, 4) - 1900;
	tm.tm_mon = digits_at(t + 5, 2) - 1;
	tm.tm_mday = digits_at(t + 8, 2);
	tm.tm_hour = digits_at(t + 11, 2);
	tm.tm_min = digits_at(t + 14, 2);
	tm.tm_sec = digits_at(t + 17, 2);
	if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mday < 1 ||
	    tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0)
		return SL_ERR_INVALID;
	rest = sl_slice_of(t + 19, text.len - 19);
	if (parse_fraction(&rest, &fraction) != SL_OK ||
	    (!sl_slice_is_text(rest, "Z") && !sl_slice_is_text(rest, "+00:00")))
		return SL_ERR_INVALID;
	asked = tm;
	seconds = timegm(&tm);
	/* timegm() mends days and hours that do not exist; we refuse them. */
	if (asked.tm_mon != tm.tm_mon || asked.tm_mday != tm.tm_mday ||
	    asked.tm_hour != tm.tm_hour || asked.tm_min != tm.tm_min ||
	    asked.tm_sec != tm.tm_sec)
		return SL_ERR_INVALID;
	*out_us = (int64_t)seconds * US_PER_SECOND + fraction;
	return SL_OK;
}
