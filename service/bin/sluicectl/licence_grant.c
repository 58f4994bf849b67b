/* licence grant: terms from options. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/terms.h"
#include "sluice/db/db.h"
#include "sluice/store/customer.h"
#include "sluice/store/dataset.h"
#include "sluice/store/licence_admin.h"

#define US_PER_DAY  (24LL * 3600 * 1000000)
#define TERM_DAYS   365
#define MS_PER_HOUR 3600000
/* A century: more is a slip of the finger. */
#define HOURS_MAX 876000

static enum sl_status
read_scope(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	const char *layers = sl_run_text(run, "layers");
	const char *where = sl_run_text(run, "where");
	enum sl_status status;

	if (layers != NULL) {
		status = sl_layers_parse(
		    &terms->scope.layers, sl_slice_text(layers), err);
		if (status != SL_OK)
			return sl_run_blame(
			    run, sl_error_prefix(err, status, "--layers"));
	}
	if (where != NULL && where[0] == '\0')
		return sl_run_usage(run, err,
		    "--where is empty; leave it out for all episodes");
	if (where != NULL) {
		status = sl_where_parse(
		    &terms->scope.where, sl_slice_text(where), err);
		if (status != SL_OK)
			return sl_run_blame(
			    run, sl_error_prefix(err, status, "--where"));
	}
	return SL_OK;
}

static enum sl_status
read_term(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	int64_t now = sl_clock_wall_us();

	/* Whole seconds, as the terms' JSON keeps them. */
	terms->from_us = now - now % 1000000;
	terms->until_us =
	    sl_run_time(run, "until", terms->from_us + TERM_DAYS * US_PER_DAY);
	if (terms->until_us <= now)
		return sl_run_usage(run, err, "--until %s is in the past",
		    sl_run_text(run, "until"));
	return SL_OK;
}

static enum sl_status
read_quota(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	static const char *const names[] = {
	    "quota-episodes", "quota-hours", "quota-bytes"};
	uint64_t hours = sl_run_number(run, "quota-hours", 0);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (sl_run_has(run, names[i]) &&
		    sl_run_number(run, names[i], 0) == 0)
			return sl_run_usage(run, err,
			    "--%s 0 allows nothing; leave it out for no limit",
			    names[i]);
	}
	if (hours > HOURS_MAX)
		return sl_run_usage(run, err,
		    "--quota-hours is more than a century; leave it out for "
		    "no limit");
	terms->quota.episodes =
	    sl_run_number(run, "quota-episodes", SL_QUOTA_NONE);
	terms->quota.bytes = sl_run_number(run, "quota-bytes", SL_QUOTA_NONE);
	if (hours > 0)
		terms->quota.duration_ms = hours * MS_PER_HOUR;
	return SL_OK;
}

/* How many of the batches there are, counted from the newest, come along. */
static enum sl_status
read_history(
    uint64_t *out, struct sl_run *run, uint32_t seq, struct sl_error *err)
{
	const char *text = sl_run_text(run, "history");

	*out = seq;
	if (text == NULL || strcmp(text, "all") == 0)
		return SL_OK;
	*out = 0;
	if (strcmp(text, "none") == 0)
		return SL_OK;
	if (strncmp(text, "last:", 5) == 0 &&
	    sl_parse_u64(text + 5, SL_SEQ_MAX, out) && *out > 0) {
		*out = *out > seq ? seq : *out;
		return SL_OK;
	}
	return sl_run_usage(run, err,
	    "--history: '%.40s' is none of all, none and last:N (batches)",
	    text);
}

static enum sl_status
read_window(struct sl_terms *terms, struct sl_run *run, uint32_t seq,
    struct sl_error *err)
{
	const char *future = sl_run_text(run, "future");
	uint64_t history;
	enum sl_status status;

	if (future != NULL && strcmp(future, "all") != 0 &&
	    strcmp(future, "none") != 0)
		return sl_run_usage(run, err,
		    "--future: '%.40s' is neither all nor none", future);
	status = read_history(&history, run, seq, err);
	if (status != SL_OK)
		return status;
	terms->scope.window_from = seq - (uint32_t)history + 1;
	terms->scope.window_until = 0;
	if (future == NULL || strcmp(future, "all") == 0)
		return SL_OK;
	if (history == 0)
		return sl_run_usage(run, err,
		    "no batch at all is covered: %s has %u, and neither "
		    "history nor future is asked for",
		    terms->dataset, (unsigned)seq);
	terms->scope.window_until = seq;
	return SL_OK;
}

/* The dataset's newest batch, which history and future hinge on. */
static enum sl_status
find_seq(
    uint32_t *out, struct sl_db *db, const char *dataset, struct sl_error *err)
{
	json_t *rows;
	json_t *found;
	enum sl_status status = sl_store_dataset_list(&rows, db, err);

	if (status != SL_OK)
		return status;
	found = ctl_find(rows, "name", dataset);
	if (found == NULL)
		status = sl_error_code(err, SL_ERR_NOT_FOUND,
		    "dataset_not_found", "there is no dataset %s", dataset);
	else
		*out =
		    (uint32_t)json_integer_value(json_object_get(found, "seq"));
	json_decref(rows);
	return status;
}

