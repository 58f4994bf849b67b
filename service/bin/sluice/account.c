/* whoami and usage. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "credentials.h"
#include "sluice/base/clock.h"
#include "sluice/base/uuid.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

#define PATH_BYTES 256

static const struct sl_column licence_columns[] = {
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"valid_until", "Valid until", SL_COLUMN_TEXT},
    {"name", "Licence", SL_COLUMN_TEXT},
    {0},
};

static enum sl_status
print_licences(struct sl_run *run, json_t *licences, struct sl_error *err)
{
	struct sl_table *table;
	json_t *row;
	size_t i;

	if (sl_table_new(&table, licence_columns) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	json_array_foreach (licences, i, row) {
		if (sl_table_add(table, json_incref(row)) != SL_OK) {
			sl_table_free(table);
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		}
	}
	sl_table_print(table, run, "No licence.");
	sl_table_free(table);
	return SL_OK;
}

static enum sl_status
run_whoami(struct sl_run *run, struct sl_error *err)
{
	char expires[SL_TIME_TEXT_MAX];
	struct sl_profile profile;
	const char *customer = NULL;
	json_t *answer = NULL;
	json_t *licences;
	enum sl_status status;

	sl_profile_init(&profile);
	status = credentials_load(run, &profile, err);
	if (status == SL_OK)
		status = connect_get(run, "/v1/licences", &answer, err);
	if (status == SL_OK) {
		licences = json_object_get(answer, "licences");
		customer = json_string_value(
		    json_object_get(json_array_get(licences, 0), "customer"));
		sl_time_format(expires, profile.expires_us);
		sl_run_print(run, "Customer  %s",
		    customer == NULL ? "(no licence yet)" : customer);
		sl_run_print(run, "Server    %s", profile.endpoint);
		sl_run_print(run, "Token     valid until %s", expires);
		sl_run_json(run,
		    json_pack("{s:s?, s:s, s:s, s:O?}", "customer", customer,
		        "endpoint", profile.endpoint, "expires", expires,
		        "licences", licences));
		if (!sl_run_is_json(run))
			status = print_licences(run, licences, err);
	}
	json_decref(answer);
	sl_profile_clear(&profile);
	return status;
}

const struct sl_command cmd_whoami = {
    .name = "whoami",
    .summary = "show who you are, where, and your licences",
    .run = run_whoami,
};

static const struct sl_option usage_options[] = {
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .help = "of this licence only"},
    {.name = "month",
        .kind = SL_VALUE_TEXT,
        .argument = "YYYY-MM",
        .help = "charges of this month only (UTC)"},
    {0},
};

static const struct sl_column usage_columns[] = {
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"month", "Month", SL_COLUMN_TEXT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"duration_s", "Duration", SL_COLUMN_DURATION},
    {"bytes", "Bytes", SL_COLUMN_BYTES},
    {"charges", "Charges", SL_COLUMN_COUNT},
    {"licence", "Licence", SL_COLUMN_TEXT},
    {0},
};

static enum sl_status
print_usage(struct sl_run *run, json_t *answer, struct sl_error *err)
{
	struct sl_table *table;
	json_t *row;
	size_t i;

	if (sl_table_new(&table, usage_columns) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	json_array_foreach (json_object_get(answer, "usage"), i, row) {
		if (sl_table_add(table, json_incref(row)) != SL_OK) {
			sl_table_free(table);
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		}
	}
	sl_table_print(table, run, "Nothing was charged.");
	sl_table_free(table);
	return SL_OK;
}

static enum sl_status
check_usage(struct sl_run *run, struct sl_error *err)
{
	const char *licence = sl_run_text(run, "licence");
	const char *month = sl_run_text(run, "month");
	char moment[SL_TIME_TEXT_MAX];
	struct sl_uuid id;
	int64_t us;

	if (licence != NULL &&
	    sl_uuid_parse(&id, sl_slice_text(licence)) != SL_OK)
		return sl_run_usage(run, err,
		    "--licence: '%s' is no licence's id; 'sluice whoami' "
		    "lists them",
		    licence);
	if (month == NULL)
		return SL_OK;
	snprintf(moment, sizeof(moment), "%.7s-01T00:00:00Z", month);
	if (strlen(month) != strlen("2026-11") ||
	    sl_time_parse(&us, sl_slice_text(moment)) != SL_OK)
		return sl_run_usage(run, err,
		    "--month: '%s' is no month, such as 2026-11", month);
	return SL_OK;
}

static enum sl_status
run_usage(struct sl_run *run, struct sl_error *err)
{
	const char *licence = sl_run_text(run, "licence");
	const char *month = sl_run_text(run, "month");
	struct sl_buf path;
	json_t *answer = NULL;
	enum sl_status status = check_usage(run, err);

	if (status != SL_OK)
		return status;
	sl_buf_init(&path, PATH_BYTES);
	status = sl_buf_append_text(&path, "/v1/usage");
	if (status == SL_OK && licence != NULL)
		status = sl_buf_append_text(&path, "?licence=");
	if (status == SL_OK && licence != NULL)
		status = sl_client_escape(&path, licence);
	if (status == SL_OK && month != NULL)
		status = sl_buf_append_text(
		    &path, licence == NULL ? "?month=" : "&month=");
	if (status == SL_OK && month != NULL)
		status = sl_client_escape(&path, month);
	if (status != SL_OK)
		sl_error_set(err, status, "the options are too long");
	if (status == SL_OK)
		status = connect_get(run, sl_buf_text(&path), &answer, err);
	if (status == SL_OK && sl_run_is_json(run))
		sl_run_json(run, json_incref(json_object_get(answer, "usage")));
	else if (status == SL_OK)
		status = print_usage(run, answer, err);
	json_decref(answer);
	sl_buf_clear(&path);
	return status;
}

const struct sl_command cmd_usage = {
    .name = "usage",
    .summary = "show what was charged to your licences",
    .options = usage_options,
    .run = run_usage,
};
