/* licence explain|export: what the server would answer, and the licence as a
 * document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "signed.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/decide.h"
#include "sluice/catalog/explain.h"
#include "sluice/catalog/licence_file.h"
#include "sluice/catalog/odrl.h"
#include "sluice/db/db.h"
#include "sluice/store/licence_admin.h"
#include "terms_options.h"

/* ---- explain: the state from the database's JSON ---- */

static enum sl_status
read_used(struct sl_quota *out, const json_t *object, struct sl_error *err)
{
	enum sl_status status =
	    sl_quota_read(&out->episodes, object, "episodes", err);

	if (status == SL_OK)
		status = sl_quota_read(
		    &out->duration_ms, object, "duration_ms", err);
	if (status == SL_OK)
		status = sl_quota_read(&out->bytes, object, "bytes", err);
	return status;
}

static enum sl_status
read_agreement(
    struct sl_agreement_state *out, const json_t *object, struct sl_error *err)
{
	const json_t *ceiling = json_object_get(object, "ceiling");
	const json_t *used = json_object_get(object, "used");
	enum sl_status status;

	if (!json_is_object(object))
		return SL_OK;
	out->has = true;
	if (sl_agreement_status_by_name(&out->status,
	        sl_slice_text(ctl_text(object, "status"))) != SL_OK ||
	    sl_time_parse(&out->from_us,
	        sl_slice_text(ctl_text(object, "from"))) != SL_OK ||
	    sl_time_parse(&out->until_us,
	        sl_slice_text(ctl_text(object, "until"))) != SL_OK)
		return sl_error_set(
		    err, SL_ERR_INTEGRITY, "the agreement cannot be read");
	status = read_used(&out->ceiling.quota, ceiling, err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &out->ceiling.money_micro, ceiling, "money_micro", err);
	if (status == SL_OK)
		status = read_used(&out->used, used, err);
	out->used_money_micro =
	    json_integer_value(json_object_get(used, "money_micro"));
	return status;
}

static uint32_t
number(const json_t *object, const char *key)
{
	return (uint32_t)json_integer_value(json_object_get(object, key));
}

static enum sl_status
read_state(
    struct sl_licence_state *out, const json_t *state, struct sl_error *err)
{
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	if (sl_licence_status_by_name(&out->status,
	        sl_slice_text(ctl_text(state, "status"))) != SL_OK)
		return sl_error_set(
		    err, SL_ERR_INTEGRITY, "the status cannot be read");
	out->accepted = json_is_true(json_object_get(state, "accepted"));
	out->released_seq = number(state, "released_seq");
	out->deliveries = number(state, "deliveries");
	out->deliveries_max = number(state, "deliveries_max");
	status = read_used(&out->used, json_object_get(state, "used"), err);
	if (status == SL_OK)
		status = read_agreement(
		    &out->agreement, json_object_get(state, "agreement"), err);
	return status;
}

/* What is asked for, as GET /v1/licences/{id}/explain takes it. */
struct question {
	struct sl_decide_request request;
	struct sl_layers layers;
	struct sl_purpose purpose;
};

static enum sl_status
read_question(
    struct question *question, struct sl_run *run, struct sl_error *err)
{
	const char *layers = sl_run_text(run, "layers");
	const char *purpose = sl_run_text(run, "purpose");
	uint64_t seq = sl_run_number(run, "seq", 0);
	enum sl_status status = SL_OK;

	memset(question, 0, sizeof(*question));
	if (seq > SL_SEQ_MAX)
		return sl_run_usage(run, err, "--seq is no batch");
	question->request.seq = (uint32_t)seq;
	question->request.new_delivery = true;
	question->request.charge = (struct sl_quota)SL_EXPLAIN_CHARGE;
	question->request.address = sl_run_text(run, "address");
	if (layers != NULL) {
		status = sl_layers_parse(
		    &question->layers, sl_slice_text(layers), err);
		question->request.layers = &question->layers;
	}
	if (status == SL_OK && purpose != NULL) {
		status = sl_purpose_parse(
		    &question->purpose, sl_slice_text(purpose), err);
		question->request.purpose = &question->purpose;
	}
	return status == SL_OK ? SL_OK : sl_run_blame(run, status);
}

