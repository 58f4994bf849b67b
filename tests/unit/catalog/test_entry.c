#include "sluice/catalog/entry.h"

#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

/* A proper add of episode 5 with one new layer. */
static void
make_add(struct sl_entry *entry)
{
	struct sl_entry_layer layer = {"state", SL_LAYER_NEW, 3, 0};

	sl_entry_init(entry);
	entry->op = SL_ENTRY_ADD;
	entry->id.bytes[0] = 1;
	entry->number = 5;
	entry->revision = 1;
	ck_assert(sl_entry_add_layer(entry, &layer, NULL) == SL_OK);
}

START_TEST(layers_are_kept_in_order_and_once)
{
	struct sl_entry_layer meta = {"meta", SL_LAYER_NEW, 3, 0};
	struct sl_entry_layer bad = {"smell", SL_LAYER_NEW, 3, 0};
	struct sl_entry entry;

	make_add(&entry);
	ck_assert(sl_entry_add_layer(&entry, &meta, NULL) == SL_OK);
	ck_assert(sl_entry_add_layer(&entry, &meta, NULL) == SL_ERR_EXISTS);
	ck_assert(sl_entry_add_layer(&entry, &bad, NULL) == SL_ERR_INVALID);
	ck_assert_uint_eq(entry.layer_count, 2);
	ck_assert_str_eq(entry.layers[0].name, "meta");
	ck_assert_ptr_eq(
	    sl_entry_find_layer(&entry, "state"), &entry.layers[1]);
	ck_assert_ptr_null(sl_entry_find_layer(&entry, "raw"));
	for (int i = 2; i < SL_ENTRY_LAYERS_MAX; i++) {
		struct sl_entry_layer more = {"", SL_LAYER_NEW, 3, 0};

		(void)snprintf(more.name, sizeof(more.name), "raw.%d", i);
		ck_assert(sl_entry_add_layer(&entry, &more, NULL) == SL_OK);
	}
	(void)snprintf(meta.name, sizeof(meta.name), "video");
	ck_assert(sl_entry_add_layer(&entry, &meta, NULL) == SL_ERR_LIMIT);
	sl_entry_clear(&entry);
}
END_TEST

START_TEST(malformed_layers_are_refused)
{
	static const char *const bad[] = {"[]", "{\"smell\":{\"new\":0}}",
	    "{\"meta\":1}", "{\"meta\":{}}", "{\"meta\":{\"new\":-1}}",
	    "{\"meta\":{\"new\":4294967296}}", "{\"meta\":{\"new\":\"0\"}}",
	    "{\"meta\":{\"new\":0,\"kept\":\"1.1\"}}",
	    "{\"meta\":{\"new\":0,\"x\":1}}", "{\"meta\":{\"kept\":\"1\"}}",
	    "{\"meta\":{\"kept\":\"1.\"}}", "{\"meta\":{\"kept\":\".1\"}}",
	    "{\"meta\":{\"kept\":\"01.1\"}}", "{\"meta\":{\"kept\":\"1.01\"}}",
	    "{\"meta\":{\"kept\":\"0.1\"}}", "{\"meta\":{\"kept\":\"1.1.1\"}}",
	    "{\"meta\":{\"kept\":\"1.1 \"}}", "{\"meta\":{\"kept\":1.1}}",
	    "{\"meta\":{\"kept\":\"2147483647.1\"}}",
	    "{\"meta\":{\"kept\":\"000000000000001.1\"}}",
	    "{\"meta\":{\"dropped\":false}}", "{\"meta\":{\"dropped\":1}}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *json = json_loads(bad[i], 0, NULL);
		struct sl_entry entry;

		sl_entry_init(&entry);
		ck_assert_ptr_nonnull(json);
		ck_assert_msg(sl_entry_layers_from_json(
		                  &entry, json, 3, NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
		json_decref(json);
		sl_entry_clear(&entry);
	}
}
END_TEST

START_TEST(layers_go_through_json)
{
	static const char text[] = "{\"audio\":{\"dropped\":true},"
	                           "\"force\":{\"kept\":\"2.17\"},"
	                           "\"meta\":{\"new\":4}}";
	json_t *json = json_loads(text, 0, NULL);
	struct sl_entry entry;
	char *again;

	sl_entry_init(&entry);
	ck_assert(sl_entry_layers_from_json(&entry, json, 3, NULL) == SL_OK);
	json_decref(json);
	ck_assert_uint_eq(entry.layers[1].seq, 2);
	ck_assert_uint_eq(entry.layers[1].ordinal, 17);
	ck_assert_uint_eq(entry.layers[2].seq, 3);
	json = sl_entry_layers_to_json(&entry);
	again = json_dumps(json, JSON_COMPACT);
	ck_assert_str_eq(again, text);
	free(again);
	json_decref(json);
	sl_entry_clear(&entry);
}
END_TEST

/* Is the entry refused once `break_it` was done to it? */
#define ASSERT_BROKEN(break_it)                                              \
	do {                                                                 \
		struct sl_entry e;                                           \
                                                                             \
		make_add(&e);                                                \
		break_it;                                                    \
		ck_assert_msg(sl_entry_check(&e, 3, NULL) == SL_ERR_INVALID, \
		    "%s", #break_it);                                        \
		sl_entry_clear(&e);                                          \
	} while (0)

START_TEST(an_entry_that_contradicts_itself_is_refused)
{
	struct sl_entry good;

	make_add(&good);
	ck_assert(sl_entry_check(&good, 3, NULL) == SL_OK);
	ck_assert(sl_entry_check(&good, 4, NULL) == SL_ERR_INVALID);
	sl_entry_clear(&good);
	ASSERT_BROKEN(e.number = 0);
	ASSERT_BROKEN(e.id.bytes[0] = 0);
	ASSERT_BROKEN((e.number = 0, e.id.bytes[0] = 0));
	ASSERT_BROKEN(e.revision = 0);
	ASSERT_BROKEN(e.revision = 2);
	ASSERT_BROKEN(e.op = SL_ENTRY_REVISE);
	ASSERT_BROKEN(e.layers[0].kind = SL_LAYER_KEPT);
	ASSERT_BROKEN(e.layers[0].kind = SL_LAYER_DROPPED);
	ASSERT_BROKEN((e.op = SL_ENTRY_REVISE, e.revision = 2,
	    e.layers[0].kind = SL_LAYER_DROPPED));
	ASSERT_BROKEN((e.op = SL_ENTRY_REVISE, e.revision = 2,
	    e.layers[0].kind = SL_LAYER_KEPT));
	ASSERT_BROKEN(e.layer_count = 0);
	ASSERT_BROKEN(e.reason[0] = 'x');
	ASSERT_BROKEN(
	    (e.op = SL_ENTRY_RETRACT, e.revision = 2, e.reason[0] = 'x'));
	ASSERT_BROKEN(
	    (e.op = SL_ENTRY_RETRACT, e.revision = 2, e.layer_count = 0));
	ASSERT_BROKEN((e.op = SL_ENTRY_RETRACT, e.revision = 1,
	    e.layer_count = 0, e.reason[0] = 'x'));
}
END_TEST

TCase *
entry_cases(void)
{
	TCase *tc = tcase_create("entry");

	tcase_add_test(tc, layers_are_kept_in_order_and_once);
	tcase_add_test(tc, malformed_layers_are_refused);
	tcase_add_test(tc, layers_go_through_json);
	tcase_add_test(tc, an_entry_that_contradicts_itself_is_refused);
	return tc;
}
