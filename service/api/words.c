#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/clock.h"

void
words_count(char out[WORDS_MAX], uint64_t count)
{
	char digits[24];
	size_t len;
	size_t at = 0;

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

void
words_bytes(char out[WORDS_MAX], uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 999.5 && unit < 5) {
		value /= 1000;
		unit++;
	}
	snprintf(out, WORDS_MAX, "%.*f %s", unit > 0 && value < 99.95 ? 1 : 0,
	    value, units[unit]);
}

void
words_duration(char out[WORDS_MAX], double seconds)
{
	if (seconds >= 36000)
		snprintf(out, WORDS_MAX, "%.0f h", seconds / 3600);
	else if (seconds >= 3600)
		snprintf(out, WORDS_MAX, "%.1f h", seconds / 3600);
	else if (seconds >= 60)
		snprintf(out, WORDS_MAX, "%.0f min", seconds / 60);
	else
		snprintf(out, WORDS_MAX, "%.0f s", seconds);
}

void
words_date(char out[WORDS_MAX], const char *time)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t parsed;
	unsigned month;

	out[0] = '\0';
	if (time == NULL ||
	    sl_time_parse(&parsed, sl_slice_text(time)) != SL_OK)
		return;
	/* The form is known now: YYYY-MM-DD. */
	month = (unsigned)(time[5] - '0') * 10 + (unsigned)(time[6] - '0');
	snprintf(out, WORDS_MAX, "%.*s %s %.4s", time[8] == '0' ? 1 : 2,
	    time[8] == '0' ? time + 9 : time + 8, months[month - 1], time);
}

const char *
words_outcome(const char *value)
{
	static const char *const words[][2] = {{"true", "Success"},
	    {"false", "Failure"}, {"partial", "Partial"},
	    {"unknown", "Unknown"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], value) == 0)
			return words[i][1];
	return value;
}