static enum sl_status
decide(json_t **out, const json_t *state_json, struct question *question,
    struct sl_error *err)
{
	const char *id = ctl_text(state_json, "licence");
	struct sl_licence_state state;
	struct sl_decision decision;
	struct sl_terms terms;
	struct sl_uuid licence;
	bool is_readable;
	enum sl_status status;

	status = read_state(&state, json_object_get(state_json, "state"), err);
	if (status == SL_OK)
		status = sl_uuid_parse(&licence, sl_slice_text(id));
	if (status != SL_OK)
		return status;
	sl_terms_init(&terms);
	is_readable = sl_terms_from_json(&terms,
	                  json_object_get(state_json, "terms"), NULL) == SL_OK;
	question->request.dataset = ctl_text(state_json, "dataset");
	decision = sl_licence_decide(is_readable ? &terms : NULL, &state,
	    &question->request,
	    json_integer_value(json_object_get(state_json, "now_us")));
	*out = sl_decision_to_json(&decision, is_readable ? &terms : NULL,
	    &licence, number(state_json, "version"));
	sl_terms_clear(&terms);
	return *out == NULL ? sl_error_set(err, SL_ERR_NOMEM, "out of memory")
	                    : SL_OK;
}

static enum sl_status
explain(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	json_t *state;
	enum sl_status status;

	status =
	    sl_store_licence_explain_state(&state, db, sl_run_arg(run, 0), err);
	if (status != SL_OK)
		return status;
	status = decide(out, state, ctx, err);
	json_decref(state);
	return status;
}

static void
print_decision(struct sl_run *run, const json_t *decision)
{
	const json_t *failed = json_object_get(decision, "failed");
	const json_t *obligations = json_object_get(decision, "obligations");
	json_t *one;
	size_t i;

	sl_run_print(run, "%s",
	    json_is_true(json_object_get(decision, "allowed")) ? "allowed"
	                                                       : "denied");
	json_array_foreach (failed, i, one)
		sl_run_print(run, "  %s: %s", ctl_text(one, "code"),
		    ctl_text(one, "sentence"));
	if (ctl_text(decision, "valid_until")[0] != '\0')
		sl_run_print(run, "the same until %s, as far as time goes",
		    ctl_text(decision, "valid_until"));
	json_array_foreach (obligations, i, one)
		sl_run_print(run, "duty: %s", json_string_value(one));
}

static enum sl_status
print_csv(struct sl_run *run, const json_t *decision, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"code", "Code", SL_COLUMN_TEXT},
	    {"sentence", "Sentence", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_print_rows(run, columns,
	    json_incref(json_object_get(decision, "failed")), "", err);
}

static enum sl_status
run_explain(struct sl_run *run, struct sl_error *err)
{
	struct question question;
	json_t *decision = NULL;
	enum sl_status status;

	status = ctl_check_id(run, "licence", sl_run_arg(run, 0), err);
	if (status == SL_OK)
		status = read_question(&question, run, err);
	if (status == SL_OK)
		status = ctl_ask(&decision, run, explain, &question, err);
	if (status != SL_OK)
		return status;
	if (sl_run_is_csv(run))
		status = print_csv(run, decision, err);
	else
		print_decision(run, decision);
	sl_run_json(run, decision);
	return status;
}

/* ---- export ---- */

