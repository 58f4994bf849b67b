/* server status|sessions|kick, setting list|set. */
#include <stdio.h>

#include "commands.h"
#include "ctl.h"
#include "sluice/db/db.h"
#include "sluice/store/lease.h"
#include "sluice/store/setting.h"

static enum sl_status
run_status(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"migration", "Schema", SL_COLUMN_COUNT},
	    {"postgresql", "PostgreSQL", SL_COLUMN_TEXT},
	    {"fsync", "fsync", SL_COLUMN_TEXT},
	    {"synchronous_commit", "synchronous_commit", SL_COLUMN_TEXT},
	    {"datasets", "Datasets", SL_COLUMN_COUNT},
	    {"batches", "Batches", SL_COLUMN_COUNT},
	    {"open_publications", "Open publications", SL_COLUMN_COUNT},
	    {"customers", "Customers", SL_COLUMN_COUNT},
	    {"licences", "Active licences", SL_COLUMN_COUNT},
	    {"deliveries", "Deliveries now", SL_COLUMN_COUNT},
	    {0},
	};
	struct sl_db *db;
	json_t *object;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_status(&object, db, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	sl_table_show(run, columns, object);
	json_decref(object);
	return SL_OK;
}

static enum sl_status
run_sessions(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"delivery", "Delivery", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"kind", "Kind", SL_COLUMN_TEXT},
	    {"peer", "From", SL_COLUMN_TEXT},
	    {"worker", "Worker", SL_COLUMN_TEXT},
	    {"started", "Since", SL_COLUMN_TEXT},
	    {"wire_bytes", "Sent", SL_COLUMN_BYTES},
	    {"state", "State", SL_COLUMN_TEXT},
	    {0},
	};
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_session_list(&rows, db, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "nothing is delivered", err);
}

static enum sl_status
run_kick(struct sl_run *run, struct sl_error *err)
{
	const char *what = sl_run_arg(run, 0);
	struct sl_db *db;
	json_t *kicked = NULL;
	char to[64];
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status != SL_OK)
		return status;
	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	if (sl_run_flag(run, "dry-run"))
		kicked = json_pack("{s:s}", "name", what);
	else
		status = sl_store_session_kick(
		    &kicked, db, what, sl_run_text(run, "reason"), err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	snprintf(to, sizeof(to), "ended (%d)",
	    (int)json_integer_value(json_object_get(kicked, "kicked")));
	ctl_told_change(run, what, "delivering",
	    sl_run_flag(run, "dry-run") ? "ended" : to, kicked);
	return SL_OK;
}

static enum sl_status
run_settings(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Setting", SL_COLUMN_TEXT},
	    {"value", "Value", SL_COLUMN_TEXT},
	    {"summary", "Meaning", SL_COLUMN_TEXT},
	    {0},
	};
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_setting_list(&rows, db, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "no settings", err);
}

static enum sl_status
set_setting(struct sl_run *run, struct sl_db *db, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	const char *value = sl_run_arg(run, 1);
	char from[64];
	json_t *rows;
	json_t *before;
	json_t *after = NULL;
	enum sl_status status = sl_store_setting_list(&rows, db, err);

	if (status != SL_OK)
		return status;
	before = ctl_find(rows, "name", name);
	snprintf(from, sizeof(from), "%s",
	    before == NULL ? "" : ctl_text(before, "value"));
	if (before == NULL)
		status = sl_error_code(err, SL_ERR_NOT_FOUND,
		    "setting_not_found", "there is no setting %s", name);
	else if (sl_run_flag(run, "dry-run"))
		after = json_incref(before);
	else
		status = sl_store_setting_set(
		    &after, db, name, value, sl_run_text(run, "reason"), err);
	json_decref(rows);
	if (status != SL_OK)
		return status;
	ctl_told_change(run, name, from, value, after);
	return SL_OK;
}

static enum sl_status
run_set(struct sl_run *run, struct sl_error *err)
{
	struct sl_db *db = NULL;
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status == SL_OK)
		status = set_setting(run, db, err);
	sl_db_close(db);
	return status;
}

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_server_status = {
    .name = "server status",
    .summary = "how much there is, and what is going on",
    .run = run_status,
};

const struct sl_command ctl_server_sessions = {
    .name = "server sessions",
    .summary = "list running deliveries",
    .run = run_sessions,
};

const struct sl_command ctl_server_kick = {
    .name = "server kick",
    .summary = "end deliveries: one, a customer's or a licence's",
    .arguments = "DELIVERY|CUSTOMER|LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .details = "The customer's program may ask again at once.  To keep it "
               "out, suspend the licence or revoke the token: both end what "
               "is delivered, too.",
    .run = run_kick,
};

const struct sl_command ctl_setting_list = {
    .name = "setting list",
    .summary = "list the limits that the database keeps",
    .run = run_settings,
};

const struct sl_command ctl_setting_set = {
    .name = "setting set",
    .summary = "change one of them",
    .arguments = "NAME VALUE",
    .args_min = 2,
    .args_max = 2,
    .options = change_options,
    .run = run_set,
};
