/* One run of one command: what was asked for, and where its output goes.
 *
 * Results go to standard output, messages and progress to standard error.
 * Texts are borrowed until the run ends.  Asking for an option that is in no
 * table of the command is our own mistake and asserts.  Main thread only. */
#ifndef SLUICE_COMMAND_RUN_H
#define SLUICE_COMMAND_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/status.h"

struct sl_run;

size_t sl_run_arg_count(const struct sl_run *run);
/* NULL past the last one. */
const char *sl_run_arg(const struct sl_run *run, size_t i);

/* Was the option given, on the command line or by its variable? */
bool sl_run_has(const struct sl_run *run, const char *name);
/* A flag's value; false if not given. */
bool sl_run_flag(const struct sl_run *run, const char *name);
/* The last text given, or NULL. */
const char *sl_run_text(const struct sl_run *run, const char *name);
/* Of an option of kind u64, size (bytes) or duration (ms). */
uint64_t sl_run_number(
    const struct sl_run *run, const char *name, uint64_t fallback);
/* Of an option of kind time, in microseconds. */
int64_t sl_run_time(
    const struct sl_run *run, const char *name, int64_t fallback_us);
/* Repeatable options: how often, and each text in order. */
size_t sl_run_count(const struct sl_run *run, const char *name);
const char *sl_run_text_at(
    const struct sl_run *run, const char *name, size_t i);

bool sl_run_is_json(const struct sl_run *run);
bool sl_run_is_csv(const struct sl_run *run);
bool sl_run_is_quiet(const struct sl_run *run);
bool sl_run_is_verbose(const struct sl_run *run);
/* May standard error be coloured and redrawn? */
bool sl_run_has_color(const struct sl_run *run);
/* --timeout in milliseconds, else the fallback. */
uint64_t sl_run_timeout_ms(const struct sl_run *run, uint64_t fallback_ms);

/* A line of the result, for people: nothing with --json.  Control characters
 * in it become '?'. */
void sl_run_print(struct sl_run *run, const char *fmt, ...) SL_PRINTF(2, 3);
/* A message: one line on standard error; nothing with -q or --json. */
void sl_run_say(struct sl_run *run, const char *fmt, ...) SL_PRINTF(2, 3);
/* "PROGRAM: warning: ..." on standard error, also with -q; with --json a JSON
 * line. */
void sl_run_warn(struct sl_run *run, const char *fmt, ...) SL_PRINTF(2, 3);
/* The result as one JSON document, only with --json.  Takes `value`. */
void sl_run_json(struct sl_run *run, json_t *value);
/* One compact JSON line, only with --json, flushed; for commands that go on.
 * Takes `value`. */
void sl_run_json_line(struct sl_run *run, json_t *value);

/* What to do about the failure that is returned next: a line after it. */
void sl_run_hint(struct sl_run *run, const char *fmt, ...) SL_PRINTF(2, 3);
/* The command line is at fault: the exit code will be 2, with a pointer to
 * the help.  Returns `status`. */
enum sl_status sl_run_blame(struct sl_run *run, enum sl_status status);
/* Fill `err` and blame the command line; SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_run_usage(struct sl_run *run,
    struct sl_error *err, const char *fmt, ...) SL_PRINTF(3, 4);

#endif /* SLUICE_COMMAND_RUN_H */
