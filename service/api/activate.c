/* A one-time code becomes a token, which is made here and shown in this answer
 * only.
 *
 * Whatever code comes, a token is made and both are hashed before PostgreSQL is
 * asked, so that time tells nothing; codes have 128 random bits and are asked
 * about a few times a minute, so that nobody finds one.
 *
 * An answer may be lost.  Whoever sent a nonce with the code, and sends the
 * same two again while the code lives, gets another token, and the first, which
 * nobody has, ends. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "query.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/profile.h"
#include "sluice/store/token.h"

#define CODE_MIN 16
#define CODE_MAX 128
#define TAIL_LEN 4

static void
profile_free(void *arg)
{
	sl_profile_clear(arg);
	free(arg);
}

static enum sl_status
add_keys(char out[][SL_PROFILE_ROOT_LEN + 1], size_t *count, const json_t *keys)
{
	json_t *key;
	size_t i;

	json_array_foreach (keys, i, key) {
		if (*count == SL_PROFILE_ROOTS_MAX)
			return SL_ERR_LIMIT;
		snprintf(out[(*count)++], SL_PROFILE_ROOT_LEN + 1, "%s",
		    json_string_value(key));
	}
	return SL_OK;
}

static enum sl_status
fill_profile(struct sl_profile *profile, const json_t *answer)
{
	const json_t *token = json_object_get(answer, "token");
	const json_t *pin = json_object_get(answer, "pin");
	const char *expires =
	    json_string_value(json_object_get(token, "expires"));
	enum sl_status status = add_keys(profile->billing,
	    &profile->billing_count, json_object_get(answer, "billing"));

	if (status == SL_OK && !json_is_null(pin))
		status = sl_trust_pin_read(&profile->pin, pin, NULL);
	if (status == SL_OK && expires == NULL)
		status = SL_ERR_INTEGRITY;
	if (status == SL_OK)
		status =
		    sl_time_parse(&profile->expires_us, sl_slice_text(expires));
	return status;
}

static void
on_redeemed(void *ctx, enum sl_status status, json_t *answer,
    const struct sl_error *err)
{
	struct request *request = ctx;
	struct sl_profile *profile;
	struct sl_error words = *err;
	struct sl_buf text;

	if (!request_reply(request))
		return;
	profile = request->state;
	sl_buf_init(&text, SL_PROFILE_BYTES_MAX);
	if (status == SL_OK) {
		status = fill_profile(profile, answer);
		if (status == SL_OK)
			status = sl_profile_format(&text, profile);
		if (status != SL_OK)
			sl_error_set(&words, SL_ERR_INTEGRITY,
			    "the profile cannot be written: %s",
			    sl_status_text(status));
	}
	if (status == SL_OK) {
		request_field(request, "Cache-Control", "no-store");
		request_respond(
		    request, 200, "application/json", sl_buf_slice(&text));
	} else {
		request_fail(request, &words);
	}
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	sl_buf_clear(&text);
}

/* `nonce` NULL: there is none. */
struct asked {
	const char *code;
	const char *nonce;
};

static enum sl_status
read_asked(struct asked *out, const json_t *body, struct sl_error *err)
{
	static const char *const keys[] = {"code", "nonce", NULL};
	enum sl_status status = sl_json_only_keys(body, keys, err);

	if (status == SL_OK)
		status = query_words(
		    &out->code, body, "code", CODE_MIN, CODE_MAX, err);
	if (status == SL_OK && json_object_get(body, "nonce") != NULL)
		status = query_words(
		    &out->nonce, body, "nonce", CODE_MIN, CODE_MAX, err);
	return status;
}

static enum sl_status
redeem(struct request *request, const struct asked *asked, struct sl_error *err)
{
	const struct sl_secret *pepper =
	    sl_session_parts(request->api->session)->pepper;
	struct sl_activation_redeem redeemed = {0};
	struct sl_profile *profile = calloc(1, sizeof(*profile));
	enum sl_status status;

	if (profile == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	request->state = profile;
	request->state_free = profile_free;
	sl_profile_init(profile);
	status = query_endpoint(
	    request, profile->endpoint, sizeof(profile->endpoint), err);
	if (status != SL_OK)
		return status;
	sl_token_make(profile->token);
	sl_token_mac(redeemed.token_mac, pepper, sl_slice_text(profile->token));
	sl_token_mac(redeemed.code_mac, pepper, sl_slice_text(asked->code));
	redeemed.has_nonce = asked->nonce != NULL;
	if (asked->nonce != NULL)
		sl_token_mac(
		    redeemed.nonce_mac, pepper, sl_slice_text(asked->nonce));
	memcpy(redeemed.tail, profile->token + SL_TOKEN_LEN - TAIL_LEN,
	    TAIL_LEN + 1);
	return sl_store_activation_redeem(
	    request_db(request), &redeemed, on_redeemed, request, err);
}

void
handle_activate(struct request *request)
{
	struct sl_error err = {0};
	unsigned char address[16];
	struct sl_slice key =
	    limit_address(sl_exchange_peer_address(request->exchange), address);
	struct asked asked = {0};
	json_t *body = NULL;
	enum sl_status status = SL_OK;

	if (!limit_take(
	        &request->api->activations, key, sl_clock_monotonic_ms()))
		status = sl_error_code(&err, SL_ERR_QUOTA, "rate_limited",
		    "Too many activations from this address; try again in a "
		    "minute.");
	if (status == SL_OK)
		status = query_json(request, &body, &err);
	if (status == SL_OK)
		status = query_blame_body(read_asked(&asked, body, &err), &err);
	if (status == SL_OK)
		status = redeem(request, &asked, &err);
	json_decref(body);
	request_called(request, status, &err);
}

/* Who opens the link in a browser is told what it is for.  The code is behind
 * the '#', which no browser sends. */
void
handle_activate_page(struct request *request)
{
	char endpoint[SL_PROFILE_URL_MAX + 1];
	struct sl_error err = {0};

	if (query_endpoint(request, endpoint, sizeof(endpoint), &err) !=
	    SL_OK) {
		request_fail(request, &err);
		return;
	}
	request_field(request, "Cache-Control", "no-store");
	sl_page_respond(request, 200, "activate",
	    json_pack("{s:s,s:s,s:s,s:s}", "page_title", "Activate: Sluice",
	        "page_description", "How to use an activation link", "heading",
	        "Activate your access", "endpoint", endpoint));
}
