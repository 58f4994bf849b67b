#include "route.h"

#include <string.h>

#include "sluice/catalog/fetch.h"
#include "sluice/catalog/receipt.h"

/* Bodies: a form of a few texts; a receipt of SL_RECEIPT_BYTES_MAX, whose
 * quotes are escaped; what anyone may send is short, so that all connections
 * of a worker together do not fill its budget for bodies. */
#define FORM_MAX     (32 * 1024)
#define ACTIVATE_MAX 1024
#define RECEIPT_MAX  (SL_RECEIPT_BYTES_MAX + SL_RECEIPT_BYTES_MAX / 2)

#define FACET_KEYS                                              \
	"task success failure_mode source site robot recorded " \
	"embodiment environment consent"

const struct route routes[] = {
    {SL_HTTP_GET, "/", RIGHT_CATALOG, false, 0, "q kind cursor " FACET_KEYS,
        handle_list_page},
    {SL_HTTP_GET, "/datasets/{d}", RIGHT_CATALOG, false, 0, "",
        handle_dataset_page},
    {SL_HTTP_GET, "/activate", RIGHT_ANYONE, false, 0, "",
        handle_activate_page},
    {SL_HTTP_GET, "/assets/{a}", RIGHT_ANYONE, false, 0, "", handle_asset},
    {SL_HTTP_GET, "/v1/datasets", RIGHT_CATALOG, false, 0,
        "q kind where cursor limit " FACET_KEYS, handle_datasets},
    {SL_HTTP_GET, "/v1/datasets/{d}", RIGHT_CATALOG, false, 0, "",
        handle_dataset},
    {SL_HTTP_GET, "/v1/datasets/{d}/episodes", RIGHT_CATALOG, false, 0,
        "where cursor limit", handle_episodes},
    {SL_HTTP_GET, "/v1/datasets/{d}/batches", RIGHT_CATALOG, false, 0,
        "cursor limit", handle_batches},
    {SL_HTTP_GET, "/v1/datasets/{d}/batches/{s}/inclusion", RIGHT_CATALOG, true,
        0, "licence", handle_inclusion},
    {SL_HTTP_GET, "/v1/datasets/{d}/checkpoint", RIGHT_CATALOG, true, 0, "",
        handle_checkpoint},
    {SL_HTTP_GET, "/v1/datasets/{d}/checkpoint.txt", RIGHT_CATALOG, true, 0, "",
        handle_checkpoint_text},
    {SL_HTTP_GET, "/v1/datasets/{d}/checkpoint.minisig", RIGHT_CATALOG, true, 0,
        "", handle_checkpoint_minisig},
    {SL_HTTP_GET, "/v1/datasets/{d}/log/{e}/{*}", RIGHT_CATALOG, true, 0,
        "licence", handle_tile},
    {SL_HTTP_GET, "/v1/trust/latest", RIGHT_ANYONE, false, 0, "",
        handle_trust_latest},
    {SL_HTTP_GET, "/v1/trust/{n}", RIGHT_ANYONE, false, 0, "", handle_trust},
    {SL_HTTP_GET, "/v1/trust/{n}/{s}", RIGHT_ANYONE, false, 0, "",
        handle_trust_signature},
    {SL_HTTP_GET, "/v1/datasets/{d}/batches/{s}/{o}", RIGHT_DELIVER, true, 0,
        "licence purpose", handle_object},
    {SL_HTTP_GET, "/v1/datasets/{d}/head", RIGHT_DELIVER, true, 0,
        "from known epoch trust licence purpose", handle_head},
    {SL_HTTP_POST, "/v1/datasets/{d}/fetch", RIGHT_DELIVER, true,
        SL_FETCH_BYTES_MAX, "", handle_fetch},
    {SL_HTTP_GET, "/v1/datasets/{d}/stream", RIGHT_DELIVER, true, 0,
        "after until known epoch trust layers where licence purpose",
        handle_stream},
    {SL_HTTP_POST, "/v1/datasets/{d}/quote", RIGHT_DELIVER, true,
        SL_FETCH_BYTES_MAX, "", handle_quote},
    {SL_HTTP_GET, "/v1/licences", RIGHT_USAGE, false, 0, "", handle_licences},
    {SL_HTTP_GET, "/v1/licences/{id}", RIGHT_USAGE, false, 0, "",
        handle_licence},
    {SL_HTTP_GET, "/v1/licences/{id}/explain", RIGHT_USAGE, false, 0,
        "layers purpose seq", handle_explain},
    {SL_HTTP_GET, "/v1/licences/{id}/terms", RIGHT_USAGE, false, 0, "",
        handle_terms},
    {SL_HTTP_POST, "/v1/licences/{id}/accept", RIGHT_USAGE, false, FORM_MAX, "",
        handle_accept},
    {SL_HTTP_POST, "/v1/keys", RIGHT_USAGE, false, FORM_MAX, "", handle_key},
    {SL_HTTP_POST, "/v1/receipts", RIGHT_USAGE, false, RECEIPT_MAX, "",
        handle_receipt},
    {SL_HTTP_GET, "/v1/receipts", RIGHT_USAGE, false, 0, "licence",
        handle_receipts},
    {SL_HTTP_POST, "/v1/requests", RIGHT_USAGE, false, FORM_MAX, "",
        handle_ask},
    {SL_HTTP_GET, "/v1/requests", RIGHT_USAGE, false, 0, "", handle_asked},
    {SL_HTTP_POST, "/v1/activate", RIGHT_ANYONE, false, ACTIVATE_MAX, "",
        handle_activate},
    {SL_HTTP_GET, "/v1/usage", RIGHT_USAGE, false, 0, "licence month",
        handle_usage},
    {SL_HTTP_GET, "/v1/usage/rows", RIGHT_USAGE, false, 0, "licence after",
        handle_usage_rows},
    {SL_HTTP_GET, "/v1/events", RIGHT_DELIVER, false, 0, "licence after",
        handle_events},
};
const size_t route_count = sizeof(routes) / sizeof(routes[0]);

