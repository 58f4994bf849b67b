/* What was charged: usage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "credentials.h"
#include "licence.h"
#include "sluice/base/clock.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/json.h"
#include "sluice/client/book.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

#define PATH_BYTES 256

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
    {"amount", "Amount", SL_COLUMN_TEXT},
    {"currency", "", SL_COLUMN_TEXT},
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

/* The heads of the ledgers go with the answer; what was told is kept.
 * SL_ERR_INTEGRITY, code ledger_fork. */
static enum sl_status
keep_heads(struct sl_run *run, const json_t *totals, struct sl_error *err)
{
	char *folder = credentials_state_path(SL_BOOK_FOLDER);
	enum sl_status status = SL_OK;
	struct sl_error local = {0};
	json_t *row;
	size_t i;

	if (folder == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	json_array_foreach (totals, i, row) {
		const json_t *ledger = json_object_get(row, "ledger");
		struct sl_book_head head = {.source = "usage"};
		struct sl_uuid licence;

		if (status != SL_OK)
			break;
		head.at_us = sl_clock_wall_us();
		if (sl_json_need_uuid(&licence, row, "licence", NULL) !=
		        SL_OK ||
		    sl_json_need_u64(&head.number, ledger, "number", INT64_MAX,
		        NULL) != SL_OK ||
		    sl_json_need_hex(head.head, sizeof(head.head), ledger,
		        "head", NULL) != SL_OK)
			continue;
		status = sl_book_keep(folder, &licence, &head, &local);
	}
	free(folder);
	if (status == SL_ERR_INTEGRITY)
		*err = local;
	else if (status != SL_OK)
		sl_run_warn(
		    run, "heads of the ledger are not kept: %s", local.text);
	return status == SL_ERR_INTEGRITY ? status : SL_OK;
}

static void
print_totals(struct sl_run *run, const json_t *totals)
{
	json_t *row;
	size_t i;

	json_array_foreach (totals, i, row) {
		const json_t *ledger = json_object_get(row, "ledger");
		const char *head =
		    json_string_value(json_object_get(ledger, "head"));
		const char *dataset =
		    json_string_value(json_object_get(row, "dataset"));

		sl_run_print(run, "%s  %s: row %lld, head %s",
		    i == 0 ? "Ledger" : "      ",
		    dataset == NULL ? "" : dataset,
		    (long long)json_integer_value(
		        json_object_get(ledger, "number")),
		    head == NULL ? "" : head);
	}
}

/* What licences that have ended oblige to. */
static void
print_duties(struct sl_run *run, const char *licence)
{
	struct sl_error ignored = {0};
	json_t *answer = NULL;
	json_t *row;
	size_t i;

	if (connect_get(run, "/v1/licences", &answer, &ignored) != SL_OK)
		return;
	json_array_foreach (json_object_get(answer, "licences"), i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));
		char duty[LICENCE_DUTY_MAX];

		if (id == NULL || (licence != NULL && strcmp(id, licence) != 0))
			continue;
		licence_duty(duty, row);
		if (strncmp(duty, "delete", 6) == 0 &&
		    strstr(duty, "within") == NULL)
			sl_run_warn(run,
			    "licence %s has ended: %s, with `sluice "
			    "certify-deletion DIR`",
			    id, duty);
	}
	json_decref(answer);
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
		    "--licence: '%s' is no licence's id; 'sluice licence "
		    "list' lists them",
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
	if (status == SL_OK)
		status =
		    keep_heads(run, json_object_get(answer, "totals"), err);
	if (status == SL_OK && sl_run_is_json(run))
		sl_run_json(run, json_incref(json_object_get(answer, "usage")));
	else if (status == SL_OK)
		status = print_usage(run, answer, err);
	if (status == SL_OK && !sl_run_is_csv(run))
		print_totals(run, json_object_get(answer, "totals"));
	if (status == SL_OK && !sl_run_is_json(run))
		print_duties(run, licence);
	json_decref(answer);
	sl_buf_clear(&path);
	return status;
}

const struct sl_command cmd_usage = {
    .name = "usage",
    .summary = "show what was charged to your licences",
    .options = usage_options,
    .details = "The heads of the ledgers are kept, so that `sluice usage "
               "verify` can hold a statement against them.",
    .run = run_usage,
};
