#include "ctl.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "sluice/base/slice.h"
#include "sluice/command/exit.h"
#include "sluice/db/db.h"

/* ---- the connection ---- */

static void
on_alarm(int number)
{
	static const char words[] = "sluicectl: --timeout has passed\n";

	(void)number;
	/* Nothing is half done: each command is one transaction. */
	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		_exit(SL_EXIT_NETWORK);
	_exit(SL_EXIT_NETWORK);
}

static void
start_timeout(const struct sl_run *run)
{
	uint64_t ms = sl_run_timeout_ms(run, 0);
	struct itimerval timer = {
	    .it_value = {
	        .tv_sec = (time_t)(ms / 1000),
	        .tv_usec = (suseconds_t)(ms % 1000 * 1000),
	    }};

	if (ms == 0)
		return;
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &timer, NULL);
}

enum sl_status
ctl_conninfo(const char **out, struct sl_run *run, struct sl_error *err)
{
	const char *conninfo = sl_run_text(run, "db");

	*out = conninfo == NULL ? "" : conninfo;
	if (strcmp(*out, sl_db_conninfo_env()) != 0 &&
	    (strstr(*out, "password") != NULL ||
	        strstr(*out, "postgresql://") != NULL)) {
		sl_run_hint(
		    run, "use a password file (PGPASSFILE) or SLUICE_DB");
		return sl_run_usage(run, err,
		    "--db takes keywords and no password: everybody can read "
		    "a command line");
	}
	return SL_OK;
}

enum sl_status
ctl_connect(struct sl_db **out, struct sl_run *run, struct sl_error *err)
{
	const char *conninfo;
	enum sl_status status;

	*out = NULL;
	status = ctl_conninfo(&conninfo, run, err);
	if (status != SL_OK)
		return status;
	start_timeout(run);
	status = sl_db_connect(out, conninfo, err);
	if (status != SL_OK)
		sl_run_hint(run,
		    "is PostgreSQL running, and does --db, "
		    "SLUICE_DB or PGHOST point at it?");
	return status;
}

/* ---- questions ---- */

static bool
has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum sl_status
ctl_judge(struct sl_run *run, const char *role, enum sl_status status,
    struct sl_error *err)
{
	const char *code = err->code;

	if (status == SL_OK)
		return SL_OK;
	if (strcmp(code, "database_rights") == 0)
		sl_run_hint(run,
		    "that takes a login of the role %s: --db 'user=…', "
		    "SLUICE_DB or PGUSER says who logs in",
		    role);
	if (status == SL_ERR_INVALID &&
	    (has_prefix(code, "bad_") || has_prefix(code, "unknown_")))
		return sl_run_blame(run, status);
	if ((status == SL_ERR_STATE && !has_prefix(code, "database_")) ||
	    strcmp(code, "token_limit") == 0) {
		err->status = SL_ERR_CONFLICT;
		return SL_ERR_CONFLICT;
	}
	return status;
}

enum sl_status
ctl_ask_as(json_t **out, struct sl_run *run, const char *role, ctl_fn *fn,
    void *ctx, struct sl_error *err)
{
	struct sl_db *db;
	enum sl_status status;

	*out = NULL;
	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = fn(out, run, db, ctx, err);
	sl_db_close(db);
	return ctl_judge(run, role, status, err);
}

enum sl_status
ctl_ask(json_t **out, struct sl_run *run, ctl_fn *fn, void *ctx,
    struct sl_error *err)
{
	return ctl_ask_as(
	    out, run, "sluice_admin or sluice_auditor", fn, ctx, err);
}

enum sl_status
ctl_list(struct sl_run *run, ctl_fn *fn, const struct sl_column *columns,
    const char *none, struct sl_error *err)
{
	json_t *rows;
	enum sl_status status = ctl_ask(&rows, run, fn, NULL, err);

	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, none, err);
}

enum sl_status
ctl_show(struct sl_run *run, ctl_fn *fn, const struct sl_column *columns,
    struct sl_error *err)
{
	json_t *object;
	enum sl_status status = ctl_ask(&object, run, fn, NULL, err);

	if (status != SL_OK)
		return status;
	sl_table_show(run, columns, object);
	json_decref(object);
	return SL_OK;
}

/* ---- answers ---- */

enum sl_status
ctl_print_rows(struct sl_run *run, const struct sl_column *columns,
    json_t *rows, const char *none, struct sl_error *err)
{
	struct sl_table *table;
	enum sl_status status = sl_table_new(&table, columns);
	size_t i;
	json_t *row;

	if (status == SL_OK) {
		json_array_foreach (rows, i, row) {
			status = sl_table_add(table, json_incref(row));
			if (status != SL_OK)
				break;
		}
	}
	json_decref(rows);
	if (status == SL_OK)
		sl_table_print(table, run, none);
	else
		sl_error_set(err, status, "out of memory");
	sl_table_free(table);
	return status;
}

enum sl_status
ctl_print_part(struct sl_run *run, const struct sl_column *columns,
    const json_t *object, const char *key, const char *none)
{
	if (sl_run_is_json(run) || sl_run_is_csv(run))
		return SL_OK;
	sl_run_print(run, "%s", "");
	return ctl_print_rows(run, columns,
	    json_incref(json_object_get(object, key)), none, NULL);
}

const char *
ctl_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

json_t *
ctl_find(const json_t *rows, const char *key, const char *text)
{
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		if (strcmp(ctl_text(row, key), text) == 0)
			return row;
	}
	return NULL;
}
