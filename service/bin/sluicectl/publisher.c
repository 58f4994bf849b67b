/* publisher add|list, key revoke. */
#include "sluice/store/publisher.h"
#include "commands.h"
#include "ctl.h"
#include "sluice/db/db.h"

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	const char *login = sl_run_text(run, "login");
	const char *title = sl_run_text(run, "title");
	struct sl_db *db = NULL;
	json_t *made = NULL;
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status == SL_OK)
		status = ctl_check_name(run, "publisher", name, err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	if (sl_run_flag(run, "dry-run")) {
		status = sl_store_publisher_list(&made, db, err);
		if (status == SL_OK && ctl_find(made, "name", name) != NULL)
			status = sl_error_code(err, SL_ERR_EXISTS,
			    "publisher_exists",
			    "there is a publisher %s already", name);
		json_decref(made);
		made = json_pack("{s:s,s:s}", "name", name, "login", login);
	} else {
		status = sl_store_publisher_add(&made, db, name, title, login,
		    sl_run_text(run, "reason"), err);
	}
	sl_db_close(db);
	if (status != SL_OK) {
		json_decref(made);
		return status;
	}
	ctl_told_change(run, name, "(none)", "publisher", made);
	return SL_OK;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Publisher", SL_COLUMN_TEXT},
	    {"login", "Login", SL_COLUMN_TEXT},
	    {"datasets", "Datasets", SL_COLUMN_COUNT},
	    {"keys", "Keys", SL_COLUMN_TEXT},
	    {"title", "Title", SL_COLUMN_TEXT},
	    {0},
	};
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_publisher_list(&rows, db, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "no publishers", err);
}

static enum sl_status
run_key_revoke(struct sl_run *run, struct sl_error *err)
{
	const char *key = sl_run_arg(run, 0);
	struct sl_db *db;
	json_t *revoked = NULL;
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status != SL_OK)
		return status;
	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	if (sl_run_flag(run, "dry-run"))
		revoked = json_pack("{s:s}", "name", key);
	else
		status = sl_store_key_revoke(
		    &revoked, db, key, sl_run_text(run, "reason"), err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	ctl_told_change(run, key, "active", "revoked", revoked);
	return SL_OK;
}

static const struct sl_option add_options[] = {
    {.name = "login",
        .kind = SL_VALUE_TEXT,
        .argument = "ROLE",
        .is_required = true,
        .help = "its login in PostgreSQL, a member of sluice_publisher"},
    {.name = "title",
        .kind = SL_VALUE_TEXT,
        .argument = "TEXT",
        .help = "what people call it"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_publisher_add = {
    .name = "publisher add",
    .summary = "let an organisation publish",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = add_options,
    .run = run_add,
};

const struct sl_command ctl_publisher_list = {
    .name = "publisher list",
    .summary = "list publishers and their keys",
    .run = run_list,
};

const struct sl_command ctl_key_revoke = {
    .name = "key revoke",
    .summary = "trust a publisher's key no more",
    .arguments = "PUBLIC-KEY",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_key_revoke,
};
