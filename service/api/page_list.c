/* "/": search, facets as links, dataset cards. */
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "internal.h"
#include "query.h"
#include "words.h"

#define HREF_MAX          4096
#define FACET_OPTIONS_MAX 8

/* The keys that make a selection, in the order of links. */
static const char *const keys[] = {"q", "kind", "task", "robot", "failure_mode",
    "success", "embodiment", "environment", "source", "consent", "site",
    "recorded"};
#define KEY_COUNT   (sizeof(keys) / sizeof(keys[0]))
#define FIRST_FACET 2u

struct list_state {
	const char *values[KEY_COUNT]; /* NULL if absent */
};

static enum sl_status
append_encoded(struct sl_buf *out, const char *text)
{
	enum sl_status status = SL_OK;

	for (const char *p = text; *p != '\0' && status == SL_OK; p++) {
		bool is_plain = (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		    strchr("-._~", *p) != NULL;

		status = sl_buf_printf(
		    out, is_plain ? "%c" : "%%%02X", (unsigned char)*p);
	}
	return status;
}

/* The link to this selection with one key changed (NULL: taken away). */
static json_t *
make_href(const struct list_state *state, const char *key, const char *value)
{
	struct sl_buf href;
	enum sl_status status;
	json_t *result = NULL;
	const char *text;
	char mark = '?';

	sl_buf_init(&href, HREF_MAX);
	status = sl_buf_append_text(&href, "/");
	for (size_t i = 0; i < KEY_COUNT && status == SL_OK; i++) {
		const char *wanted =
		    strcmp(keys[i], key) == 0 ? value : state->values[i];

		if (wanted == NULL || wanted[0] == '\0')
			continue;
		status = sl_buf_printf(&href, "%c%s=", mark, keys[i]);
		if (status == SL_OK)
			status = append_encoded(&href, wanted);
		mark = '&';
	}
	if (status == SL_OK && strcmp(key, "cursor") == 0) {
		status = sl_buf_printf(&href, "%ccursor=", mark);
		if (status == SL_OK)
			status = append_encoded(&href, value);
	}
	text = sl_buf_text(&href);
	if (status == SL_OK && text != NULL)
		result = json_string(text);
	sl_buf_clear(&href);
	return result;
}

static json_t *
make_kinds(const struct list_state *state)
{
	static const char *const kinds[][2] = {{"", "All datasets"},
	    {"prebuilt", "Pre-built"}, {"subscription", "Subscriptions"}};
	const char *chosen = state->values[1] == NULL ? "" : state->values[1];
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:b}", "value", kinds[i][0], "label",
		        kinds[i][1], "is_on",
		        strcmp(kinds[i][0], chosen) == 0));
	return list;
}

static json_t *
make_options(const struct list_state *state, size_t key, json_t *choices)
{
	json_t *options = json_array();
	const char *chosen = state->values[key];
	json_t *choice;
	size_t i;

	json_array_foreach (choices, i, choice) {
		const char *value = card_text(choice, "value");
		bool is_on = chosen != NULL && strcmp(chosen, value) == 0;

		if (i >= FACET_OPTIONS_MAX && !is_on)
			continue;
		json_array_append_new(options,
		    json_pack("{s:s,s:I,s:o,s:b}", "label",
		        card_facet_value(keys[key], value), "count",
		        (json_int_t)card_count(choice, "datasets"), "href",
		        make_href(state, keys[key], is_on ? NULL : value),
		        "is_on", is_on));
	}
	return options;
}

static json_t *
make_facets(const struct list_state *state, json_t *answer)
{
	json_t *facets = json_object_get(answer, "facets");
	json_t *groups = json_array();

	for (size_t i = FIRST_FACET; i < KEY_COUNT; i++) {
		json_t *choices = json_object_get(facets, keys[i]);

		if (json_array_size(choices) > 0)
			json_array_append_new(groups,
			    json_pack("{s:s,s:o}", "label",
			        card_facet_label(keys[i]), "options",
			        make_options(state, i, choices)));
	}
	return groups;
}