static enum sl_status
format_odrl(struct sl_buf *text, const struct sl_licence_file *file)
{
	struct sl_odrl_parties parties = {
	    .licence = file->licence,
	    .assigner = file->publisher,
	    .assignee = file->customer,
	};
	json_t *json = sl_odrl_from_terms(&file->terms, &parties);
	char *dump = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	enum sl_status status =
	    dump == NULL ? SL_ERR_NOMEM : sl_buf_append_text(text, dump);

	if (status == SL_OK)
		status = sl_buf_append_text(text, "\n");
	free(dump);
	json_decref(json);
	return status;
}

static enum sl_status
make_document(struct sl_buf *text, struct sl_run *run, struct sl_db *db,
    struct sl_error *err)
{
	struct sl_licence_file file;
	json_t *json;
	enum sl_status status;

	status = sl_store_licence_export(&json, db, sl_run_arg(run, 0), err);
	if (status != SL_OK)
		return status;
	sl_licence_file_init(&file);
	status = sl_licence_file_from_json(&file, json, err);
	json_decref(json);
	if (status == SL_OK) {
		status = sl_run_flag(run, "odrl")
		    ? format_odrl(text, &file)
		    : sl_licence_file_format(text, &file);
		if (status != SL_OK)
			sl_error_set(err, status, "the licence is too long");
	}
	sl_licence_file_clear(&file);
	return status;
}

static enum sl_status
export_file(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const char *path = sl_run_text(run, "out");
	struct ctl_signer *signer = ctx;
	char comment[128];
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, 4 * SL_LICENCE_FILE_BYTES_MAX);
	status = make_document(&text, run, db, err);
	if (status == SL_OK && path == NULL) {
		if (fwrite(text.data, 1, text.len, stdout) != text.len)
			status =
			    sl_error_set(err, SL_ERR_IO, "standard output");
	} else if (status == SL_OK) {
		status = ctl_signer_check(signer, db, err);
		snprintf(comment, sizeof(comment), "sluice licence %s",
		    sl_run_arg(run, 0));
		if (status == SL_OK)
			status = ctl_write_signed(
			    signer, path, sl_buf_slice(&text), comment, err);
		*out = json_pack("{s:s}", "file", path);
	}
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
run_export(struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "out");
	struct ctl_signer signer = {0};
	json_t *done = NULL;
	enum sl_status status;

	status = ctl_check_id(run, "licence", sl_run_arg(run, 0), err);
	if (status == SL_OK && path != NULL)
		status = ctl_signer_load(&signer, run, err);
	if (status == SL_OK)
		status = ctl_ask(&done, run, export_file, &signer, err);
	ctl_signer_clear(&signer);
	if (status != SL_OK) {
		json_decref(done);
		return status;
	}
	if (path != NULL) {
		sl_run_print(run, "wrote %s and %s.minisig", path, path);
		sl_run_json(run, done);
	}
	return SL_OK;
}

static const struct sl_option explain_options[] = {
    CTL_TEXT_OPTION(
        "layers", "LIST", "layers asked for; default what it covers"),
    CTL_TEXT_OPTION("purpose", "PURPOSE",
        "declared: use[/field][@CC], such as research/logistics@DE"),
    {.name = "seq",
        .kind = SL_VALUE_U64,
        .argument = "SEQ",
        .help = "newest batch asked for"},
    CTL_TEXT_OPTION("address", "ADDRESS", "of the client"),
    {0},
};

static const struct sl_option export_options[] = {
    {.name = "odrl", .help = "as an ODRL 2.2 policy in JSON-LD"},
    CTL_TEXT_OPTION("out", "FILE",
        "write FILE and FILE.minisig; else print it, without a signature"),
    CTL_BILLING_KEY_OPTION,
    {0},
};

const struct sl_command ctl_licence_explain = {
    .name = "licence explain",
    .summary = "would the server allow it now, and why not",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = explain_options,
    .details = "The same answer as GET /v1/licences/{id}/explain.",
    .run = run_explain,
};

const struct sl_command ctl_licence_export = {
    .name = "licence export",
    .summary = "the licence as a signed document",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = export_options,
    .run = run_export,
};
