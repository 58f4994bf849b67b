/* audit log|verify. */
#include "sluice/store/audit.h"

#include "commands.h"
#include "ctl.h"
#include "terms_options.h"

#define AUDIT_MAX 100000

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const struct sl_audit_search search = {
	    .since_us = sl_run_time(run, "since", 0),
	    .until_us = sl_run_time(run, "until", 0),
	    .actor = sl_run_text(run, "actor"),
	    .action = sl_run_text(run, "action"),
	    .customer = sl_run_text(run, "customer"),
	    .limit = (uint32_t)sl_run_number(run, "limit", 100),
	};

	(void)ctx;
	return sl_store_audit_list(out, db, &search, err);
}

static enum sl_status
run_log(struct sl_run *run, struct sl_error *err)
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

	if (limit < 1 || limit > AUDIT_MAX)
		return sl_run_usage(
		    run, err, "--limit is from 1 to %d", AUDIT_MAX);
	return ctl_list(run, list, columns, "nothing was done", err);
}

static enum sl_status
verify(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_audit_verify(out, db, err);
}

static enum sl_status
run_verify(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"rows", "Rows", SL_COLUMN_COUNT},
	    {"whole", "Whole", SL_COLUMN_TEXT},
	    {"broken", "First broken row", SL_COLUMN_COUNT},
	    {"head", "Head", SL_COLUMN_TEXT},
	    {0},
	};
	json_t *object;
	long long broken;
	bool is_whole;
	enum sl_status status = ctl_ask(&object, run, verify, NULL, err);

	if (status != SL_OK)
		return status;
	sl_table_show(run, columns, object);
	is_whole = json_is_true(json_object_get(object, "whole"));
	broken = json_integer_value(json_object_get(object, "broken"));
	json_decref(object);
	if (is_whole)
		return SL_OK;
	return sl_error_code(err, SL_ERR_INTEGRITY, "audit_broken",
	    "row %lld of the audit log is not what was written", broken);
}

static const struct sl_option log_options[] = {
    {.name = "limit",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "the newest N; default 100"},
    {.name = "since",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "at this time or later"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "before this time"},
    CTL_TEXT_OPTION("actor", "LOGIN", "what this login did"),
    CTL_TEXT_OPTION("action", "ACTION",
        "as the log calls it: licence_grant, token_revoke, ..."),
    CTL_TEXT_OPTION("customer", "NAME",
        "what concerns a customer: itself, its agreements, licences, keys, "
        "tokens, activations, receipts and requests"),
    {0},
};

const struct sl_command ctl_audit_log = {
    .name = "audit log",
    .summary = "who did what, and why, newest first",
    .options = log_options,
    .run = run_log,
};

const struct sl_command ctl_audit_verify = {
    .name = "audit verify",
    .summary = "recompute the audit log's chain of hashes",
    .details = "Exit code 7 if a row was changed, taken out or put in.",
    .run = run_verify,
};
