#include "sluice/catalog/licence_file.h"

#include <string.h>

#include "document.h"
#include "sluice/catalog/json.h"

void
sl_licence_file_init(struct sl_licence_file *file)
{
	memset(file, 0, sizeof(*file));
	sl_terms_init(&file->terms);
}

void
sl_licence_file_clear(struct sl_licence_file *file)
{
	sl_terms_clear(&file->terms);
	memset(file, 0, sizeof(*file));
}

static enum sl_status
read_customer(
    struct sl_licence_file *file, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"name", "title", NULL};
	json_t *customer;
	enum sl_status status =
	    sl_json_need_object(&customer, object, "customer", err);

	if (status == SL_OK)
		status = sl_json_only_keys(customer, keys, err);
	if (status == SL_OK)
		status = sl_document_need_slug(
		    file->customer, false, customer, "name", err);
	if (status == SL_OK)
		status = sl_document_need_line(
		    file->customer_title, SL_TITLE_MAX, customer, "title", err);
	return status;
}

static enum sl_status
read_ceiling(
    struct sl_ceiling *ceiling, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "episodes", "duration_ms", "bytes", "money_micro", NULL};
	json_t *value;
	enum sl_status status =
	    sl_json_need_object(&value, object, "ceiling", err);

	if (status == SL_OK)
		status = sl_json_only_keys(value, keys, err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &ceiling->quota.episodes, value, "episodes", err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &ceiling->quota.duration_ms, value, "duration_ms", err);
	if (status == SL_OK)
		status =
		    sl_quota_read(&ceiling->quota.bytes, value, "bytes", err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &ceiling->money_micro, value, "money_micro", err);
	return status;
}

static enum sl_status
read_agreement(
    struct sl_licence_file *file, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "name", "from", "until", "currency", "ceiling", NULL};
	json_t *agreement;
	enum sl_status status;

	if (json_is_null(json_object_get(object, "agreement")))
		return SL_OK;
	file->has_agreement = true;
	status = sl_json_need_object(&agreement, object, "agreement", err);
	if (status == SL_OK)
		status = sl_json_only_keys(agreement, keys, err);
	if (status == SL_OK)
		status = sl_document_need_slug(
		    file->agreement, false, agreement, "name", err);
	if (status == SL_OK)
		status = sl_json_need_time(
		    &file->agreement_from_us, agreement, "from", err);
	if (status == SL_OK)
		status = sl_json_need_time(
		    &file->agreement_until_us, agreement, "until", err);
	if (status == SL_OK)
		status = sl_document_need_currency(
		    file->currency, false, agreement, "currency", err);
	if (status == SL_OK)
		status = read_ceiling(&file->ceiling, agreement, err);
	return status;
}

static enum sl_status
read_dataset(
    struct sl_licence_file *file, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"name", "title", "publisher", NULL};
	char name[SL_DATASET_NAME_MAX + 1];
	json_t *dataset;
	enum sl_status status =
	    sl_json_need_object(&dataset, object, "dataset", err);

	if (status == SL_OK)
		status = sl_json_only_keys(dataset, keys, err);
	if (status == SL_OK)
		status = sl_document_need_dataset(name, dataset, "name", err);
	if (status == SL_OK)
		status = sl_document_need_line(
		    file->dataset_title, SL_TITLE_MAX, dataset, "title", err);
	if (status == SL_OK)
		status = sl_document_need_slug(
		    file->publisher, false, dataset, "publisher", err);
	if (status == SL_OK && strcmp(name, file->terms.dataset) != 0)
		status = sl_error_set(err, SL_ERR_INVALID,
		    "\"dataset\" is not that of the terms");
	return status;
}

static enum sl_status
read_issue(
    struct sl_licence_file *file, const json_t *object, struct sl_error *err)
{
	const char *text = NULL;
	enum sl_status status = sl_json_need_text(&text, object, "status", err);

