/* "/datasets/{d}": one dataset for people. */
#include <stdio.h>
#include <string.h>

#include "card.h"
#include "internal.h"
#include "page_log.h"
#include "page_terms.h"
#include "query.h"
#include "sluice/catalog/profile.h"
#include "words.h"

#define ROWS_MAX       12
#define ASK_TEXT_MAX   320
#define NAME_SHOWN_MAX 100

/* The server's own address, as the browser knows it. */
static json_t *
make_endpoint(const struct request *request)
{
	char text[SL_PROFILE_URL_MAX + 1];

	if (query_endpoint(request, text, sizeof(text), NULL) != SL_OK)
		return json_string("https://localhost:8443");
	return json_string(text);
}

static json_t *
make_rows(const char *facet, json_t *choices)
{
	json_t *rows = json_array();
	uint64_t total = 0;
	json_t *choice;
	size_t i;

	json_array_foreach (choices, i, choice)
		total += card_count(choice, "count");
	if (total == 0)
		total = 1;
	json_array_foreach (choices, i, choice) {
		uint64_t count = card_count(choice, "count");
		char words[WORDS_MAX];

		if (i == ROWS_MAX)
			break;
		words_count(words, count);
		json_array_append_new(rows,
		    json_pack("{s:s,s:s,s:I,s:o}", "value",
		        card_facet_value(facet, card_text(choice, "value")),
		        "count", words, "width",
		        (json_int_t)(count * 100 / total), "share",
		        json_sprintf(
		            "%.0f %%", (double)count * 100 / (double)total)));
	}
	return rows;
}

static json_t *
make_histograms(json_t *dataset)
{
	static const char *const shown[][2] = {{"task", "Tasks"},
	    {"success", "Outcomes"}, {"failure_mode", "Failure modes"},
	    {"robot", "Robots"}, {"environment", "Environments"}};
	json_t *facets = json_object_get(dataset, "facets");
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		json_t *choices = json_object_get(facets, shown[i][0]);

		if (json_array_size(choices) > 0)
			json_array_append_new(list,
			    json_pack("{s:s,s:s,s:o}", "label", shown[i][1],
			        "column", card_facet_label(shown[i][0]), "rows",
			        make_rows(shown[i][0], choices)));
	}
	return list;
}

static json_t *
make_layers(json_t *dataset)
{
	json_t *list = json_array();
	json_t *layer;
	size_t i;

	json_array_foreach (json_object_get(dataset, "layers"), i, layer) {
		char episodes[WORDS_MAX];
		char bytes[WORDS_MAX];

		words_count(episodes, card_count(layer, "episodes"));
		words_bytes(bytes, card_count(layer, "content_bytes"));
		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s}", "layer",
		        card_text(layer, "name"), "episodes", episodes,
		        "content", bytes));
	}
	return list;
}

static json_t *
make_batch(const json_t *batch)
{
	json_t *row = json_object();
	char words[WORDS_MAX];
	int failed = 0;

	for (int i = 0; i < 4; i++) {
		static const char *const counts[] = {
		    "seq", "added", "revised", "retracted"};

		words_count(words, card_count(batch, counts[i]));
		failed |= card_set(row, counts[i], words);
	}
	failed |= json_object_set_new(row, "has_retracted",
	    json_boolean(card_count(batch, "retracted") > 0));
	failed |= card_set(row, "published_iso", card_text(batch, "published"));
	words_date(words, card_text(batch, "published"));
	failed |= card_set(row, "published", words);
	words_duration(words, card_seconds(batch, "duration_s"));
	failed |= card_set(row, "duration", words);
	words_bytes(words, card_count(batch, "content_bytes"));
	failed |= card_set(row, "content", words);
	words_bytes(words, card_count(batch, "pack_bytes"));
	failed |= card_set(row, "pack", words);
	if (failed == 0)
		return row;
	json_decref(row);
	return NULL;
}

static int
fill_batches(json_t *values, json_t *dataset)
{
	json_t *batches = json_object_get(dataset, "batches");
	json_t *list = json_array();
	json_t *batch;
	size_t i;
	int failed = 0;

	json_array_foreach (batches, i, batch)
		failed |= json_array_append_new(list, make_batch(batch));
	failed |= json_object_set_new(
	    values, "has_batches", json_boolean(json_array_size(list) > 0));
	/* The number of rows if there are more batches than that, else "". */
	failed |= json_object_set_new(values, "batches_cut",
	    card_count(dataset, "seq") > json_array_size(list)
	        ? json_sprintf("%zu", json_array_size(list))
	        : json_string(""));
	failed |= json_object_set_new(values, "batches", list);
	return failed;
}

