/* The pin: what a customer knows of root before the first contact. */
#include <stdio.h>
#include <string.h>

#include "sluice/base/base64.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/trust.h"
#include "sluice/crypto/sha256.h"

#include "trust_text.h"

#define FINGERPRINT_PREFIX "SHA256:"
/* "threshold 16\n" and 16 lines "root RW…\n". */
#define HASHED_MAX 2048

void
sl_trust_pin_of(struct sl_trust_pin *out, const struct sl_trust *trust)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];

	memset(out, 0, sizeof(*out));
	out->version = trust->version;
	out->threshold = trust->root_threshold;
	out->key_count = sl_trust_live_keys(keys, trust, SL_TRUST_ROOT);
	for (size_t i = 0; i < out->key_count; i++)
		out->keys[i] = keys[i]->key;
}

enum sl_status
sl_trust_pin_hash(
    unsigned char out[SL_TRUST_HASH_BYTES], const struct sl_trust_pin *pin)
{
	char text[SL_KEY_TEXT_LEN + 1];
	struct sl_buf hashed;
	enum sl_status status;

	sl_buf_init(&hashed, HASHED_MAX);
	status = sl_buf_printf(&hashed, "threshold %u\n", pin->threshold);
	for (size_t i = 0; status == SL_OK && i < pin->key_count; i++) {
		sl_verify_key_format(text, &pin->keys[i]);
		status = sl_buf_printf(&hashed, "root %s\n", text);
	}
	if (status == SL_OK)
		status = sl_sha256_of(out, sl_buf_slice(&hashed));
	sl_buf_clear(&hashed);
	return status;
}

enum sl_status
sl_trust_pin_fingerprint(
    char out[SL_TRUST_FINGERPRINT_LEN + 1], const struct sl_trust_pin *pin)
{
	unsigned char hash[SL_TRUST_HASH_BYTES];
	char text[SL_BASE64_LEN(SL_TRUST_HASH_BYTES) + 1];
	enum sl_status status = sl_trust_pin_hash(hash, pin);

	if (status != SL_OK)
		return status;
	sl_base64_encode(text, hash, sizeof(hash));
	(void)snprintf(out, SL_TRUST_FINGERPRINT_LEN + 1,
	    FINGERPRINT_PREFIX "%.*s",
	    SL_TRUST_FINGERPRINT_LEN - (int)strlen(FINGERPRINT_PREFIX), text);
	return SL_OK;
}

static enum sl_status
read_keys(struct sl_trust_pin *pin, const json_t *array, struct sl_error *err)
{
	size_t count = json_array_size(array);

	if (count > SL_TRUST_ROOTS_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"keys\" has more than %d keys", SL_TRUST_ROOTS_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (text == NULL ||
		    sl_verify_key_parse(&pin->keys[i], sl_slice_text(text)) !=
		        SL_OK)
			return sl_error_set(err, SL_ERR_INVALID,
			    "keys[%zu] is not a minisign public key", i);
		if (i > 0 &&
		    sl_trust_key_order(&pin->keys[i - 1], &pin->keys[i]) >= 0)
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"keys\" are not in order, each once");
	}
	pin->key_count = count;
	return SL_OK;
}

enum sl_status
sl_trust_pin_read(
    struct sl_trust_pin *out, const json_t *value, struct sl_error *err)
{
	static const char *const keys[] = {
	    "version", "threshold", "keys", NULL};
	struct sl_trust_pin pin = {0};
	json_t *array;
	enum sl_status status = sl_json_only_keys(value, keys, err);

	if (status == SL_OK)
		status = sl_json_need_u32(
		    &pin.version, value, "version", SL_TRUST_VERSION_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_u32(&pin.threshold, value, "threshold",
		    SL_TRUST_ROOTS_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_array(&array, value, "keys", err);
	if (status == SL_OK)
		status = read_keys(&pin, array, err);
	if (status == SL_OK &&
	    (pin.version == 0 || pin.threshold == 0 ||
	        pin.threshold > pin.key_count))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "a version or threshold of 0, or fewer keys than the "
		    "threshold");
	if (status != SL_OK)
		return sl_error_prefix(err, status, "pin");
	*out = pin;
	return SL_OK;
}

json_t *
sl_trust_pin_json(const struct sl_trust_pin *pin)
{
	char text[SL_KEY_TEXT_LEN + 1];
	json_t *keys = json_array();

	for (size_t i = 0; keys != NULL && i < pin->key_count; i++) {
		sl_verify_key_format(text, &pin->keys[i]);
		if (json_array_append_new(keys, json_string(text)) != 0) {
			json_decref(keys);
			return NULL;
		}
	}
	return json_pack("{s:I,s:I,s:o}", "version", (json_int_t)pin->version,
	    "threshold", (json_int_t)pin->threshold, "keys", keys);
}
