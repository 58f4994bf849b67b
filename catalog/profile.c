#include "sluice/catalog/profile.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"

/* minisign's: "Ed", key id, public key. */
#define ROOT_BYTES 42

void
sl_profile_init(struct sl_profile *profile)
{
	memset(profile, 0, sizeof(*profile));
}

void
sl_profile_clear(struct sl_profile *profile)
{
	free(profile->ca);
	explicit_bzero(profile, sizeof(*profile));
}

/* https://host[:port], no path, no user, nothing that needs escapes. */
static bool
is_endpoint(const char *text)
{
	static const char scheme[] = "https://";
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789.-:[]";
	const char *host = text + sizeof(scheme) - 1;
	size_t len = strlen(text);

	return len <= SL_PROFILE_URL_MAX &&
	    strncmp(text, scheme, sizeof(scheme) - 1) == 0 && host[0] != '\0' &&
	    strspn(host, allowed) == strlen(host);
}

/* None yet is fine: whoever has no licence trusts nobody. */
static enum sl_status
read_keys(char out[][SL_PROFILE_ROOT_LEN + 1], size_t *count,
    const json_t *array, const char *key, struct sl_error *err)
{
	if (json_array_size(array) > SL_PROFILE_ROOTS_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%s\" has more than %d keys", key, SL_PROFILE_ROOTS_MAX);
	for (size_t i = 0; i < json_array_size(array); i++) {
		unsigned char bytes[ROOT_BYTES];
		const char *text = json_string_value(json_array_get(array, i));

		if (text == NULL ||
		    sl_base64_decode(
		        bytes, sizeof(bytes), sl_slice_text(text)) != SL_OK ||
		    bytes[0] != 'E' || bytes[1] != 'd')
			return sl_error_set(err, SL_ERR_INVALID,
			    "%s[%zu] is not a minisign public key", key, i);
		memcpy(out[i], text, SL_PROFILE_ROOT_LEN + 1);
		++*count;
	}
	return SL_OK;
}

static enum sl_status
read_trust(
    struct sl_profile *profile, const json_t *object, struct sl_error *err)
{
	const json_t *root = json_object_get(object, "root");
	json_t *billing;
	enum sl_status status = SL_OK;

	if (json_is_array(root))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"root\" is a list of keys, as profiles had it before "
		    "there were trust files: ask for a new profile");
	if (json_is_object(root))
		status = sl_trust_pin_read(&profile->pin, root, err);
	else if (!json_is_null(root))
		status =
		    sl_error_set(err, SL_ERR_INVALID, "\"root\" is not a pin");
	if (status == SL_OK)
		status = sl_json_maybe_array(&billing, object, "billing", err);
	if (status == SL_OK && billing != NULL)
		status = read_keys(profile->billing, &profile->billing_count,
		    billing, "billing", err);
	return status;
}

static enum sl_status
read_access(
    struct sl_profile *profile, const json_t *object, struct sl_error *err)
{
	const char *endpoint = NULL;
	const char *token = NULL;
	enum sl_status status =
	    sl_json_need_text(&endpoint, object, "endpoint", err);

	if (status == SL_OK)
		status = sl_json_need_text(&token, object, "token", err);
	if (status != SL_OK)
		return status;
	if (!is_endpoint(endpoint))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"endpoint\" is not https://host[:port]");
	if (!sl_token_is_well_formed(sl_slice_text(token)))
		return sl_error_code(err, SL_ERR_INVALID, "token_garbled",
		    "the token is damaged: its checksum is wrong");
	memcpy(profile->endpoint, endpoint, strlen(endpoint) + 1);
	memcpy(profile->token, token, strlen(token) + 1);
	return sl_json_need_time(&profile->expires_us, object, "expires", err);
}

static enum sl_status
read_profile(
    struct sl_profile *profile, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "endpoint", "token",
	    "expires", "root", "billing", "ca", NULL};
	const char *ca = NULL;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status = read_access(profile, object, err);
	if (status == SL_OK)
		status = read_trust(profile, object, err);
	if (status == SL_OK)
		status = sl_json_maybe_text(&ca, object, "ca", err);
	if (status != SL_OK || ca == NULL)
		return status;
	if (strstr(ca, "-----BEGIN CERTIFICATE-----") == NULL)
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"ca\" is not a PEM certificate");
	profile->ca = strdup(ca);
	return profile->ca != NULL
	    ? SL_OK
	    : sl_error_set(err, SL_ERR_NOMEM, "out of memory");
}

enum sl_status
sl_profile_parse(
    struct sl_profile *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_profile profile;
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_PROFILE_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "profile");
	sl_profile_init(&profile);
	status = read_profile(&profile, object, err);
	json_decref(object);
	if (status != SL_OK) {
		sl_profile_clear(&profile);
		return sl_error_prefix(err, status, "profile");
	}
	sl_profile_clear(out);
	*out = profile;
	explicit_bzero(&profile, sizeof(profile));
	return SL_OK;
}

static json_t *
keys_to_json(const char keys[][SL_PROFILE_ROOT_LEN + 1], size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < count; i++) {
		if (json_array_append_new(array, json_string(keys[i])) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

enum sl_status
sl_profile_format(struct sl_buf *buf, const struct sl_profile *profile)
{
	char expires[SL_TIME_TEXT_MAX];
	json_t *object;
	enum sl_status status = SL_OK;

	sl_time_format(expires, profile->expires_us);
	object = json_pack("{s:i,s:s,s:s,s:s,s:o,s:o}", "version", 1,
	    "endpoint", profile->endpoint, "token", profile->token, "expires",
	    expires, "root",
	    profile->pin.version == 0 ? json_null()
	                              : sl_trust_pin_json(&profile->pin),
	    "billing", keys_to_json(profile->billing, profile->billing_count));
	if (object == NULL)
		return SL_ERR_NOMEM;
	if (profile->ca != NULL &&
	    json_object_set_new(object, "ca", json_string(profile->ca)) != 0)
		status = SL_ERR_NOMEM;
	if (status == SL_OK)
		status = sl_json_dump(buf, object);
	json_decref(object);
	return status == SL_OK ? sl_buf_append_text(buf, "\n") : status;
}
