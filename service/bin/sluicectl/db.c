/* db init|migrate: the schema. */
#include "sluice/db/db.h"

#include "checks.h"
#include "commands.h"
#include "ctl.h"
#include "sluice/crypto/token.h"
#include "sluice/db/migrations.h"

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
	if (report->warning[0] != '\0')
		sl_run_warn(run, "%s", report->warning);
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
		    &report, conninfo(run), ctl_sql_dir(run), err);
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

	status = sl_migrations_run(&report, conninfo(run), ctl_sql_dir(run),
	    sl_run_flag(run, "dry-run"), err);
	if (status != SL_OK)
		return status;
	tell_migrations(run, &report, sl_run_flag(run, "dry-run"));
	return SL_OK;
}

static const struct sl_option init_options[] = {
    CTL_SQL_DIR_OPTION,
    {.name = "pepper-file",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .env = "SLUICE_PEPPER_FILE",
        .help = "also make this secret, if it is not there"},
    {0},
};

static const struct sl_option migrate_options[] = {
    CTL_SQL_DIR_OPTION,
    {.name = "dry-run",
        .letter = 'n',
        .help = "say what would change, and change nothing"},
    {0},
};

const struct sl_command ctl_db_init = {
    .name = "db init",
    .summary = "make roles, schema and tables; may be repeated",
    .options = init_options,
    .details =
        "Needs a login that may create roles and schemas, and to let the "
        "owner end sessions that keep others waiting, a superuser.",
    .run = run_init,
};

const struct sl_command ctl_db_migrate = {
    .name = "db migrate",
    .summary = "bring the schema to the newest version",
    .options = migrate_options,
    .details =
        "It warns of rights that only 'db init' can give: that does the same, "
        "too.",
    .run = run_migrate,
};
