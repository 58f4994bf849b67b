#include "sluice/client/client.h"

#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "engine.h"
#include "sluice/catalog/json.h"

#define ANSWER_MAX (64 * 1024 * 1024)

/* A copy, by way of the text form. */
static enum sl_status
copy_profile(struct sl_profile *out, const struct sl_profile *profile,
    struct sl_error *err)
{
	*out = *profile;
	out->ca = NULL;
	if (profile->ca == NULL)
		return SL_OK;
	out->ca = strdup(profile->ca);
	return out->ca != NULL
	    ? SL_OK
	    : sl_error_set(err, SL_ERR_NOMEM, "out of memory");
}

static enum sl_status
copy_paths(struct sl_client *client, struct sl_error *err)
{
	struct sl_client_options *options = &client->options;

	if (options->ca_file != NULL)
		client->ca_file = strdup(options->ca_file);
	if (options->ca_file != NULL && client->ca_file == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	options->ca_file = client->ca_file;
	return SL_OK;
}

enum sl_status
sl_client_new(struct sl_client **out, const struct sl_profile *profile,
    const struct sl_client_options *options, struct sl_error *err)
{
	struct sl_client *client = calloc(1, sizeof(*client));
	enum sl_status status;

	*out = NULL;
	if (client == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	sl_profile_init(&client->profile);
	client->options = *options;
	status = copy_profile(&client->profile, profile, err);
	if (status == SL_OK)
		status = copy_paths(client, err);
	if (status == SL_OK)
		status = sl_transport_new(&client->transport, &client->profile,
		    &client->options, err);
	if (status != SL_OK) {
		sl_client_free(client);
		return status;
	}
	*out = client;
	return SL_OK;
}

enum sl_status
sl_client_use_bundle(
    struct sl_client *client, const char *path, struct sl_error *err)
{
	struct sl_bundle *bundle;
	enum sl_status status = sl_bundle_open(&bundle, path, err);

	if (status == SL_OK)
		sl_transport_set_bundle(client->transport, bundle);
	return status;
}

bool
sl_client_has_bundle(const struct sl_client *client)
{
	return sl_transport_bundle(client->transport) != NULL;
}

void
sl_client_free(struct sl_client *client)
{
	if (client == NULL)
		return;
	sl_transport_free(client->transport);
	sl_profile_clear(&client->profile);
	free(client->ca_file);
	free(client);
}

static enum sl_take
collect(struct sl_call *call, struct sl_slice bytes)
{
	struct sl_buf *answer = call->ctx;

	if (sl_buf_append(answer, bytes.data, bytes.len) == SL_OK)
		return SL_TAKE_ALL;
	sl_error_set(
	    &call->err, SL_ERR_NETWORK, "the server's answer is too long");
	return SL_TAKE_STOP;
}

enum sl_status
sl_client_get_bytes(struct sl_client *client, const char *path,
    const char *accept, struct sl_buf *out, struct sl_error *err)
{
	struct sl_call call = {
	    .path = path,
	    .accept = accept,
	    .on_body = collect,
	    .ctx = out,
	};

	return sl_transport_run(client->transport, &call, err);
}

static enum sl_status
exchange(struct sl_client *client, const char *path, struct sl_slice body,
    json_t **out, struct sl_error *err)
{
	struct sl_buf answer;
	struct sl_call call = {
	    .path = path,
	    .body = body,
	    .accept = "application/json",
	    .on_body = collect,
	    .ctx = &answer,
	};
	enum sl_status status;

	*out = NULL;
	sl_buf_init(&answer, ANSWER_MAX);
	status = sl_transport_run(client->transport, &call, err);
	if (status == SL_OK &&
	    sl_json_parse(out, sl_buf_slice(&answer), ANSWER_MAX, err) !=
	        SL_OK) {
		if (err != NULL)
			err->status = SL_ERR_NETWORK;
		status =
		    sl_error_prefix(err, SL_ERR_NETWORK, "server's answer");
	}
	sl_buf_clear(&answer);
	return status;
}

enum sl_status
sl_client_get(struct sl_client *client, const char *path, json_t **out,
    struct sl_error *err)
{
	return exchange(client, path, sl_slice_of(NULL, 0), out, err);
}

enum sl_status
sl_client_post(struct sl_client *client, const char *path, struct sl_slice body,
    json_t **out, struct sl_error *err)
{
	return exchange(client, path, body, out, err);
}

enum sl_status
sl_client_escape(struct sl_buf *buf, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	enum sl_status status = SL_OK;

	for (; status == SL_OK && *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		char escaped[3] = {'%', hex[byte >> 4], hex[byte & 15]};

		status = strchr(plain, *text) != NULL
		    ? sl_buf_append(buf, text, 1)
		    : sl_buf_append(buf, escaped, sizeof(escaped));
	}
	return status;
}
