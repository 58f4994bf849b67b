#include "ctl.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"
#include "sluice/command/exit.h"
#include "sluice/db/db.h"

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
ctl_connect(struct sl_db **out, struct sl_run *run, struct sl_error *err)
{
	const char *conninfo = sl_run_text(run, "db");
	const char *variable = sl_db_conninfo_env();
	enum sl_status status;

	*out = NULL;
	if (conninfo == NULL)
		conninfo = "";
	if (strcmp(conninfo, variable) != 0 &&
	    (strstr(conninfo, "password") != NULL ||
	        strstr(conninfo, "postgresql://") != NULL)) {
		sl_run_hint(
		    run, "use a password file (PGPASSFILE) or SLUICE_DB");
		return sl_run_usage(run, err,
		    "--db takes keywords and no password: everybody can read "
		    "a command line");
	}
	start_timeout(run);
	status = sl_db_connect(out, conninfo, err);
	if (status != SL_OK)
		sl_run_hint(run,
		    "is PostgreSQL running, and does --db, "
		    "SLUICE_DB or PGHOST point at it?");
	return status;
}

enum sl_status
ctl_check_reason(struct sl_run *run, struct sl_error *err)
{
	const char *reason = sl_run_text(run, "reason");

	if (reason[strspn(reason, " \t\r\n")] == '\0')
		return sl_run_usage(run, err, "--reason is empty");
	return SL_OK;
}

enum sl_status
ctl_check_name(struct sl_run *run, const char *what, const char *name,
    struct sl_error *err)
{
	if (sl_slug_is_valid(sl_slice_text(name)))
		return SL_OK;
	return sl_run_usage(run, err,
	    "'%.80s' is no name of a %s: lower-case letters, digits, dots, "
	    "hyphens and underscores",
	    name, what);
}

void
ctl_told_change(struct sl_run *run, const char *what, const char *from,
    const char *to, json_t *object)
{
	bool is_dry = sl_run_flag(run, "dry-run");

	if (is_dry && object != NULL)
		json_object_set_new(object, "dry_run", json_true());
	sl_run_print(run, "%s%s: %s -> %s", is_dry ? "would change " : "", what,
	    from, to);
	sl_run_json(run, object);
}

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
