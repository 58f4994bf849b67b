#include "licence.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "hint.h"
#include "sluice/base/clock.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/purpose.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

#define PATH_BYTES 4096
#define DAY_US     (INT64_C(86400) * 1000000)

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

/* -- duty -- */

/* The day on which `days` after its end are over. */
static void
due_day(char out[SL_TIME_TEXT_MAX], const json_t *licence, const json_t *duty)
{
	const char *until = text_of(licence, "valid_until");
	int64_t us;

	out[0] = '\0';
	if (sl_time_parse(&us, sl_slice_text(until)) != SL_OK)
		return;
	us += json_integer_value(json_object_get(duty, "days")) * DAY_US;
	sl_time_format(out, us);
	out[strlen("2026-12-21")] = '\0';
}

void
licence_duty(char out[LICENCE_DUTY_MAX], const json_t *licence)
{
	const json_t *duty = json_object_get(licence, "on_expiry");
	const char *what = text_of(duty, "duty");
	const char *certified = text_of(duty, "certified");
	const char *due = text_of(duty, "due");
	char day[SL_TIME_TEXT_MAX];
	int64_t until;
	bool is_over =
	    sl_time_parse(&until,
	        sl_slice_text(text_of(licence, "valid_until"))) == SL_OK &&
	    until <= sl_clock_wall_us();

	out[0] = '\0';
	if (what[0] == '\0' || strcmp(what, "none") == 0)
		return;
	due_day(day, licence, duty);
	if (certified[0] != '\0')
		snprintf(out, LICENCE_DUTY_MAX, "deletion certified %.10s",
		    certified);
	else if (due[0] != '\0' || is_over)
		snprintf(out, LICENCE_DUTY_MAX, "delete %sby %.10s",
		    strcmp(what, "certify") == 0 ? "and certify " : "",
		    due[0] != '\0' ? due : day);
	else
		snprintf(out, LICENCE_DUTY_MAX,
		    "delete %swithin %lld days of its end",
		    strcmp(what, "certify") == 0 ? "and certify " : "",
		    (long long)json_integer_value(
		        json_object_get(duty, "days")));
}

/* -- finding -- */

enum sl_status
licence_find(struct sl_run *run, struct sl_client *client, const char *word,
    json_t **out, struct sl_error *err)
{
	json_t *answer = NULL;
	enum sl_status status;
	size_t found = 0;
	json_t *row;
	size_t i;

	*out = NULL;
	status = sl_client_get(client, "/v1/licences", &answer, err);
	json_array_foreach (json_object_get(answer, "licences"), i, row) {
		if (strcmp(text_of(row, "id"), word) != 0 &&
		    strcmp(text_of(row, "dataset"), word) != 0)
			continue;
		if (found++ == 0)
			*out = json_incref(row);
	}
	json_decref(answer);
	if (status != SL_OK || found == 1)
		return status;
	json_decref(*out);
	*out = NULL;
	if (found == 0)
		status = sl_error_code(err, SL_ERR_NOT_FOUND,
		    "licence_not_found", "you have no licence '%.80s'", word);
	else
		status =
		    sl_error_code(err, SL_ERR_CONFLICT, "licence_ambiguous",
		        "you have %zu licences on %.80s", found, word);
	sl_run_hint(run, "`sluice licence list` tells their IDs");
	return status;
}

/* -- list -- */

static const struct sl_column list_columns[] = {
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"use", "Use up to", SL_COLUMN_TEXT},
    {"valid_until", "Valid until", SL_COLUMN_TEXT},
    {"terms", "Terms", SL_COLUMN_TEXT},
    {"duty_words", "Duty", SL_COLUMN_TEXT},
    {"id", "Licence", SL_COLUMN_TEXT},
    {0},
};

/* "to accept", "accepted", or "" where no text is bound. */
static const char *
terms_words(const json_t *licence)
{
	const json_t *text = json_object_get(licence, "text");

	if (!json_is_true(json_object_get(licence, "accepted")))
		return "to accept";
	return strcmp(text_of(text, "acceptance"), "required") == 0 ? "accepted"
	                                                            : "";
}