/* With --dry-run nothing is written, so the customer is looked up here. */
static enum sl_status
grant_dry(json_t **out, struct sl_db *db, const char *customer, json_t *terms,
    struct sl_error *err)
{
	json_t *found;
	enum sl_status status;

	status = sl_store_customer_show(&found, db, customer, err);
	if (status != SL_OK)
		return status;
	json_decref(found);
	*out = json_pack("{s:s,s:s,s:O}", "id", "(new)", "customer", customer,
	    "terms", terms);
	return SL_OK;
}

/* With two licences that allow the same, a pull has to name one. */
static void
warn_of_others(struct sl_run *run, struct sl_db *db)
{
	json_t *rows = NULL;
	json_t *row;
	size_t i;

	if (sl_store_licence_list(&rows, db, sl_run_text(run, "customer"),
	        sl_run_text(run, "dataset"), NULL) != SL_OK)
		return;
	json_array_foreach (rows, i, row) {
		if (strcmp(ctl_text(row, "effective"), "active") != 0)
			continue;
		sl_run_warn(run,
		    "%s has licence %s on %s already: with both active, pulls "
		    "must name one by --licence",
		    sl_run_text(run, "customer"), ctl_text(row, "id"),
		    sl_run_text(run, "dataset"));
	}
	json_decref(rows);
}

static enum sl_status
grant(struct sl_run *run, struct sl_db *db, struct sl_terms *terms,
    struct sl_error *err)
{
	const char *customer = sl_run_text(run, "customer");
	json_t *json = NULL;
	json_t *made = NULL;
	uint32_t seq = 0;
	enum sl_status status;

	status = find_seq(&seq, db, terms->dataset, err);
	if (status == SL_OK)
		status = read_window(terms, run, seq, err);
	if (status != SL_OK)
		return status;
	json = sl_terms_to_json(terms);
	if (json == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	warn_of_others(run, db);
	if (sl_run_flag(run, "dry-run"))
		status = grant_dry(&made, db, customer, json, err);
	else
		status = sl_store_licence_grant(&made, db,
		    &(struct sl_licence_new){.customer = customer,
		        .dataset = terms->dataset,
		        .terms = json,
		        .reason = sl_run_text(run, "reason")},
		    err);
	json_decref(json);
	if (status == SL_OK) {
		char what[256];

		snprintf(what, sizeof(what), "licence %s of %s on %s",
		    ctl_text(made, "id"), customer, terms->dataset);
		ctl_told_change(run, what, "(none)", "active", made);
	}
	return status;
}

static enum sl_status
read_terms(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	const char *dataset = sl_run_text(run, "dataset");
	enum sl_status status;

	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_run_usage(
		    run, err, "'%.80s' is no name of a dataset", dataset);
	snprintf(terms->dataset, sizeof(terms->dataset), "%s", dataset);
	terms->use = SL_USE_COMMERCIAL_TRAIN;
	status = read_scope(terms, run, err);
	if (status == SL_OK)
		status = read_term(terms, run, err);
	if (status == SL_OK)
		status = read_quota(terms, run, err);
	return status;
}

static enum sl_status
run_grant(struct sl_run *run, struct sl_error *err)
{
	struct sl_terms terms;
	struct sl_db *db = NULL;
	enum sl_status status;

	sl_terms_init(&terms);
	status = ctl_check_reason(run, err);
	if (status == SL_OK)
		status = ctl_check_name(
		    run, "customer", sl_run_text(run, "customer"), err);
	if (status == SL_OK)
		status = read_terms(&terms, run, err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status == SL_OK)
		status = grant(run, db, &terms, err);
	sl_db_close(db);
	sl_terms_clear(&terms);
	return status;
}

static const struct sl_option options[] = {
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .is_required = true,
        .help = "who gets the licence"},
    {.name = "dataset",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .is_required = true,
        .help = "on what"},
    {.name = "layers",
        .kind = SL_VALUE_TEXT,
        .argument = "LIST",
        .help = "layers, such as state,video.wrist; default all"},
    {.name = "where",
        .kind = SL_VALUE_TEXT,
        .argument = "FILTER",
        .help = "episodes, such as task=pick|place,success=true"},
    {.name = "history",
        .kind = SL_VALUE_TEXT,
        .argument = "all|last:N|none",
        .help = "batches that there are now; default all"},
    {.name = "future",
        .kind = SL_VALUE_TEXT,
        .argument = "all|none",
        .help = "batches to come; default all"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it ends; default in one year"},
    {.name = "quota-episodes",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "at most so many episodes"},
    {.name = "quota-hours",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "at most so many hours of episodes"},
    {.name = "quota-bytes",
        .kind = SL_VALUE_SIZE,
        .argument = "SIZE",
        .help = "at most so many bytes of files"},
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_licence_grant = {
    .name = "licence grant",
    .summary = "give a customer a licence on a dataset",
    .options = options,
    .details = "Default: all layers, all episodes, all batches there are and "
               "will be, one\nyear, no quota.",
    .run = run_grant,
};
