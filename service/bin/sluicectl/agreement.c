/* agreement add|list|show|amend|suspend|reinstate|end. */
#include "sluice/store/agreement.h"

#include <stdio.h>
#include <string.h>

#include "change.h"
#include "commands.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/quota.h"
#include "sluice/db/db.h"
#include "terms_options.h"

#define MS_PER_HOUR 3600000
#define US_PER_DAY  (24LL * 3600 * 1000000)

/* An agreement's terms, as they are read from options. */
struct agreement {
	int64_t from_us;
	int64_t until_us;
	char currency[4];
	struct sl_ceiling ceiling;
};

static enum sl_status
read_options(
    struct agreement *agreement, struct sl_run *run, struct sl_error *err)
{
	struct sl_ceiling *ceiling = &agreement->ceiling;
	const char *currency = sl_run_text(run, "currency");
	int64_t money = INT64_MAX;
	uint32_t digits;
	enum sl_status status;

	if (currency != NULL &&
	    sl_currency_digits(&digits, sl_slice_text(currency)) != SL_OK)
		return sl_run_usage(run, err,
		    "--currency: '%.40s' is no currency of ISO 4217, such as "
		    "EUR",
		    currency);
	if (currency != NULL)
		snprintf(agreement->currency, sizeof(agreement->currency), "%s",
		    currency);
	agreement->from_us = sl_run_time(run, "from", agreement->from_us);
	agreement->until_us = sl_run_time(run, "until", agreement->until_us);
	status = ctl_read_limit(
	    &ceiling->quota.episodes, run, "ceiling-episodes", 1, err);
	if (status == SL_OK)
		status = ctl_read_limit(&ceiling->quota.duration_ms, run,
		    "ceiling-hours", MS_PER_HOUR, err);
	if (status == SL_OK)
		status = ctl_read_limit(
		    &ceiling->quota.bytes, run, "ceiling-bytes", 1, err);
	if (status == SL_OK)
		status = ctl_read_money(&money, run, "ceiling-money", err);
	if (status == SL_OK && sl_run_has(run, "ceiling-money"))
		ceiling->money_micro =
		    money == INT64_MAX ? SL_QUOTA_NONE : (uint64_t)money;
	return status;
}

static json_t *
to_json(const struct agreement *agreement)
{
	char from[SL_TIME_TEXT_MAX];
	char until[SL_TIME_TEXT_MAX];

	sl_time_format(from, agreement->from_us);
	sl_time_format(until, agreement->until_us);
	return json_pack("{s:s,s:s,s:s,s:{s:o,s:o,s:o,s:o}}", "from", from,
	    "until", until, "currency", agreement->currency, "ceiling",
	    "episodes", sl_quota_to_json(agreement->ceiling.quota.episodes),
	    "duration_ms",
	    sl_quota_to_json(agreement->ceiling.quota.duration_ms), "bytes",
	    sl_quota_to_json(agreement->ceiling.quota.bytes), "money_micro",
	    sl_quota_to_json(agreement->ceiling.money_micro));
}

static enum sl_status
from_json(struct agreement *out, const json_t *object, struct sl_error *err)
{
	const json_t *ceiling = json_object_get(object, "ceiling");
	enum sl_status status;

	snprintf(out->currency, sizeof(out->currency), "%s",
	    ctl_text(object, "currency"));
	status = sl_time_parse(
	    &out->from_us, sl_slice_text(ctl_text(object, "from")));
	if (status == SL_OK)
		status = sl_time_parse(
		    &out->until_us, sl_slice_text(ctl_text(object, "until")));
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "the agreement's term cannot be read");
	status = sl_quota_read(
	    &out->ceiling.quota.episodes, ceiling, "episodes", err);
	if (status == SL_OK)
		status = sl_quota_read(&out->ceiling.quota.duration_ms, ceiling,
		    "duration_ms", err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &out->ceiling.quota.bytes, ceiling, "bytes", err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &out->ceiling.money_micro, ceiling, "money_micro", err);
	return status;
}

static enum sl_status
check_names(struct sl_run *run, struct sl_error *err)
{
	enum sl_status status =
	    ctl_check_name(run, "customer", sl_run_arg(run, 0), err);

	if (status == SL_OK)
		status =
		    ctl_check_name(run, "agreement", sl_run_arg(run, 1), err);
	return status;
}

static enum sl_status
tell(struct sl_run *run, ctl_fn *fn, void *ctx, struct sl_error *err)
{
	char name[256];
	json_t *object;
	enum sl_status status = ctl_change(&object, run, fn, ctx, err);

	if (status != SL_OK)
		return status;
	snprintf(name, sizeof(name), "%s of %s", sl_run_arg(run, 1),
	    sl_run_arg(run, 0));
	return ctl_tell(run, "agreement", name, object, err);
}

