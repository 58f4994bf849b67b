/* dataset list|hide|unhide|price|notice|notices|recall|releases. */
#include "sluice/store/dataset.h"

#include <string.h>

#include "change.h"
#include "commands.h"
#include "sluice/store/notice.h"
#include "sluice/store/release.h"
#include "terms_options.h"

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_dataset_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
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

	return ctl_list(run, list, columns, "no datasets", err);
}

/* ---- visibility ---- */

static enum sl_status
hide(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_dataset_set_visibility(out, db, sl_run_arg(run, 0),
	    "private", sl_run_text(run, "reason"), err);
}

static enum sl_status
run_hide(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(run, "dataset", sl_run_arg(run, 0), hide, err);
}

static enum sl_status
unhide(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const char *as = sl_run_text(run, "as");

	(void)ctx;
	return sl_store_dataset_set_visibility(out, db, sl_run_arg(run, 0),
	    as == NULL ? "listed" : as, sl_run_text(run, "reason"), err);
}

static enum sl_status
run_unhide(struct sl_run *run, struct sl_error *err)
{
	const char *as = sl_run_text(run, "as");

	if (as != NULL && strcmp(as, "listed") != 0 &&
	    strcmp(as, "public") != 0)
		return sl_run_usage(
		    run, err, "--as: '%.40s' is neither listed nor public", as);
	return ctl_change_told(run, "dataset", sl_run_arg(run, 0), unhide, err);
}

/* ---- price ---- */

static enum sl_status
price(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	return sl_store_price_set(
	    out, db, sl_run_arg(run, 0), ctx, sl_run_text(run, "reason"), err);
}

static enum sl_status
read_page_price(json_t **out, struct sl_run *run, struct sl_error *err)
{
	const char *currency = sl_run_text(run, "currency");
	struct sl_price wanted = {.cap = SL_PRICE_NO_CAP};
	bool has_price = false;
	uint32_t digits;
	enum sl_status status;

	*out = NULL;
	status = ctl_read_price(&wanted, &has_price, run, err);
	if (status != SL_OK)
		return status;
	if (!has_price && !sl_run_has(run, "price"))
		return sl_run_usage(run, err, "give a price, or --price none");
	if (!has_price)
		return SL_OK;
	if (currency == NULL ||
	    sl_currency_digits(&digits, sl_slice_text(currency)) != SL_OK)
		return sl_run_usage(run, err,
		    "--currency: a price needs a currency of ISO 4217, such "
		    "as EUR");
	*out = sl_price_to_json(&wanted);
	if (*out == NULL ||
	    json_object_set_new(*out, "currency", json_string(currency)) != 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return SL_OK;
}

static enum sl_status
run_price(struct sl_run *run, struct sl_error *err)
{
	json_t *wanted;
	json_t *object = NULL;
	enum sl_status status = read_page_price(&wanted, run, err);

	if (status == SL_OK)
		status = ctl_change(&object, run, price, wanted, err);
	json_decref(wanted);
	if (status != SL_OK)
		return status;
	return ctl_tell(run, "dataset", sl_run_arg(run, 0), object, err);
}

/* ---- notices ---- */

static enum sl_status
notice(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_notice_new added = {
	    .dataset = sl_run_arg(run, 0),
	    .kind = sl_run_text(run, "kind"),
	    .text = sl_run_text(run, "text"),
	    .at_us = sl_run_time(run, "at", 0),
	    .reason = sl_run_text(run, "reason"),
	};

	(void)ctx;
	if (sl_run_has(run, "remove"))
		return sl_store_notice_remove(out, db, added.dataset,
		    (int64_t)sl_run_number(run, "remove", 0), added.reason,
		    err);
	return sl_store_notice_add(out, db, &added, err);
}

static enum sl_status
run_notice(struct sl_run *run, struct sl_error *err)
{
	bool is_removal = sl_run_has(run, "remove");

	if (is_removal != (sl_run_text(run, "kind") == NULL) ||
	    is_removal != (sl_run_text(run, "text") == NULL) ||
	    (is_removal && sl_run_has(run, "at")))
		return sl_run_usage(
		    run, err, "give --kind and --text, or --remove NUMBER");
	if (sl_run_number(run, "remove", 0) > INT32_MAX)
		return sl_run_usage(run, err, "--remove is no notice");
	return ctl_change_told(
	    run, "notice on", sl_run_arg(run, 0), notice, err);
}

static enum sl_status
notices(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_notice_list(out, db, sl_run_arg(run, 0), err);
}

static enum sl_status
run_notices(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"number", "No", SL_COLUMN_COUNT},
	    {"kind", "Kind", SL_COLUMN_TEXT},
	    {"at", "At", SL_COLUMN_TEXT},
	    {"created", "Said", SL_COLUMN_TEXT},
	    {"text", "Text", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, notices, columns, "no notices", err);
}

