#include "terms_options.h"

#include <stdio.h>
#include <string.h>

#include "sluice/base/checked.h"

#define MS_PER_HOUR 3600000

/* A word of the command line that the catalog could not read. */
static enum sl_status
blame(struct sl_run *run, struct sl_error *err, enum sl_status status,
    const char *option)
{
	return sl_run_blame(run, sl_error_prefix(err, status, "--%s", option));
}

static enum sl_status
read_slug(char *out, size_t size, struct sl_run *run, const char *option,
    struct sl_error *err)
{
	const char *text = sl_run_text(run, option);

	if (text == NULL)
		return SL_OK;
	if (!sl_slug_is_valid(sl_slice_text(text)) &&
	    (text[0] != '\0' || strcmp(option, "programme") != 0))
		return sl_run_usage(run, err,
		    "--%s: '%.80s' is no name: lower-case letters, digits, "
		    "dots, hyphens and underscores",
		    option, text);
	snprintf(out, size, "%s", text);
	return SL_OK;
}

static enum sl_status
read_where(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	const char *text = sl_run_text(run, "where");
	struct sl_where *where = NULL;
	enum sl_status status;

	if (text == NULL)
		return SL_OK;
	if (text[0] == '\0')
		return sl_run_usage(run, err,
		    "--where is empty; leave it out, or say none, for all "
		    "episodes");
	if (strcmp(text, "none") != 0) {
		status = sl_where_parse(&where, sl_slice_text(text), err);
		if (status != SL_OK)
			return blame(run, err, status, "where");
	}
	sl_where_free(terms->scope.where);
	terms->scope.where = where;
	return SL_OK;
}

static enum sl_status
read_scope(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	const char *layers = sl_run_text(run, "layers");
	enum sl_status status;

	status = read_slug(
	    terms->class_name, sizeof(terms->class_name), run, "class", err);
	if (status == SL_OK)
		status = read_slug(terms->programme, sizeof(terms->programme),
		    run, "programme", err);
	if (status != SL_OK)
		return status;
	if (layers != NULL) {
		status = sl_layers_parse(
		    &terms->scope.layers, sl_slice_text(layers), err);
		if (status != SL_OK)
			return blame(run, err, status, "layers");
	}
	return read_where(terms, run, err);
}

/* ---- what for, and where ---- */

/* "a", "b" -> a,b; one "none" is the empty list. */
static enum sl_status
read_fields(struct sl_fields *fields, struct sl_run *run, const char *option,
    struct sl_error *err)
{
	size_t count = sl_run_count(run, option);
	char list[4096] = "";
	enum sl_status status;

	if (count == 0)
		return SL_OK;
	for (size_t i = 0; i < count; i++) {
		const char *text = sl_run_text_at(run, option, i);
		size_t used = strlen(list);

		if (count == 1 && strcmp(text, "none") == 0)
			break;
		snprintf(list + used, sizeof(list) - used, "%s%s",
		    i == 0 ? "" : ",", text);
	}
	status = sl_fields_parse(fields, sl_slice_text(list), err);
	return status == SL_OK ? SL_OK : blame(run, err, status, option);
}

static enum sl_status
read_territory(
    struct sl_territory *territory, struct sl_run *run, struct sl_error *err)
{
	size_t networks = sl_run_count(run, "network");
	size_t countries = sl_run_count(run, "country");
	enum sl_status status = SL_OK;

	if (networks > 0) {
		territory->all_networks = false;
		territory->network_count = 0;
	}
	for (size_t i = 0; i < networks && status == SL_OK; i++)
		status = sl_territory_add_network(territory,
		    sl_slice_text(sl_run_text_at(run, "network", i)), err);
	if (status != SL_OK)
		return blame(run, err, status, "network");
	if (countries > 0) {
		territory->all_countries = false;
		memset(territory->countries, 0, sizeof(territory->countries));
	}
	for (size_t i = 0; i < countries && status == SL_OK; i++)
		status = sl_territory_add_country(territory,
		    sl_slice_text(sl_run_text_at(run, "country", i)), err);
	return status == SL_OK ? SL_OK : blame(run, err, status, "country");
}

