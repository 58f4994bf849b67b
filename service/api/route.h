/* The table of routes: which path, which right, which handler. */
#ifndef SL_API_ROUTE_H
#define SL_API_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "sluice/base/slice.h"
#include "sluice/net/http.h"

struct request;

#define ROUTE_PARAMS_MAX 3

enum route_right {
	RIGHT_ANYONE,  /* a token is not looked at */
	RIGHT_CATALOG, /* anyone; a token, if sent, must be good */
	RIGHT_DELIVER, /* a token with scope deliver */
	RIGHT_USAGE,   /* a token with scope usage:read */
};

struct route {
	enum sl_http_method method; /* GET serves HEAD as well */
	const char *pattern;        /* {name} is one component, {*} the rest */
	enum route_right right;
	bool names_dataset; /* the first component is a visible dataset */
	size_t body_max;
	const char *keys; /* query keys with spaces between, or "" */
	void (*handle)(struct request *request);
};

extern const struct route routes[];
extern const size_t route_count;

enum route_match {
	ROUTE_FOUND,
	ROUTE_NONE,
	ROUTE_OTHER_METHOD,
};

/* `params` get the components that stand for {…}. */
enum route_match route_find(const struct route **out,
    enum sl_http_method method, struct sl_slice path,
    struct sl_slice params[ROUTE_PARAMS_MAX]);

/* Is it one of the route's query keys? */
bool route_has_key(const struct route *route, struct sl_slice key);

/* ---- handlers ---- */

void handle_list_page(struct request *request);
void handle_dataset_page(struct request *request);
void handle_asset(struct request *request);
void handle_datasets(struct request *request);
void handle_dataset(struct request *request);
void handle_episodes(struct request *request);
void handle_batches(struct request *request);
void handle_head(struct request *request);
void handle_fetch(struct request *request);
void handle_stream(struct request *request);
void handle_quote(struct request *request);
void handle_object(struct request *request);
void handle_licences(struct request *request);
void handle_licence(struct request *request);
void handle_explain(struct request *request);
void handle_terms(struct request *request);
void handle_accept(struct request *request);
void handle_key(struct request *request);
void handle_receipt(struct request *request);
void handle_receipts(struct request *request);
void handle_ask(struct request *request);
void handle_asked(struct request *request);
void handle_activate(struct request *request);
void handle_activate_page(struct request *request);
void handle_usage(struct request *request);
void handle_usage_rows(struct request *request);
void handle_events(struct request *request);
void handle_checkpoint(struct request *request);
void handle_checkpoint_text(struct request *request);
void handle_checkpoint_minisig(struct request *request);
void handle_inclusion(struct request *request);
void handle_tile(struct request *request);
void handle_trust(struct request *request);
void handle_trust_signature(struct request *request);
void handle_trust_latest(struct request *request);

#endif /* SL_API_ROUTE_H */
