/* customer add|list|show. */
#include "sluice/store/customer.h"

#include "commands.h"
#include "ctl.h"
#include "sluice/db/db.h"

static enum sl_status
add_dry(json_t **out, struct sl_db *db, const char *name, struct sl_error *err)
{
	json_t *rows;
	enum sl_status status = sl_store_customer_list(&rows, db, err);

	*out = NULL;
	if (status != SL_OK)
		return status;
	if (ctl_find(rows, "name", name) != NULL)
		status = sl_error_code(err, SL_ERR_EXISTS, "customer_exists",
		    "there is a customer %s already", name);
	else
		*out = json_pack("{s:s}", "name", name);
	json_decref(rows);
	return status;
}

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	struct sl_db *db = NULL;
	json_t *made = NULL;
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status == SL_OK)
		status = ctl_check_name(run, "customer", name, err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	if (sl_run_flag(run, "dry-run"))
		status = add_dry(&made, db, name, err);
	else
		status = sl_store_customer_add(&made, db, name,
		    sl_run_text(run, "title"), sl_run_text(run, "contact"),
		    sl_run_text(run, "reason"), err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	ctl_told_change(run, name, "(none)", "customer", made);
	return SL_OK;
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
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_customer_list(&rows, db, err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "no customers", err);
}

static const struct sl_column show_columns[] = {
    {"name", "Customer", SL_COLUMN_TEXT},
    {"title", "Title", SL_COLUMN_TEXT},
    {"contact", "Contact", SL_COLUMN_TEXT},
    {"status", "Status", SL_COLUMN_TEXT},
    {"created", "Since", SL_COLUMN_TEXT},
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
	struct sl_db *db;
	json_t *customer;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_customer_show(&customer, db, sl_run_arg(run, 0), err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	sl_table_show(run, show_columns, customer);
	if (!sl_run_is_json(run)) {
		sl_run_print(run, "%s", "");
		status = ctl_print_rows(run, licence_columns,
		    json_incref(json_object_get(customer, "licences")),
		    "no licences", err);
		sl_run_print(run, "%s", "");
		if (status == SL_OK)
			status = ctl_print_rows(run, token_columns,
			    json_incref(json_object_get(customer, "tokens")),
			    "no tokens", err);
	}
	json_decref(customer);
	return status;
}

static const struct sl_option add_options[] = {
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

const struct sl_command ctl_customer_add = {
    .name = "customer add",
    .summary = "make a customer known",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = add_options,
    .run = run_add,
};

const struct sl_command ctl_customer_list = {
    .name = "customer list",
    .summary = "list customers",
    .run = run_list,
};

const struct sl_command ctl_customer_show = {
    .name = "customer show",
    .summary = "show a customer with licences and tokens",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .run = run_show,
};
