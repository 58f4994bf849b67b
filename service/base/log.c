#include "sluice/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"

#define LINE_MAX_BYTES 2048

static const char *const level_words[] = {
    [SL_LOG_ERROR] = "error",
    [SL_LOG_WARNING] = "warning",
    [SL_LOG_INFO] = "info",
    [SL_LOG_DEBUG] = "debug",
};

static atomic_int current_level = SL_LOG_INFO;

void
sl_log_set_level(enum sl_log_level level)
{
	atomic_store(&current_level, (int)level);
}

enum sl_status
sl_log_parse_level(enum sl_log_level *out, const char *word)
{
	for (int i = SL_LOG_ERROR; i <= SL_LOG_DEBUG; i++) {
		if (strcmp(word, level_words[i]) == 0) {
			*out = (enum sl_log_level)i;
			return SL_OK;
		}
	}
	return SL_ERR_INVALID;
}

void
sl_log(enum sl_log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	char now[SL_TIME_TEXT_MAX];
	size_t used;
	va_list args;

	if ((int)level > atomic_load(&current_level))
		return;
	sl_time_format(now, sl_clock_wall_us());
	snprintf(line, sizeof(line) - 1, "%s %s ", now, level_words[level]);
	used = strlen(line);
	va_start(args, fmt);
	vsnprintf(line + used, sizeof(line) - 1 - used, fmt, args);
	va_end(args);
	/* One line per fact, whatever a name in it held. */
	for (char *at = line; *at != '\0'; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	}
	used = strlen(line);
	line[used++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, used) < 0)
		return;
}
