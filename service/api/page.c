/* Pages for people: templates and what they share. */
#include <stdlib.h>
#include <string.h>

#include "assets.h"
#include "internal.h"
#include "sluice/base/hex.h"
#include "sluice/base/log.h"
#include "sluice/crypto/sha256.h"

#define PAGE_BYTES_MAX (4u << 20)
#define HASH_DIGITS    16

static const char security_policy[] =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

static const struct asset *
find_asset(const char *name)
{
	for (size_t i = 0; i < asset_count; i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}

/* "/assets/style-0123456789abcdef.css": changes with the content. */
static enum sl_status
make_href(char *out, size_t size, const char *stem, const char *extension)
{
	unsigned char hash[SL_SHA256_BYTES];
	char digits[2 * SL_SHA256_BYTES + 1];
	char name[32];
	const struct asset *asset;
	enum sl_status status;

	snprintf(name, sizeof(name), "%s.%s", stem, extension);
	asset = find_asset(name);
	if (asset == NULL)
		return SL_ERR_NOT_FOUND;
	status = sl_sha256_of(hash, sl_slice_of(asset->data, asset->len));
	if (status != SL_OK)
		return status;
	sl_hex_encode(digits, hash, sizeof(hash));
	snprintf(out, size, "/assets/%s-%.*s.%s", stem, HASH_DIGITS, digits,
	    extension);
	return SL_OK;
}

/* Templates are named without their extension. */
static enum sl_status
add_template(struct sl_template_set *set, const struct asset *asset,
    const char *name, struct sl_error *err)
{
	return sl_template_set_add(
	    set, name, sl_slice_of(asset->data, asset->len), err);
}

enum sl_status
sl_pages_load(struct sl_api *api, struct sl_error *err)
{
	static const char *const names[] = {
	    "activate", "dataset", "error", "foot", "head", "list"};
	enum sl_status status = sl_template_set_new(&api->templates);

	for (size_t i = 0;
	     i < sizeof(names) / sizeof(names[0]) && status == SL_OK; i++) {
		char file[32];
		const struct asset *asset;

		snprintf(file, sizeof(file), "%s.html", names[i]);
		asset = find_asset(file);
		status = asset == NULL
		    ? SL_ERR_NOT_FOUND
		    : add_template(api->templates, asset, names[i], err);
	}
	if (status == SL_OK)
		status = make_href(
		    api->style_href, sizeof(api->style_href), "style", "css");
	if (status == SL_OK)
		status = make_href(
		    api->icon_href, sizeof(api->icon_href), "icon", "svg");
	if (status != SL_OK && (err == NULL || err->text[0] == '\0'))
		sl_error_set(err, status, "the page templates are damaged");
	return status;
}

static void
add_page_fields(struct request *request)
{
	request_field(request, "Content-Security-Policy", security_policy);
	request_field(request, "Cross-Origin-Opener-Policy", "same-origin");
	request_field(request, "Cross-Origin-Resource-Policy", "same-origin");
	request_field(request, "Referrer-Policy", "same-origin");
}

void
sl_page_respond(
    struct request *request, unsigned status, const char *name, json_t *values)
{
	struct sl_api *api = request->api;
	struct sl_buf page;
	struct sl_error err = {0};
	enum sl_status result = SL_ERR_NOMEM;

	sl_buf_init(&page, PAGE_BYTES_MAX);
	if (values != NULL &&
	    json_object_set_new(
	        values, "style_href", json_string(api->style_href)) == 0 &&
	    json_object_set_new(
	        values, "icon_href", json_string(api->icon_href)) == 0)
		result = sl_template_render(
		    api->templates, name, values, &page, &err);
	json_decref(values);
	add_page_fields(request);
	if (result == SL_OK) {
		request_respond(request, status, "text/html; charset=utf-8",
		    sl_buf_slice(&page));
	} else {
		sl_log(SL_LOG_ERROR, "request=%s %s", request->id, err.text);
		request_respond(request, 500, "text/plain; charset=utf-8",
		    sl_slice_text("The page cannot be shown.\n"));
	}
	sl_buf_clear(&page);
}

void
handle_asset(struct request *request)
{
	struct sl_api *api = request->api;
	struct sl_slice path = sl_http_request_path(request->http);
	const struct asset *asset = NULL;
	const char *type = "text/css; charset=utf-8";
	struct sl_error err = {0};

	if (sl_slice_is_text(path, api->style_href)) {
		asset = find_asset("style.css");
	} else if (sl_slice_is_text(path, api->icon_href)) {
		asset = find_asset("icon.svg");
		type = "image/svg+xml";
	}
	if (asset == NULL) {
		sl_error_code(&err, SL_ERR_NOT_FOUND, "not_found",
		    "There is nothing at this path.");
		request_fail(request, &err);
		return;
	}
	add_page_fields(request);
	request_field(
	    request, "Cache-Control", "public, max-age=31536000, immutable");
	request_respond(
	    request, 200, type, sl_slice_of(asset->data, asset->len));
}
