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
tell_migrations(struct sl_run *run, const struct sl_migration_report *report)
{
	unsigned missing = report->newest - report->version;

	if (sl_run_has(run, "dry-run") && missing > 0)
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
	tell_migrations(run, &report);
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
	tell_migrations(run, &report);
	return SL_OK;
}

/* ---- check ---- */

static int
is_check(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".sql") == 0;
}

/* Run one file of invariants; *out_count is how many rows break it. */
static enum sl_status
count_broken(int *out_count, struct sl_db *db, const char *path,
    const char *name, struct sl_error *err)
{
	struct sl_query query = {.name = name};
	struct sl_rows *rows = NULL;
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, CHECK_BYTES_MAX);
	status = sl_file_read(&text, path, err);
	if (status == SL_OK) {
		query.text = sl_buf_text(&text);
		if (query.text == NULL)
			status = sl_error_set(
			    err, SL_ERR_LIMIT, "%s is too large", path);
	}
	if (status == SL_OK)
		status = sl_db_wait(&rows, db, &query, NULL, err);
	if (status == SL_OK)
		*out_count = sl_rows_count(rows);
	sl_rows_free(rows);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
check_all(struct sl_run *run, struct sl_db *db, const char *dir,
    json_t *results, struct sl_error *err)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_check, alphasort);
	enum sl_status status = SL_OK;
	int broken = 0;

	(void)run;
	if (count < 0)
		return sl_error_errno(err, "%s", dir);
	for (int i = 0; i < count; i++) {
		char path[8192];
		int rows = 0;

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (status == SL_OK)
			status = count_broken(
			    &rows, db, path, entries[i]->d_name, err);
		if (status == SL_OK &&
		    json_array_append_new(results,
		        json_pack("{s:s,s:i}", "name", entries[i]->d_name,
		            "broken", rows)) != 0)
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		broken += rows > 0;
		free(entries[i]);
	}
	free(entries);
	if (status == SL_OK && count == 0)
		return sl_error_set(
		    err, SL_ERR_NOT_FOUND, "%s holds no checks", dir);
	if (status == SL_OK && broken > 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "invariant_broken",
		    "%d of %d invariants do not hold", broken, count);
	return status;
}

static enum sl_status
run_check(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "INVARIANT", SL_COLUMN_TEXT},
	    {"broken", "BROKEN ROWS", SL_COLUMN_COUNT},
	    {0},
	};
	struct sl_error print_err = {0};
	struct sl_db *db;
	char dir[4096];
	json_t *results;
	enum sl_status status;

	snprintf(dir, sizeof(dir), "%s/checks", sql_dir(run));
	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	results = json_array();
	status = check_all(run, db, dir, results, err);
	sl_db_close(db);
	if ((status == SL_OK || status == SL_ERR_INTEGRITY) &&
	    ctl_print_rows(run, columns, json_incref(results), "no checks",
	        &print_err) != SL_OK)
		status = print_err.status;
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
               "code 7 if\nanything is not.",
    .run = run_check,
};
