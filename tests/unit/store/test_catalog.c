#include <check.h>
#include <string.h>

#include "../../support/cluster.h"
#include "server.h"
#include "sluice/base/clock.h"
#include "sluice/store/account.h"
#include "sluice/store/batch.h"
#include "sluice/store/dataset.h"
#include "suites.h"

/* What the reply under test said. */
static struct {
	size_t count;
	struct sl_account account;
	struct sl_dataset dataset;
	struct sl_batch batch;
	struct sl_segment_row segments[16];
	uint32_t first_chunk_size;
	char layer[64];
	struct sl_entry_row entry;
	char entry_layer[64];
} got;

/* ---- accounts ---- */

static void
on_account(void *ctx, enum sl_status status, const struct sl_account *account,
    const struct sl_error *words)
{
	(void)ctx;
	if (account != NULL)
		got.account = *account;
	server_finish(status, words);
}

static enum sl_status
authenticate(char letter)
{
	unsigned char mac[32];

	memset(mac, letter, sizeof(mac));
	return server_reply(sl_store_authenticate(
	    server.db, mac, on_account, NULL, &server.err));
}

START_TEST(a_token_tells_who_holds_it)
{
	server_issue('a', "NULL");
	ck_assert_int_eq(authenticate('a'), SL_OK);
	ck_assert_str_eq(got.account.customer_name, "acme");
	ck_assert(sl_uuid_is(&got.account.customer, &server.acme));
	ck_assert(sl_uuid_is(&got.account.token, &server.token));
	ck_assert_uint_eq(got.account.scopes,
	    SL_SCOPE_CATALOG | SL_SCOPE_DELIVER | SL_SCOPE_USAGE);
	ck_assert(!got.account.has_licence);
	ck_assert_int_gt(got.account.expires_us, sl_clock_wall_us());
}
END_TEST

START_TEST(unknown_expired_and_revoked_tokens_are_told_apart_by_code)
{
	ck_assert_int_eq(authenticate('b'), SL_ERR_AUTH);
	ck_assert_str_eq(server.words.code, "unauthorized");
	server_issue('c', "NULL");
	cluster_sql(
	    WORLD, "UPDATE sluice.token SET expires = now() WHERE name = 'nc'");
	ck_assert_int_eq(authenticate('c'), SL_ERR_AUTH);
	ck_assert_str_eq(server.words.code, "token_expired");
	server_issue('d', "NULL");
	cluster_sql(
	    WORLD, "UPDATE sluice.token SET revoked = now() WHERE name = 'nd'");
	ck_assert_int_eq(authenticate('d'), SL_ERR_AUTH);
	ck_assert_str_eq(server.words.code, "token_revoked");
}
END_TEST

/* ---- catalog ---- */

static void
on_dataset(void *ctx, enum sl_status status, const struct sl_dataset *found,
    const struct sl_error *words)
{
	(void)ctx;
	if (found != NULL)
		got.dataset = *found;
	server_finish(status, words);
}

START_TEST(a_dataset_is_found_by_those_who_may_see_it)
{
	ck_assert_int_eq(server_reply(sl_store_dataset_find(server.db, NULL,
	                     "kitting", on_dataset, NULL, &server.err)),
	    SL_OK);
	ck_assert_int_eq(got.dataset.id, server.dataset);
	ck_assert_int_eq(got.dataset.visibility, SL_VISIBILITY_LISTED);
	ck_assert_int_eq(got.dataset.kind, SL_DATASET_SUBSCRIPTION);
	ck_assert_uint_eq(got.dataset.seq, 1);
	ck_assert(!got.dataset.licensed);
	(void)world_licence("{}");
	ck_assert_int_eq(
	    server_reply(sl_store_dataset_find(server.db, &server.acme,
	        "kitting", on_dataset, NULL, &server.err)),
	    SL_OK);
	ck_assert(got.dataset.licensed);
	ck_assert_int_eq(server_reply(sl_store_dataset_find(server.db, NULL,
	                     "nosuch", on_dataset, NULL, &server.err)),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(server.words.code, "not_found");
}
END_TEST

START_TEST(the_catalog_searches_and_counts_facets)
{
	struct sl_catalog_query query = {
	    .text = "kitting", .where = "task=pick|pour,robot=ur5e"};
	const json_t *facets, *datasets;

	ck_assert_int_eq(server_reply(sl_store_catalog(server.db, NULL, &query,
	                     server_on_json, NULL, &server.err)),
	    SL_OK);
	datasets = json_object_get(server.value, "datasets");
	ck_assert_uint_eq(json_array_size(datasets), 1);
	ck_assert_str_eq(
	    world_text(json_array_get(datasets, 0), "name"), "kitting");
	ck_assert_int_eq(json_integer_value(json_object_get(
	                     json_array_get(datasets, 0), "episodes")),
	    3);
	facets = json_object_get(server.value, "facets");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(
	        json_array_get(json_object_get(facets, "task"), 0), "count")),
	    2);
	ck_assert(json_is_null(json_object_get(server.value, "next")));
	query.where = "task=weld";
	ck_assert_int_eq(server_reply(sl_store_catalog(server.db, NULL, &query,
	                     server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(server.value, "datasets")), 0);
}
END_TEST

