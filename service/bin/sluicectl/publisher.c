/* publisher add|list|login add|login remove. */
#include "sluice/store/publisher.h"

#include "change.h"
#include "commands.h"

static enum sl_status
add(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_publisher_add(out, db, sl_run_arg(run, 0),
	    sl_run_text(run, "title"), sl_run_text(run, "login"),
	    sl_run_text(run, "reason"), err);
}

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	enum sl_status status = ctl_check_name(run, "publisher", name, err);

	if (status != SL_OK)
		return status;
	return ctl_change_told(run, "publisher", name, add, err);
}

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_publisher_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Publisher", SL_COLUMN_TEXT},
	    {"login", "Login", SL_COLUMN_TEXT},
	    {"datasets", "Datasets", SL_COLUMN_COUNT},
	    {"keys", "Keys", SL_COLUMN_TEXT},
	    {"title", "Title", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no publishers", err);
}

static enum sl_status
login_add(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_publisher_login_add(out, db, sl_run_arg(run, 0),
	    sl_run_arg(run, 1), sl_run_text(run, "site"),
	    sl_run_text(run, "reason"), err);
}

static enum sl_status
run_login_add(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(
	    run, "publisher", sl_run_arg(run, 0), login_add, err);
}

static enum sl_status
login_remove(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_publisher_login_remove(out, db, sl_run_arg(run, 0),
	    sl_run_arg(run, 1), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_login_remove(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(
	    run, "publisher", sl_run_arg(run, 0), login_remove, err);
}

static const struct sl_option add_options[] = {
    {.name = "login",
        .kind = SL_VALUE_TEXT,
        .argument = "ROLE",
        .is_required = true,
        .help = "its login in PostgreSQL, a member of sluice_publisher"},
    {.name = "title",
        .kind = SL_VALUE_TEXT,
        .argument = "TEXT",
        .help = "what people call it"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option login_options[] = {
    {.name = "site",
        .kind = SL_VALUE_TEXT,
        .argument = "SITE",
        .help = "the site that publishes by it"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_publisher_add = {
    .name = "publisher add",
    .summary = "let an organisation publish",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = add_options,
    .run = run_add,
};

const struct sl_command ctl_publisher_list = {
    .name = "publisher list",
    .summary = "list publishers, their logins and keys",
    .run = run_list,
};

const struct sl_command ctl_publisher_login_add = {
    .name = "publisher login add",
    .summary = "one more login of a publisher, for a person or a site",
    .arguments = "PUBLISHER ROLE",
    .args_min = 2,
    .args_max = 2,
    .options = login_options,
    .run = run_login_add,
};

const struct sl_command ctl_publisher_login_remove = {
    .name = "publisher login remove",
    .summary = "take a login from a publisher",
    .arguments = "PUBLISHER ROLE",
    .args_min = 2,
    .args_max = 2,
    .options = change_options,
    .run = run_login_remove,
};
