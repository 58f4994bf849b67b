/* server status|sessions|kick, setting list|set. */
#include "change.h"
#include "commands.h"
#include "sluice/store/lease.h"
#include "sluice/store/setting.h"

static enum sl_status
status_of(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_status(out, db, err);
}

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

	return ctl_show(run, status_of, columns, err);
}

static enum sl_status
sessions(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_session_list(out, db, err);
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

	return ctl_list(run, sessions, columns, "nothing is delivered", err);
}

static enum sl_status
kick(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_session_kick(
	    out, db, sl_run_arg(run, 0), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_kick(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(
	    run, "sessions of", sl_run_arg(run, 0), kick, err);
}

/* ---- settings ---- */

static enum sl_status
settings(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_setting_list(out, db, err);
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

	return ctl_list(run, settings, columns, "no settings", err);
}

static enum sl_status
set(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_setting_set(out, db, sl_run_arg(run, 0),
	    sl_run_arg(run, 1), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_set(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(run, "setting", sl_run_arg(run, 0), set, err);
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
               "out, suspend the\nlicence or revoke the token: both end what "
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