START_TEST(bad_filters_and_cursors_of_the_catalog_are_refused)
{
	struct sl_catalog_query query = {.where = "colour=red"};

	ck_assert_int_eq(server_reply(sl_store_catalog(server.db, NULL, &query,
	                     server_on_json, NULL, &server.err)),
	    SL_ERR_INVALID);
	ck_assert_str_eq(server.words.code, "bad_where");
	query.where = NULL;
	query.cursor = "x";
	ck_assert_int_eq(server_reply(sl_store_catalog(server.db, NULL, &query,
	                     server_on_json, NULL, &server.err)),
	    SL_ERR_INVALID);
	ck_assert_str_eq(server.words.code, "bad_cursor");
}
END_TEST

START_TEST(a_dataset_page_has_batches_keys_and_layers)
{
	ck_assert_int_eq(server_reply(sl_store_dataset_show(server.db, NULL,
	                     "kitting", server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_str_eq(
	    world_text(server.value, "description"), "Bins and trays");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(server.value, "batches")), 1);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(server.value, "keys")), 1);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(server.value, "layers")), 3);
	ck_assert_int_eq(server_reply(sl_store_dataset_batches(server.db, NULL,
	                     "kitting", &(struct sl_page){.limit = 10},
	                     server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(server.value, "batches")), 1);
}
END_TEST

START_TEST(episodes_of_a_listed_dataset_are_for_licensees_page_by_page)
{
	const json_t *list;

	ck_assert_int_eq(
	    server_reply(sl_store_dataset_episodes(server.db, &server.other,
	        "kitting", &(struct sl_page){NULL, NULL, 2}, server_on_json,
	        NULL, &server.err)),
	    SL_ERR_DENIED);
	ck_assert_str_eq(server.words.code, "not_licensed");
	(void)world_licence("{}");
	ck_assert_int_eq(
	    server_reply(sl_store_dataset_episodes(server.db, &server.acme,
	        "kitting", &(struct sl_page){NULL, NULL, 2}, server_on_json,
	        NULL, &server.err)),
	    SL_OK);
	list = json_object_get(server.value, "episodes");
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(world_text(server.value, "next"), "2");
	ck_assert_int_eq(
	    server_reply(sl_store_dataset_episodes(server.db, &server.acme,
	        "kitting", &(struct sl_page){"task=pick", "2", 2},
	        server_on_json, NULL, &server.err)),
	    SL_OK);
	list = json_object_get(server.value, "episodes");
	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(
	                     json_array_get(list, 0), "number")),
	    3);
	ck_assert(json_is_null(json_object_get(server.value, "next")));
}
END_TEST

/* ---- batches, segments, entries ---- */

static void
on_batches(void *ctx, enum sl_status status, const struct sl_batch *batches,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0)
		got.batch = batches[0];
	server_finish(status, words);
}

