/* licence grant: terms from a policy and options. */
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "commands.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/name.h"
#include "sluice/db/db.h"
#include "sluice/store/agreement.h"
#include "sluice/store/dataset.h"
#include "sluice/store/licence_admin.h"
#include "sluice/store/policy.h"
#include "terms_options.h"

static const char *
policy_name(const struct sl_run *run)
{
	const char *name = sl_run_text(run, "policy");

	if (name == NULL)
		name = sl_run_flag(run, "trial") ? "trial" : "standard";
	return name;
}

/* The policy as it is now, and the options on it. */
static enum sl_status
read_policy(struct sl_policy *policy, struct sl_run *run, struct sl_db *db,
    struct sl_error *err)
{
	json_t *object;
	enum sl_status status;

	status = sl_store_policy_show(&object, db, policy_name(run), err);
	if (status != SL_OK)
		return status;
	status =
	    sl_policy_from_json(policy, json_object_get(object, "policy"), err);
	json_decref(object);
	if (status == SL_OK)
		status = ctl_read_terms(&policy->terms, run, err);
	if (status == SL_OK)
		status = ctl_read_window(&policy->window, run, err);
	return status;
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

/* Unless it is told otherwise, a licence ends with its agreement. */
static enum sl_status
end_with_agreement(struct sl_terms *terms, struct sl_run *run, struct sl_db *db,
    struct sl_error *err)
{
	const char *name = sl_run_text(run, "agreement");
	json_t *agreement;
	int64_t until_us;
	enum sl_status status;

	if (name == NULL || sl_run_has(run, "until"))
		return SL_OK;
	status = sl_store_agreement_show(
	    &agreement, db, sl_run_text(run, "customer"), name, err);
	if (status != SL_OK)
		return status;
	if (sl_time_parse(&until_us,
	        sl_slice_text(ctl_text(agreement, "until"))) == SL_OK &&
	    until_us < terms->until_us) {
		terms->until_us = until_us;
		sl_run_say(run, "the licence ends with agreement %s, at %s",
		    name, ctl_text(agreement, "until"));
	}
	json_decref(agreement);
	return SL_OK;
}

/* A second grant with the same --id is to give the same terms, so it begins
 * when the first one did. */
static enum sl_status
find_begin(
    int64_t *out, struct sl_run *run, struct sl_db *db, struct sl_error *err)
{
	const char *id = sl_run_text(run, "id");
	json_t *licence = NULL;
	const char *from;
	enum sl_status status;

	*out = sl_clock_wall_us();
	*out -= *out % 1000000;
	if (id == NULL)
		return SL_OK;
	status = sl_store_licence_list(&licence, db,
	    sl_run_text(run, "customer"), sl_run_text(run, "dataset"), err);
	if (status != SL_OK)
		return status;
	from = ctl_text(ctl_find(licence, "id", id), "valid_from");
	if (from[0] != '\0')
		status = sl_time_parse(out, sl_slice_text(from));
	json_decref(licence);
	return status;
}

static enum sl_status
read_dates(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	terms->from_us = sl_run_time(run, "from", terms->from_us);
	terms->until_us = sl_run_time(run, "until", terms->until_us);
	if (terms->until_us <= sl_clock_wall_us())
		return sl_run_usage(run, err, "--until %s is in the past",
		    sl_run_text(run, "until"));
	if (terms->until_us <= terms->from_us)
		return sl_run_usage(
		    run, err, "--until is not later than --from");
	return SL_OK;
}

static enum sl_status
make_terms(struct sl_terms *terms, struct sl_run *run, struct sl_db *db,
    struct sl_error *err)
{
	const char *dataset = sl_run_text(run, "dataset");
	struct sl_policy policy;
	int64_t begin_us;
	uint32_t seq = 0;
	enum sl_status status;

	sl_policy_init(&policy);
	status = find_seq(&seq, db, dataset, err);
	if (status == SL_OK)
		status = read_policy(&policy, run, db, err);
	if (status == SL_OK)
		status = find_begin(&begin_us, run, db, err);
	if (status == SL_OK) {
		status = sl_policy_terms(
		    terms, &policy, dataset, seq, begin_us, err);
		if (status != SL_OK && strcmp(err->code, "empty_window") == 0)
			status = sl_run_blame(run, status);
	}
	if (status == SL_OK)
		status = read_dates(terms, run, err);
	if (status == SL_OK)
		status = end_with_agreement(terms, run, db, err);
	if (status == SL_OK)
		status = ctl_bind_text(terms, run, db, err);
	sl_policy_clear(&policy);
	return status;
}

/* With two licences that allow the same, a pull has to name one. */
static enum sl_status
warn_of_others(
    struct sl_run *run, struct sl_db *db, const char *id, struct sl_error *err)
{
	json_t *rows = NULL;
	json_t *row;
	size_t i;
	enum sl_status status;

