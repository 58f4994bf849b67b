#include "document.h"

#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

enum sl_status
sl_document_need_type(
    const json_t *object, const char *type, struct sl_error *err)
{
	const char *text = NULL;
	enum sl_status status = sl_json_need_version(object, 1, err);

	if (status == SL_OK)
		status = sl_json_need_text(&text, object, "type", err);
	if (status == SL_OK && strcmp(text, type) != 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"type\" is not %s", type);
	return status;
}

/* `out` holds what `is_valid` lets through. */
static enum sl_status
need_name(char *out, const json_t *object, const char *key,
    bool (*is_valid)(struct sl_slice name), const char *what,
    struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status != SL_OK)
		return status;
	if (!is_valid(sl_slice_text(text)))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"%s\" is not a %s", key, what);
	memcpy(out, text, strlen(text) + 1);
	return SL_OK;
}

enum sl_status
sl_document_need_slug(char out[SL_SLUG_MAX + 1], bool may_be_null,
    const json_t *object, const char *key, struct sl_error *err)
{
	if (may_be_null && json_is_null(json_object_get(object, key))) {
		out[0] = '\0';
		return SL_OK;
	}
	return need_name(out, object, key, sl_slug_is_valid, "name", err);
}

enum sl_status
sl_document_need_dataset(char out[SL_DATASET_NAME_MAX + 1],
    const json_t *object, const char *key, struct sl_error *err)
{
	return need_name(
	    out, object, key, sl_dataset_name_is_valid, "dataset's name", err);
}

enum sl_status
sl_document_need_line(char *out, size_t max, const json_t *object,
    const char *key, struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status != SL_OK)
		return status;
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (i >= max || (unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"%s\" is longer than %zu bytes or has control "
			    "characters",
			    key, max);
	}
	memcpy(out, text, strlen(text) + 1);
	return SL_OK;
}

enum sl_status
sl_document_need_currency(char out[4], bool may_be_null, const json_t *object,
    const char *key, struct sl_error *err)
{
	const char *text;
	uint32_t digits;
	enum sl_status status;

	if (may_be_null && json_is_null(json_object_get(object, key))) {
		out[0] = '\0';
		return SL_OK;
	}
	status = sl_json_need_text(&text, object, key, err);
	if (status != SL_OK)
		return status;
	if (sl_currency_digits(&digits, sl_slice_text(text)) != SL_OK)
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"%s\" is no code of ISO 4217", key);
	memcpy(out, text, 4);
	return SL_OK;
}

enum sl_status
sl_document_need_i64(
    int64_t *out, const json_t *object, const char *key, struct sl_error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"%s\" is not a whole number", key);
	*out = json_integer_value(value);
	return SL_OK;
}

enum sl_status
sl_document_need_head(struct sl_ledger_head *out, const json_t *object,
    const char *key, struct sl_error *err)
{
	static const char *const keys[] = {"number", "head", NULL};
	static const unsigned char zeros[SL_SHA256_BYTES];
	json_t *head;
	enum sl_status status = sl_json_need_object(&head, object, key, err);

	if (status == SL_OK)
		status = sl_json_only_keys(head, keys, err);
	if (status == SL_OK)
		status = sl_json_need_u64(
		    &out->number, head, "number", INT64_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_hex(
		    out->head, sizeof(out->head), head, "head", err);
	if (status == SL_OK && out->number == 0 &&
	    memcmp(out->head, zeros, sizeof(zeros)) != 0)
		status = sl_error_set(err, SL_ERR_INVALID,
		    "\"%s\" has a hash before the first row", key);
	return status;
}

json_t *
sl_document_head_json(const struct sl_ledger_head *head)
{
	char hex[2 * SL_SHA256_BYTES + 1];

	sl_hex_encode(hex, head->head, sizeof(head->head));
	return json_pack(
	    "{s:I,s:s}", "number", (json_int_t)head->number, "head", hex);
}

json_t *
sl_document_time_json(int64_t at_us)
{
	char text[SL_TIME_TEXT_MAX];

	sl_time_format(text, at_us);
	return json_string(text);
}

enum sl_status
sl_document_write(struct sl_buf *buf, json_t *object)
{
	enum sl_status status;

	if (object == NULL)
		return SL_ERR_NOMEM;
	status = sl_json_dump(buf, object);
	json_decref(object);
	return status == SL_OK ? sl_buf_append_text(buf, "\n") : status;
}
