#include "sluice/catalog/metadata.h"

#include <string.h>

#include "sluice/catalog/json.h"
#include "sluice/catalog/schema.h"
#include "suites.h"

static struct sl_metadata_rules *rules;
static json_t *metadata;

static void
setup(void)
{
	struct sl_buf text;

	sl_buf_init(&text, SL_METADATA_BYTES_MAX);
	read_golden(&text, "episode-v1.json");
	ck_assert(sl_json_parse(&metadata, sl_buf_slice(&text),
	              SL_METADATA_BYTES_MAX, NULL) == SL_OK);
	sl_buf_clear(&text);
	ck_assert(sl_metadata_rules_new(&rules, NULL) == SL_OK);
}

static void
teardown(void)
{
	json_decref(metadata);
	sl_metadata_rules_free(rules);
}

static void
assert_refused(
    const char *object, const char *member, json_t *value, const char *words)
{
	json_t *holder =
	    object == NULL ? metadata : json_object_get(metadata, object);
	struct sl_error err = {0};

	if (value == NULL)
		ck_assert_int_eq(json_object_del(holder, member), 0);
	else
		ck_assert_int_eq(json_object_set_new(holder, member, value), 0);
	ck_assert(sl_metadata_check(rules, metadata, &err) == SL_ERR_INVALID);
	ck_assert_str_eq(err.text, words);
}

START_TEST(an_unknown_failure_mode_is_refused_with_its_place)
{
	assert_refused("outcome", "failure_mode", json_string("bad luck"),
	    "outcome.failure_mode: \"bad luck\" is not one of "
	    "planning.wrong_object, planning.wrong_order, "
	    "planning.missing_step, planning.extra_step, "
	    "planning.instruction_misread, perception.not_detected, "
	    "perception.pose_error, grasp.missed, … (36)");
}
END_TEST

START_TEST(a_failure_without_its_mode_is_refused)
{
	assert_refused("outcome", "failure_mode", NULL,
	    "outcome: failure_mode is missing");
}
END_TEST

START_TEST(metadata_without_consent_are_refused)
{
	assert_refused(NULL, "consent", NULL, "consent is missing");
}
END_TEST

START_TEST(a_wrong_item_of_a_list_is_named_by_its_place)
{
	json_t *stream =
	    json_array_get(json_object_get(metadata, "streams"), 1);
	struct sl_error err = {0};

	json_object_set_new(stream, "rate_hz_nominal", json_integer(0));
	ck_assert(sl_metadata_check(rules, metadata, &err) == SL_ERR_INVALID);
	ck_assert_str_eq(err.text, "streams.1.rate_hz_nominal: is too small");
}
END_TEST

START_TEST(local_time_is_refused)
{
	assert_refused(NULL, "recorded_at", json_string("2026-11-20 10:00"),
	    "recorded_at: is no UTC time such as 2026-11-21T01:15:00Z");
}
END_TEST

START_TEST(a_name_in_place_of_a_slug_is_refused)
{
	assert_refused("embodiment", "robot_type", json_string("UR 5e"),
	    "embodiment.robot_type: \"UR 5e\" does not have the form "
	    "^[a-z0-9][a-z0-9._-]{0,63}$");
}
END_TEST

START_TEST(the_example_is_taken_and_gives_its_facets)
{
	struct sl_facets facets = {0};

	ck_assert(sl_metadata_is_described(metadata));
	ck_assert(sl_metadata_check(rules, metadata, NULL) == SL_OK);
	ck_assert(sl_metadata_facets(&facets, metadata, NULL) == SL_OK);
	ck_assert_str_eq(facets.value[SL_FACET_TASK], "insert-peg");
	ck_assert_str_eq(facets.value[SL_FACET_FAILURE_MODE], "contact.jam");
	ck_assert_str_eq(facets.value[SL_FACET_EMBODIMENT], "single_arm");
	ck_assert_str_eq(facets.value[SL_FACET_ENVIRONMENT], "factory");
	ck_assert_str_eq(facets.value[SL_FACET_CONSENT], "not_needed");
	ck_assert_str_eq(
	    facets.value[SL_FACET_RECORDED], "2026-11-20T10:00:00Z");
	ck_assert_uint_eq(facets.duration_ms, 8120);
}
END_TEST

START_TEST(facets_that_contradict_the_metadata_are_refused)
{
	struct sl_facets facets = {.value[SL_FACET_SUCCESS] = "true"};
	struct sl_error err = {0};

	ck_assert(
	    sl_metadata_facets(&facets, metadata, &err) == SL_ERR_CONFLICT);
	ck_assert_str_eq(err.code, "facet_conflict");
}
END_TEST

START_TEST(defaults_fill_what_is_absent_and_change_nothing)
{
	json_t *defaults = json_pack("{s:{s:s, s:s}, s:s}", "scene",
	    "environment", "home", "scene_id", "cell-4", "added", "yes");
	const json_t *scene = json_object_get(metadata, "scene");

	ck_assert(sl_metadata_fill(metadata, defaults) == SL_OK);
	ck_assert_str_eq(
	    json_string_value(json_object_get(scene, "environment")),
	    "factory");
	ck_assert_str_eq(
	    json_string_value(json_object_get(scene, "scene_id")), "cell-4");
	ck_assert_ptr_nonnull(json_object_get(metadata, "added"));
	json_decref(defaults);
}
END_TEST

START_TEST(metadata_take_what_facets_state)
{
	struct sl_facets facets = {
	    .value[SL_FACET_SITE] = "site-b", .value[SL_FACET_TASK] = "sort"};
	json_t *empty = json_object();

	ck_assert(sl_metadata_take_facets(empty, &facets) == SL_OK);
	ck_assert_str_eq(json_string_value(json_object_get(
	                     json_object_get(empty, "scene"), "site_id")),
	    "site-b");
	ck_assert_ptr_null(json_object_get(empty, "outcome"));
	json_decref(empty);
}
END_TEST

START_TEST(a_schema_with_what_we_do_not_check_is_refused)
{
	static const char *const texts[] = {"[]", "{\"oneOf\":[]}",
	    "{\"type\":\"text\"}", "{\"properties\":{\"a\":1}}",
	    "{\"pattern\":\"(\"}", "{\"format\":\"email\"}",
	    "{\"$ref\":\"#/$defs/none\"}", "{\"if\":{}}",
	    /* a circle */
	    "{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct sl_schema *schema;

		ck_assert_msg(sl_schema_parse(&schema, sl_slice_text(texts[i]),
		                  NULL) == SL_ERR_INVALID,
		    "%s", texts[i]);
		ck_assert_ptr_null(schema);
	}
}
END_TEST

TCase *
metadata_cases(void)
{
	TCase *tc = tcase_create("metadata");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_unknown_failure_mode_is_refused_with_its_place);
	tcase_add_test(tc, a_failure_without_its_mode_is_refused);
	tcase_add_test(tc, metadata_without_consent_are_refused);
	tcase_add_test(tc, a_wrong_item_of_a_list_is_named_by_its_place);
	tcase_add_test(tc, local_time_is_refused);
	tcase_add_test(tc, a_name_in_place_of_a_slug_is_refused);
	tcase_add_test(tc, the_example_is_taken_and_gives_its_facets);
	tcase_add_test(tc, facets_that_contradict_the_metadata_are_refused);
	tcase_add_test(tc, defaults_fill_what_is_absent_and_change_nothing);
	tcase_add_test(tc, metadata_take_what_facets_state);
	tcase_add_test(tc, a_schema_with_what_we_do_not_check_is_refused);
	return tc;
}
