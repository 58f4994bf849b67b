#include "problem.h"

#include <string.h>

#include "sluice/catalog/json.h"

#define PROBLEM_MAX (64 * 1024)

/* By prefix, first match. */
static const struct {
	const char *prefix;
	enum sl_status status;
} rules[] = {
    {"quota_", SL_ERR_QUOTA},
    {"ceiling_", SL_ERR_QUOTA},
    {"rate_", SL_ERR_QUOTA},
    {"too_many_", SL_ERR_QUOTA},
    {"unauthorized", SL_ERR_AUTH},
    {"token_", SL_ERR_AUTH},
    {"licence_ambiguous", SL_ERR_CONFLICT},
    {"licence_", SL_ERR_DENIED},
    {"dataset_not_in_scope", SL_ERR_DENIED},
    {"layer_not_in_scope", SL_ERR_DENIED},
    {"agreement_not_active", SL_ERR_DENIED},
    {"terms_not_accepted", SL_ERR_DENIED},
    {"batch_not_released", SL_ERR_DENIED},
    {"use_not_granted", SL_ERR_DENIED},
    {"field_not_allowed", SL_ERR_DENIED},
    {"territory_not_allowed", SL_ERR_DENIED},
    {"head_mismatch", SL_ERR_INTEGRITY},
    {"not_found", SL_ERR_NOT_FOUND},
};

enum sl_status
sl_problem_status(const char *code, enum sl_status fallback)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strncmp(code, rules[i].prefix, strlen(rules[i].prefix)) ==
		    0)
			return rules[i].status;
	}
	return fallback;
}

static enum sl_status
status_of_http(long http_status)
{
	switch (http_status) {
	case 400:
	case 405:
	case 413:
	case 414:
	case 415:
		return SL_ERR_INVALID;
	case 401:
		return SL_ERR_AUTH;
	case 403:
		return SL_ERR_DENIED;
	case 404:
	case 410:
		return SL_ERR_NOT_FOUND;
	case 409:
	case 412:
		return SL_ERR_CONFLICT;
	case 429:
		return SL_ERR_QUOTA;
	default:
		return SL_ERR_NETWORK;
	}
}

bool
sl_problem_is_transient(long http_status)
{
	return http_status == 429 || http_status == 408 || http_status >= 500;
}

static void
clean_code(char out[SL_ERROR_CODE_MAX], const char *code)
{
	size_t len = code == NULL ? 0 : strlen(code);

	out[0] = '\0';
	if (len == 0 || len >= SL_ERROR_CODE_MAX ||
	    strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") != len)
		return;
	memcpy(out, code, len + 1);
}

void
sl_problem_read(struct sl_error *err, long http_status, struct sl_slice body)
{
	const char *title = NULL, *detail = NULL, *raw = NULL;
	enum sl_status status = status_of_http(http_status);
	char code[SL_ERROR_CODE_MAX];
	json_t *object = NULL;

	if (sl_json_parse(&object, body, PROBLEM_MAX, NULL) == SL_OK &&
	    json_is_object(object)) {
		title = json_string_value(json_object_get(object, "title"));
		detail = json_string_value(json_object_get(object, "detail"));
		raw = json_string_value(json_object_get(object, "code"));
	}
	clean_code(code, raw);
	status = sl_problem_status(code, status);
	if (detail == NULL || detail[0] == '\0')
		detail = title;
	if (detail == NULL || detail[0] == '\0')
		sl_error_code(err, status, code,
		    "the server answered with status %ld", http_status);
	else
		sl_error_code(err, status, code, "%s", detail);
	json_decref(object);
}
