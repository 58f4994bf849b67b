/* The schema's numbered, forward-only changes.  Blocking; for sluicectl.
 *
 * `sql_dir` holds roles.sql and migrations/NNNN_*.sql.  Each file runs in one
 * transaction together with its row in sluice.schema_version; an advisory lock
 * keeps two runs apart.  A file that was applied and has changed since is
 * SL_ERR_INTEGRITY. */
#ifndef SLUICE_DB_MIGRATIONS_H
#define SLUICE_DB_MIGRATIONS_H

#include <stdbool.h>

#include "sluice/base/error.h"

struct sl_migration_report {
	unsigned applied;  /* by this call */
	unsigned version;  /* now */
	unsigned newest;   /* among the files */
	char warning[512]; /* the first one of roles.sql and the migrations */
};

/* Roles, schema, all migrations; may be repeated.  The login must be able to
 * create roles and schemas in the database. */
SL_MUST_CHECK enum sl_status sl_migrations_init(struct sl_migration_report *out,
    const char *conninfo, const char *sql_dir, struct sl_error *err);

/* What is missing, or with dry_run only how much that is. */
SL_MUST_CHECK enum sl_status sl_migrations_run(struct sl_migration_report *out,
    const char *conninfo, const char *sql_dir, bool dry_run,
    struct sl_error *err);

#endif /* SLUICE_DB_MIGRATIONS_H */
