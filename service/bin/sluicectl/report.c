/* usage report, audit log, dataset list: what was charged, done and sold. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "sluice/base/clock.h"
#include "sluice/db/db.h"
#include "sluice/store/audit.h"
#include "sluice/store/customer.h"
#include "sluice/store/dataset.h"
#include "sluice/store/licence.h"
#include "sluice/store/usage.h"

#define AUDIT_MAX 100000

/* "2026-11", with a month that exists. */
static bool
is_month(const char *text)
{
	char day[SL_TIME_TEXT_MAX];
	int64_t us;

	if (strlen(text) != strlen("2026-11"))
		return false;
	snprintf(day, sizeof(day), "%s-01T00:00:00Z", text);
	return sl_time_parse(&us, sl_slice_text(day)) == SL_OK;
}

static enum sl_status
run_usage(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"month", "Month", SL_COLUMN_TEXT},
	    {"charges", "Charges", SL_COLUMN_COUNT},
	    {"episodes", "Episodes", SL_COLUMN_COUNT},
	    {"duration_s", "Time", SL_COLUMN_DURATION},
	    {"bytes", "Bytes", SL_COLUMN_BYTES},
	    {0},
	};
	const char *month = sl_run_text(run, "month");
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	if (month != NULL && !is_month(month))
		return sl_run_usage(run, err,
		    "--month: '%.40s' is no month, such as 2026-11", month);
	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_usage_report(&rows, db, sl_run_text(run, "customer"),
	    sl_run_text(run, "dataset"), month, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "nothing was charged", err);
}

static enum sl_status
run_audit(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"number", "No", SL_COLUMN_COUNT},
	    {"at", "When", SL_COLUMN_TEXT},
	    {"actor", "Who", SL_COLUMN_TEXT},
	    {"action", "Did", SL_COLUMN_TEXT},
	    {"object", "To", SL_COLUMN_TEXT},
	    {"reason", "Why", SL_COLUMN_TEXT},
	    {0},
	};
	uint64_t limit = sl_run_number(run, "limit", 100);
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	if (limit < 1 || limit > AUDIT_MAX)
		return sl_run_usage(
		    run, err, "--limit is from 1 to %d", AUDIT_MAX);
	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_audit_list(&rows, db, (uint32_t)limit, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "nothing was done", err);
}

static enum sl_status
run_datasets(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Dataset", SL_COLUMN_TEXT},
	    {"kind", "Kind", SL_COLUMN_TEXT},
	    {"visibility", "Visibility", SL_COLUMN_TEXT},
	    {"publisher", "Publisher", SL_COLUMN_TEXT},
	    {"seq", "Batches", SL_COLUMN_COUNT},
	    {"episodes", "Episodes", SL_COLUMN_COUNT},
	    {"duration_s", "Time", SL_COLUMN_DURATION},
	    {"content_bytes", "Size", SL_COLUMN_BYTES},
	    {"updated", "Updated", SL_COLUMN_TEXT},
	    {0},
	};
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_dataset_list(&rows, db, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "no datasets", err);
}

static const struct sl_option usage_options[] = {
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "only of this customer"},
    {.name = "dataset",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "only on this dataset"},
    {.name = "month",
        .kind = SL_VALUE_TEXT,
        .argument = "YYYY-MM",
        .help = "only this month (UTC)"},
    {0},
};

static const struct sl_option audit_options[] = {
    {.name = "limit",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "the newest N; default 100"},
    {0},
};

const struct sl_command ctl_usage_report = {
    .name = "usage report",
    .summary = "what was charged, per licence and month",
    .options = usage_options,
    .run = run_usage,
};

const struct sl_command ctl_audit_log = {
    .name = "audit log",
    .summary = "who did what, and why, newest first",
    .options = audit_options,
    .run = run_audit,
};

const struct sl_command ctl_dataset_list = {
    .name = "dataset list",
    .summary = "list all datasets",
    .run = run_datasets,
};