/* A copy with the words that people see. */
static json_t *
with_words(const json_t *licence)
{
	json_t *row = json_copy((json_t *)licence);
	char duty[LICENCE_DUTY_MAX];

	licence_duty(duty, licence);
	if (row == NULL ||
	    json_object_set_new(
	        row, "terms", json_string(terms_words(licence))) != 0 ||
	    json_object_set_new(row, "duty_words", json_string(duty)) != 0) {
		json_decref(row);
		return NULL;
	}
	return row;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	struct sl_table *table = NULL;
	json_t *answer = NULL;
	enum sl_status status;
	json_t *row;
	size_t i;

	status = connect_get(run, "/v1/licences", &answer, err);
	if (status == SL_OK && sl_table_new(&table, list_columns) != SL_OK)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	json_array_foreach (json_object_get(answer, "licences"), i, row) {
		if (status == SL_OK &&
		    sl_table_add(table, with_words(row)) != SL_OK)
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (status == SL_OK)
		sl_table_print(table, run, "No licence.");
	sl_table_free(table);
	json_decref(answer);
	return status;
}

const struct sl_command cmd_licence_list = {
    .name = "licence list",
    .summary = "list your licences: how long they run, what they oblige to",
    .run = run_list,
};

/* -- show -- */

static const struct sl_column show_columns[] = {
    {"id", "Licence", SL_COLUMN_TEXT},
    {"version", "Version", SL_COLUMN_COUNT},
    {"customer", "Customer", SL_COLUMN_TEXT},
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"agreement", "Agreement", SL_COLUMN_TEXT},
    {"programme", "Programme", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"valid_from", "Valid from", SL_COLUMN_TEXT},
    {"valid_until", "Valid until", SL_COLUMN_TEXT},
    {"use", "Use up to", SL_COLUMN_TEXT},
    {"class", "Class", SL_COLUMN_TEXT},
    {"seq", "Newest batch", SL_COLUMN_COUNT},
    {"release.seq", "Next batch", SL_COLUMN_COUNT},
    {"release.at", "Released at", SL_COLUMN_TEXT},
    {"layers", "Layers", SL_COLUMN_TEXT},
    {"where", "Episodes", SL_COLUMN_TEXT},
    {"quota.episodes", "Quota episodes", SL_COLUMN_COUNT},
    {"quota.duration_s", "Quota duration", SL_COLUMN_DURATION},
    {"quota.bytes", "Quota bytes", SL_COLUMN_BYTES},
    {"quota.per", "Quota per", SL_COLUMN_TEXT},
    {"used.episodes", "Used episodes", SL_COLUMN_COUNT},
    {"used.duration_s", "Used duration", SL_COLUMN_DURATION},
    {"used.bytes", "Used bytes", SL_COLUMN_BYTES},
    {"price.per_episode", "Price an episode", SL_COLUMN_MONEY},
    {"price.per_hour", "Price an hour", SL_COLUMN_MONEY},
    {"price.per_month", "Price a month", SL_COLUMN_MONEY},
    {"price.included.episodes", "Episodes included", SL_COLUMN_COUNT},
    {"price.included.duration_ms", "Time included", SL_COLUMN_MS},
    {"price.cap", "Price at most", SL_COLUMN_MONEY},
    {"terms", "Terms", SL_COLUMN_TEXT},
    {"duty_words", "Duty", SL_COLUMN_TEXT},
    {0},
};

/* A client, and the licence that the first argument names. */
static enum sl_status
open_licence(struct sl_run *run, struct sl_client **client, json_t **out,
    struct sl_error *err)
{
	enum sl_status status = connect_client(run, client, err);

	*out = NULL;
	if (status == SL_OK)
		status =
		    licence_find(run, *client, sl_run_arg(run, 0), out, err);
	return status;
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	struct sl_client *client;
	json_t *licence;
	json_t *row = NULL;
	enum sl_status status = open_licence(run, &client, &licence, err);

	if (status == SL_OK) {
		row = with_words(licence);
		if (row == NULL)
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		else
			sl_table_show(run, show_columns, row);
	}
	json_decref(row);
	json_decref(licence);
	sl_client_free(client);
	return status;
}

#define LICENCE_ARGUMENT .arguments = "LICENCE", .args_min = 1, .args_max = 1

const struct sl_command cmd_licence_show = {
    .name = "licence show",
    .summary = "show one licence: its terms, quota and what is used",
    LICENCE_ARGUMENT,
    .details = "LICENCE is its ID, or the name of a dataset that you have one "
               "licence on.",
    .run = run_show,
};

