/* The lines of a text file, one by one.
 *
 * Borrows the descriptor and reads it with pread(2); holds one line and a block
 * in memory.  One thread at a time. */
#ifndef SLUICE_FORMATS_LINES_H
#define SLUICE_FORMATS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

struct sl_lines;

struct sl_line {
	uint64_t at;     /* in the file */
	uint64_t number; /* from 1 */
	/* Without its end, "\n" or "\r\n"; borrowed until the next call. */
	struct sl_slice text;
};

SL_MUST_CHECK enum sl_status sl_lines_open(
    struct sl_lines **out, int fd, uint64_t file_bytes, size_t line_max);
/* NULL is allowed. */
void sl_lines_free(struct sl_lines *lines);

/* False in *is_there behind the last.  SL_ERR_LIMIT: longer than line_max. */
SL_MUST_CHECK enum sl_status sl_lines_next(struct sl_lines *lines,
    bool *is_there, struct sl_line *out, struct sl_error *err);

#endif /* SLUICE_FORMATS_LINES_H */