/* What narrows the list now, each with the link that takes it away. */
static json_t *
make_filters(const struct list_state *state)
{
	json_t *filters = json_array();

	for (size_t i = 0; i < KEY_COUNT; i++) {
		const char *value = state->values[i];
		const char *label =
		    i == 0 ? "Words" : card_facet_label(keys[i]);

		if (value == NULL)
			continue;
		if (i == 1)
			label = "Kind";
		json_array_append_new(filters,
		    json_pack("{s:o,s:o}", "label",
		        json_sprintf(
		            "%s: %s", label, card_facet_value(keys[i], value)),
		        "href", make_href(state, keys[i], NULL)));
	}
	return filters;
}

/* Facets that the search form carries along. */
static json_t *
make_kept(const struct list_state *state)
{
	json_t *kept = json_array();

	for (size_t i = FIRST_FACET; i < KEY_COUNT; i++)
		if (state->values[i] != NULL)
			json_array_append_new(kept,
			    json_pack("{s:s,s:s}", "key", keys[i], "value",
			        state->values[i]));
	return kept;
}

static json_t *
make_cards(json_t *answer)
{
	json_t *cards = json_array();
	json_t *dataset;
	size_t i;

	json_array_foreach (json_object_get(answer, "datasets"), i, dataset) {
		json_t *card = json_object();

		if (card_fill(card, dataset) != 0 ||
		    json_object_set_new(card, "href",
		        json_sprintf(
		            "/datasets/%s", card_text(dataset, "name"))) != 0 ||
		    json_array_append(cards, card) != 0) {
			json_decref(card);
			json_decref(cards);
			return NULL;
		}
		json_decref(card);
	}
	return cards;
}

static json_t *
make_results_title(const struct list_state *state, json_t *answer)
{
	uint64_t total = card_count(answer, "total");
	bool is_filtered = false;
	char words[WORDS_MAX];

	for (size_t i = 0; i < KEY_COUNT; i++)
		is_filtered |= state->values[i] != NULL;
	words_count(words, total);
	return json_sprintf("%s dataset%s%s", words, total == 1 ? "" : "s",
	    !is_filtered     ? ""
	        : total == 1 ? " matches"
	                     : " match");
}

static json_t *
make_list(const struct list_state *state, json_t *answer)
{
	const char *next = card_text(answer, "next");
	json_t *filters = make_filters(state);
	json_t *active = json_array_size(filters) == 0
	    ? json_null()
	    : json_pack("{s:O}", "filters", filters);

	json_decref(filters);
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
	    "page_title", "Sluice: robot data catalog", "page_description",
	    "Robot demonstrations and failures as signed, verified datasets.",
	    "q", state->values[0] == NULL ? "" : state->values[0], "kinds",
	    make_kinds(state), "kept", make_kept(state), "facet_groups",
	    make_facets(state, answer), "active", active, "datasets",
	    make_cards(answer), "results_title",
	    make_results_title(state, answer), "next_href",
	    next[0] == '\0' ? json_string("")
	                    : make_href(state, "cursor", next));
}

static void
on_catalog(void *ctx, enum sl_status status, json_t *answer,
    const struct sl_error *err)
{
	struct request *request = ctx;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	request_field(request, "Cache-Control", "private, no-cache");
	sl_page_respond(
	    request, 200, "list", make_list(request->state, answer));
}

void
handle_list_page(struct request *request)
{
	struct list_state *state = calloc(1, sizeof(*state));
	struct sl_catalog_query query;
	struct sl_error err = {0};
	enum sl_status status;

	if (state == NULL) {
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	request->state = state;
	request->state_free = free;
	for (size_t i = 0; i < KEY_COUNT; i++)
		state->values[i] = request_query(request, keys[i]);
	status = query_catalog(request, &query, &err);
	if (status == SL_OK)
		status = sl_store_catalog(request_db(request),
		    request_customer(request), &query, on_catalog, request,
		    &err);
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &err);
}
