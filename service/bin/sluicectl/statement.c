/* usage statement|adjust: a signed month, and money back. */
#include "sluice/catalog/statement.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "commands.h"
#include "signed.h"
#include "sluice/base/file.h"
#include "sluice/db/db.h"
#include "sluice/store/usage.h"
#include "terms_options.h"

#define MS_PER_HOUR 3600000

/* ---- statement ---- */

struct work {
	struct ctl_signer signer;
	struct sl_buf text;
	char path[PATH_MAX];
};

static enum sl_status
build(struct work *work, struct sl_run *run, struct sl_db *db,
    struct sl_error *err)
{
	struct sl_statement statement;
	json_t *parts;
	enum sl_status status;

	status = sl_store_statement(
	    &parts, db, sl_run_arg(run, 0), sl_run_text(run, "month"), err);
	if (status != SL_OK)
		return status;
	sl_statement_init(&statement);
	status = sl_statement_build(&statement, parts, err);
	json_decref(parts);
	if (status == SL_OK) {
		status = sl_statement_format(&work->text, &statement);
		if (status != SL_OK)
			sl_error_set(err, status, "the statement is too long");
	}
	sl_statement_clear(&statement);
	return status;
}

static enum sl_status
write_statement(struct work *work, struct sl_run *run, struct sl_error *err)
{
	char comment[128];
	enum sl_status status;

	status = sl_file_make_dirs(sl_run_text(run, "out"), err);
	if (status != SL_OK)
		return status;
	snprintf(work->path, sizeof(work->path), "%s/%s-%s.json",
	    sl_run_text(run, "out"), sl_run_arg(run, 0),
	    sl_run_text(run, "month"));
	snprintf(comment, sizeof(comment), "sluice statement %s %s",
	    sl_run_arg(run, 0), sl_run_text(run, "month"));
	return ctl_write_signed(
	    &work->signer, work->path, sl_buf_slice(&work->text), comment, err);
}

/* Without --out it is a look only, and fees that are due are not written. */
static enum sl_status
statement(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	bool is_kept = sl_run_has(run, "out");
	struct work *work = ctx;
	enum sl_status status = SL_OK;

	if (is_kept)
		status = ctl_signer_check(&work->signer, db, err);
	if (status == SL_OK)
		status = sl_db_begin(db, false, err);
	if (status == SL_OK)
		status = build(work, run, db, err);
	if (status == SL_OK)
		status =
		    is_kept ? sl_db_commit(db, err) : sl_db_rollback(db, err);
	if (status == SL_OK && is_kept)
		status = write_statement(work, run, err);
	if (status != SL_OK)
		return status;
	*out =
	    json_loadb((const char *)work->text.data, work->text.len, 0, NULL);
	return *out == NULL ? sl_error_set(err, SL_ERR_NOMEM, "out of memory")
	                    : SL_OK;
}

static const struct sl_column line_columns[] = {
    {"kind", "Kind", SL_COLUMN_TEXT},
    {"programme", "Programme", SL_COLUMN_TEXT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"duration_ms", "Time", SL_COLUMN_MS},
    {"bytes", "Bytes", SL_COLUMN_BYTES},
    {"amount", "Amount", SL_COLUMN_COUNT},
    {0},
};

static enum sl_status
tell_statement(struct sl_run *run, const struct work *work, json_t *object,
    struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"agreement", "Agreement", SL_COLUMN_TEXT},
	    {"period.from", "From", SL_COLUMN_TEXT},
	    {"period.until", "Until", SL_COLUMN_TEXT},
	    {"closing.number", "Ledger row", SL_COLUMN_COUNT},
	    {"closing.head", "Ledger head", SL_COLUMN_TEXT},
	    {"total.amount", "Amount", SL_COLUMN_TEXT},
	    {"currency", "Currency", SL_COLUMN_TEXT},
	    {0},
	};
	enum sl_status status = SL_OK;

	if (sl_run_is_csv(run)) {
		status = ctl_print_rows(run, line_columns,
		    json_incref(json_object_get(object, "lines")), "", err);
	} else {
		sl_table_show(run, columns, object);
		status = ctl_print_part(
		    run, line_columns, object, "lines", "nothing was charged");
	}
	if (status == SL_OK && work->path[0] != '\0')
		sl_run_say(
		    run, "wrote %s and %s.minisig", work->path, work->path);
	else if (status == SL_OK)
		sl_run_say(run, "not signed, for looking at: give --out DIR");
	return status;
}

