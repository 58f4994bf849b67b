#include "sluice/client/first_use.h"

#include <stdio.h>
#include <string.h>

#include "chain.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"

#define PATH_MAX_BYTES 96

static enum sl_status
get(struct sl_client *client, const char *path, struct sl_buf *out,
    struct sl_error *err)
{
	return sl_client_get_bytes(client, path, "text/plain", out, err);
}

/* {"version":…,"sha256":…,"signatures":["KEYID",…]} */
static enum sl_status
get_signatures(struct sl_client *client, struct sl_chain_link *link,
    const json_t *ids, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));
		char name[SL_KEY_ID_TEXT_LEN + sizeof(".minisig")];
		char path[PATH_MAX_BYTES];
		struct sl_buf *buf;

		snprintf(
		    name, sizeof(name), "%.16s.minisig", id == NULL ? "" : id);
		buf = sl_chain_link_add(link, name);
		if (buf == NULL)
			return sl_error_code(err, SL_ERR_INTEGRITY, "bad_trust",
			    "the server's list of signatures is "
			    "malformed");
		snprintf(
		    path, sizeof(path), "/v1/trust/%u/%s", link->version, name);
		status = get(client, path, buf, err);
	}
	return status;
}

static enum sl_status
get_link(
    struct sl_client *client, struct sl_chain_link *link, struct sl_error *err)
{
	char path[PATH_MAX_BYTES];
	json_t *latest = NULL, *ids = NULL;
	uint32_t version = 0;
	enum sl_status status =
	    sl_client_get(client, "/v1/trust/latest", &latest, err);

	if (status == SL_OK)
		status = sl_json_need_u32(
		    &version, latest, "version", SL_TRUST_VERSION_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_array(&ids, latest, "signatures", err);
	link->version = version;
	snprintf(path, sizeof(path), "/v1/trust/%u", version);
	if (status == SL_OK)
		status = get(client, path, &link->text, err);
	if (status == SL_OK)
		status = get_signatures(client, link, ids, err);
	json_decref(latest);
	return status;
}

static enum sl_status
check(const struct sl_chain_link *link, struct sl_trust *trust,
    struct sl_error *err)
{
	struct sl_slice signatures[SL_TRUST_SIGNATURES_MAX];
	struct sl_slice text = sl_buf_slice(&link->text);
	enum sl_status status = sl_trust_parse(trust, text, err);

	if (status == SL_OK && trust->version != link->version)
		status =
		    sl_error_set(err, SL_ERR_INVALID, "it is another version");
	if (status != SL_OK && status != SL_ERR_NOMEM) {
		struct sl_error why = *err;

		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_trust",
		    "trust file %u: %s", link->version, why.text);
	}
	for (size_t i = 0; i < link->count; i++)
		signatures[i] = sl_buf_slice(&link->signatures[i]);
	if (status == SL_OK)
		status =
		    sl_trust_verify(trust, text, signatures, link->count, err);
	return status == SL_OK
	    ? sl_trust_check_time(trust, sl_clock_wall_us(), err)
	    : status;
}

enum sl_status
sl_first_use(
    struct sl_client *client, struct sl_trust_pin *out, struct sl_error *err)
{
	struct sl_chain_link link;
	struct sl_trust trust;
	enum sl_status status;

	sl_chain_link_init(&link, 0);
	sl_trust_init(&trust);
	status = get_link(client, &link, err);
	if (status == SL_OK)
		status = check(&link, &trust, err);
	if (status == SL_OK)
		sl_trust_pin_of(out, &trust);
	sl_trust_clear(&trust);
	sl_chain_link_clear(&link);
	return status;
}
