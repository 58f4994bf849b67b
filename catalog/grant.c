#include "sluice/catalog/grant.h"

#include <string.h>

#include "scope_json.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

static const char *const kind_names[] = {
    [SL_DATASET_PREBUILT] = "prebuilt",
    [SL_DATASET_SUBSCRIPTION] = "subscription",
};

enum sl_status
sl_dataset_kind_by_name(enum sl_dataset_kind *out, struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]);
	     i++) {
		if (sl_slice_is_text(name, kind_names[i])) {
			*out = (enum sl_dataset_kind)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

void
sl_grant_init(struct sl_grant *grant)
{
	memset(grant, 0, sizeof(*grant));
	memcpy(grant->class_name, "standard", sizeof("standard"));
	sl_scope_init(&grant->scope);
}

void
sl_grant_clear(struct sl_grant *grant)
{
	sl_scope_clear(&grant->scope);
	memset(grant, 0, sizeof(*grant));
}

static enum sl_status
read_names(struct sl_grant *grant, const json_t *object, struct sl_error *err)
{
	const char *dataset = NULL;
	const char *kind = NULL;
	const char *class_name = NULL;
	enum sl_status status =
	    sl_json_need_text(&dataset, object, "dataset", err);

	if (status == SL_OK)
		status = sl_json_need_text(&kind, object, "kind", err);
	if (status == SL_OK)
		status = sl_json_need_text(&class_name, object, "class", err);
	if (status != SL_OK)
		return status;
	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"dataset\" is not a dataset's name");
	memcpy(grant->dataset, dataset, strlen(dataset) + 1);
	if (!sl_slug_is_valid(sl_slice_text(class_name)))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"class\" is not a slug");
	memcpy(grant->class_name, class_name, strlen(class_name) + 1);
	if (sl_dataset_kind_by_name(&grant->kind, sl_slice_text(kind)) != SL_OK)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"kind\" is not prebuilt or subscription");
	return SL_OK;
}

static enum sl_status
read_ledger(struct sl_grant *grant, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"number", "head", NULL};
	json_t *ledger;
	enum sl_status status =
	    sl_json_need_object(&ledger, object, "ledger", err);

	if (status == SL_OK)
		status = sl_json_only_keys(ledger, keys, err);
	if (status == SL_OK)
		status = sl_json_need_u64(
		    &grant->ledger_number, ledger, "number", INT64_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_hex(grant->ledger_head,
		    sizeof(grant->ledger_head), ledger, "head", err);
	return status;
}

static enum sl_status
read_release(struct sl_grant *grant, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"seq", "at", NULL};
	json_t *release;
	enum sl_status status;

	if (json_is_null(json_object_get(object, "release")))
		return SL_OK;
	status = sl_json_need_object(&release, object, "release", err);
	if (status == SL_OK)
		status = sl_json_only_keys(release, keys, err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &grant->release_seq, release, "seq", SL_SEQ_MAX, err);
	if (status == SL_OK && grant->release_seq == 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"release\" is of batch 0");
	if (status == SL_OK)
		status = sl_json_need_time(
		    &grant->release_at_us, release, "at", err);
	return status;
}

static enum sl_status
read_grant(struct sl_grant *grant, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "licence",
	    "licence_version", "dataset", "kind", "class", "layers", "where",
	    "window", "seq", "release", "valid_until", "ledger", NULL};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status =
		    sl_json_need_uuid(&grant->licence, object, "licence", err);
	if (status == SL_OK)
		status = sl_json_need_u32(&grant->licence_version, object,
		    "licence_version", INT32_MAX, err);
	if (status == SL_OK)
		status = read_names(grant, object, err);
	if (status == SL_OK)
		status = sl_scope_read(&grant->scope, object, err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &grant->seq, object, "seq", SL_SEQ_MAX, err);
	if (status == SL_OK)
		status = read_release(grant, object, err);
	if (status == SL_OK)
		status = sl_json_need_time(
		    &grant->valid_until_us, object, "valid_until", err);
	if (status == SL_OK)
		status = read_ledger(grant, object, err);
	return status;
}

enum sl_status
sl_grant_parse(struct sl_grant *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_grant grant;
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_GRANT_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "grant");
	sl_grant_init(&grant);
	status = read_grant(&grant, object, err);
	json_decref(object);
	if (status != SL_OK) {
		sl_grant_clear(&grant);
		return sl_error_prefix(err, status, "grant");
	}
	sl_grant_clear(out);
	*out = grant;
	return SL_OK;
}

static json_t *
release_to_json(const struct sl_grant *grant)
{
	char at[SL_TIME_TEXT_MAX];

	if (grant->release_seq == 0)
		return json_null();
	sl_time_format(at, grant->release_at_us);
	return json_pack(
	    "{s:I,s:s}", "seq", (json_int_t)grant->release_seq, "at", at);
}

enum sl_status
sl_grant_format(struct sl_buf *buf, const struct sl_grant *grant)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	char valid_until[SL_TIME_TEXT_MAX];
	char head[65];
	json_t *object;
	enum sl_status status;

	sl_uuid_format(licence, &grant->licence);
	sl_time_format(valid_until, grant->valid_until_us);
	sl_hex_encode(head, grant->ledger_head, sizeof(grant->ledger_head));
	object = json_pack("{s:i,s:s,s:I,s:s,s:s,s:s,s:o,s:o,s:o,s:I,s:o,s:s,"
	                   "s:{s:I,s:s}}",
	    "version", 1, "licence", licence, "licence_version",
	    (json_int_t)grant->licence_version, "dataset", grant->dataset,
	    "kind", kind_names[grant->kind], "class", grant->class_name,
	    "layers", sl_layers_to_json(&grant->scope.layers), "where",
	    sl_scope_where_json(&grant->scope), "window",
	    sl_scope_window_json(&grant->scope), "seq", (json_int_t)grant->seq,
	    "release", release_to_json(grant), "valid_until", valid_until,
	    "ledger", "number", (json_int_t)grant->ledger_number, "head", head);
	if (object == NULL)
		return SL_ERR_NOMEM;
	status = sl_json_dump(buf, object);
	json_decref(object);
	return status == SL_OK ? sl_buf_append_text(buf, "\n") : status;
}