START_TEST(a_batch_has_its_six_objects)
{
	ck_assert_int_eq(
	    server_reply(sl_store_batches(server.db, server.dataset, 1,
	        UINT32_MAX, on_batches, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(got.batch.seq, 1);
	ck_assert_uint_eq(got.batch.segment_count, 8);
	ck_assert_uint_eq(got.batch.content_bytes, 1737);
	ck_assert_uint_eq(got.batch.objects[SL_BATCH_QUALITY].bytes, 20);
	ck_assert_uint_eq(got.batch.objects[SL_BATCH_FILES].sha256[5], 0x11);
	ck_assert_uint_eq(got.batch.objects[SL_BATCH_PACK].bytes, 280);
	ck_assert_int_gt(got.batch.published_us, 0);
}
END_TEST

static void
on_segments(void *ctx, enum sl_status status, const struct sl_segment_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	ck_assert_uint_le(count, 16);
	if (count > 0) {
		memcpy(got.segments, rows, count * sizeof(*rows));
		got.first_chunk_size = rows[0].chunk_sizes[0];
		ck_assert_uint_lt(strlen(rows[0].layer), sizeof(got.layer));
		memcpy(got.layer, rows[0].layer, strlen(rows[0].layer) + 1);
	}
	server_finish(status, words);
}

static void
find(const struct sl_segment_want *wants, size_t count, uint32_t limit,
    uint32_t after)
{
	struct sl_segment_page page = {.wants = wants,
	    .seen = SL_SEQ_MAX,
	    .want_count = count,
	    .first = after == UINT32_MAX,
	    .after_seq = 1,
	    .after_ordinal = after,
	    .limit = limit};

	ck_assert_int_eq(
	    server_reply(sl_store_segments(server.db, server.dataset, &page,
	        on_segments, NULL, &server.err)),
	    SL_OK);
}

START_TEST(segments_are_found_by_ordinal_and_by_chunk_each_once)
{
	struct sl_multirange ordinals, chunks;
	struct sl_segment_want wants[2] = {
	    {1, false, &ordinals}, {1, true, &chunks}};

	sl_multirange_init(&ordinals);
	sl_multirange_init(&chunks);
	ck_assert_int_eq(sl_multirange_add(&ordinals, 2, 3), SL_OK);
	ck_assert_int_eq(sl_multirange_add(&ordinals, 100, 200), SL_OK);
	/* Chunks 7 … 8 belong to segments 3 and 4. */
	ck_assert_int_eq(sl_multirange_add(&chunks, 7, 8), SL_OK);
	find(wants, 2, 100, UINT32_MAX);
	ck_assert_uint_eq(got.count, 3);
	ck_assert_uint_eq(got.segments[0].ordinal, 2);
	ck_assert_uint_eq(got.segments[2].ordinal, 4);
	ck_assert_uint_eq(got.segments[0].chunk_first, 4);
	ck_assert_uint_eq(got.segments[0].chunk_count, 2);
	ck_assert_uint_eq(got.first_chunk_size, 10);
	ck_assert_uint_eq(got.segments[0].pack_offset, 60);
	ck_assert_uint_eq(got.segments[0].stored_bytes, 30);
	ck_assert_uint_eq(got.segments[0].content_bytes, 100);
	ck_assert_uint_eq(got.segments[0].number, 1);
	ck_assert_uint_eq(got.segments[0].first_seq, 1);
	ck_assert_uint_eq(got.segments[0].duration_ms, 1000);
	ck_assert(got.segments[0].live);
	ck_assert(!got.segments[0].retracted && !got.segments[0].erased);
	ck_assert_str_eq(got.layer, "state");
	ck_assert_str_eq(got.segments[0].facets.value[SL_FACET_TASK], "pick");
	ck_assert_str_eq(got.segments[2].facets.value[SL_FACET_TASK], "place");
	find(wants, 2, 2, UINT32_MAX);
	ck_assert_uint_eq(got.count, 2);
	find(wants, 2, 2, 3);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(got.segments[0].ordinal, 4);
	sl_multirange_clear(&ordinals);
	sl_multirange_clear(&chunks);
}
END_TEST

static void
on_entries(void *ctx, enum sl_status status, const struct sl_entry_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0) {
		got.entry = rows[0];
		memcpy(got.entry_layer, rows[0].entry.layers[0].name,
		    sizeof(got.entry_layer));
	}
	server_finish(status, words);
}

START_TEST(entries_come_in_order_page_by_page)
{
	ck_assert_int_eq(
	    server_reply(sl_store_entries(server.db, server.dataset,
	        &(struct sl_entry_page){1, 0, UINT32_MAX, 2}, on_entries, NULL,
	        &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.entry.entry.number, 0);
	ck_assert_int_eq(
	    server_reply(sl_store_entries(server.db, server.dataset,
	        &(struct sl_entry_page){1, 1, 1, 10}, on_entries, NULL,
	        &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.entry.seq, 1);
	ck_assert_uint_eq(got.entry.entry.number, 2);
	ck_assert_uint_eq(got.entry.entry.layer_count, 2);
	ck_assert_str_eq(got.entry_layer, "meta");
	ck_assert_uint_eq(got.entry.entry.facets.duration_ms, 2000);
	ck_assert_int_eq(
	    server_reply(sl_store_entries(server.db, server.dataset,
	        &(struct sl_entry_page){9, 1, UINT32_MAX, 10}, on_entries, NULL,
	        &server.err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

Suite *
catalog_suite(void)
{
	Suite *suite = suite_create("catalog");
	TCase *tests = tcase_create("catalog");

	tcase_set_timeout(tests, 40);
	tcase_add_checked_fixture(tests, server_setup, server_teardown);
	tcase_add_test(tests, a_token_tells_who_holds_it);
	tcase_add_test(
	    tests, unknown_expired_and_revoked_tokens_are_told_apart_by_code);
	tcase_add_test(tests, a_dataset_is_found_by_those_who_may_see_it);
	tcase_add_test(tests, the_catalog_searches_and_counts_facets);
	tcase_add_test(
	    tests, bad_filters_and_cursors_of_the_catalog_are_refused);
	tcase_add_test(tests, a_dataset_page_has_batches_keys_and_layers);
	tcase_add_test(
	    tests, episodes_of_a_listed_dataset_are_for_licensees_page_by_page);
	tcase_add_test(tests, a_batch_has_its_six_objects);
	tcase_add_test(
	    tests, segments_are_found_by_ordinal_and_by_chunk_each_once);
	tcase_add_test(tests, entries_come_in_order_page_by_page);
	suite_add_tcase(suite, tests);
	return suite;
}
