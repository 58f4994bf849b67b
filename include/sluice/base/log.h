/* One line per fact to standard error: time, level, then the caller's text,
 * which begins with the object ("delivery=… licence=…") and holds no secret.
 * Any thread. */
#ifndef SLUICE_BASE_LOG_H
#define SLUICE_BASE_LOG_H

#include "sluice/base/status.h"

enum sl_log_level {
	SL_LOG_ERROR,
	SL_LOG_WARNING,
	SL_LOG_INFO,
	SL_LOG_DEBUG,
};

/* Lines above `level` are dropped; the default is SL_LOG_INFO. */
void sl_log_set_level(enum sl_log_level level);

/* "error", "warning", "info", "debug"; SL_ERR_INVALID for other words. */
SL_MUST_CHECK enum sl_status sl_log_parse_level(
    enum sl_log_level *out, const char *word);

void sl_log(enum sl_log_level level, const char *fmt, ...) SL_PRINTF(2, 3);

#endif /* SLUICE_BASE_LOG_H */
