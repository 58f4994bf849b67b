/* token list|revoke. */
#include "change.h"
#include "commands.h"
#include "sluice/store/token.h"

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	if (sl_run_flag(run, "activations"))
		return sl_store_activation_list(
		    out, db, sl_run_text(run, "customer"), err);
	return sl_store_token_list(out, db, sl_run_text(run, "customer"), err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"id", "Token", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"name", "Name", SL_COLUMN_TEXT},
	    {"tail", "Ends in", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"expires", "Expires", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {0},
	};
	static const struct sl_column activation_columns[] = {
	    {"id", "Activation", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"name", "Name", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"expires", "Expires", SL_COLUMN_TEXT},
	    {"token", "Token", SL_COLUMN_TEXT},
	    {0},
	};

	if (sl_run_flag(run, "activations"))
		return ctl_list(
		    run, list, activation_columns, "no activations", err);
	return ctl_list(run, list, columns, "no tokens", err);
}

static enum sl_status
revoke(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const char *all_of = sl_run_text(run, "all-of");
	const char *reason = sl_run_text(run, "reason");

	(void)ctx;
	if (all_of != NULL)
		return sl_store_token_revoke_all(out, db, all_of, reason, err);
	return sl_store_token_revoke(out, db, sl_run_arg(run, 0), reason, err);
}

static enum sl_status
run_revoke(struct sl_run *run, struct sl_error *err)
{
	const char *all_of = sl_run_text(run, "all-of");
	const char *id = sl_run_arg(run, 0);
	enum sl_status status;

	if ((id == NULL) == (all_of == NULL))
		return sl_run_usage(
		    run, err, "give a TOKEN, or --all-of CUSTOMER");
	status = ctl_check_id(run, "token", id, err);
	if (status != SL_OK)
		return status;
	if (all_of != NULL)
		return ctl_change_told(run, "tokens of", all_of, revoke, err);
	return ctl_change_told(run, "token", id, revoke, err);
}

static const struct sl_option list_options[] = {
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "only of this customer"},
    {.name = "activations", .help = "links to tokens instead"},
    {0},
};

static const struct sl_option revoke_options[] = {
    {.name = "all-of",
        .kind = SL_VALUE_TEXT,
        .argument = "CUSTOMER",
        .help = "every token and open link of a customer"},
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_token_list = {
    .name = "token list",
    .summary = "list tokens, by their last characters",
    .options = list_options,
    .run = run_list,
};

const struct sl_command ctl_token_revoke = {
    .name = "token revoke",
    .summary = "end a token and what it is delivering",
    .arguments = "[TOKEN]",
    .args_min = 0,
    .args_max = 1,
    .options = revoke_options,
    .run = run_revoke,
};
