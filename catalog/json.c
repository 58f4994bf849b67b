#include "sluice/catalog/json.h"

#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/hex.h"

#include "letter.h"

/* How deep and how many, before jansson allocates anything.  Strings are
 * skipped; what is malformed is jansson's to say. */
static enum sl_status
scan_limits(struct sl_slice text, size_t max_values, struct sl_error *err)
{
	size_t depth = 0;
	size_t values = 1;
	bool in_string = false;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = text.data[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
			continue;
		}
		if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			values++;
			if (++depth > SL_JSON_DEPTH_MAX)
				return sl_error_set(err, SL_ERR_LIMIT,
				    "JSON nested deeper than %d",
				    SL_JSON_DEPTH_MAX);
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		} else if (c == ',' && ++values > max_values) {
			return sl_error_set(err, SL_ERR_LIMIT,
			    "JSON with more than %zu values", max_values);
		}
	}
	return SL_OK;
}

enum sl_status
sl_json_parse(
    json_t **out, struct sl_slice text, size_t max_bytes, struct sl_error *err)
{
	size_t max_values = SL_JSON_VALUES_MAX;
	enum sl_status status;
	json_error_t why;
	json_t *value;

	*out = NULL;
	if (text.len > max_bytes)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "JSON of %zu bytes, at most %zu are allowed", text.len,
		    max_bytes);
	if (max_bytes / 16 > max_values)
		max_values = max_bytes / 16;
	status = scan_limits(text, max_values, err);
	if (status != SL_OK)
		return status;
	value = json_loadb(
	    (const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &why);
	if (value == NULL) {
		/* Out of memory is mostly told by saying nothing. */
		if (why.text[0] == '\0' ||
		    json_error_code(&why) == json_error_out_of_memory)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		return sl_error_set(err, SL_ERR_INVALID,
		    "not valid JSON: %s (line %d, column %d)", why.text,
		    why.line, why.column);
	}
	*out = value;
	return SL_OK;
}

/* The member or NULL, and then *status says why. */
static json_t *
need(const json_t *object, const char *key, const char *what,
    enum sl_status *status, struct sl_error *err)
{
	json_t *value = json_object_get(object, key);

	if (value == NULL)
		*status = sl_error_set(
		    err, SL_ERR_INVALID, "\"%s\" (%s) is missing", key, what);
	return value;
}

static enum sl_status
wrong_type(const char *key, const char *what, struct sl_error *err)
{
	return sl_error_set(err, SL_ERR_INVALID, "\"%s\" is not %s", key, what);
}

enum sl_status
sl_json_need_text(const char **out, const json_t *object, const char *key,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;
	const json_t *value = need(object, key, "text", &status, err);

	*out = NULL;
	if (value == NULL)
		return status;
	if (!json_is_string(value))
		return wrong_type(key, "text", err);
	*out = json_string_value(value);
	return SL_OK;
}

static enum sl_status
read_u64(uint64_t *out, const json_t *value, const char *key, uint64_t max,
    struct sl_error *err)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return wrong_type(key, "a whole number", err);
	if ((uint64_t)json_integer_value(value) > max)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%s\" is greater than %llu", key,
		    (unsigned long long)max);
	*out = (uint64_t)json_integer_value(value);
	return SL_OK;
}

enum sl_status
sl_json_need_u64(uint64_t *out, const json_t *object, const char *key,
    uint64_t max, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	const json_t *value = need(object, key, "number", &status, err);

	if (value == NULL)
		return status;
	return read_u64(out, value, key, max, err);
}

enum sl_status
sl_json_need_u32(uint32_t *out, const json_t *object, const char *key,
    uint32_t max, struct sl_error *err)
{
	uint64_t wide = 0;
	enum sl_status status = sl_json_need_u64(&wide, object, key, max, err);

	if (status == SL_OK)
		*out = (uint32_t)wide;
	return status;
}

enum sl_status
sl_json_need_bool(
    bool *out, const json_t *object, const char *key, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	const json_t *value = need(object, key, "true or false", &status, err);

	if (value == NULL)
		return status;
	if (!json_is_boolean(value))
		return wrong_type(key, "true or false", err);
	*out = json_is_true(value);
	return SL_OK;
}

enum sl_status
sl_json_need_object(
    json_t **out, const json_t *object, const char *key, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	json_t *value = need(object, key, "object", &status, err);

	*out = NULL;
	if (value == NULL)
		return status;
	if (!json_is_object(value))
		return wrong_type(key, "an object", err);
	*out = value;
	return SL_OK;
}

enum sl_status
sl_json_need_array(
    json_t **out, const json_t *object, const char *key, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	json_t *value = need(object, key, "array", &status, err);

	*out = NULL;
	if (value == NULL)
		return status;
	if (!json_is_array(value))
		return wrong_type(key, "an array", err);
	*out = value;
	return SL_OK;
}

enum sl_status
sl_json_need_uuid(struct sl_uuid *out, const json_t *object, const char *key,
    struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status != SL_OK)
		return status;
	if (sl_uuid_parse(out, sl_slice_text(text)) != SL_OK)
		return wrong_type(key, "a UUID", err);
	return SL_OK;
}