static enum sl_status
run_statement(struct sl_run *run, struct sl_error *err)
{
	struct work work = {.path = ""};
	json_t *object = NULL;
	enum sl_status status;

	sl_buf_init(&work.text, SL_STATEMENT_BYTES_MAX);
	status = ctl_check_id(run, "licence", sl_run_arg(run, 0), err);
	if (status == SL_OK)
		status = ctl_check_month(run, err);
	if (status == SL_OK && sl_run_has(run, "out"))
		status = ctl_signer_load(&work.signer, run, err);
	if (status == SL_OK)
		status = ctl_ask_as(
		    &object, run, "sluice_admin", statement, &work, err);
	if (status == SL_OK)
		status = tell_statement(run, &work, object, err);
	json_decref(object);
	ctl_signer_clear(&work.signer);
	sl_buf_clear(&work.text);
	return status;
}

/* ---- adjust ---- */

static enum sl_status
adjust(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	return sl_store_usage_adjust(out, db, ctx, err);
}

static enum sl_status
read_credit(struct sl_credit *credit, struct sl_run *run, struct sl_error *err)
{
	uint64_t hours_ms = 0;
	enum sl_status status;

	status = ctl_read_money(&credit->amount_micro, run, "amount", err);
	if (status == SL_OK)
		status =
		    ctl_read_limit(&credit->episodes, run, "episodes", 1, err);
	if (status == SL_OK)
		status =
		    ctl_read_limit(&hours_ms, run, "hours", MS_PER_HOUR, err);
	if (status == SL_OK)
		status = ctl_read_limit(&credit->bytes, run, "bytes", 1, err);
	if (status != SL_OK)
		return status;
	credit->duration_ms = hours_ms;
	if (credit->amount_micro == INT64_MAX)
		credit->amount_micro = 0; /* none: quota only */
	if (credit->episodes == SL_QUOTA_NONE || hours_ms == SL_QUOTA_NONE ||
	    credit->bytes == SL_QUOTA_NONE)
		return sl_run_usage(
		    run, err, "a credit of none is left out instead");
	credit->row = sl_run_number(run, "row", 0);
	if (sl_run_has(run, "row") &&
	    (credit->row == 0 || credit->row > INT64_MAX))
		return sl_run_usage(run, err, "--row is no row of a ledger");
	if (credit->row == 0 &&
	    (credit->reference == NULL ||
	        credit->amount_micro == SL_CREDIT_REST))
		return sl_run_usage(run, err,
		    "without --row a credit needs --amount and --reference");
	return SL_OK;
}

static enum sl_status
run_adjust(struct sl_run *run, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	struct sl_credit credit = {
	    .licence = id,
	    .amount_micro = SL_CREDIT_REST,
	    .restore_quota = sl_run_flag(run, "restore-quota"),
	    .reference = sl_run_text(run, "reference"),
	    .reason = sl_run_text(run, "reason"),
	};
	json_t *object = NULL;
	enum sl_status status = ctl_check_id(run, "licence", id, err);

	if (status == SL_OK)
		status = read_credit(&credit, run, err);
	if (status == SL_OK)
		status = ctl_change(&object, run, adjust, &credit, err);
	if (status != SL_OK)
		return status;
	return ctl_tell(run, "licence", id, object, err);
}

/* ---- the commands ---- */

static const struct sl_option statement_options[] = {
    {.name = "month",
        .kind = SL_VALUE_TEXT,
        .argument = "YYYY-MM",
        .is_required = true,
        .help = "of this month (UTC)"},
    CTL_TEXT_OPTION("out", "DIR",
        "write LICENCE-MONTH.json and its .minisig there; else only look"),
    CTL_BILLING_KEY_OPTION,
    {0},
};

static const struct sl_option adjust_options[] = {
    {.name = "row",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "the row of the ledger that it is for"},
    CTL_TEXT_OPTION("amount", "AMOUNT|none",
        "money back, such as 12.34; default all that is left of the row"),
    {.name = "restore-quota", .help = "give quota back, too"},
    CTL_TEXT_OPTION(
        "episodes", "N", "so many episodes of quota; default the row's"),
    CTL_TEXT_OPTION("hours", "N", "so many hours of quota"),
    CTL_TEXT_OPTION("bytes", "SIZE", "so many bytes of quota"),
    CTL_TEXT_OPTION("reference", "TEXT", "a ticket, on the statement"),
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_usage_statement = {
    .name = "usage statement",
    .summary = "a licence's month as a signed document",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = statement_options,
    .details = "The customer checks it by 'sluice usage verify'.  Monthly "
               "fees that are\ndue are written with --out.",
    .run = run_statement,
};

const struct sl_command ctl_usage_adjust = {
    .name = "usage adjust",
    .summary = "give money back, as a new row of the ledger",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = adjust_options,
    .details = "The same credit again changes nothing.",
    .run = run_adjust,
};
