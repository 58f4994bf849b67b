/* Asking the provider: request, request list. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/name.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/command/value.h"

#define BODY_MAX (32 * 1024)
#define AGE_MAX  32
/* Publishers that are looked up for one list. */
#define LOOKUP_MAX 20

static const struct sl_option request_options[] = {
    {.name = "purpose",
        .kind = SL_VALUE_TEXT,
        .argument = "WORDS",
        .help = "what it is for, e.g. commercial_train/logistics@DE"},
    {.name = "message",
        .kind = SL_VALUE_TEXT,
        .argument = "TEXT",
        .help = "what the provider should know"},
    {.name = "collect",
        .kind = SL_VALUE_FLAG,
        .help = "ask for data to be collected; DATASET may be left out"},
    {0},
};

static const struct sl_column one_columns[] = {
    {"id", "Request", SL_COLUMN_TEXT},
    {"kind", "Kind", SL_COLUMN_TEXT},
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"status", "State", SL_COLUMN_TEXT},
    {"purpose", "Purpose", SL_COLUMN_TEXT},
    {"message", "Message", SL_COLUMN_TEXT},
    {0},
};

static enum sl_status
check_request(struct sl_run *run, struct sl_error *err)
{
	const char *dataset = sl_run_arg(run, 0);

	if (dataset == NULL && !sl_run_flag(run, "collect"))
		return sl_run_usage(
		    run, err, "name the DATASET that you want access to");
	if (dataset != NULL &&
	    !sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_run_usage(
		    run, err, "'%s' is no name of a dataset", dataset);
	return SL_OK;
}

static enum sl_status
make_body(struct sl_run *run, struct sl_buf *out, struct sl_error *err)
{
	const char *purpose = sl_run_text(run, "purpose");
	const char *message = sl_run_text(run, "message");
	json_t *body = json_pack("{s:s, s:s?, s:s, s:s}", "kind",
	    sl_run_flag(run, "collect") ? "collection" : "access", "dataset",
	    sl_run_arg(run, 0), "purpose", purpose == NULL ? "" : purpose,
	    "message", message == NULL ? "" : message);
	enum sl_status status = SL_ERR_INVALID;

	if (body != NULL)
		status = sl_json_dump(out, body);
	json_decref(body);
	return status == SL_OK
	    ? SL_OK
	    : sl_error_set(err, status,
	          "--purpose or --message is too long or no UTF-8");
}

static enum sl_status
run_request(struct sl_run *run, struct sl_error *err)
{
	struct sl_client *client = NULL;
	json_t *answer = NULL;
	enum sl_status status = check_request(run, err);
	struct sl_buf body;

	sl_buf_init(&body, BODY_MAX);
	if (status == SL_OK)
		status = make_body(run, &body, err);
	if (status == SL_OK)
		status = connect_client(run, &client, err);
	if (status == SL_OK)
		status = sl_client_post(
		    client, "/v1/requests", sl_buf_slice(&body), &answer, err);
	if (status == SL_OK) {
		sl_table_show(run, one_columns, answer);
		sl_run_say(run, "`sluice request list` tells the answer");
	}
	json_decref(answer);
	sl_client_free(client);
	sl_buf_clear(&body);
	return status;
}

const struct sl_command cmd_request = {
    .name = "request",
    .summary = "ask the provider for access to a dataset",
    .arguments = "[DATASET]",
    .args_max = 1,
    .options = request_options,
    .details = "The same request again, while it waits, is the same request.",
    .run = run_request,
};

/* -- list -- */

static const struct sl_column list_columns[] = {
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"kind", "Kind", SL_COLUMN_TEXT},
    {"status", "State", SL_COLUMN_TEXT},
    {"age", "Age", SL_COLUMN_TEXT},
    {"decides", "Decides", SL_COLUMN_TEXT},
    {"answer", "Answer", SL_COLUMN_TEXT},
    {"licence", "Licence", SL_COLUMN_TEXT},
    {"id", "Request", SL_COLUMN_TEXT},
    {0},
};

static void
age_of(char out[AGE_MAX], const json_t *request)
{
	const char *created =
	    json_string_value(json_object_get(request, "created"));
	int64_t now = sl_clock_wall_us();
	int64_t us;

	out[0] = '\0';
	if (created == NULL ||
	    sl_time_parse(&us, sl_slice_text(created)) != SL_OK || us > now)
		return;
	us = (now - us) / 1000000;
	if (us < 3600)
		snprintf(out, AGE_MAX, "%lld min", (long long)(us / 60));
	else if (us < 48 * 3600)
		snprintf(out, AGE_MAX, "%lld h", (long long)(us / 3600));
	else
		snprintf(out, AGE_MAX, "%lld days", (long long)(us / 86400));
}

/* The dataset's publisher; NULL if the server does not say. */
static json_t *
publisher_of(struct sl_client *client, const char *dataset)
{
	json_t *answer = NULL;
	json_t *publisher = NULL;
	char path[128];

	if (dataset == NULL)
		return NULL;
	snprintf(path, sizeof(path), "/v1/datasets/%.63s", dataset);
	if (sl_client_get(client, path, &answer, NULL) == SL_OK)
		publisher = json_incref(json_object_get(answer, "publisher"));
	json_decref(answer);
	return publisher;
}

static enum sl_status
add_rows(struct sl_client *client, struct sl_table *table, json_t *requests)
{
	json_t *known = json_object(); /* publishers by dataset */
	enum sl_status status = known == NULL ? SL_ERR_NOMEM : SL_OK;
	json_t *row;
	size_t i;

	json_array_foreach (requests, i, row) {
		const char *dataset =
		    json_string_value(json_object_get(row, "dataset"));
		char age[AGE_MAX];

		if (status != SL_OK)
			break;
		if (dataset != NULL && json_object_size(known) < LOOKUP_MAX &&
		    json_object_get(known, dataset) == NULL)
			json_object_set_new(
			    known, dataset, publisher_of(client, dataset));
		age_of(age, row);
		json_object_set_new(row, "age", json_string(age));
		if (dataset != NULL)
			json_object_set(
			    row, "decides", json_object_get(known, dataset));
		status = sl_table_add(table, json_incref(row));
	}
	json_decref(known);
	return status;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	struct sl_client *client = NULL;
	struct sl_table *table = NULL;
	json_t *answer = NULL;
	enum sl_status status = connect_client(run, &client, err);

	if (status == SL_OK)
		status = sl_client_get(client, "/v1/requests", &answer, err);
	if (status == SL_OK) {
		status = sl_table_new(&table, list_columns);
		if (status == SL_OK)
			status = add_rows(
			    client, table, json_object_get(answer, "requests"));
		if (status != SL_OK)
			sl_error_set(err, status, "out of memory");
	}
	if (status == SL_OK)
		sl_table_print(table, run, "Nothing was asked for.");
	sl_table_free(table);
	json_decref(answer);
	sl_client_free(client);
	return status;
}

const struct sl_command cmd_request_list = {
    .name = "request list",
    .summary = "list what you asked for: state, age, answer",
    .run = run_list,
};
