/* licence list|show|suspend|reinstate|revoke. */
#include "sluice/store/licence_admin.h"

#include <stdio.h>

#include "change.h"
#include "commands.h"

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_licence_list(out, db, sl_run_text(run, "customer"),
	    sl_run_text(run, "dataset"), err);
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
	    {"use", "Use", SL_COLUMN_TEXT},
	    {"agreement", "Agreement", SL_COLUMN_TEXT},
	    {"valid_until", "Until", SL_COLUMN_TEXT},
	    {"used.episodes", "Episodes", SL_COLUMN_COUNT},
	    {"quota.episodes", "Quota", SL_COLUMN_COUNT},
	    {0},
	};

	return ctl_list(run, list, columns, "no licences", err);
}

static const struct sl_column show_columns[] = {
    {"id", "Licence", SL_COLUMN_TEXT},
    {"version", "Version", SL_COLUMN_COUNT},
    {"customer", "Customer", SL_COLUMN_TEXT},
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"agreement", "Agreement", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"class", "Class", SL_COLUMN_TEXT},
    {"programme", "Programme", SL_COLUMN_TEXT},
    {"use", "Use", SL_COLUMN_TEXT},
    {"terms.fields.allow", "Fields allowed", SL_COLUMN_TEXT},
    {"terms.fields.deny", "Fields denied", SL_COLUMN_TEXT},
    {"terms.territory.networks", "Networks", SL_COLUMN_TEXT},
    {"terms.territory.countries", "Countries", SL_COLUMN_TEXT},
    {"layers", "Layers", SL_COLUMN_TEXT},
    {"where", "Filter", SL_COLUMN_TEXT},
    {"window.from", "From batch", SL_COLUMN_COUNT},
    {"window.until", "To batch", SL_COLUMN_COUNT},
    {"valid_from", "Valid from", SL_COLUMN_TEXT},
    {"valid_until", "Valid until", SL_COLUMN_TEXT},
    {"terms.term.grace_s", "Grace", SL_COLUMN_DURATION},
    {"used.episodes", "Episodes used", SL_COLUMN_COUNT},
    {"quota.episodes", "Episodes allowed", SL_COLUMN_COUNT},
    {"used.duration_s", "Time used", SL_COLUMN_DURATION},
    {"quota.duration_s", "Time allowed", SL_COLUMN_DURATION},
    {"used.bytes", "Bytes used", SL_COLUMN_BYTES},
    {"quota.bytes", "Bytes allowed", SL_COLUMN_BYTES},
    {"quota.per", "Quota per", SL_COLUMN_TEXT},
    {"terms.quota.overage_percent", "Overage, %", SL_COLUMN_COUNT},
    {"price.per_episode", "Price an episode", SL_COLUMN_MONEY},
    {"price.per_hour", "Price an hour", SL_COLUMN_MONEY},
    {"price.per_month", "Price a month", SL_COLUMN_MONEY},
    {"price.included.episodes", "Episodes included", SL_COLUMN_COUNT},
    {"price.included.duration_ms", "Time included", SL_COLUMN_MS},
    {"price.cap", "Price at most", SL_COLUMN_MONEY},
    {"text.sha256", "Text", SL_COLUMN_TEXT},
    {"text.acceptance", "Acceptance", SL_COLUMN_TEXT},
    {"accepted", "Accepted", SL_COLUMN_TEXT},
    {"on_expiry.duty", "On expiry", SL_COLUMN_TEXT},
    {"on_expiry.due", "Due", SL_COLUMN_TEXT},
    {"on_expiry.certified", "Certified", SL_COLUMN_TEXT},
    {"used.ledger.number", "Ledger rows", SL_COLUMN_COUNT},
    {"used.ledger.head", "Ledger head", SL_COLUMN_TEXT},
    {0},
};

static const struct sl_column version_columns[] = {
    {"version", "Version", SL_COLUMN_COUNT},
    {"created", "Since", SL_COLUMN_TEXT},
    {"actor", "By", SL_COLUMN_TEXT},
    {"reason", "Reason", SL_COLUMN_TEXT},
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
show(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_licence_show(out, db, sl_run_arg(run, 0), err);
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	json_t *licence = NULL;
	enum sl_status status;

	status = ctl_check_id(run, "licence", sl_run_arg(run, 0), err);
	if (status == SL_OK)
		status = ctl_ask(&licence, run, show, NULL, err);
	if (status != SL_OK)
		return status;
	sl_table_show(run, show_columns, licence);
	status = ctl_print_part(
	    run, version_columns, licence, "versions", "no versions");
	if (status == SL_OK)
		status = ctl_print_part(
		    run, event_columns, licence, "events", "no events");
	json_decref(licence);
	return status;
}

/* ---- status ---- */

static enum sl_status
set_status(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	return sl_store_licence_set_status(
	    out, db, sl_run_arg(run, 0), ctx, sl_run_text(run, "reason"), err);
}

static enum sl_status
run_set_status(struct sl_run *run, const char *to, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	char word[16];
	json_t *licence = NULL;
	enum sl_status status = ctl_check_id(run, "licence", id, err);

	snprintf(word, sizeof(word), "%s", to);
	if (status == SL_OK)
		status = ctl_change(&licence, run, set_status, word, err);
	if (status != SL_OK)
		return status;
	return ctl_tell(run, "licence", id, licence, err);
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
    .summary = "show a licence: terms, use, versions, history",
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
    .summary = "end a licence for good; deliveries stop at the next chunk",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_revoke,
};
