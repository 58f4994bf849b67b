/* request list|show|approve|reject: what customers ask for. */
#include "sluice/store/request.h"

#include <string.h>

#include "change.h"
#include "commands.h"

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const char *status = sl_run_text(run, "status");

	(void)ctx;
	if (sl_run_flag(run, "all"))
		status = NULL;
	else if (status == NULL)
		status = "open";
	return sl_store_request_list(out, db, status, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"id", "Request", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"kind", "For", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"created", "Asked", SL_COLUMN_TEXT},
	    {"purpose", "Purpose", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no requests wait", err);
}

static enum sl_status
show(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_request_show(out, db, sl_run_arg(run, 0), err);
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"id", "Request", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"contact", "Contact", SL_COLUMN_TEXT},
	    {"kind", "For", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"purpose", "Purpose", SL_COLUMN_TEXT},
	    {"message", "Message", SL_COLUMN_TEXT},
	    {"created", "Asked", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"answer", "Answer", SL_COLUMN_TEXT},
	    {"decided", "Decided", SL_COLUMN_TEXT},
	    {"decided_by", "By", SL_COLUMN_TEXT},
	    {0},
	};
	enum sl_status status =
	    ctl_check_id(run, "request", sl_run_arg(run, 0), err);

	if (status != SL_OK)
		return status;
	return ctl_show(run, show, columns, err);
}

static enum sl_status
approve(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_request_approve(out, db, sl_run_arg(run, 0),
	    sl_run_text(run, "licence"), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_approve(struct sl_run *run, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	enum sl_status status = ctl_check_id(run, "request", id, err);

	if (status == SL_OK)
		status = ctl_check_id(
		    run, "licence", sl_run_text(run, "licence"), err);
	if (status != SL_OK)
		return status;
	return ctl_change_told(run, "request", id, approve, err);
}

static enum sl_status
reject(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_request_reject(
	    out, db, sl_run_arg(run, 0), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_reject(struct sl_run *run, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	enum sl_status status = ctl_check_id(run, "request", id, err);

	if (status != SL_OK)
		return status;
	return ctl_change_told(run, "request", id, reject, err);
}

static const struct sl_option list_options[] = {
    {.name = "status",
        .kind = SL_VALUE_TEXT,
        .argument = "STATUS",
        .help = "open (as without it), approved or rejected"},
    {.name = "all", .help = "whatever their status"},
    {0},
};

static const struct sl_option approve_options[] = {
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .help = "the licence that was granted for it; not needed for a "
                "collection"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_request_list = {
    .name = "request list",
    .summary = "list what customers ask for",
    .options = list_options,
    .run = run_list,
};

const struct sl_command ctl_request_show = {
    .name = "request show",
    .summary = "show a request",
    .arguments = "REQUEST",
    .args_min = 1,
    .args_max = 1,
    .run = run_show,
};

const struct sl_command ctl_request_approve = {
    .name = "request approve",
    .summary = "answer a request with a licence",
    .arguments = "REQUEST",
    .args_min = 1,
    .args_max = 1,
    .options = approve_options,
    .details = "Grant the licence first, then name it here.  The reason is "
               "what the customer reads.",
    .run = run_approve,
};

const struct sl_command ctl_request_reject = {
    .name = "request reject",
    .summary = "answer a request with no",
    .arguments = "REQUEST",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .details = "The reason is what the customer reads.",
    .run = run_reject,
};