	if (status == SL_OK &&
	    sl_licence_status_by_name(&file->status, sl_slice_text(text)) !=
	        SL_OK)
		status = sl_error_set(err, SL_ERR_INVALID,
		    "\"status\" is none of active, suspended and revoked");
	if (status == SL_OK)
		status =
		    sl_json_need_time(&file->issued_us, object, "issued", err);
	if (status == SL_OK)
		status = sl_document_need_line(
		    file->issuer, SL_LOGIN_MAX, object, "issuer", err);
	if (status == SL_OK && file->issuer[0] == '\0')
		status =
		    sl_error_set(err, SL_ERR_INVALID, "\"issuer\" is empty");
	return status;
}

static enum sl_status
read_file(
    struct sl_licence_file *file, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "type", "licence",
	    "licence_version", "customer", "agreement", "dataset", "status",
	    "terms", "issued", "issuer", NULL};
	json_t *terms;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_document_need_type(object, "licence", err);
	if (status == SL_OK)
		status =
		    sl_json_need_uuid(&file->licence, object, "licence", err);
	if (status == SL_OK)
		status = sl_json_need_u32(&file->licence_version, object,
		    "licence_version", INT32_MAX, err);
	if (status == SL_OK)
		status = read_customer(file, object, err);
	if (status == SL_OK)
		status = read_agreement(file, object, err);
	if (status == SL_OK)
		status = sl_json_need_object(&terms, object, "terms", err);
	if (status == SL_OK)
		status = sl_terms_from_json(&file->terms, terms, err);
	if (status == SL_OK)
		status = read_dataset(file, object, err);
	if (status == SL_OK)
		status = read_issue(file, object, err);
	return status;
}

enum sl_status
sl_licence_file_from_json(
    struct sl_licence_file *out, const json_t *object, struct sl_error *err)
{
	struct sl_licence_file file;
	enum sl_status status;

	sl_licence_file_init(&file);
	status = read_file(&file, object, err);
	if (status != SL_OK) {
		sl_licence_file_clear(&file);
		return sl_error_prefix(err, status, "licence file");
	}
	sl_licence_file_clear(out);
	*out = file;
	return SL_OK;
}

enum sl_status
sl_licence_file_parse(
    struct sl_licence_file *out, struct sl_slice text, struct sl_error *err)
{
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_LICENCE_FILE_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "licence file");
	status = sl_licence_file_from_json(out, object, err);
	json_decref(object);
	return status;
}

static json_t *
agreement_to_json(const struct sl_licence_file *file)
{
	const struct sl_ceiling *ceiling = &file->ceiling;

	if (!file->has_agreement)
		return json_null();
	return json_pack("{s:s,s:o,s:o,s:s,s:{s:o,s:o,s:o,s:o}}", "name",
	    file->agreement, "from",
	    sl_document_time_json(file->agreement_from_us), "until",
	    sl_document_time_json(file->agreement_until_us), "currency",
	    file->currency, "ceiling", "episodes",
	    sl_quota_to_json(ceiling->quota.episodes), "duration_ms",
	    sl_quota_to_json(ceiling->quota.duration_ms), "bytes",
	    sl_quota_to_json(ceiling->quota.bytes), "money_micro",
	    sl_quota_to_json(ceiling->money_micro));
}

enum sl_status
sl_licence_file_format(struct sl_buf *buf, const struct sl_licence_file *file)
{
	char licence[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(licence, &file->licence);
	return sl_document_write(buf,
	    json_pack("{s:i,s:s,s:s,s:I,s:{s:s,s:s},s:o,s:{s:s,s:s,s:s},s:s,"
	              "s:o,s:o,s:s}",
	        "version", 1, "type", "licence", "licence", licence,
	        "licence_version", (json_int_t)file->licence_version,
	        "customer", "name", file->customer, "title",
	        file->customer_title, "agreement", agreement_to_json(file),
	        "dataset", "name", file->terms.dataset, "title",
	        file->dataset_title, "publisher", file->publisher, "status",
	        sl_licence_status_name(file->status), "terms",
	        sl_terms_to_json(&file->terms), "issued",
	        sl_document_time_json(file->issued_us), "issuer",
	        file->issuer));
}
