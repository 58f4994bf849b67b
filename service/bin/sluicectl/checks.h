/* The invariants of sql/checks, for `db check` and for restored backups. */
#ifndef SLUICECTL_CHECKS_H
#define SLUICECTL_CHECKS_H

#include "ctl.h"

#define CTL_SQL_DIR_OPTION                                                   \
	{                                                                    \
		.name = "sql-dir", .kind = SL_VALUE_TEXT, .argument = "DIR", \
		.env = "SLUICE_SQL_DIR",                                     \
		.help = "where roles.sql, migrations and checks are"         \
	}

/* --sql-dir, else where they were installed. */
const char *ctl_sql_dir(const struct sl_run *run);

/* Run them all: *out becomes [{"name","broken":n},...], also when some do not
 * hold, which is SL_ERR_INTEGRITY, code invariant_broken.  Closes `db`. */
SL_MUST_CHECK enum sl_status ctl_run_checks(
    json_t **out, struct sl_run *run, struct sl_db *db, struct sl_error *err);

#endif /* SLUICECTL_CHECKS_H */
