/* db login add|list|remove: PostgreSQL logins of people and programs. */
#include "change.h"
#include "commands.h"
#include "sluice/store/operator.h"

static enum sl_status
add(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_login_add(out, db, sl_run_arg(run, 0),
	    sl_run_text(run, "role"), sl_run_text(run, "reason"), err);
}

/* An admin who could make logins could make itself anything. */
static enum sl_status
change(struct sl_run *run, ctl_fn *fn, struct sl_error *err)
{
	json_t *object;
	enum sl_status status;

	status = ctl_change_as(&object, run,
	    "sluice_owner that may make roles, as for 'db init'", fn, NULL,
	    err);
	if (status != SL_OK)
		return status;
	return ctl_tell(run, "login", sl_run_arg(run, 0), object, err);
}

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	return change(run, add, err);
}

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_login_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Login", SL_COLUMN_TEXT},
	    {"roles", "Roles", SL_COLUMN_TEXT},
	    {"publisher", "Publisher", SL_COLUMN_TEXT},
	    {"expires", "Expires", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no logins", err);
}

static enum sl_status
remove_it(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_login_remove(
	    out, db, sl_run_arg(run, 0), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_remove(struct sl_run *run, struct sl_error *err)
{
	return change(run, remove_it, err);
}

static const struct sl_option add_options[] = {
    {.name = "role",
        .kind = SL_VALUE_TEXT,
        .argument = "ROLE",
        .is_required = true,
        .help = "server, admin, publisher, auditor, log or witness"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_db_login_add = {
    .name = "db login add",
    .summary = "make a login of PostgreSQL with a role, one for each person",
    .arguments = "LOGIN",
    .args_min = 1,
    .args_max = 1,
    .options = add_options,
    .details = "Needs a login as for 'db init'.  It has no password: "
               "let pg_hba.conf\nadmit it by peer or certificate, or set one "
               "by psql's \\password.",
    .run = run_add,
};

const struct sl_command ctl_db_login_list = {
    .name = "db login list",
    .summary = "list who may log in as what",
    .run = run_list,
};

const struct sl_command ctl_db_login_remove = {
    .name = "db login remove",
    .summary = "drop a login; what it did stays in the audit log",
    .arguments = "LOGIN",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_remove,
};