/* ---- recall, releases ---- */

static enum sl_status
recall(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_recall(
	    out, db, sl_run_arg(run, 0), sl_run_arg(run, 1), err);
}

static enum sl_status
run_recall(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"episode", "Episode", SL_COLUMN_TEXT},
	    {"number", "Number", SL_COLUMN_COUNT},
	    {"retracted_seq", "Retracted by batch", SL_COLUMN_COUNT},
	    {"reason", "Reason", SL_COLUMN_TEXT},
	    {"erased", "Erased here", SL_COLUMN_TEXT},
	    {"confirmed", "Confirmed", SL_COLUMN_COUNT},
	    {"open", "Open", SL_COLUMN_COUNT},
	    {0},
	};
	static const struct sl_column holder_columns[] = {
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"confirmed.how", "Confirmed by", SL_COLUMN_TEXT},
	    {"confirmed.at", "At", SL_COLUMN_TEXT},
	    {"contact", "Contact", SL_COLUMN_TEXT},
	    {0},
	};
	json_t *object;
	enum sl_status status = ctl_ask(&object, run, recall, NULL, err);

	if (status != SL_OK)
		return status;
	if (sl_run_is_csv(run)) {
		status = ctl_print_rows(run, holder_columns,
		    json_incref(json_object_get(object, "holders")), "", err);
	} else {
		sl_table_show(run, columns, object);
		status = ctl_print_part(
		    run, holder_columns, object, "holders", "nobody holds it");
	}
	json_decref(object);
	return status;
}

static enum sl_status
releases(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_release_list(out, db, sl_run_arg(run, 0), err);
}

static enum sl_status
run_releases(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"seq", "Batch", SL_COLUMN_COUNT},
	    {"class", "Class", SL_COLUMN_TEXT},
	    {"at", "At", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(
	    run, releases, columns, "no batch waits for its time", err);
}

/* ---- the commands ---- */

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

static const struct sl_option unhide_options[] = {
    CTL_TEXT_OPTION("as", "listed|public", "who sees it; default listed"),
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option price_set_options[] = {
    CTL_TEXT_OPTION("currency", "CODE", "of the price, such as EUR"),
    CTL_PRICE_OPTIONS,
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option notice_options[] = {
    CTL_TEXT_OPTION("kind", "KIND", "delay, schema, deprecation or info"),
    CTL_TEXT_OPTION("text", "TEXT", "what people read"),
    {.name = "at",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it takes effect"},
    {.name = "remove",
        .kind = SL_VALUE_U64,
        .argument = "NUMBER",
        .help = "take this notice off the page"},
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_dataset_list = {
    .name = "dataset list",
    .summary = "list all datasets",
    .run = run_list,
};

const struct sl_command ctl_dataset_hide = {
    .name = "dataset hide",
    .summary = "show a dataset to its licensees only",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_hide,
};

const struct sl_command ctl_dataset_unhide = {
    .name = "dataset unhide",
    .summary = "show a dataset to everybody",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .options = unhide_options,
    .run = run_unhide,
};

const struct sl_command ctl_dataset_price = {
    .name = "dataset price",
    .summary = "set the price that a dataset's page shows",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .options = price_set_options,
    .details = "Licences have prices of their own: this one is for people.",
    .run = run_price,
};

const struct sl_command ctl_dataset_notice = {
    .name = "dataset notice",
    .summary = "tell a dataset's page and licensees of a delay or change",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .options = notice_options,
    .run = run_notice,
};

const struct sl_command ctl_dataset_notices = {
    .name = "dataset notices",
    .summary = "list a dataset's notices",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .run = run_notices,
};

const struct sl_command ctl_dataset_recall = {
    .name = "dataset recall",
    .summary = "who holds an episode, and who confirmed its removal",
    .arguments = "DATASET EPISODE",
    .args_min = 2,
    .args_max = 2,
    .details = "EPISODE is its UUID or number.  'sluice-publish retract' is "
               "what takes it back.",
    .run = run_recall,
};

const struct sl_command ctl_dataset_releases = {
    .name = "dataset releases",
    .summary = "list batches that classes of licences get later",
    .arguments = "[DATASET]",
    .args_min = 0,
    .args_max = 1,
    .run = run_releases,
};
