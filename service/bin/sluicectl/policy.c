/* policy list|show|set|remove. */
#include "sluice/store/policy.h"

#include <stdio.h>
#include <string.h>

#include "change.h"
#include "commands.h"
#include "sluice/db/db.h"
#include "terms_options.h"

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_policy_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Policy", SL_COLUMN_TEXT},
	    {"version", "Version", SL_COLUMN_COUNT},
	    {"policy.term.days", "Days", SL_COLUMN_COUNT},
	    {"policy.use", "Use", SL_COLUMN_TEXT},
	    {"policy.layers", "Layers", SL_COLUMN_TEXT},
	    {"policy.quota.episodes", "Episodes", SL_COLUMN_COUNT},
	    {"policy.class", "Class", SL_COLUMN_TEXT},
	    {"builtin", "Built in", SL_COLUMN_TEXT},
	    {"changed", "Changed", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no policies", err);
}

static enum sl_status
show(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_policy_show(out, db, sl_run_arg(run, 0), err);
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Policy", SL_COLUMN_TEXT},
	    {"version", "Version", SL_COLUMN_COUNT},
	    {"builtin", "Built in", SL_COLUMN_TEXT},
	    {"policy.term.days", "Days", SL_COLUMN_COUNT},
	    {"policy.term.grace_s", "Grace", SL_COLUMN_DURATION},
	    {"policy.class", "Class", SL_COLUMN_TEXT},
	    {"policy.programme", "Programme", SL_COLUMN_TEXT},
	    {"policy.layers", "Layers", SL_COLUMN_TEXT},
	    {"policy.where", "Filter", SL_COLUMN_TEXT},
	    {"policy.window.history", "History", SL_COLUMN_TEXT},
	    {"policy.window.future", "Future", SL_COLUMN_TEXT},
	    {"policy.use", "Use", SL_COLUMN_TEXT},
	    {"policy.fields.allow", "Fields allowed", SL_COLUMN_TEXT},
	    {"policy.fields.deny", "Fields denied", SL_COLUMN_TEXT},
	    {"policy.territory.networks", "Networks", SL_COLUMN_TEXT},
	    {"policy.territory.countries", "Countries", SL_COLUMN_TEXT},
	    {"policy.quota.episodes", "Episodes allowed", SL_COLUMN_COUNT},
	    {"policy.quota.duration_ms", "Time allowed", SL_COLUMN_MS},
	    {"policy.quota.bytes", "Bytes allowed", SL_COLUMN_BYTES},
	    {"policy.quota.per", "Quota per", SL_COLUMN_TEXT},
	    {"policy.quota.overage_percent", "Overage, %", SL_COLUMN_COUNT},
	    {"policy.deliveries", "Deliveries", SL_COLUMN_COUNT},
	    {"policy.on_expiry.duty", "On expiry", SL_COLUMN_TEXT},
	    {"policy.on_expiry.days", "Days for it", SL_COLUMN_COUNT},
	    {"policy.text.sha256", "Text", SL_COLUMN_TEXT},
	    {"policy.text.acceptance", "Acceptance", SL_COLUMN_TEXT},
	    {"policy.price.per_episode", "Price an episode", SL_COLUMN_MONEY},
	    {"policy.price.per_hour", "Price an hour", SL_COLUMN_MONEY},
	    {"policy.price.per_month", "Price a month", SL_COLUMN_MONEY},
	    {"policy.price.included.episodes", "Episodes included",
	        SL_COLUMN_COUNT},
	    {"policy.price.included.duration_ms", "Time included",
	        SL_COLUMN_MS},
	    {"policy.price.cap", "Price at most", SL_COLUMN_MONEY},
	    {0},
	};

	return ctl_show(run, show, columns, err);
}

/* ---- set ---- */

/* What to begin with: a file, else the policy itself, else --like. */
static enum sl_status
read_base(struct sl_policy *policy, uint32_t *version, struct sl_run *run,
    struct sl_db *db, struct sl_error *err)
{
	const char *like = sl_run_text(run, "like");
	const char *name = sl_run_arg(run, 0);
	json_t *rows;
	json_t *found;
	enum sl_status status = sl_store_policy_list(&rows, db, err);

