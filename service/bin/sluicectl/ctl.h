/* What the commands of sluicectl share: the connection, the options of a
 * change, and how a change is told. */
#ifndef SLUICECTL_CTL_H
#define SLUICECTL_CTL_H

#include <jansson.h>
#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/command/command.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

struct sl_db;

/* The options that every change has. */
#define CTL_CHANGE_OPTIONS                                          \
	{.name = "reason",                                          \
	    .kind = SL_VALUE_TEXT,                                  \
	    .argument = "TEXT",                                     \
	    .is_required = true,                                    \
	    .help = "why, for the audit log"},                      \
	{                                                           \
		.name = "dry-run", .letter = 'n',                   \
		.help = "say what would change, and change nothing" \
	}

/* As --db says.  A password in --db is refused: others see argv. */
SL_MUST_CHECK enum sl_status ctl_connect(
    struct sl_db **out, struct sl_run *run, struct sl_error *err);

/* A blank reason is a fault of the command line. */
SL_MUST_CHECK enum sl_status ctl_check_reason(
    struct sl_run *run, struct sl_error *err);

/* A name that no customer or publisher can have is one, too. */
SL_MUST_CHECK enum sl_status ctl_check_name(struct sl_run *run,
    const char *what, const char *name, struct sl_error *err);

/* "WHAT: FROM -> TO", and the object with --json.  With --dry-run the line
 * begins with "would change" and the object has "dry_run".  Takes `object`. */
void ctl_told_change(struct sl_run *run, const char *what, const char *from,
    const char *to, json_t *object);

/* Print an array of objects.  Takes `rows`. */
SL_MUST_CHECK enum sl_status ctl_print_rows(struct sl_run *run,
    const struct sl_column *columns, json_t *rows, const char *none,
    struct sl_error *err);

/* The element whose member `key` is `text`, borrowed; NULL if none. */
json_t *ctl_find(const json_t *rows, const char *key, const char *text);

/* A text member; "" if there is none. */
const char *ctl_text(const json_t *object, const char *key);

#endif /* SLUICECTL_CTL_H */
