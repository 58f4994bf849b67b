/* licence amend|renew: the next version of a licence's terms. */
#include <stdio.h>

#include "change.h"
#include "commands.h"
#include "sluice/base/clock.h"
#include "sluice/db/db.h"
#include "sluice/store/licence_admin.h"
#include "terms_options.h"

/* history counts back from the newest batch that there is now. */
static enum sl_status
read_window(struct sl_terms *terms, struct sl_run *run, const json_t *licence,
    struct sl_error *err)
{
	uint32_t seq =
	    (uint32_t)json_integer_value(json_object_get(licence, "seq"));
	struct sl_window window = {
	    .history = SL_HISTORY_FROM,
	    .history_number = terms->scope.window_from,
	    .future = terms->scope.window_until == 0 ? SL_FUTURE_ALL
	                                             : SL_FUTURE_UNTIL,
	    .future_number = terms->scope.window_until,
	};
	enum sl_status status;

	if (!sl_run_has(run, "history") && !sl_run_has(run, "future"))
		return SL_OK;
	status = ctl_read_window(&window, run, err);
	if (status == SL_OK)
		status = sl_window_resolve(&terms->scope, &window, seq, err);
	return status == SL_OK ? SL_OK : sl_run_blame(run, status);
}

static enum sl_status
read_changes(struct sl_terms *terms, struct sl_run *run, struct sl_db *db,
    const json_t *licence, struct sl_error *err)
{
	enum sl_status status;

	status =
	    sl_terms_from_json(terms, json_object_get(licence, "terms"), err);
	if (status == SL_OK)
		status = ctl_read_terms(terms, run, err);
	if (status == SL_OK)
		status = read_window(terms, run, licence, err);
	if (status != SL_OK)
		return status;
	terms->from_us = sl_run_time(run, "from", terms->from_us);
	terms->until_us = sl_run_time(run, "until", terms->until_us);
	if (terms->until_us <= terms->from_us)
		return sl_run_usage(
		    run, err, "--until is not later than the begin");
	return ctl_bind_text(terms, run, db, err);
}

static enum sl_status
write_change(json_t **out, struct sl_run *run, struct sl_db *db,
    const struct sl_terms *terms, uint32_t version, struct sl_error *err)
{
	struct sl_licence_change change = {
	    .licence = sl_run_arg(run, 0),
	    .version = version,
	    .reason = sl_run_text(run, "reason"),
	};
	json_t *json = sl_terms_to_json(terms);
	enum sl_status status;

	if (json == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	change.terms = json;
	status = sl_store_licence_amend(out, db, &change, err);
	json_decref(json);
	return status;
}

/* What is not given stays as it was read; so the version that was read must
 * be the current one still. */
static enum sl_status
amend(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_terms terms;
	json_t *licence;
	uint32_t version;
	enum sl_status status;

	(void)ctx;
	status = sl_store_licence_show(&licence, db, sl_run_arg(run, 0), err);
	if (status != SL_OK)
		return status;
	status = ctl_read_version(&version, run,
	    (uint32_t)json_integer_value(json_object_get(licence, "version")),
	    err);
	sl_terms_init(&terms);
	if (status == SL_OK)
		status = read_changes(&terms, run, db, licence, err);
	if (status == SL_OK)
		status = write_change(out, run, db, &terms, version, err);
	sl_terms_clear(&terms);
	json_decref(licence);
	return status;
}

static enum sl_status
run_amend(struct sl_run *run, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	struct sl_terms scratch;
	enum sl_status status = ctl_check_id(run, "licence", id, err);

	sl_terms_init(&scratch);
	if (status == SL_OK)
		status = ctl_read_terms(&scratch, run, err);
	sl_terms_clear(&scratch);
	if (status != SL_OK)
		return status;
	return ctl_change_told(run, "licence", id, amend, err);
}

static enum sl_status
renew(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_licence_renew change = {
	    .licence = sl_run_arg(run, 0),
	    .until_us = sl_run_time(run, "until", 0),
	    .reason = sl_run_text(run, "reason"),
	};
	enum sl_status status;

	(void)ctx;
	status = ctl_read_version(&change.version, run, 0, err);
	if (status != SL_OK)
		return status;
	return sl_store_licence_renew(out, db, &change, err);
}

static enum sl_status
run_renew(struct sl_run *run, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	enum sl_status status = ctl_check_id(run, "licence", id, err);

	if (status == SL_OK &&
	    sl_run_time(run, "until", 0) <= sl_clock_wall_us())
		status = sl_run_usage(run, err, "--until %s is in the past",
		    sl_run_text(run, "until"));
	if (status != SL_OK)
		return status;
	return ctl_change_told(run, "licence", id, renew, err);
}

static const struct sl_option amend_options[] = {
    {.name = "from",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it begins"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it ends"},
    CTL_TERMS_OPTIONS,
    CTL_TEXT_OPTIONS,
    CTL_VERSION_OPTION,
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option renew_options[] = {
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .is_required = true,
        .help = "when it ends then"},
    CTL_VERSION_OPTION,
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_licence_amend = {
    .name = "licence amend",
    .summary = "change the terms of a licence: its next version",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = amend_options,
    .details = "What is not given stays.  Old versions are kept.  Of two "
               "admins who change\none licence at once, one gets exit code "
               "11.",
    .run = run_amend,
};

const struct sl_command ctl_licence_renew = {
    .name = "licence renew",
    .summary = "let a licence end later, all else as it is",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = renew_options,
    .run = run_renew,
};
