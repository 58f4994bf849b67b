#include "card.h"

#include <stdio.h>
#include <string.h>

#include "words.h"

const char *
card_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

uint64_t
card_count(const json_t *object, const char *key)
{
	json_int_t count = json_integer_value(json_object_get(object, key));

	return count < 0 ? 0 : (uint64_t)count;
}

double
card_seconds(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

int
card_set(json_t *values, const char *key, const char *text)
{
	return json_object_set_new(values, key, json_string(text));
}

const char *
card_facet_label(const char *facet)
{
	static const char *const labels[][2] = {{"task", "Task"},
	    {"robot", "Robot"}, {"failure_mode", "Failure mode"},
	    {"embodiment", "Body"}, {"environment", "Environment"},
	    {"consent", "Consent"}, {"success", "Outcome"},
	    {"source", "Source"}, {"site", "Site"}, {"recorded", "Recorded"}};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i][0], facet) == 0)
			return labels[i][1];
	return facet;
}

const char *
card_facet_value(const char *facet, const char *value)
{
	return strcmp(facet, "success") == 0 ? words_outcome(value) : value;
}

static int
fill_figures(json_t *values, const json_t *dataset)
{
	char words[WORDS_MAX];
	int failed = 0;

	words_count(words, card_count(dataset, "episodes"));
	failed |= card_set(values, "episodes", words);
	words_duration(words, card_seconds(dataset, "duration_s"));
	failed |= card_set(values, "duration", words);
	words_bytes(words, card_count(dataset, "content_bytes"));
	failed |= card_set(values, "bytes", words);
	words_count(words, card_count(dataset, "seq"));
	failed |= card_set(values, "seq", words);
	words_date(words, card_text(dataset, "updated"));
	failed |= card_set(values, "updated", words);
	failed |= card_set(values, "updated_iso",
	    words[0] == '\0' ? "" : card_text(dataset, "updated"));
	return failed;
}

int
card_fill(json_t *values, const json_t *dataset)
{
	const char *kind = card_text(dataset, "kind");
	const char *visibility = card_text(dataset, "visibility");
	const char *publisher = card_text(dataset, "publisher_title");
	int failed = fill_figures(values, dataset);

	if (publisher[0] == '\0')
		publisher = card_text(dataset, "publisher");
	failed |= card_set(values, "name", card_text(dataset, "name"));
	failed |= card_set(values, "title", card_text(dataset, "title"));
	failed |=
	    card_set(values, "description", card_text(dataset, "description"));
	failed |= card_set(values, "kind", kind);
	failed |= card_set(values, "kind_label",
	    strcmp(kind, "subscription") == 0 ? "Subscription" : "Pre-built");
	failed |= card_set(values, "visibility_label",
	    strcmp(visibility, "public") == 0       ? "Public"
	        : strcmp(visibility, "listed") == 0 ? "Listed"
	                                            : "Private");
	failed |= json_object_set_new(values, "is_restricted",
	    json_boolean(strcmp(visibility, "public") != 0));
	failed |= card_set(values, "publisher", publisher);
	return failed;
}
