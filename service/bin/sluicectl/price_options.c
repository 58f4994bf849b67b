/* A price from options: the file first, then what is named one by one. */
#include <string.h>

#include "terms_options.h"

#define MS_PER_HOUR 3600000

static const char *const price_options[] = {"price-episode", "price-hour",
    "price-month", "price-included-episodes", "price-included-hours",
    "price-cap", NULL};

static bool
has_any(const struct sl_run *run)
{
	for (size_t i = 0; price_options[i] != NULL; i++) {
		if (sl_run_has(run, price_options[i]))
			return true;
	}
	return false;
}

static enum sl_status
read_file(struct sl_price *price, struct sl_run *run, const char *path,
    struct sl_error *err)
{
	json_t *json;
	enum sl_status status = ctl_read_json(&json, run, path, err);

	if (status != SL_OK)
		return status;
	status = sl_price_from_json(price, json, err);
	json_decref(json);
	if (status != SL_OK)
		return sl_run_blame(
		    run, sl_error_prefix(err, status, "%s", path));
	return SL_OK;
}

static enum sl_status
read_included(struct sl_price *price, struct sl_run *run, struct sl_error *err)
{
	uint64_t episodes = sl_run_number(
	    run, "price-included-episodes", (uint64_t)price->included_episodes);
	uint64_t hours = sl_run_number(run, "price-included-hours", 0);

	if (episodes > INT64_MAX || hours > INT64_MAX / MS_PER_HOUR)
		return sl_run_usage(run, err, "--price-included-… is too much");
	price->included_episodes = (int64_t)episodes;
	if (sl_run_has(run, "price-included-hours"))
		price->included_duration_ms = (int64_t)hours * MS_PER_HOUR;
	return SL_OK;
}

static enum sl_status
read_amounts(struct sl_price *price, struct sl_run *run, struct sl_error *err)
{
	int64_t *const amounts[] = {
	    &price->per_episode, &price->per_hour, &price->per_month};
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < 3 && status == SL_OK; i++) {
		status = ctl_read_money(amounts[i], run, price_options[i], err);
		if (status == SL_OK && *amounts[i] == INT64_MAX)
			*amounts[i] = 0;
	}
	if (status == SL_OK)
		status = ctl_read_money(&price->cap, run, "price-cap", err);
	return status;
}

enum sl_status
ctl_read_price(struct sl_price *price, bool *has_price, struct sl_run *run,
    struct sl_error *err)
{
	const char *path = sl_run_text(run, "price");
	bool is_none = path != NULL && strcmp(path, "none") == 0;
	enum sl_status status = SL_OK;

	if (is_none && has_any(run))
		return sl_run_usage(run, err,
		    "--price none goes without the other price options");
	if (is_none)
		*has_price = false;
	if (is_none || (path == NULL && !has_any(run)))
		return SL_OK;
	if (!*has_price)
		*price = (struct sl_price){.cap = SL_PRICE_NO_CAP};
	*has_price = true;
	if (path != NULL)
		status = read_file(price, run, path, err);
	if (status == SL_OK)
		status = read_amounts(price, run, err);
	if (status == SL_OK)
		status = read_included(price, run, err);
	return status;
}
