/* usage report|export|reconcile|receipts. */
#include "sluice/store/usage.h"

#include "change.h"
#include "commands.h"
#include "sluice/db/db.h"
#include "sluice/store/receipt.h"

static enum sl_status
report(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_usage_report(out, db, sl_run_text(run, "customer"),
	    sl_run_text(run, "dataset"), sl_run_text(run, "month"), err);
}

static enum sl_status
run_report(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"programme", "Programme", SL_COLUMN_TEXT},
	    {"month", "Month", SL_COLUMN_TEXT},
	    {"charges", "Charges", SL_COLUMN_COUNT},
	    {"episodes", "Episodes", SL_COLUMN_COUNT},
	    {"duration_s", "Time", SL_COLUMN_DURATION},
	    {"bytes", "Bytes", SL_COLUMN_BYTES},
	    {"currency", "Currency", SL_COLUMN_TEXT},
	    {"amount", "Amount", SL_COLUMN_COUNT},
	    {0},
	};
	enum sl_status status = ctl_check_month(run, err);

	if (status != SL_OK)
		return status;
	return ctl_list(run, report, columns, "nothing was charged", err);
}

/* ---- export: in a transaction, because it writes fees that are due ---- */

static enum sl_status
export_rows(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	enum sl_status status;

	(void)ctx;
	status = sl_db_begin(db, false, err);
	if (status == SL_OK)
		status =
		    sl_store_usage_export(out, db, sl_run_text(run, "month"),
		        sl_run_text(run, "customer"), err);
	if (status == SL_OK)
		status = sl_db_commit(db, err);
	return status;
}

static enum sl_status
run_export(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"month", "Month", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"customer_title", "Title", SL_COLUMN_TEXT},
	    {"agreement", "Agreement", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"programme", "Programme", SL_COLUMN_TEXT},
	    {"kind", "Kind", SL_COLUMN_TEXT},
	    {"episodes", "Episodes", SL_COLUMN_COUNT},
	    {"duration_ms", "Time", SL_COLUMN_MS},
	    {"bytes", "Bytes", SL_COLUMN_BYTES},
	    {"currency", "Currency", SL_COLUMN_TEXT},
	    {"amount_micro", "Exactly", SL_COLUMN_MONEY},
	    {"amount", "Amount", SL_COLUMN_COUNT},
	    {"first_row", "First row", SL_COLUMN_COUNT},
	    {"last_row", "Last row", SL_COLUMN_COUNT},
	    {0},
	};
	json_t *rows;
	enum sl_status status = ctl_check_month(run, err);

	if (status == SL_OK)
		status = ctl_ask_as(
		    &rows, run, "sluice_admin", export_rows, NULL, err);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "nothing to invoice", err);
}

/* ---- reconcile ---- */

static enum sl_status
reconcile(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_reconcile(out, db, err);
}

static enum sl_status
run_reconcile(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"agreement", "Agreement", SL_COLUMN_TEXT},
	    {"number", "Row", SL_COLUMN_COUNT},
	    {"trouble", "Trouble", SL_COLUMN_TEXT},
	    {0},
	};
	json_t *rows;
	size_t count;
	enum sl_status status = ctl_ask(&rows, run, reconcile, NULL, err);

	if (status != SL_OK)
		return status;
	count = json_array_size(rows);
	status = ctl_print_rows(run, columns, rows, "everything adds up", err);
	if (status == SL_OK && count > 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "ledger_broken",
		    "%zu things do not add up", count);
	return status;
}

/* ---- receipts ---- */

static enum sl_status
receipts(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_receipt_list(out, db, sl_run_text(run, "customer"),
	    sl_run_text(run, "licence"), err);
}

static enum sl_status
run_receipts(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"number", "No", SL_COLUMN_COUNT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"at", "At", SL_COLUMN_TEXT},
	    {"ledger.number", "Ledger row", SL_COLUMN_COUNT},
	    {"on_chain", "On the chain", SL_COLUMN_TEXT},
	    {0},
	};
	enum sl_status status =
	    ctl_check_id(run, "licence", sl_run_text(run, "licence"), err);

	if (status != SL_OK)
		return status;
	return ctl_list(run, receipts, columns, "no receipts", err);
}

/* ---- the commands ---- */

#define CUSTOMER_OPTION                                                        \
	{                                                                      \
		.name = "customer", .kind = SL_VALUE_TEXT, .argument = "NAME", \
		.help = "only of this customer"                                \
	}

static const struct sl_option report_options[] = {
    CUSTOMER_OPTION,
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

static const struct sl_option export_options[] = {
    CUSTOMER_OPTION,
    {.name = "month",
        .kind = SL_VALUE_TEXT,
        .argument = "YYYY-MM",
        .is_required = true,
        .help = "of this month (UTC)"},
    {0},
};

static const struct sl_option receipt_options[] = {
    CUSTOMER_OPTION,
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .help = "only of this licence"},
    {0},
};

const struct sl_command ctl_usage_report = {
    .name = "usage report",
    .summary = "what was charged, per licence and month",
    .options = report_options,
    .run = run_report,
};

const struct sl_command ctl_usage_export = {
    .name = "usage export",
    .summary = "what to invoice for a month, one row per licence and kind",
    .options = export_options,
    .details = "Monthly fees that are due are written first.  --csv gives "
               "what other\nprograms take.",
    .run = run_export,
};

const struct sl_command ctl_usage_reconcile = {
    .name = "usage reconcile",
    .summary = "recompute every ledger and total",
    .details = "Prints what does not add up, with exit code 7; nothing on a "
               "healthy system.",
    .run = run_reconcile,
};

const struct sl_command ctl_usage_receipts = {
    .name = "usage receipts",
    .summary = "list what customers signed about what they hold",
    .options = receipt_options,
    .run = run_receipts,
};
