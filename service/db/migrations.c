#include "sluice/db/migrations.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "sluice/base/buf.h"
#include "sluice/base/checked.h"
#include "sluice/base/file.h"

#define FILE_MAX    (1024 * 1024)
#define FILES_MAX   9999
#define NAME_DIGITS 4

/* Held by the session that migrates; given back with the connection. */
#define LOCK_SQL "SELECT pg_catalog.pg_advisory_lock(20835, 1)"

struct run {
	PGconn *pg;
	const char *sql_dir;
	struct dirent **files; /* NNNN_*.sql, sorted */
	int file_count;
	struct sl_error *err;
};

/* ---- files ---- */

static int
is_migration(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t len = strlen(name);

	return len > NAME_DIGITS + 5 &&
	    strspn(name, "0123456789") == NAME_DIGITS &&
	    name[NAME_DIGITS] == '_' && strcmp(name + len - 4, ".sql") == 0;
}

static unsigned
version_of(const char *name)
{
	char digits[NAME_DIGITS + 1] = {0};
	uint64_t version = 0;

	memcpy(digits, name, NAME_DIGITS);
	(void)sl_parse_u64(digits, FILES_MAX, &version);
	return (unsigned)version;
}

static enum sl_status
find_files(struct run *run)
{
	char path[PATH_MAX];
	int i;

	if (snprintf(path, sizeof(path), "%s/migrations", run->sql_dir) >=
	    (int)sizeof(path))
		return sl_error_set(run->err, SL_ERR_LIMIT, "path too long");
	run->file_count = scandir(path, &run->files, is_migration, alphasort);
	if (run->file_count < 0) {
		run->file_count = 0;
		return sl_error_errno(run->err, "%s", path);
	}
	for (i = 0; i < run->file_count; i++) {
		if (version_of(run->files[i]->d_name) != (unsigned)i + 1)
			return sl_error_set(run->err, SL_ERR_INTEGRITY,
			    "%s: migration %04d is missing", path, i + 1);
	}
	if (run->file_count == 0)
		return sl_error_set(run->err, SL_ERR_NOT_FOUND,
		    "%s: there are no migrations", path);
	return SL_OK;
}

static enum sl_status
read_sql(struct sl_buf *text, const struct run *run, const char *folder,
    const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s%s", run->sql_dir, folder,
	        name) >= (int)sizeof(path))
		return sl_error_set(run->err, SL_ERR_LIMIT, "path too long");
	return sl_file_read(text, path, run->err);
}

/* ---- statements ---- */

static enum sl_status
check_result(const struct run *run, PGresult *result)
{
	ExecStatusType state = PQresultStatus(result);
	enum sl_status status = SL_OK;

	if (state != PGRES_COMMAND_OK && state != PGRES_TUPLES_OK)
		status = sl_map_result(result, run->err);
	PQclear(result);
	return status;
}

static enum sl_status
run_sql(const struct run *run, const char *sql)
{
	return check_result(run, PQexec(run->pg, sql));
}

static enum sl_status
run_params(const struct run *run, const char *sql, const char *const *values,
    int count, PGresult **out)
{
	PGresult *result;
	enum sl_status status;

	result = PQexecParams(run->pg, sql, count, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		status = sl_map_result(result, run->err);
		PQclear(result);
		return status;
	}
	if (out == NULL)
		PQclear(result);
	else
		*out = result;
	return SL_OK;
}

/* ---- one migration ---- */

/* Whether the file was applied; one that has changed since is refused. */
static enum sl_status
is_applied(bool *out, const struct run *run, const char *name, const char *text)
{
	char version[16];
	const char *values[] = {version, text};
	PGresult *result = NULL;
	enum sl_status status;
	bool same;

	(void)snprintf(version, sizeof(version), "%u", version_of(name));
	status = run_params(run,
	    "SELECT v.sha256 = pg_catalog.sha256("
	    "pg_catalog.convert_to($2::text, 'UTF8')) "
	    "FROM sluice.schema_version AS v WHERE v.version = $1::int",
	    values, 2, &result);
	if (status != SL_OK)
		return status;
	*out = PQntuples(result) == 1;
	same = !*out || strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	PQclear(result);
	if (!same)
		return sl_error_code(run->err, SL_ERR_INTEGRITY,
		    "migration_changed",
		    "migration %s is not the one that was applied", name);
	return SL_OK;
}

static enum sl_status
record(const struct run *run, const char *name, const char *text)
{
	char version[16];
	const char *values[] = {version, name, text};

	(void)snprintf(version, sizeof(version), "%u", version_of(name));
	return run_params(run,
	    "INSERT INTO sluice.schema_version (version, name, sha256) "
	    "VALUES ($1::int, $2::text, pg_catalog.sha256("
	    "pg_catalog.convert_to($3::text, 'UTF8'))) RETURNING version",
	    values, 3, NULL);
}