static enum sl_status
read_use(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	const char *use = sl_run_text(run, "use");
	enum sl_status status;

	if (use != NULL &&
	    sl_use_by_name(&terms->use, sl_slice_text(use)) != SL_OK)
		return sl_run_usage(run, err,
		    "--use: '%.40s' is none of evaluate, research, "
		    "internal_train, commercial_train and deploy_model",
		    use);
	status = read_fields(&terms->allow, run, "field-allow", err);
	if (status == SL_OK)
		status = read_fields(&terms->deny, run, "field-deny", err);
	if (status == SL_OK)
		status = read_territory(&terms->territory, run, err);
	return status;
}

/* ---- how much ---- */

static enum sl_status
read_quota(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	const char *per = sl_run_text(run, "quota-per");
	uint64_t overage =
	    sl_run_number(run, "overage", terms->overage_percent);
	enum sl_status status;

	status = ctl_read_limit(
	    &terms->quota.episodes, run, "quota-episodes", 1, err);
	if (status == SL_OK)
		status = ctl_read_limit(&terms->quota.duration_ms, run,
		    "quota-hours", MS_PER_HOUR, err);
	if (status == SL_OK)
		status = ctl_read_limit(
		    &terms->quota.bytes, run, "quota-bytes", 1, err);
	if (status != SL_OK)
		return status;
	if (per != NULL &&
	    sl_quota_per_by_name(&terms->per, sl_slice_text(per)) != SL_OK)
		return sl_run_usage(run, err,
		    "--quota-per: '%.40s' is neither total nor month", per);
	if (overage > SL_OVERAGE_MAX)
		return sl_run_usage(
		    run, err, "--overage is more than %d %%", SL_OVERAGE_MAX);
	terms->overage_percent = (uint32_t)overage;
	return SL_OK;
}

static enum sl_status
read_duty(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	const char *text = sl_run_text(run, "on-expiry");
	uint64_t days = terms->duty_days;
	struct sl_slice word;

	if (text == NULL)
		return SL_OK;
	word = sl_slice_text(text);
	word.len = strcspn(text, ":");
	if (sl_expiry_duty_by_name(&terms->duty, word) != SL_OK ||
	    (text[word.len] == ':' &&
	        !sl_parse_u64(text + word.len + 1, SL_EXPIRY_DAYS_MAX, &days)))
		return sl_run_usage(run, err,
		    "--on-expiry: '%.40s' is none of none, delete and certify, "
		    "with :DAYS or without",
		    text);
	terms->duty_days = (uint32_t)days;
	return SL_OK;
}

static enum sl_status
read_limits(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	uint64_t deliveries =
	    terms->deliveries == 0 ? SL_QUOTA_NONE : terms->deliveries;
	uint64_t grace_ms =
	    sl_run_number(run, "grace", (uint64_t)terms->grace_s * 1000);
	enum sl_status status;

	status = ctl_read_limit(&deliveries, run, "deliveries", 1, err);
	if (status != SL_OK)
		return status;
	if (deliveries != SL_QUOTA_NONE && deliveries > SL_DELIVERIES_MAX)
		return sl_run_usage(run, err, "--deliveries is more than %d",
		    SL_DELIVERIES_MAX);
	terms->deliveries =
	    deliveries == SL_QUOTA_NONE ? 0 : (uint32_t)deliveries;
	if (grace_ms / 1000 > SL_GRACE_S_MAX)
		return sl_run_usage(run, err, "--grace is more than a year");
	terms->grace_s = (uint32_t)(grace_ms / 1000);
	return read_duty(terms, run, err);
}

enum sl_status
ctl_read_terms(struct sl_terms *terms, struct sl_run *run, struct sl_error *err)
{
	enum sl_status status = read_scope(terms, run, err);

	if (status == SL_OK)
		status = read_use(terms, run, err);
	if (status == SL_OK)
		status = read_quota(terms, run, err);
	if (status == SL_OK)
		status = read_limits(terms, run, err);
	if (status == SL_OK)
		status =
		    ctl_read_price(&terms->price, &terms->has_price, run, err);
	return status;
}

enum sl_status
ctl_read_window(
    struct sl_window *window, struct sl_run *run, struct sl_error *err)
{
	const char *history = sl_run_text(run, "history");
	const char *future = sl_run_text(run, "future");
	enum sl_status status = SL_OK;

	if (history != NULL)
		status = sl_history_parse(window, sl_slice_text(history), err);
	if (status != SL_OK)
		return blame(run, err, status, "history");
	if (future != NULL)
		status = sl_future_parse(window, sl_slice_text(future), err);
	return status == SL_OK ? SL_OK : blame(run, err, status, "future");
}