/* The part of `rest` up to the next '/', taken away with that. */
static struct sl_slice
next_component(struct sl_slice *rest)
{
	const unsigned char *slash =
	    rest->len == 0 ? NULL : memchr(rest->data, '/', rest->len);
	size_t len = slash == NULL ? rest->len : (size_t)(slash - rest->data);
	struct sl_slice component = sl_slice_of(rest->data, len);
	size_t used = slash == NULL ? len : len + 1;

	rest->data += used;
	rest->len -= used;
	return component;
}

static bool
ends_with_slash(struct sl_slice path)
{
	return path.len > 0 && path.data[path.len - 1] == '/';
}

static bool
is_match(const char *pattern, struct sl_slice path,
    struct sl_slice params[ROUTE_PARAMS_MAX])
{
	struct sl_slice wanted = sl_slice_text(pattern);
	size_t count = 0;

	if (ends_with_slash(path) != ends_with_slash(wanted))
		return false;
	while (wanted.len > 0 && path.len > 0) {
		struct sl_slice part = next_component(&wanted);
		struct sl_slice component;

		if (sl_slice_is_text(part, "{*}")) {
			params[count] = path;
			return true;
		}
		component = next_component(&path);

		if (part.len > 0 && part.data[0] == '{') {
			if (component.len == 0)
				return false;
			params[count++] = component;
		} else if (!sl_slice_is(part, component)) {
			return false;
		}
	}
	return wanted.len == 0 && path.len == 0;
}

enum route_match
route_find(const struct route **out, enum sl_http_method method,
    struct sl_slice path, struct sl_slice params[ROUTE_PARAMS_MAX])
{
	enum route_match match = ROUTE_NONE;

	if (method == SL_HTTP_HEAD)
		method = SL_HTTP_GET;
	*out = NULL;
	for (size_t i = 0; i < route_count; i++) {
		if (!is_match(routes[i].pattern, path, params))
			continue;
		*out = &routes[i];
		if (routes[i].method == method)
			return ROUTE_FOUND;
		match = ROUTE_OTHER_METHOD;
	}
	return match;
}

bool
route_has_key(const struct route *route, struct sl_slice key)
{
	const char *at = route->keys;

	while (*at != '\0') {
		size_t len = strcspn(at, " ");

		if (sl_slice_is(sl_slice_of(at, len), key))
			return true;
		at += len;
		at += strspn(at, " ");
	}
	return false;
}