/* ---- add, amend ---- */

typedef enum sl_status write_fn(json_t **out, struct sl_db *db,
    const struct sl_agreement_change *change, struct sl_error *err);

static enum sl_status
write_terms(json_t **out, struct sl_run *run, struct sl_db *db, write_fn *fn,
    const struct agreement *agreement, uint32_t version, struct sl_error *err)
{
	json_t *json = to_json(agreement);
	const struct sl_agreement_change change = {
	    .customer = sl_run_arg(run, 0),
	    .name = sl_run_arg(run, 1),
	    .terms = json,
	    .version = version,
	    .reason = sl_run_text(run, "reason"),
	};
	enum sl_status status;

	if (json == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = fn(out, db, &change, err);
	json_decref(json);
	return status;
}

static enum sl_status
add(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	return write_terms(out, run, db, sl_store_agreement_add, ctx, 0, err);
}

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	int64_t now = sl_clock_wall_us();
	/* From this morning on, so that adding it twice a day is no change. */
	struct agreement agreement = {
	    .from_us = now - now % US_PER_DAY,
	    .ceiling = {{SL_QUOTA_NONE, SL_QUOTA_NONE, SL_QUOTA_NONE},
	        SL_QUOTA_NONE},
	};
	enum sl_status status = check_names(run, err);

	if (status == SL_OK)
		status = read_options(&agreement, run, err);
	if (status == SL_OK && agreement.until_us <= agreement.from_us)
		status =
		    sl_run_usage(run, err, "--until is not later than --from");
	if (status != SL_OK)
		return status;
	return tell(run, add, &agreement, err);
}

static enum sl_status
amend(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct agreement agreement;
	json_t *object;
	uint32_t version;
	enum sl_status status;

	(void)ctx;
	status = sl_store_agreement_show(
	    &object, db, sl_run_arg(run, 0), sl_run_arg(run, 1), err);
	if (status != SL_OK)
		return status;
	status = from_json(&agreement, object, err);
	if (status == SL_OK)
		status = read_options(&agreement, run, err);
	if (status == SL_OK)
		status = ctl_read_version(&version, run,
		    (uint32_t)json_integer_value(
		        json_object_get(object, "version")),
		    err);
	json_decref(object);
	if (status == SL_OK)
		status = write_terms(out, run, db, sl_store_agreement_amend,
		    &agreement, version, err);
	return status;
}

static enum sl_status
run_amend(struct sl_run *run, struct sl_error *err)
{
	struct agreement scratch = {0};
	enum sl_status status = check_names(run, err);

	if (status == SL_OK)
		status = read_options(&scratch, run, err);
	if (status != SL_OK)
		return status;
	return tell(run, amend, NULL, err);
}

/* ---- status ---- */

static enum sl_status
set_status(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_agreement_status change = {
	    .customer = sl_run_arg(run, 0),
	    .name = sl_run_arg(run, 1),
	    .status = ctx,
	    .reason = sl_run_text(run, "reason"),
	};

	return sl_store_agreement_set_status(out, db, &change, err);
}

static enum sl_status
run_suspend(struct sl_run *run, struct sl_error *err)
{
	char word[] = "suspended";

	return tell(run, set_status, word, err);
}

static enum sl_status
run_reinstate(struct sl_run *run, struct sl_error *err)
{
	char word[] = "active";

	return tell(run, set_status, word, err);
}

static enum sl_status
run_end(struct sl_run *run, struct sl_error *err)
{
	char word[] = "ended";

	return tell(run, set_status, word, err);
}

/* ---- reading ---- */

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_agreement_list(
	    out, db, sl_run_text(run, "customer"), err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"name", "Agreement", SL_COLUMN_TEXT},
	    {"effective", "Status", SL_COLUMN_CODE},
	    {"from", "From", SL_COLUMN_TEXT},
	    {"until", "Until", SL_COLUMN_TEXT},
	    {"currency", "Currency", SL_COLUMN_TEXT},
	    {"licences", "Licences", SL_COLUMN_COUNT},
	    {"used.episodes", "Episodes", SL_COLUMN_COUNT},
	    {"used.money_micro", "Used", SL_COLUMN_MONEY},
	    {0},
	};

	return ctl_list(run, list, columns, "no agreements", err);
}

