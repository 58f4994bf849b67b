/* db check: what must always be true of the tables. */
#include "checks.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "sluice/base/buf.h"
#include "sluice/base/file.h"
#include "sluice/db/db.h"
#include "sluice/db/rows.h"

#define SQL_DIR_DEFAULT SL_DATA_DIR "/sql"
#define CHECK_BYTES_MAX 65536

const char *
ctl_sql_dir(const struct sl_run *run)
{
	const char *dir = sl_run_text(run, "sql-dir");

	return dir == NULL ? SQL_DIR_DEFAULT : dir;
}

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
run_all(json_t *results, struct sl_db *db, const struct check *checks,
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

enum sl_status
ctl_run_checks(
    json_t **out, struct sl_run *run, struct sl_db *db, struct sl_error *err)
{
	struct check *checks = NULL;
	size_t count = 0;
	char dir[4096];
	enum sl_status status;

	*out = NULL;
	snprintf(dir, sizeof(dir), "%s/checks", ctl_sql_dir(run));
	status = load_checks(&checks, &count, dir, err);
	if (status != SL_OK) {
		sl_db_close(db);
		return status;
	}
	*out = json_array();
	status = run_all(*out, db, checks, count, err);
	/* The connection knows the queries by their addresses: it goes first.
	 */
	sl_db_close(db);
	free_checks(checks, count);
	return status;
}

static enum sl_status
run_check(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Invariant", SL_COLUMN_TEXT},
	    {"broken", "Broken rows", SL_COLUMN_COUNT},
	    {0},
	};
	struct sl_db *db;
	json_t *results = NULL;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = ctl_run_checks(&results, run, db, err);
	if ((status == SL_OK || status == SL_ERR_INTEGRITY) &&
	    ctl_print_rows(
	        run, columns, json_incref(results), "no checks", NULL) != SL_OK)
		status = SL_ERR_NOMEM;
	json_decref(results);
	return ctl_judge(run, "sluice_auditor", status, err);
}

static const struct sl_option check_options[] = {CTL_SQL_DIR_OPTION, {0}};

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
