/* licence list|show|suspend|reinstate|revoke. */
#include "sluice/store/licence_admin.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "sluice/base/uuid.h"
#include "sluice/db/db.h"

static enum sl_status
check_id(struct sl_run *run, const char *id, struct sl_error *err)
{
	struct sl_uuid uuid;

	if (sl_uuid_parse(&uuid, sl_slice_text(id)) == SL_OK)
		return SL_OK;
	return sl_run_usage(run, err,
	    "'%.80s' is no licence id; 'sluicectl licence list' shows them",
	    id);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"id", "Licence", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"effective", "Status", SL_COLUMN_CODE},
	    {"layers", "Layers", SL_COLUMN_TEXT},
	    {"valid_until", "Until", SL_COLUMN_TEXT},
	    {"used.episodes", "Episodes", SL_COLUMN_COUNT},
	    {"quota.episodes", "Quota", SL_COLUMN_COUNT},
	    {0},
	};
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_licence_list(&rows, db, sl_run_text(run, "customer"),
	    sl_run_text(run, "dataset"), err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "no licences", err);
}

static const struct sl_column show_columns[] = {
    {"id", "Licence", SL_COLUMN_TEXT},
    {"version", "Version", SL_COLUMN_COUNT},
    {"customer", "Customer", SL_COLUMN_TEXT},
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"layers", "Layers", SL_COLUMN_TEXT},
    {"where", "Filter", SL_COLUMN_TEXT},
    {"window.from", "From batch", SL_COLUMN_COUNT},
    {"window.until", "To batch", SL_COLUMN_COUNT},
    {"valid_from", "Valid from", SL_COLUMN_TEXT},
    {"valid_until", "Valid until", SL_COLUMN_TEXT},
    {"used.episodes", "Episodes used", SL_COLUMN_COUNT},
    {"quota.episodes", "Episodes allowed", SL_COLUMN_COUNT},
    {"used.duration_s", "Time used", SL_COLUMN_DURATION},
    {"quota.duration_s", "Time allowed", SL_COLUMN_DURATION},
    {"used.bytes", "Bytes used", SL_COLUMN_BYTES},
    {"quota.bytes", "Bytes allowed", SL_COLUMN_BYTES},
    {"used.ledger.number", "Ledger rows", SL_COLUMN_COUNT},
    {"used.ledger.head", "Ledger head", SL_COLUMN_TEXT},
    {0},
};

static const struct sl_column event_columns[] = {
    {"at", "When", SL_COLUMN_TEXT},
    {"status", "Status", SL_COLUMN_TEXT},
    {"actor", "By", SL_COLUMN_TEXT},
    {"reason", "Reason", SL_COLUMN_TEXT},
    {0},
};

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	struct sl_db *db = NULL;
	json_t *licence;
	enum sl_status status;

	status = check_id(run, id, err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_licence_show(&licence, db, id, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	sl_table_show(run, show_columns, licence);
	if (!sl_run_is_json(run)) {
		sl_run_print(run, "%s", "");
		status = ctl_print_rows(run, event_columns,
		    json_incref(json_object_get(licence, "events")),
		    "no events", err);
	}
	json_decref(licence);
	return status;
}

/* What may become what; revoked is final. */
static enum sl_status
check_move(
    const char *id, const char *from, const char *to, struct sl_error *err)
{
	if (strcmp(from, "revoked") == 0)
		return sl_error_code(err, SL_ERR_CONFLICT, "licence_revoked",
		    "licence %s is revoked already, and that is final", id);
	if (strcmp(from, to) == 0)
		return sl_error_code(err, SL_ERR_CONFLICT,
		    "licence_status_same", "licence %s is %s already", id, to);
	return SL_OK;
}

static enum sl_status
set_status(
    struct sl_run *run, struct sl_db *db, const char *to, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	char what[80];
	json_t *before = NULL;
	json_t *after = NULL;
	const char *from = "";
	enum sl_status status;

	status = sl_store_licence_show(&before, db, id, err);
	if (status == SL_OK) {
		from = ctl_text(before, "status");
		status = check_move(id, from, to, err);
	}
	if (status == SL_OK && sl_run_flag(run, "dry-run"))
		after = json_incref(before);
	else if (status == SL_OK)
		status = sl_store_licence_set_status(
		    &after, db, id, to, sl_run_text(run, "reason"), err);
	if (status == SL_OK) {
		snprintf(what, sizeof(what), "licence %s", id);
		ctl_told_change(run, what, from, to, after);
	}
	json_decref(before);
	return status;
}

static enum sl_status
run_set_status(struct sl_run *run, const char *to, struct sl_error *err)
{
	struct sl_db *db = NULL;
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status == SL_OK)
		status = check_id(run, sl_run_arg(run, 0), err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status == SL_OK)
		status = set_status(run, db, to, err);
	sl_db_close(db);
	return status;
}

static enum sl_status
run_suspend(struct sl_run *run, struct sl_error *err)
{
	return run_set_status(run, "suspended", err);
}

static enum sl_status
run_reinstate(struct sl_run *run, struct sl_error *err)
{
	return run_set_status(run, "active", err);
}

static enum sl_status
run_revoke(struct sl_run *run, struct sl_error *err)
{
	return run_set_status(run, "revoked", err);
}

static const struct sl_option list_options[] = {
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "only of this customer"},
    {.name = "dataset",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "only on this dataset"},
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_licence_list = {
    .name = "licence list",
    .summary = "list licences",
    .options = list_options,
    .run = run_list,
};

const struct sl_command ctl_licence_show = {
    .name = "licence show",
    .summary = "show a licence: terms, use, history",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .run = run_show,
};

const struct sl_command ctl_licence_suspend = {
    .name = "licence suspend",
    .summary = "stop deliveries until reinstated",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_suspend,
};

const struct sl_command ctl_licence_reinstate = {
    .name = "licence reinstate",
    .summary = "make a suspended licence active again",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_reinstate,
};

const struct sl_command ctl_licence_revoke = {
    .name = "licence revoke",
    .summary = "end a licence for good",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_revoke,
};
