/* What the commands of sluicectl share: the connection, and how a question is
 * asked and its answer printed.  Changes are in change.h. */
#ifndef SLUICECTL_CTL_H
#define SLUICECTL_CTL_H

#include <jansson.h>
#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/command/command.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

struct sl_db;

/* What one command asks of the database; *out is the answer.  `ctx` is the
 * caller's. */
typedef enum sl_status ctl_fn(json_t **out, struct sl_run *run,
    struct sl_db *db, void *ctx, struct sl_error *err);

/* As --db says.  A password in --db is refused: others see argv. */
SL_MUST_CHECK enum sl_status ctl_connect(
    struct sl_db **out, struct sl_run *run, struct sl_error *err);

/* --db for programs of PostgreSQL; "" if there is none.  Checked as above. */
SL_MUST_CHECK enum sl_status ctl_conninfo(
    const char **out, struct sl_run *run, struct sl_error *err);

/* Turn what the database said into what a command ends with: a value that it
 * finds bad is a fault of the command line, a wrong state is a conflict, and
 * who lacks a right is told the `role` that has it.  Returns the status. */
SL_MUST_CHECK enum sl_status ctl_judge(struct sl_run *run, const char *role,
    enum sl_status status, struct sl_error *err);

/* Connect, ask, disconnect; needs sluice_admin or sluice_auditor. */
SL_MUST_CHECK enum sl_status ctl_ask(json_t **out, struct sl_run *run,
    ctl_fn *fn, void *ctx, struct sl_error *err);
/* The same by another role. */
SL_MUST_CHECK enum sl_status ctl_ask_as(json_t **out, struct sl_run *run,
    const char *role, ctl_fn *fn, void *ctx, struct sl_error *err);

/* Ask, and print the answer: an array of objects, or one object. */
SL_MUST_CHECK enum sl_status ctl_list(struct sl_run *run, ctl_fn *fn,
    const struct sl_column *columns, const char *none, struct sl_error *err);
SL_MUST_CHECK enum sl_status ctl_show(struct sl_run *run, ctl_fn *fn,
    const struct sl_column *columns, struct sl_error *err);

/* Print an array of objects.  Takes `rows`. */
SL_MUST_CHECK enum sl_status ctl_print_rows(struct sl_run *run,
    const struct sl_column *columns, json_t *rows, const char *none,
    struct sl_error *err);

/* For people only: an empty line, and the array `key` of `object` as a
 * table. */
SL_MUST_CHECK enum sl_status ctl_print_part(struct sl_run *run,
    const struct sl_column *columns, const json_t *object, const char *key,
    const char *none);

/* ---- what people type ---- */

/* A name that no customer or publisher can have is a fault of the command
 * line. */
SL_MUST_CHECK enum sl_status ctl_check_name(struct sl_run *run,
    const char *what, const char *name, struct sl_error *err);

/* So is a licence's, token's … id that is none; NULL is fine. */
SL_MUST_CHECK enum sl_status ctl_check_id(
    struct sl_run *run, const char *what, const char *id, struct sl_error *err);

/* "2026-11"; NULL is fine. */
SL_MUST_CHECK enum sl_status ctl_check_month(
    struct sl_run *run, struct sl_error *err);

/* A limit: a number of an option that may be "none" (SL_QUOTA_NONE), is not 0
 * and, times `factor`, fits int64.  Not given, *out stays. */
SL_MUST_CHECK enum sl_status ctl_read_limit(uint64_t *out, struct sl_run *run,
    const char *option, uint64_t factor, struct sl_error *err);

/* Money: "12.34" as micro-units, or "none" (INT64_MAX).  Not given, *out
 * stays. */
SL_MUST_CHECK enum sl_status ctl_read_money(
    int64_t *out, struct sl_run *run, const char *option, struct sl_error *err);

/* A whole file of at most `max` bytes and JSON in it; the words are blamed. */
SL_MUST_CHECK enum sl_status ctl_read_json(
    json_t **out, struct sl_run *run, const char *path, struct sl_error *err);

/* ---- of answers ---- */

/* The element whose member `key` is `text`, borrowed; NULL if none. */
json_t *ctl_find(const json_t *rows, const char *key, const char *text);

/* A text member; "" if there is none. */
const char *ctl_text(const json_t *object, const char *key);

#endif /* SLUICECTL_CTL_H */