static enum sl_status
show(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)ctx;
	return sl_store_agreement_show(
	    out, db, sl_run_arg(run, 0), sl_run_arg(run, 1), err);
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Agreement", SL_COLUMN_TEXT},
	    {"version", "Version", SL_COLUMN_COUNT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"effective", "Status", SL_COLUMN_CODE},
	    {"from", "From", SL_COLUMN_TEXT},
	    {"until", "Until", SL_COLUMN_TEXT},
	    {"currency", "Currency", SL_COLUMN_TEXT},
	    {"used.episodes", "Episodes used", SL_COLUMN_COUNT},
	    {"ceiling.episodes", "Episodes allowed", SL_COLUMN_COUNT},
	    {"used.bytes", "Bytes used", SL_COLUMN_BYTES},
	    {"ceiling.bytes", "Bytes allowed", SL_COLUMN_BYTES},
	    {"used.duration_ms", "Time used", SL_COLUMN_MS},
	    {"ceiling.duration_ms", "Time allowed", SL_COLUMN_MS},
	    {"used.money_micro", "Money used", SL_COLUMN_MONEY},
	    {"ceiling.money_micro", "Money allowed", SL_COLUMN_MONEY},
	    {0},
	};
	static const struct sl_column licence_columns[] = {
	    {"id", "Licence", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"effective", "Status", SL_COLUMN_CODE},
	    {"programme", "Programme", SL_COLUMN_TEXT},
	    {"used.episodes", "Episodes used", SL_COLUMN_COUNT},
	    {0},
	};
	json_t *object;
	enum sl_status status = ctl_ask(&object, run, show, NULL, err);

	if (status != SL_OK)
		return status;
	sl_table_show(run, columns, object);
	status = ctl_print_part(
	    run, licence_columns, object, "licences", "no licences");
	json_decref(object);
	return status;
}

/* ---- the commands ---- */

#define CEILING_OPTIONS                                         \
	CTL_TEXT_OPTION("ceiling-episodes", "N|none",           \
	    "at most so many episodes in all of its licences"), \
	    CTL_TEXT_OPTION("ceiling-hours", "N|none",          \
	        "at most so many hours of episodes"),           \
	    CTL_TEXT_OPTION("ceiling-bytes", "SIZE|none",       \
	        "at most so many bytes of files"),              \
	    CTL_TEXT_OPTION(                                    \
	        "ceiling-money", "AMOUNT|none", "at most so much money")

static const struct sl_option add_options[] = {
    {.name = "from",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it begins; default today"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .is_required = true,
        .help = "when it ends"},
    {.name = "currency",
        .kind = SL_VALUE_TEXT,
        .argument = "CODE",
        .is_required = true,
        .help = "of all its prices, such as EUR"},
    CEILING_OPTIONS,
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option amend_options[] = {
    {.name = "from",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it begins"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it ends"},
    CTL_TEXT_OPTION(
        "currency", "CODE", "of all its prices, until there is one"),
    CEILING_OPTIONS,
    CTL_VERSION_OPTION,
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option list_options[] = {
    CTL_TEXT_OPTION("customer", "NAME", "only of this customer"),
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_agreement_add = {
    .name = "agreement add",
    .summary = "write down a contract that licences stand under",
    .arguments = "CUSTOMER NAME",
    .args_min = 2,
    .args_max = 2,
    .options = add_options,
    .run = run_add,
};

const struct sl_command ctl_agreement_list = {
    .name = "agreement list",
    .summary = "list agreements",
    .options = list_options,
    .run = run_list,
};

const struct sl_command ctl_agreement_show = {
    .name = "agreement show",
    .summary = "show an agreement: ceilings, what is used, licences",
    .arguments = "CUSTOMER NAME",
    .args_min = 2,
    .args_max = 2,
    .run = run_show,
};

const struct sl_command ctl_agreement_amend = {
    .name = "agreement amend",
    .summary = "change an agreement: its next version",
    .arguments = "CUSTOMER NAME",
    .args_min = 2,
    .args_max = 2,
    .options = amend_options,
    .run = run_amend,
};

const struct sl_command ctl_agreement_suspend = {
    .name = "agreement suspend",
    .summary = "stop deliveries of all its licences until reinstated",
    .arguments = "CUSTOMER NAME",
    .args_min = 2,
    .args_max = 2,
    .options = change_options,
    .run = run_suspend,
};

const struct sl_command ctl_agreement_reinstate = {
    .name = "agreement reinstate",
    .summary = "make a suspended agreement active again",
    .arguments = "CUSTOMER NAME",
    .args_min = 2,
    .args_max = 2,
    .options = change_options,
    .run = run_reinstate,
};

const struct sl_command ctl_agreement_end = {
    .name = "agreement end",
    .summary = "end an agreement, and its licences' deliveries, for good",
    .arguments = "CUSTOMER NAME",
    .args_min = 2,
    .args_max = 2,
    .options = change_options,
    .run = run_end,
};
