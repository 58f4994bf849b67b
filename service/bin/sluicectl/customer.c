/* customer add|list|show|set|rename|disable|enable. */
#include "sluice/store/customer.h"

#include "change.h"
#include "commands.h"

static enum sl_status
add(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_customer_add(out, db, sl_run_arg(run, 0),
	    sl_run_text(run, "title"), sl_run_text(run, "contact"),
	    sl_run_text(run, "reason"), err);
}

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	enum sl_status status = ctl_check_name(run, "customer", name, err);

	if (status != SL_OK)
		return status;
	return ctl_change_told(run, "customer", name, add, err);
}

static enum sl_status
set(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_customer_change change = {
	    .customer = sl_run_arg(run, 0),
	    .title = sl_run_text(run, "title"),
	    .contact = sl_run_text(run, "contact"),
	    .reason = sl_run_text(run, "reason"),
	};

	(void)ctx;
	return sl_store_customer_set(out, db, &change, err);
}

static enum sl_status
run_set(struct sl_run *run, struct sl_error *err)
{
	if (!sl_run_has(run, "title") && !sl_run_has(run, "contact"))
		return sl_run_usage(
		    run, err, "nothing to set: give --title or --contact");
	return ctl_change_told(run, "customer", sl_run_arg(run, 0), set, err);
}

static enum sl_status
rename_to(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_customer_change change = {
	    .customer = sl_run_arg(run, 0),
	    .name = sl_run_arg(run, 1),
	    .reason = sl_run_text(run, "reason"),
	};

	(void)ctx;
	return sl_store_customer_set(out, db, &change, err);
}

static enum sl_status
run_rename(struct sl_run *run, struct sl_error *err)
{
	enum sl_status status =
	    ctl_check_name(run, "customer", sl_run_arg(run, 1), err);

	if (status != SL_OK)
		return status;
	return ctl_change_told(
	    run, "customer", sl_run_arg(run, 0), rename_to, err);
}

static enum sl_status
disable(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_customer_set_status(out, db, sl_run_arg(run, 0),
	    "disabled", sl_run_text(run, "reason"), err);
}

static enum sl_status
run_disable(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(
	    run, "customer", sl_run_arg(run, 0), disable, err);
}

static enum sl_status
enable(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_customer_set_status(out, db, sl_run_arg(run, 0),
	    "active", sl_run_text(run, "reason"), err);
}

static enum sl_status
run_enable(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(
	    run, "customer", sl_run_arg(run, 0), enable, err);
}

/* ---- reading ---- */

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_customer_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Customer", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"licences", "Licences", SL_COLUMN_COUNT},
	    {"tokens", "Tokens", SL_COLUMN_COUNT},
	    {"created", "Since", SL_COLUMN_TEXT},
	    {"title", "Title", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no customers", err);
}

static enum sl_status
show(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_customer_show(out, db, sl_run_arg(run, 0), err);
}

static const struct sl_column show_columns[] = {
    {"name", "Customer", SL_COLUMN_TEXT},
    {"title", "Title", SL_COLUMN_TEXT},
    {"contact", "Contact", SL_COLUMN_TEXT},
    {"status", "Status", SL_COLUMN_TEXT},
    {"created", "Since", SL_COLUMN_TEXT},
    {0},
};

static const struct sl_column agreement_columns[] = {
    {"name", "Agreement", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"until", "Until", SL_COLUMN_TEXT},
    {"currency", "Currency", SL_COLUMN_TEXT},
    {0},
};

static const struct sl_column licence_columns[] = {
    {"id", "Licence", SL_COLUMN_TEXT},
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"valid_until", "Until", SL_COLUMN_TEXT},
    {"used.episodes", "Episodes used", SL_COLUMN_COUNT},
    {0},
};

static const struct sl_column token_columns[] = {
    {"id", "Token", SL_COLUMN_TEXT},
    {"name", "Name", SL_COLUMN_TEXT},
    {"tail", "Ends in", SL_COLUMN_TEXT},
    {"status", "Status", SL_COLUMN_TEXT},
    {"expires", "Expires", SL_COLUMN_TEXT},
    {0},
};

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	json_t *customer;
	enum sl_status status = ctl_ask(&customer, run, show, NULL, err);

	if (status != SL_OK)
		return status;
	sl_table_show(run, show_columns, customer);
	status = ctl_print_part(
	    run, agreement_columns, customer, "agreements", "no agreements");
	if (status == SL_OK)
		status = ctl_print_part(
		    run, licence_columns, customer, "licences", "no licences");
	if (status == SL_OK)
		status = ctl_print_part(
		    run, token_columns, customer, "tokens", "no tokens");
	json_decref(customer);
	return status;
}

/* ---- the commands ---- */

static const struct sl_option set_options[] = {
    {.name = "title",
        .kind = SL_VALUE_TEXT,
        .argument = "TEXT",
        .help = "what people call it"},
    {.name = "contact",
        .kind = SL_VALUE_TEXT,
        .argument = "TEXT",
        .help = "whom to write to"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_customer_add = {
    .name = "customer add",
    .summary = "make a customer known",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = set_options,
    .run = run_add,
};

const struct sl_command ctl_customer_list = {
    .name = "customer list",
    .summary = "list customers",
    .run = run_list,
};

const struct sl_command ctl_customer_show = {
    .name = "customer show",
    .summary = "show a customer with agreements, licences and tokens",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .run = run_show,
};

const struct sl_command ctl_customer_set = {
    .name = "customer set",
    .summary = "change a customer's title or contact",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = set_options,
    .run = run_set,
};

const struct sl_command ctl_customer_rename = {
    .name = "customer rename",
    .summary = "give a customer another name; licences and tokens stay",
    .arguments = "NAME NEW-NAME",
    .args_min = 2,
    .args_max = 2,
    .options = change_options,
    .run = run_rename,
};

const struct sl_command ctl_customer_disable = {
    .name = "customer disable",
    .summary = "refuse a customer's tokens and end what is delivered",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_disable,
};

const struct sl_command ctl_customer_enable = {
    .name = "customer enable",
    .summary = "let a disabled customer in again",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_enable,
};