enum sl_status
sl_json_need_time(int64_t *out_us, const json_t *object, const char *key,
    struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status != SL_OK)
		return status;
	if (sl_time_parse(out_us, sl_slice_text(text)) != SL_OK)
		return wrong_type(key, "a time (RFC 3339, UTC)", err);
	return SL_OK;
}

enum sl_status
sl_json_need_hex(void *out, size_t len, const json_t *object, const char *key,
    struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status != SL_OK)
		return status;
	if (sl_hex_decode(out, len, sl_slice_text(text)) != SL_OK)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%s\" is not %zu lower-case hexadecimal digits", key,
		    2 * len);
	return SL_OK;
}

static bool
is_absent(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value == NULL || json_is_null(value);
}

enum sl_status
sl_json_maybe_text(const char **out, const json_t *object, const char *key,
    struct sl_error *err)
{
	*out = NULL;
	if (is_absent(object, key))
		return SL_OK;
	return sl_json_need_text(out, object, key, err);
}

enum sl_status
sl_json_maybe_u64(bool *present, uint64_t *out, const json_t *object,
    const char *key, uint64_t max, struct sl_error *err)
{
	enum sl_status status;

	*present = false;
	if (is_absent(object, key))
		return SL_OK;
	status = sl_json_need_u64(out, object, key, max, err);
	*present = status == SL_OK;
	return status;
}

enum sl_status
sl_json_maybe_object(
    json_t **out, const json_t *object, const char *key, struct sl_error *err)
{
	*out = NULL;
	if (is_absent(object, key))
		return SL_OK;
	return sl_json_need_object(out, object, key, err);
}

enum sl_status
sl_json_maybe_array(
    json_t **out, const json_t *object, const char *key, struct sl_error *err)
{
	*out = NULL;
	if (is_absent(object, key))
		return SL_OK;
	return sl_json_need_array(out, object, key, err);
}

enum sl_status
sl_json_only_keys(
    const json_t *object, const char *const keys[], struct sl_error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return sl_error_set(err, SL_ERR_INVALID, "not an object");
	json_object_foreach ((json_t *)object, key, value) {
		size_t i = 0;

		while (keys[i] != NULL && strcmp(keys[i], key) != 0)
			i++;
		if (keys[i] == NULL)
			return sl_error_set(
			    err, SL_ERR_INVALID, "unknown key \"%.64s\"", key);
	}
	return SL_OK;
}

enum sl_status
sl_json_need_version(
    const json_t *object, uint64_t version, struct sl_error *err)
{
	uint64_t found = 0;
	enum sl_status status =
	    sl_json_need_u64(&found, object, "version", INT64_MAX, err);

	if (status != SL_OK)
		return status;
	if (found != version)
		return sl_error_set(err, SL_ERR_INVALID,
		    "version %llu is not known here, only %llu is",
		    (unsigned long long)found, (unsigned long long)version);
	return SL_OK;
}

enum sl_status
sl_json_text(json_t **out, struct sl_slice text, struct sl_error *err)
{
	uint32_t letter = 0;
	size_t len;

	*out = NULL;
	for (size_t i = 0; i < text.len; i += len) {
		len = sl_letter_decode(&letter, text.data + i, text.len - i);
		if (len == 0)
			return sl_error_set(
			    err, SL_ERR_INVALID, "a text that is not UTF-8");
		if (letter == 0)
			return sl_error_set(
			    err, SL_ERR_INVALID, "a text with a NUL");
	}
	*out = json_stringn_nocheck(
	    text.len == 0 ? "" : (const char *)text.data, text.len);
	return *out == NULL ? SL_ERR_NOMEM : SL_OK;
}

struct dump {
	struct sl_buf *buf;
	enum sl_status status;
};

static int
on_dump(const char *bytes, size_t len, void *ctx)
{
	struct dump *dump = ctx;

	/* jansson does not stop at every failure, so the first one stays. */
	if (dump->status == SL_OK)
		dump->status = sl_buf_append(dump->buf, bytes, len);
	return dump->status == SL_OK ? 0 : -1;
}

static enum sl_status
dump_with(struct sl_buf *buf, const json_t *value, size_t flags)
{
	struct dump dump = {buf, SL_OK};
	int failed = json_dump_callback(
	    value, on_dump, &dump, JSON_COMPACT | JSON_ENCODE_ANY | flags);

	if (dump.status != SL_OK)
		return dump.status;
	return failed == 0 ? SL_OK : SL_ERR_NOMEM;
}

enum sl_status
sl_json_dump(struct sl_buf *buf, const json_t *value)
{
	return dump_with(buf, value, 0);
}

enum sl_status
sl_json_dump_canonical(struct sl_buf *buf, const json_t *value)
{
	return dump_with(buf, value, JSON_SORT_KEYS);
}

enum sl_status
sl_json_append_string(struct sl_buf *buf, struct sl_slice text)
{
	json_t *string;
	enum sl_status status;

	string = json_stringn(
	    text.len == 0 ? "" : (const char *)text.data, text.len);
	if (string == NULL)
		return SL_ERR_INVALID;
	status = sl_json_dump(buf, string);
	json_decref(string);
	return status;
}