	status = sl_store_licence_list(&rows, db, sl_run_text(run, "customer"),
	    sl_run_text(run, "dataset"), err);
	json_array_foreach (rows, i, row) {
		if (strcmp(ctl_text(row, "effective"), "active") != 0 ||
		    strcmp(ctl_text(row, "id"), id) == 0)
			continue;
		sl_run_warn(run,
		    "%s has licence %s on %s already: with both active, pulls "
		    "must name one by --licence",
		    sl_run_text(run, "customer"), ctl_text(row, "id"),
		    sl_run_text(run, "dataset"));
	}
	json_decref(rows);
	return status;
}

static enum sl_status
grant(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_licence_new licence = {
	    .customer = sl_run_text(run, "customer"),
	    .dataset = sl_run_text(run, "dataset"),
	    .agreement = sl_run_text(run, "agreement"),
	    .id = sl_run_text(run, "id"),
	    .reason = sl_run_text(run, "reason"),
	};
	struct sl_terms terms;
	json_t *json = NULL;
	enum sl_status status;

	(void)ctx;
	sl_terms_init(&terms);
	status = make_terms(&terms, run, db, err);
	if (status == SL_OK) {
		json = sl_terms_to_json(&terms);
		if (json == NULL)
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	sl_terms_clear(&terms);
	if (status != SL_OK)
		return status;
	licence.terms = json;
	status = sl_store_licence_grant(out, db, &licence, err);
	json_decref(json);
	if (status == SL_OK)
		status = warn_of_others(run, db, ctl_text(*out, "id"), err);
	return status;
}

/* What is wrong without asking the database. */
static enum sl_status
check_options(struct sl_run *run, struct sl_error *err)
{
	const char *dataset = sl_run_text(run, "dataset");
	struct sl_policy scratch;
	enum sl_status status;

	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_run_usage(
		    run, err, "'%.80s' is no name of a dataset", dataset);
	if (sl_run_flag(run, "trial") && sl_run_has(run, "policy"))
		return sl_run_usage(
		    run, err, "--trial is the policy trial; give one of them");
	status =
	    ctl_check_name(run, "customer", sl_run_text(run, "customer"), err);
	if (status == SL_OK)
		status =
		    ctl_check_id(run, "licence", sl_run_text(run, "id"), err);
	sl_policy_init(&scratch);
	if (status == SL_OK)
		status = ctl_read_terms(&scratch.terms, run, err);
	if (status == SL_OK)
		status = ctl_read_window(&scratch.window, run, err);
	sl_policy_clear(&scratch);
	return status;
}

static enum sl_status
run_grant(struct sl_run *run, struct sl_error *err)
{
	json_t *made;
	enum sl_status status = check_options(run, err);

	if (status == SL_OK)
		status = ctl_change(&made, run, grant, NULL, err);
	if (status != SL_OK)
		return status;
	return ctl_tell(run, "licence", NULL, made, err);
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
    CTL_TEXT_OPTION("policy", "NAME",
        "what to begin with; default standard, which covers everything for "
        "a year"),
    {.name = "trial",
        .help = "the policy trial: 14 days, 5 episodes, to evaluate"},
    CTL_TEXT_OPTION(
        "agreement", "NAME", "the customer's agreement that it stands under"),
    CTL_TEXT_OPTION(
        "id", "UUID", "its id, so that running this again changes nothing"),
    {.name = "from",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it begins; default now"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it ends; default as the policy says, or with the "
                "agreement"},
    CTL_TERMS_OPTIONS,
    CTL_TEXT_OPTIONS,
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_licence_grant = {
    .name = "licence grant",
    .summary = "give a customer a licence on a dataset",
    .options = options,
    .details = "Without further options: all layers, all episodes, all "
               "batches there are\nand will be, one year, no quota, no "
               "price.  A price needs an agreement,\nwhich has the currency.",
    .run = run_grant,
};
