#include "sluice/catalog/month.h"

#include <stdio.h>

#include "sluice/base/clock.h"

#define US_PER_DAY INT64_C(86400000000)

/* Days since 1970-01-01 of the first of a month; months count from 0000-03, so
 * that a leap day is the last of its year (proleptic Gregorian). */
static int64_t
days_of_month(int64_t month)
{
	int64_t year = month / 12 - (month % 12 < 0);
	int64_t in_year = month - year * 12;
	int64_t leaps = year / 4 - (year % 4 < 0) -
	    (year / 100 - (year % 100 < 0)) + (year / 400 - (year % 400 < 0));

	/* 153 days are five months from March or August on. */
	return year * 365 + leaps + (153 * in_year + 2) / 5 - 719468;
}

/* The month, counted as above, that a day is in. */
static int64_t
month_of_day(int64_t day)
{
	/* 146,097 days are 4,800 months: off by one at most. */
	int64_t month = (day + 719468) * 4800 / 146097;

	while (days_of_month(month) > day)
		month--;
	while (days_of_month(month + 1) <= day)
		month++;
	return month;
}

static int64_t
month_of(int64_t wall_us)
{
	int64_t day = wall_us / US_PER_DAY - (wall_us % US_PER_DAY < 0);

	return month_of_day(day);
}

static int64_t
begin_of(int64_t month)
{
	int64_t day = days_of_month(month);

	if (day > INT64_MAX / US_PER_DAY)
		return INT64_MAX;
	if (day < INT64_MIN / US_PER_DAY)
		return INT64_MIN;
	return day * US_PER_DAY;
}

int64_t
sl_month_begin(int64_t wall_us)
{
	return begin_of(month_of(wall_us));
}

int64_t
sl_month_end(int64_t wall_us)
{
	return begin_of(month_of(wall_us) + 1);
}

enum sl_status
sl_month_parse(int64_t *begin_us, struct sl_slice text)
{
	char time[SL_TIME_TEXT_MAX];

	if (text.len != 7 || memchr(text.data, '\0', text.len) != NULL ||
	    sl_slice_is(sl_slice_of(text.data, 4), sl_slice_text("9999")))
		return SL_ERR_INVALID;
	(void)snprintf(
	    time, sizeof(time), "%.7s-01T00:00:00Z", (const char *)text.data);
	return sl_time_parse(begin_us, sl_slice_text(time));
}
