/* witness add|remove|list: under which name a login may cosign. */
#include "sluice/store/witness.h"

#include "change.h"
#include "commands.h"

static enum sl_status
add(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_witness_login_add(out, db, sl_run_arg(run, 0),
	    sl_run_text(run, "login"), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(run, "witness", sl_run_arg(run, 0), add, err);
}

static enum sl_status
drop(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_witness_login_remove(
	    out, db, sl_run_arg(run, 0), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_remove(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(run, "login", sl_run_arg(run, 0), drop, err);
}

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_witness_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"witness", "Witness", SL_COLUMN_TEXT},
	    {"login", "Login", SL_COLUMN_TEXT},
	    {"in_trust", "In the trust file", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no witnesses", err);
}

static const struct sl_option add_options[] = {
    {.name = "login",
        .kind = SL_VALUE_TEXT,
        .argument = "ROLE",
        .is_required = true,
        .help = "its login in PostgreSQL, a member of sluice_witness"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_witness_add = {
    .name = "witness add",
    .summary = "let a login cosign under a witness's name",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = add_options,
    .details =
        "NAME is the witness's in the trust file.  A login has one name; "
        "another takes the place of the first.",
    .run = run_add,
};

const struct sl_command ctl_witness_remove = {
    .name = "witness remove",
    .summary = "let a login cosign no more",
    .arguments = "ROLE",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_remove,
};

const struct sl_command ctl_witness_list = {
    .name = "witness list",
    .summary = "list witnesses and their logins",
    .run = run_list,
};
