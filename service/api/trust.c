/* The trust file and the signatures of the root keys over it: for anyone, and
 * unchanging but for which version is the latest. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sluice/base/checked.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/trust.h"
#include "sluice/crypto/sha256.h"
#include "sluice/store/trust.h"
#include "stored.h"

struct trust_state {
	struct stored stored;
	uint32_t version;
	const char *key_id; /* of a signature; NULL: the text */
};

static void
state_free(void *arg)
{
	struct trust_state *state = arg;

	stored_clear(&state->stored);
	free(state);
}

static void
fail_not_found(struct request *request)
{
	struct sl_error err = {0};

	sl_error_code(&err, SL_ERR_NOT_FOUND, "not_found",
	    "There is no such version of the trust file.");
	request_fail(request, &err);
}

/* The member of a version that was asked for, or NULL. */
static const char *
member_of(const struct trust_state *state, const json_t *version)
{
	if (json_integer_value(json_object_get(version, "version")) !=
	    (json_int_t)state->version)
		return NULL;
	if (state->key_id == NULL)
		return json_string_value(json_object_get(version, "text"));
	return json_string_value(json_object_get(
	    json_object_get(version, "signatures"), state->key_id));
}

static void
on_version(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct request *request = ctx;
	struct trust_state *state;
	struct sl_error words = {0};
	const char *text;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	state = request->state;
	text = member_of(state, json_array_get(value, 0));
	if (text == NULL) {
		fail_not_found(request);
		return;
	}
	sl_buf_init(&state->stored.bytes, SL_TRUST_BYTES_MAX);
	status = sl_buf_append_text(&state->stored.bytes, text);
	if (status != SL_OK) {
		sl_error_set(&words, status, "the trust file cannot be sent");
		request_fail(request, &words);
		return;
	}
	stored_answer(request, &state->stored);
}

/* Ask for the version of the path; NULL, and answered, if there is none. */
static struct trust_state *
begin(struct request *request)
{
	const char *text = request_text(request, request->params[0]);
	struct trust_state *state;
	uint64_t version = 0;

	if (text == NULL ||
	    !sl_parse_u64(text, SL_TRUST_VERSION_MAX, &version) ||
	    version == 0 || text[0] == '0') {
		fail_not_found(request);
		return NULL;
	}
	state = calloc(1, sizeof(*state));
	if (state == NULL) {
		struct sl_error err = {0};

		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return NULL;
	}
	stored_init(&state->stored);
	state->stored.media_type = "text/plain; charset=utf-8";
	state->stored.cache_control = stored_for_ever(true);
	state->version = (uint32_t)version;
	request->state = state;
	request->state_free = state_free;
	return state;
}

static void
ask(struct request *request)
{
	const struct trust_state *state = request->state;
	struct sl_error err = {0};

	request_called(request,
	    sl_store_trust_after(request_db(request), state->version - 1, 1,
	        on_version, request, &err),
	    &err);
}

void
handle_trust(struct request *request)
{
	if (begin(request) != NULL)
		ask(request);
}

void
handle_trust_signature(struct request *request)
{
	static const char ending[] = ".minisig";
	struct sl_slice name = request->params[1];
	struct trust_state *state = begin(request);

	if (state == NULL)
		return;
	if (name.len <= sizeof(ending) - 1 ||
	    memcmp(name.data + name.len - (sizeof(ending) - 1), ending,
	        sizeof(ending) - 1) != 0) {
		fail_not_found(request);
		return;
	}
	name.len -= sizeof(ending) - 1;
	state->key_id = request_text(request, name);
	if (state->key_id == NULL)
		fail_not_found(request);
	else
		ask(request);
}

/* ---- the latest ---- */

static json_t *
describe(json_t *version)
{
	const char *text = json_string_value(json_object_get(version, "text"));
	unsigned char hash[SL_SHA256_BYTES];
	char hex[2 * SL_SHA256_BYTES + 1];
	json_t *ids = json_array();
	const char *key;
	json_t *value;

	if (text == NULL || sl_sha256_of(hash, sl_slice_text(text)) != SL_OK) {
		json_decref(ids);
		return NULL;
	}
	sl_hex_encode(hex, hash, sizeof(hash));
	json_object_foreach (json_object_get(version, "signatures"), key, value)
		json_array_append_new(ids, json_string(key));
	return json_pack("{s:O,s:s,s:o}", "version",
	    json_object_get(version, "version"), "sha256", hex, "signatures",
	    ids);
}

static void
on_latest(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct request *request = ctx;
	struct sl_error words = {0};
	json_t *answer;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	if (json_array_size(value) == 0) {
		sl_error_code(&words, SL_ERR_NOT_FOUND, "no_trust",
		    "No trust file is installed here.");
		request_fail(request, &words);
		return;
	}
	answer = describe(json_array_get(value, 0));
	if (answer == NULL) {
		sl_error_set(&words, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &words);
		return;
	}
	request_respond_json(request, answer);
	json_decref(answer);
}

void
handle_trust_latest(struct request *request)
{
	struct sl_error err = {0};

	request_called(request,
	    sl_store_trust_newest(
	        request_db(request), on_latest, request, &err),
	    &err);
}
