/* db init|migrate|check: the schema and its invariants. */
#include "sluice/db/db.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "sluice/base/buf.h"
#include "sluice/base/file.h"
#include "sluice/crypto/token.h"
#include "sluice/db/migrations.h"
#include "sluice/db/rows.h"

#define SQL_DIR_DEFAULT SL_DATA_DIR "/sql"
#define CHECK_BYTES_MAX 65536

#define SQL_DIR_OPTION                                                       \
	{                                                                    \
		.name = "sql-dir", .kind = SL_VALUE_TEXT, .argument = "DIR", \
		.env = "SLUICE_SQL_DIR",                                     \
		.help = "where roles.sql and migrations are"                 \
	}

static const char *
sql_dir(const struct sl_run *run)
{
	const char *dir = sl_run_text(run, "sql-dir");

	return dir == NULL ? SQL_DIR_DEFAULT : dir;
}

static const char *
conninfo(const struct sl_run *run)
{
	const char *text = sl_run_text(run, "db");

	return text == NULL ? "" : text;
}

static void
tell_migrations(
    struct sl_run *run, const struct sl_migration_report *report, bool is_dry)
{
	unsigned missing = report->newest - report->version;

	if (is_dry && missing > 0)
		sl_run_print(run, "would change schema: %u -> %u",
		    report->version, report->newest);
	else
		sl_run_print(run, "schema: %u -> %u",
		    report->version - report->applied, report->version);
	sl_run_json(run,
	    json_pack("{s:i,s:i,s:i}", "applied", (int)report->applied,
	        "version", (int)report->version, "newest",
	        (int)report->newest));
}

/* The secret that tokens are hashed with, unless there is one. */
static enum sl_status
make_pepper(struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "pepper-file");
	struct sl_secret pepper;
	enum sl_status status;

	if (path == NULL)
		return SL_OK;
	status = sl_pepper_create(path, err);
	if (status == SL_OK)
		sl_run_say(run,
		    "made the pepper %s; keep it, without it no "
		    "token can be checked",
		    path);
	if (status != SL_ERR_EXISTS)
		return status;
	status = sl_pepper_load(&pepper, path, err);
	if (status == SL_OK)
		sl_secret_clear(&pepper);
	return status;
}

static enum sl_status
run_init(struct sl_run *run, struct sl_error *err)
{
	struct sl_migration_report report;
	enum sl_status status;

	status = make_pepper(run, err);
	if (status == SL_OK)
		status = sl_migrations_init(
		    &report, conninfo(run), sql_dir(run), err);
	if (status != SL_OK)
		return status;
	tell_migrations(run, &report, false);
	return SL_OK;
}

static enum sl_status
run_migrate(struct sl_run *run, struct sl_error *err)
{
	struct sl_migration_report report;
	enum sl_status status;

	status = sl_migrations_run(&report, conninfo(run), sql_dir(run),
	    sl_run_flag(run, "dry-run"), err);
	if (status != SL_OK)
		return status;
	tell_migrations(run, &report, sl_run_flag(run, "dry-run"));
	return SL_OK;
}

/* ---- check ---- */

static int
is_check(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".sql") == 0;
}

/* One file of invariants.  The connection knows a query by its address, so
 * each has its own until the connection is closed. */
struct check {
	struct sl_query query;
	struct sl_buf text;
	char name[256];
};

static void
free_checks(struct check *checks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sl_buf_clear(&checks[i].text);
	free(checks);
}

static enum sl_status
load_check(struct check *check, const char *dir, const char *name,
    struct sl_error *err)
{
	char path[8192];
	enum sl_status status;

	snprintf(check->name, sizeof(check->name), "%s", name);
	snprintf(path, sizeof(path), "%s/%s", dir, check->name);
	sl_buf_init(&check->text, CHECK_BYTES_MAX);
	status = sl_file_read(&check->text, path, err);
	if (status != SL_OK)
		return status;
	check->query.name = check->name;
	check->query.text = sl_buf_text(&check->text);
	if (check->query.text == NULL)
		return sl_error_set(err, SL_ERR_LIMIT, "%s is too large", path);
	return SL_OK;
}