static int
fill_access(json_t *values, json_t *dataset)
{
	bool is_licensed = json_is_true(
	    json_object_get(json_object_get(dataset, "access"), "licensed"));
	const char *visibility = card_text(dataset, "visibility");
	const char *kind = card_text(dataset, "kind");
	const char *licence = card_text(dataset, "licence");
	char ask[ASK_TEXT_MAX];
	int failed = 0;

	snprintf(ask, sizeof(ask),
	    "Ask the publisher for one; as a customer, run 'sluice request "
	    "%.*s'. Access comes as a profile file or a one-time link for the "
	    "sluice client; curl works with its token.",
	    NAME_SHOWN_MAX, card_text(dataset, "name"));
	failed |= json_object_set_new(
	    values, "is_licensed", json_boolean(is_licensed));
	failed |=
	    card_set(values, "access_class", is_licensed ? "open" : "closed");
	failed |= card_set(values, "access_label",
	    is_licensed ? "Licensed" : "Licence needed");
	failed |= card_set(values, "access_text",
	    is_licensed ? "Pull it with the profile you have." : ask);
	failed |= card_set(values, "visibility_text",
	    strcmp(visibility, "public") == 0
	        ? "Listed for everyone; their bytes need a licence."
	        : "Listed for licensees only.");
	failed |= card_set(values, "kind_text",
	    strcmp(kind, "subscription") == 0
	        ? "Subscription: new batches arrive as they are published."
	        : "Pre-built: complete as it is.");
	failed |= card_set(values, "licence_name",
	    licence[0] == '\0' ? "By agreement" : licence);
	return failed;
}

static int
fill_provenance(json_t *values, const struct request *request, json_t *dataset)
{
	json_t *keys = json_object_get(dataset, "keys");
	const char *name = card_text(dataset, "name");
	const char *key = json_string_value(json_array_get(keys, 0));
	int failed = 0;

	failed |= json_object_set_new(
	    values, "keys", keys == NULL ? json_array() : json_incref(keys));
	failed |= card_set(values, "key", key == NULL ? "PUBLISHER_KEY" : key);
	failed |= card_set(
	    values, "key_word", json_array_size(keys) > 1 ? "keys" : "key");
	failed |=
	    json_object_set_new(values, "endpoint", make_endpoint(request));
	failed |= json_object_set_new(
	    values, "json_href", json_sprintf("/v1/datasets/%s", name));
	failed |= json_object_set_new(values, "batches_href",
	    json_sprintf("/v1/datasets/%s/batches", name));
	return failed;
}

static json_t *
make_page(const struct request *request, json_t *dataset)
{
	json_t *values = json_object();
	int failed = card_fill(values, dataset);

	failed |= json_object_set_new(values, "page_title",
	    json_sprintf("%s: Sluice", card_text(dataset, "title")));
	failed |= card_set(
	    values, "page_description", card_text(dataset, "description"));
	failed |=
	    json_object_set_new(values, "histograms", make_histograms(dataset));
	failed |= card_set(values, "no_facets",
	    card_count(dataset, "episodes") == 0
	        ? "There are no episodes yet."
	        : "The publisher gives no facets for these episodes.");
	failed |= json_object_set_new(values, "layers", make_layers(dataset));
	failed |= json_object_set_new(values, "layers_shown",
	    json_boolean(
	        json_array_size(json_object_get(values, "layers")) > 0));
	failed |= fill_batches(values, dataset);
	failed |= fill_access(values, dataset);
	failed |= page_fill_terms(values, dataset);
	failed |= page_fill_log(values, dataset);
	failed |= fill_provenance(values, request, dataset);
	if (failed == 0)
		return values;
	json_decref(values);
	return NULL;
}

static void
on_dataset(void *ctx, enum sl_status status, json_t *dataset,
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
	sl_page_respond(request, 200, "dataset", make_page(request, dataset));
}

void
handle_dataset_page(struct request *request)
{
	struct sl_error err = {0};
	const char *name = request_text(request, request->params[0]);
	enum sl_status status = SL_ERR_NOT_FOUND;

	if (name != NULL && sl_dataset_name_is_valid(request->params[0]))
		status = sl_store_dataset_show(request_db(request),
		    request_customer(request), name, on_dataset, request, &err);
	else
		sl_error_code(
		    &err, status, "not_found", "There is no such dataset.");
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &err);
}