/* -- explain -- */

static const struct sl_option explain_options[] = {
    {.name = "layers",
        .kind = SL_VALUE_TEXT,
        .argument = "LIST",
        .help = "for these layers"},
    {.name = "purpose",
        .kind = SL_VALUE_TEXT,
        .argument = "USE[/FIELD][@CC]",
        .help = "for this purpose"},
    {.name = "seq",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "for this batch"},
    {0},
};

static enum sl_status
add_text(struct sl_buf *path, const char *key, const char *value)
{
	bool is_first = memchr(path->data, '?', path->len) == NULL;
	enum sl_status status = SL_OK;

	if (value == NULL)
		return SL_OK;
	status = sl_buf_printf(path, "%s%s=", is_first ? "?" : "&", key);
	return status == SL_OK ? sl_client_escape(path, value) : status;
}

static enum sl_status
explain_path(struct sl_run *run, struct sl_buf *path, const json_t *licence,
    struct sl_error *err)
{
	enum sl_status status = sl_buf_printf(
	    path, "/v1/licences/%s/explain", text_of(licence, "id"));
	char seq[24];

	snprintf(seq, sizeof(seq), "%llu",
	    (unsigned long long)sl_run_number(run, "seq", 0));
	if (status == SL_OK)
		status = add_text(path, "layers", sl_run_text(run, "layers"));
	if (status == SL_OK)
		status = add_text(path, "purpose", sl_run_text(run, "purpose"));
	if (status == SL_OK && sl_run_has(run, "seq"))
		status = add_text(path, "seq", seq);
	return status == SL_OK
	    ? SL_OK
	    : sl_error_set(err, status, "the options are too long");
}

static void
print_explained(struct sl_run *run, const json_t *answer)
{
	const char *until = text_of(answer, "valid_until");
	bool is_allowed = json_is_true(json_object_get(answer, "allowed"));
	json_t *item;
	size_t i;

	sl_run_print(run, "%s  %s", is_allowed ? "Allowed " : "Refused ",
	    text_of(answer, "sentence"));
	json_array_foreach (json_object_get(answer, "failed"), i, item)
		sl_run_print(run, "%s  %s: %s",
		    i == 0 ? "Because " : "        ", text_of(item, "code"),
		    text_of(item, "sentence"));
	if (until[0] != '\0')
		sl_run_print(run, "Until     %s, when that may change", until);
	json_array_foreach (json_object_get(answer, "obligations"), i, item)
		sl_run_print(run, "%s  %s", i == 0 ? "Obliges " : "        ",
		    json_string_value(item));
}

static enum sl_status
check_purpose(struct sl_run *run, struct sl_error *err)
{
	const char *text = sl_run_text(run, "purpose");
	struct sl_purpose purpose;
	enum sl_status status = SL_OK;

	if (text != NULL)
		status = sl_purpose_parse(&purpose, sl_slice_text(text), err);
	return status == SL_OK ? SL_OK : sl_run_blame(run, status);
}

static enum sl_status
run_explain(struct sl_run *run, struct sl_error *err)
{
	struct sl_client *client = NULL;
	json_t *licence = NULL;
	json_t *answer = NULL;
	enum sl_status status = check_purpose(run, err);
	struct sl_buf path;

	sl_buf_init(&path, PATH_BYTES);
	if (status == SL_OK)
		status = open_licence(run, &client, &licence, err);
	if (status == SL_OK)
		status = explain_path(run, &path, licence, err);
	if (status == SL_OK)
		status =
		    sl_client_get(client, sl_buf_text(&path), &answer, err);
	if (status == SL_OK) {
		print_explained(run, answer);
		sl_run_json(run, json_incref(answer));
	}
	sl_buf_clear(&path);
	json_decref(answer);
	json_decref(licence);
	sl_client_free(client);
	return status;
}

const struct sl_command cmd_licence_explain = {
    .name = "licence explain",
    .summary = "say whether a licence serves now, and if not, why",
    LICENCE_ARGUMENT,
    .options = explain_options,
    .details = "The server decides it as it does for a delivery, with the "
               "address that you ask from; nothing is charged.",
    .run = run_explain,
};