	if (status != SL_OK)
		return status;
	found = ctl_find(rows, "name", name);
	*version =
	    (uint32_t)json_integer_value(json_object_get(found, "version"));
	if (found == NULL || like != NULL)
		found =
		    ctl_find(rows, "name", like == NULL ? "standard" : like);
	if (found == NULL)
		status = sl_error_code(err, SL_ERR_NOT_FOUND,
		    "policy_not_found", "there is no policy %s",
		    like == NULL ? "standard" : like);
	else
		status = sl_policy_from_json(
		    policy, json_object_get(found, "policy"), err);
	json_decref(rows);
	return status;
}

static enum sl_status
read_file(struct sl_policy *policy, struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "file");
	json_t *json;
	enum sl_status status;

	if (path == NULL)
		return SL_OK;
	status = ctl_read_json(&json, run, path, err);
	if (status != SL_OK)
		return status;
	status = sl_policy_from_json(policy, json, err);
	json_decref(json);
	if (status != SL_OK)
		return sl_run_blame(
		    run, sl_error_prefix(err, status, "%s", path));
	return SL_OK;
}

static enum sl_status
read_options(struct sl_policy *policy, struct sl_run *run, struct sl_error *err)
{
	uint64_t days = sl_run_number(run, "days", policy->days);
	enum sl_status status;

	if (days == 0 || days > SL_POLICY_DAYS_MAX)
		return sl_run_usage(
		    run, err, "--days is from 1 to %d", SL_POLICY_DAYS_MAX);
	policy->days = (uint32_t)days;
	status = ctl_read_terms(&policy->terms, run, err);
	if (status == SL_OK)
		status = ctl_read_window(&policy->window, run, err);
	return status;
}

static enum sl_status
set(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_policy_change change = {
	    .name = sl_run_arg(run, 0),
	    .reason = sl_run_text(run, "reason"),
	};
	struct sl_policy policy;
	json_t *json = NULL;
	uint32_t version;
	enum sl_status status;

	(void)ctx;
	sl_policy_init(&policy);
	status = read_base(&policy, &version, run, db, err);
	if (status == SL_OK)
		status = read_file(&policy, run, err);
	if (status == SL_OK)
		status = read_options(&policy, run, err);
	if (status == SL_OK)
		status = ctl_bind_text(&policy.terms, run, db, err);
	if (status == SL_OK)
		status = ctl_read_version(&change.version, run, version, err);
	if (status == SL_OK) {
		json = sl_policy_to_json(&policy);
		change.policy = json;
		status = json == NULL
		    ? sl_error_set(err, SL_ERR_NOMEM, "out of memory")
		    : sl_store_policy_set(out, db, &change, err);
	}
	json_decref(json);
	sl_policy_clear(&policy);
	return status;
}

static enum sl_status
run_set(struct sl_run *run, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	struct sl_policy scratch;
	enum sl_status status = ctl_check_name(run, "policy", name, err);

	sl_policy_init(&scratch);
	if (status == SL_OK)
		status = read_options(&scratch, run, err);
	sl_policy_clear(&scratch);
	if (status != SL_OK)
		return status;
	return ctl_change_told(run, "policy", name, set, err);
}

static enum sl_status
remove_it(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_policy_remove(
	    out, db, sl_run_arg(run, 0), sl_run_text(run, "reason"), err);
}

static enum sl_status
run_remove(struct sl_run *run, struct sl_error *err)
{
	return ctl_change_told(
	    run, "policy", sl_run_arg(run, 0), remove_it, err);
}

static const struct sl_option set_options[] = {
    CTL_TEXT_OPTION("like", "NAME",
        "begin with this policy; default itself, or standard if it is new"),
    CTL_TEXT_OPTION("file", "FILE", "begin with this policy in JSON"),
    {.name = "days",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "how long a licence runs"},
    CTL_TERMS_OPTIONS,
    CTL_TEXT_OPTIONS,
    CTL_VERSION_OPTION,
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_policy_list = {
    .name = "policy list",
    .summary = "list the templates that licences are granted from",
    .run = run_list,
};

const struct sl_command ctl_policy_show = {
    .name = "policy show",
    .summary = "show a policy",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .run = run_show,
};

const struct sl_command ctl_policy_set = {
    .name = "policy set",
    .summary = "make a policy, or change it",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = set_options,
    .details = "What is not given stays.  Licences that were granted from it "
               "stay as they are.",
    .run = run_set,
};

const struct sl_command ctl_policy_remove = {
    .name = "policy remove",
    .summary = "remove a policy that is not built in",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_remove,
};
