/* How far a long command has come, on standard error.
 *
 * On a terminal a bar with bytes, rate and time left, redrawn at most 10 times
 * a second; elsewhere a line every 10 seconds; with --json a JSON line at most
 * twice a second: {"event":"progress","what":…,"bytes":…,"total_bytes":…,
 * "items":…,"total_items":…,"bytes_per_s":…,"seconds_left":…}.  With -q
 * nothing.  Main thread only. */
#ifndef SLUICE_COMMAND_PROGRESS_H
#define SLUICE_COMMAND_PROGRESS_H

#include <stdint.h>

#include "sluice/base/status.h"

struct sl_run;
struct sl_progress;

/* `what` ("pulling ur5e-kitting") is copied; a total of 0 is unknown.  `unit`
 * names the items ("episodes") and is borrowed; NULL if they do not count. */
SL_MUST_CHECK enum sl_status sl_progress_new(struct sl_progress **out,
    struct sl_run *run, const char *what, const char *unit);

void sl_progress_total(
    struct sl_progress *progress, uint64_t bytes, uint64_t items);

/* Where it stands now; cheap, call it as often as you like. */
void sl_progress_set(
    struct sl_progress *progress, uint64_t bytes, uint64_t items);

/* Take the bar away, so that something else can be printed; the next set draws
 * it again. */
void sl_progress_hide(struct sl_progress *progress);

/* Hides it.  NULL is allowed. */
void sl_progress_free(struct sl_progress *progress);

#endif /* SLUICE_COMMAND_PROGRESS_H */