static enum sl_status
apply(const struct run *run, const char *name, const char *text)
{
	enum sl_status status;

	status = run_sql(run, "BEGIN; SET LOCAL ROLE sluice_owner");
	if (status == SL_OK)
		status = run_sql(run, text);
	if (status == SL_OK)
		status = record(run, name, text);
	if (status == SL_OK)
		status = run_sql(run, "COMMIT");
	if (status == SL_OK)
		return SL_OK;
	PQclear(PQexec(run->pg, "ROLLBACK"));
	return sl_error_prefix(run->err, status, "%s", name);
}

static enum sl_status
step(struct sl_migration_report *report, const struct run *run,
    const char *name, bool dry_run)
{
	struct sl_buf text;
	enum sl_status status;
	bool applied = false;

	sl_buf_init(&text, FILE_MAX);
	status = read_sql(&text, run, "migrations/", name);
	if (status == SL_OK)
		status = is_applied(&applied, run, name, sl_buf_text(&text));
	if (status == SL_OK && !applied && !dry_run)
		status = apply(run, name, sl_buf_text(&text));
	sl_buf_clear(&text);
	if (status != SL_OK)
		return status;
	if (!applied && !dry_run)
		report->applied++;
	if (applied || !dry_run)
		report->version = version_of(name);
	return SL_OK;
}

/* ---- runs ---- */

static void
keep_warning(void *arg, const PGresult *result)
{
	struct sl_migration_report *report = arg;
	const char *severity =
	    PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *message =
	    PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (report->warning[0] == '\0' && severity != NULL && message != NULL &&
	    strcmp(severity, "WARNING") == 0)
		(void)snprintf(
		    report->warning, sizeof(report->warning), "%s", message);
}

static enum sl_status
connect_blocking(
    struct run *run, struct sl_migration_report *report, const char *conninfo)
{
	const char *names[] = {
	    "connect_timeout", "dbname", "client_encoding", NULL};
	const char *values[] = {"5", conninfo, "UTF8", NULL};

	run->pg = PQconnectdbParams(names, values, 1);
	if (run->pg == NULL || PQstatus(run->pg) != CONNECTION_OK)
		return sl_map_connection(run->pg, run->err);
	PQsetNoticeReceiver(run->pg, keep_warning, report);
	return run_sql(run, LOCK_SQL);
}

static enum sl_status
run_roles(const struct run *run)
{
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, FILE_MAX);
	status = read_sql(&text, run, "", "roles.sql");
	/* Several statements in one PQexec() are one transaction. */
	if (status == SL_OK)
		status = run_sql(run, sl_buf_text(&text));
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
check_schema(const struct run *run)
{
	PGresult *result = NULL;
	enum sl_status status;
	bool missing;

	status = run_params(run,
	    "SELECT pg_catalog.to_regclass('sluice.schema_version') IS NULL",
	    NULL, 0, &result);
	if (status != SL_OK)
		return status;
	missing = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	PQclear(result);
	if (missing)
		return sl_error_code(run->err, SL_ERR_STATE,
		    "database_not_initialised",
		    "the database has no schema sluice; run: sluicectl db "
		    "init");
	return SL_OK;
}

static enum sl_status
run_all(struct sl_migration_report *report, struct run *run,
    const char *conninfo, bool with_roles, bool dry_run)
{
	enum sl_status status;
	int i;

	status = find_files(run);
	if (status == SL_OK)
		status = connect_blocking(run, report, conninfo);
	if (status == SL_OK && with_roles)
		status = run_roles(run);
	if (status == SL_OK)
		status = check_schema(run);
	for (i = 0; i < run->file_count && status == SL_OK; i++)
		status = step(report, run, run->files[i]->d_name, dry_run);
	report->newest = (unsigned)run->file_count;
	return status;
}

static enum sl_status
migrate(struct sl_migration_report *out, const char *conninfo,
    const char *sql_dir, bool with_roles, bool dry_run, struct sl_error *err)
{
	struct sl_error unused = {0};
	struct run run = {
	    .sql_dir = sql_dir, .err = err == NULL ? &unused : err};
	enum sl_status status;
	int i;

	memset(out, 0, sizeof(*out));
	status = run_all(out, &run, conninfo, with_roles, dry_run);
	PQfinish(run.pg);
	for (i = 0; i < run.file_count; i++)
		free(run.files[i]);
	free(run.files);
	return status;
}

enum sl_status
sl_migrations_init(struct sl_migration_report *out, const char *conninfo,
    const char *sql_dir, struct sl_error *err)
{
	return migrate(out, conninfo, sql_dir, true, false, err);
}

enum sl_status
sl_migrations_run(struct sl_migration_report *out, const char *conninfo,
    const char *sql_dir, bool dry_run, struct sl_error *err)
{
	return migrate(out, conninfo, sql_dir, false, dry_run, err);
}