static enum sl_status
load_checks(struct check **out, size_t *out_count, const char *dir,
    struct sl_error *err)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_check, alphasort);
	struct check *checks;
	enum sl_status status = SL_OK;

	if (count < 0)
		return sl_error_errno(err, "%s", dir);
	checks = calloc((size_t)count + 1, sizeof(*checks));
	if (checks == NULL)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (int i = 0; i < count; i++) {
		if (status == SL_OK)
			status = load_check(
			    &checks[i], dir, entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	if (status == SL_OK && count == 0)
		status = sl_error_set(
		    err, SL_ERR_NOT_FOUND, "%s holds no checks", dir);
	if (status != SL_OK) {
		if (checks != NULL)
			free_checks(checks, (size_t)count);
		return status;
	}
	*out = checks;
	*out_count = (size_t)count;
	return SL_OK;
}

/* Each row that a check gives breaks the invariant. */
static enum sl_status
run_checks(json_t *results, struct sl_db *db, const struct check *checks,
    size_t count, struct sl_error *err)
{
	size_t broken = 0;

	for (size_t i = 0; i < count; i++) {
		struct sl_rows *rows;
		int row_count;
		enum sl_status status;

		status = sl_db_wait(&rows, db, &checks[i].query, NULL, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "%s", checks[i].name);
		row_count = sl_rows_count(rows);
		broken += row_count > 0;
		sl_rows_free(rows);
		if (json_array_append_new(results,
		        json_pack("{s:s,s:i}", "name", checks[i].name, "broken",
		            row_count)) != 0)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (broken > 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "invariant_broken",
		    "%zu of %zu invariants do not hold", broken, count);
	return SL_OK;
}

static enum sl_status
run_check(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Invariant", SL_COLUMN_TEXT},
	    {"broken", "Broken rows", SL_COLUMN_COUNT},
	    {0},
	};
	struct check *checks = NULL;
	size_t count = 0;
	struct sl_db *db;
	char dir[4096];
	json_t *results = json_array();
	enum sl_status status;

	snprintf(dir, sizeof(dir), "%s/checks", sql_dir(run));
	status = load_checks(&checks, &count, dir, err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status == SL_OK) {
		status = run_checks(results, db, checks, count, err);
		if (status == SL_ERR_DENIED)
			sl_run_hint(
			    run, "log in as a member of sluice_auditor (--db)");
		sl_db_close(db);
	}
	if (checks != NULL)
		free_checks(checks, count);
	if ((status == SL_OK || status == SL_ERR_INTEGRITY) &&
	    ctl_print_rows(
	        run, columns, json_incref(results), "no checks", NULL) != SL_OK)
		status = SL_ERR_NOMEM;
	json_decref(results);
	return status;
}

static const struct sl_option init_options[] = {
    SQL_DIR_OPTION,
    {.name = "pepper-file",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .env = "SLUICE_PEPPER_FILE",
        .help = "also make this secret, if it is not there"},
    {0},
};

static const struct sl_option migrate_options[] = {
    SQL_DIR_OPTION,
    {.name = "dry-run",
        .letter = 'n',
        .help = "say what would change, and change nothing"},
    {0},
};

static const struct sl_option check_options[] = {SQL_DIR_OPTION, {0}};

const struct sl_command ctl_db_init = {
    .name = "db init",
    .summary = "make roles, schema and tables; may be repeated",
    .options = init_options,
    .details = "Needs a login that may create roles and schemas.",
    .run = run_init,
};

const struct sl_command ctl_db_migrate = {
    .name = "db migrate",
    .summary = "bring the schema to the newest version",
    .options = migrate_options,
    .run = run_migrate,
};

const struct sl_command ctl_db_check = {
    .name = "db check",
    .summary = "check the invariants of the tables",
    .options = check_options,
    .details = "Recomputes the hash chains of ledger and audit log, and what "
               "must\nalways be true of charges, segments and batches.  Exit "
               "code 7 if\nanything is not.  Needs a login of the role "
               "sluice_auditor.",
    .run = run_check,
};
