/* The words in catalog/vocabulary/ are ones that the code takes. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "sluice/catalog/facet.h"
#include "sluice/catalog/layer.h"
#include "suites.h"

static json_t *
load(const char *name)
{
	const char *root = getenv("SL_SRCDIR");
	json_t *vocabulary;
	char path[4096];

	ck_assert_ptr_nonnull(root);
	(void)snprintf(
	    path, sizeof(path), "%s/catalog/vocabulary/%s.json", root, name);
	vocabulary = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(vocabulary != NULL, "%s does not parse", path);
	ck_assert_str_eq(
	    json_string_value(json_object_get(vocabulary, "name")), name);
	return vocabulary;
}

static const char *
word_at(const json_t *vocabulary, size_t i)
{
	const json_t *item =
	    json_array_get(json_object_get(vocabulary, "words"), i);
	const char *meaning = json_string_value(json_object_get(item, "is"));

	ck_assert_ptr_nonnull(meaning);
	ck_assert_int_eq(meaning[strlen(meaning) - 1], '.');
	return json_string_value(json_object_get(item, "word"));
}

static size_t
count(const json_t *vocabulary)
{
	return json_array_size(json_object_get(vocabulary, "words"));
}

START_TEST(words_are_values_of_their_facets)
{
	static const struct {
		const char *name;
		enum sl_facet facet;
	} cases[] = {{"failure_mode", SL_FACET_FAILURE_MODE},
	    {"source", SL_FACET_SOURCE}, {"success", SL_FACET_SUCCESS},
	    {"retraction", SL_FACET_TASK}, {"embodiment", SL_FACET_EMBODIMENT},
	    {"environment", SL_FACET_ENVIRONMENT},
	    {"consent", SL_FACET_CONSENT}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *vocabulary = load(cases[i].name);
		struct sl_facets facets;

		ck_assert_uint_gt(count(vocabulary), 2);
		for (size_t j = 0; j < count(vocabulary); j++)
			ck_assert(sl_facets_set(&facets, cases[i].facet,
			              sl_slice_text(word_at(vocabulary, j)),
			              NULL) == SL_OK);
		json_decref(vocabulary);
	}
}
END_TEST

START_TEST(layers_are_the_nine_words)
{
	json_t *vocabulary = load("layer");

	for (size_t i = 0; i < count(vocabulary); i++)
		ck_assert_str_eq(word_at(vocabulary, i), sl_layer_words[i]);
	ck_assert_ptr_null(sl_layer_words[count(vocabulary)]);
	json_decref(vocabulary);
}
END_TEST

TCase *
vocabulary_cases(void)
{
	TCase *tc = tcase_create("vocabulary");

	tcase_add_test(tc, words_are_values_of_their_facets);
	tcase_add_test(tc, layers_are_the_nine_words);
	return tc;
}
