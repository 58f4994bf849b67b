#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/base/clock.h"
#include "sluice/db/db.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/timer.h"
#include "sluice/store/account.h"
#include "sluice/store/batch.h"
#include "sluice/store/dataset.h"
#include "sluice/store/event.h"
#include "sluice/store/lease.h"
#include "sluice/store/licence.h"
#include "suites.h"

static struct sl_loop *loop;
static struct sl_timer *patience;
static struct sl_db *db;
static struct sl_error err;
static struct sl_uuid acme, other, token;
static int64_t dataset;

/* What the reply under test said. */
static struct {
	enum sl_status status;
	struct sl_error err;
	size_t count;
	json_t *value;
	struct sl_account account;
	struct sl_dataset dataset;
	struct sl_batch batch;
	struct sl_segment_row segments[16];
	uint32_t first_chunk_size;
	char layer[64];
	struct sl_entry_row entry;
	char entry_layer[64];
	struct sl_licence_row licence;
	struct sl_charge charge;
	char covered[64];
	struct sl_quote quote;
	struct sl_lease_row lease;
	char lease_code[64];
	struct sl_event_row event;
	char event_kind[32];
	struct sl_subscription subscription;
	int64_t first_dataset;
} got;

static void
on_patience(void *ctx)
{
	(void)ctx;
	ck_abort_msg("no reply came");
}

static struct sl_uuid
value_uuid(const char *sql)
{
	struct sl_uuid uuid;

	ck_assert_int_eq(
	    sl_uuid_parse(&uuid, sl_slice_text(cluster_value(WORLD, sql))),
	    SL_OK);
	return uuid;
}

static void
setup(void)
{
	memset(&got, 0, sizeof(got));
	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(sl_loop_new(&loop), SL_OK);
	ck_assert_int_eq(
	    sl_timer_new(&patience, loop, on_patience, NULL), SL_OK);
	sl_timer_start(patience, 20000);
	ck_assert_int_eq(sl_db_open(&db, loop,
	                     cluster_conninfo("test_server", WORLD), 2, &err),
	    SL_OK);
	acme = value_uuid("SELECT id FROM sluice.customer WHERE name = 'acme'");
	other =
	    value_uuid("SELECT id FROM sluice.customer WHERE name = 'other'");
	dataset = atol(cluster_value(
	    WORLD, "SELECT id FROM sluice.dataset WHERE name = 'kitting'"));
}

static void
teardown(void)
{
	json_decref(got.value);
	sl_db_close(db);
	sl_timer_free(patience);
	sl_loop_free(loop);
}

static void
finish(enum sl_status status, const struct sl_error *words)
{
	got.status = status;
	got.err = *words;
	sl_loop_stop(loop);
}

/* Start, then wait for the reply. */
static enum sl_status
reply(enum sl_status started)
{
	ck_assert_msg(started == SL_OK, "%s", err.text);
	ck_assert_int_eq(sl_loop_run(loop), SL_OK);
	return got.status;
}

static void
on_json(void *ctx, enum sl_status status, json_t *value,
    const struct sl_error *words)
{
	(void)ctx;
	json_decref(got.value);
	got.value = json_incref(value);
	finish(status, words);
}

static void
on_done(void *ctx, enum sl_status status, const struct sl_error *words)
{
	(void)ctx;
	finish(status, words);
}

/* ---- accounts ---- */

static void
on_account(void *ctx, enum sl_status status, const struct sl_account *account,
    const struct sl_error *words)
{
	(void)ctx;
	if (account != NULL)
		got.account = *account;
	finish(status, words);
}

static void
issue(char letter, const char *more)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT (sluice.token_issue('acme', NULL, 'n' || '%c', "
	    "convert_to(repeat('%c', 32), 'UTF8'), 'tail', 7, %s, 'test') ->> "
	    "'id')",
	    letter, letter, more);
	token = value_uuid(sql);
}

static enum sl_status
authenticate(char letter)
{
	unsigned char mac[32];

	memset(mac, letter, sizeof(mac));
	return reply(sl_store_authenticate(db, mac, on_account, NULL, &err));
}

START_TEST(a_token_tells_who_holds_it)
{
	issue('a', "NULL");
	ck_assert_int_eq(authenticate('a'), SL_OK);
	ck_assert_str_eq(got.account.customer_name, "acme");
	ck_assert(sl_uuid_is(&got.account.customer, &acme));
	ck_assert(sl_uuid_is(&got.account.token, &token));
	ck_assert_uint_eq(got.account.scopes,
	    SL_SCOPE_CATALOG | SL_SCOPE_DELIVER | SL_SCOPE_USAGE);
	ck_assert(!got.account.has_licence);
	ck_assert_int_gt(got.account.expires_us, sl_clock_wall_us());
}
END_TEST

START_TEST(unknown_expired_and_revoked_tokens_are_told_apart_by_code)
{
	ck_assert_int_eq(authenticate('b'), SL_ERR_AUTH);
	ck_assert_str_eq(got.err.code, "unauthorized");
	issue('c', "1000");
	ck_assert_int_eq(authenticate('c'), SL_ERR_AUTH);
	ck_assert_str_eq(got.err.code, "token_expired");
	issue('d', "NULL");
	cluster_sql(
	    WORLD, "UPDATE sluice.token SET revoked = now() WHERE name = 'nd'");
	ck_assert_int_eq(authenticate('d'), SL_ERR_AUTH);
	ck_assert_str_eq(got.err.code, "token_revoked");
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
	finish(status, words);
}

START_TEST(a_dataset_is_found_by_those_who_may_see_it)
{
	ck_assert_int_eq(reply(sl_store_dataset_find(
	                     db, NULL, "kitting", on_dataset, NULL, &err)),
	    SL_OK);
	ck_assert_int_eq(got.dataset.id, dataset);
	ck_assert_int_eq(got.dataset.visibility, SL_VISIBILITY_LISTED);
	ck_assert_int_eq(got.dataset.kind, SL_DATASET_SUBSCRIPTION);
	ck_assert_uint_eq(got.dataset.seq, 1);
	ck_assert(!got.dataset.licensed);
	(void)world_licence("{}");
	ck_assert_int_eq(reply(sl_store_dataset_find(
	                     db, &acme, "kitting", on_dataset, NULL, &err)),
	    SL_OK);
	ck_assert(got.dataset.licensed);
	ck_assert_int_eq(reply(sl_store_dataset_find(
	                     db, NULL, "nosuch", on_dataset, NULL, &err)),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(got.err.code, "not_found");
}
END_TEST

START_TEST(the_catalog_searches_and_counts_facets)
{
	struct sl_catalog_query query = {
	    .text = "kitting", .where = "task=pick|pour,robot=ur5e"};
	const json_t *facets, *datasets;

	ck_assert_int_eq(
	    reply(sl_store_catalog(db, NULL, &query, on_json, NULL, &err)),
	    SL_OK);
	datasets = json_object_get(got.value, "datasets");
	ck_assert_uint_eq(json_array_size(datasets), 1);
	ck_assert_str_eq(
	    world_text(json_array_get(datasets, 0), "name"), "kitting");
	ck_assert_int_eq(json_integer_value(json_object_get(
	                     json_array_get(datasets, 0), "episodes")),
	    3);
	facets = json_object_get(got.value, "facets");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(
	        json_array_get(json_object_get(facets, "task"), 0), "count")),
	    2);
	ck_assert(json_is_null(json_object_get(got.value, "next")));
	query.where = "task=weld";
	ck_assert_int_eq(
	    reply(sl_store_catalog(db, NULL, &query, on_json, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(got.value, "datasets")), 0);
}
END_TEST

START_TEST(bad_filters_and_cursors_of_the_catalog_are_refused)
{
	struct sl_catalog_query query = {.where = "colour=red"};

	ck_assert_int_eq(
	    reply(sl_store_catalog(db, NULL, &query, on_json, NULL, &err)),
	    SL_ERR_INVALID);
	ck_assert_str_eq(got.err.code, "bad_where");
	query.where = NULL;
	query.cursor = "x";
	ck_assert_int_eq(
	    reply(sl_store_catalog(db, NULL, &query, on_json, NULL, &err)),
	    SL_ERR_INVALID);
	ck_assert_str_eq(got.err.code, "bad_cursor");
}
END_TEST

START_TEST(a_dataset_page_has_batches_keys_and_layers)
{
	ck_assert_int_eq(reply(sl_store_dataset_show(
	                     db, NULL, "kitting", on_json, NULL, &err)),
	    SL_OK);
	ck_assert_str_eq(
	    world_text(got.value, "description"), "Bins and trays");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(got.value, "batches")), 1);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(got.value, "keys")), 1);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(got.value, "layers")), 3);
	ck_assert_int_eq(reply(sl_store_dataset_batches(db, NULL, "kitting",
	                     NULL, 10, on_json, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(got.value, "batches")), 1);
}
END_TEST

START_TEST(episodes_of_a_listed_dataset_are_for_licensees_page_by_page)
{
	const json_t *list;

	ck_assert_int_eq(reply(sl_store_dataset_episodes(db, &other, "kitting",
	                     NULL, NULL, 2, on_json, NULL, &err)),
	    SL_ERR_DENIED);
	ck_assert_str_eq(got.err.code, "not_licensed");
	(void)world_licence("{}");
	ck_assert_int_eq(reply(sl_store_dataset_episodes(db, &acme, "kitting",
	                     NULL, NULL, 2, on_json, NULL, &err)),
	    SL_OK);
	list = json_object_get(got.value, "episodes");
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(world_text(got.value, "next"), "2");
	ck_assert_int_eq(reply(sl_store_dataset_episodes(db, &acme, "kitting",
	                     "task=pick", "2", 2, on_json, NULL, &err)),
	    SL_OK);
	list = json_object_get(got.value, "episodes");
	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(
	                     json_array_get(list, 0), "number")),
	    3);
	ck_assert(json_is_null(json_object_get(got.value, "next")));
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
	finish(status, words);
}

START_TEST(a_batch_has_its_six_objects)
{
	ck_assert_int_eq(reply(sl_store_batches(db, dataset, 1, UINT32_MAX,
	                     1000, on_batches, NULL, &err)),
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
	finish(status, words);
}

static void
find(const struct sl_segment_want *wants, size_t count, uint32_t limit,
    uint32_t after)
{
	struct sl_segment_page page = {.first = after == UINT32_MAX,
	    .after_seq = 1,
	    .after_ordinal = after,
	    .limit = limit};

	ck_assert_int_eq(reply(sl_store_segments(db, dataset, wants, count,
	                     &page, on_segments, NULL, &err)),
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
	finish(status, words);
}

START_TEST(entries_come_in_order_page_by_page)
{
	ck_assert_int_eq(reply(sl_store_entries(db, dataset, 1, 0, UINT32_MAX,
	                     2, on_entries, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.entry.entry.number, 0);
	ck_assert_int_eq(reply(sl_store_entries(
	                     db, dataset, 1, 1, 1, 10, on_entries, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.entry.seq, 1);
	ck_assert_uint_eq(got.entry.entry.number, 2);
	ck_assert_uint_eq(got.entry.entry.layer_count, 2);
	ck_assert_str_eq(got.entry_layer, "meta");
	ck_assert_uint_eq(got.entry.entry.facets.duration_ms, 2000);
	ck_assert_int_eq(reply(sl_store_entries(db, dataset, 9, 1, UINT32_MAX,
	                     10, on_entries, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

/* ---- licences and charges ---- */

static void
on_licences(void *ctx, enum sl_status status, const struct sl_licence_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0) {
		got.licence = rows[0];
		ck_assert_str_eq(
		    world_text(rows[0].terms, "dataset"), rows[0].dataset);
	}
	finish(status, words);
}

START_TEST(licences_come_with_terms_and_use)
{
	struct sl_uuid licence = world_licence("{}");

	ck_assert_int_eq(reply(sl_store_licences(db, &acme, dataset, &licence,
	                     on_licences, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 1);
	ck_assert(sl_uuid_is(&got.licence.id, &licence));
	ck_assert_int_eq(got.licence.status, SL_LICENCE_ACTIVE);
	ck_assert_uint_eq(got.licence.version, 1);
	ck_assert_uint_eq(got.licence.usage.ledger_number, 0);
	ck_assert_int_eq(reply(sl_store_licences(db, &other, dataset, &licence,
	                     on_licences, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

static void
on_charge(void *ctx, enum sl_status status, const struct sl_charge *charge,
    const struct sl_error *words)
{
	struct sl_buf text;

	(void)ctx;
	if (charge != NULL) {
		got.charge = *charge;
		sl_buf_init(&text, sizeof(got.covered));
		ck_assert_int_eq(
		    sl_multirange_format(&text, &charge->covered), SL_OK);
		memcpy(got.covered, sl_buf_text(&text), text.len + 1);
		sl_buf_clear(&text);
	}
	finish(status, words);
}

static enum sl_status
charge(const struct sl_uuid *licence, uint32_t first, uint32_t last)
{
	struct sl_multirange ordinals;
	struct sl_charge_request request = {.licence = *licence,
	    .version = 1,
	    .dataset = dataset,
	    .seq = 1,
	    .ordinals = &ordinals,
	    .purpose = "test"};
	enum sl_status status;

	sl_multirange_init(&ordinals);
	ck_assert_int_eq(sl_multirange_add(&ordinals, first, last), SL_OK);
	status = reply(sl_store_charge(db, &request, on_charge, NULL, &err));
	sl_multirange_clear(&ordinals);
	return status;
}

START_TEST(a_charge_says_what_is_covered_and_the_ledgers_head)
{
	struct sl_uuid licence = world_licence("{\"episodes\":2}");

	ck_assert_int_eq(charge(&licence, 0, 7), SL_OK);
	ck_assert_int_eq(got.charge.outcome, SL_CHARGE_CHARGED);
	ck_assert_str_eq(got.charge.code, "quota_episodes");
	ck_assert_str_eq(got.covered, "0-5");
	ck_assert_uint_eq(got.charge.charged_episodes, 2);
	ck_assert_uint_eq(got.charge.charged_duration_ms, 3000);
	ck_assert_uint_eq(got.charge.charged_bytes, 1320);
	ck_assert_uint_eq(got.charge.usage.ledger_number, 1);
	ck_assert_int_eq(charge(&licence, 0, 5), SL_OK);
	ck_assert_int_eq(got.charge.outcome, SL_CHARGE_HELD);
	ck_assert_str_eq(got.charge.code, "");
	ck_assert_int_eq(charge(&licence, 6, 7), SL_OK);
	ck_assert_int_eq(got.charge.outcome, SL_CHARGE_REFUSED);
	ck_assert_str_eq(got.covered, "");
	ck_assert_int_eq(charge(&licence, 3, 4), SL_OK);
	ck_assert_int_eq(charge(&licence, 8, 9), SL_ERR_NOT_FOUND);
	ck_assert_str_eq(got.err.code, "segment_not_found");
}
END_TEST

static void
on_quote(void *ctx, enum sl_status status, const struct sl_quote *quote,
    const struct sl_error *words)
{
	(void)ctx;
	if (quote != NULL)
		got.quote = *quote;
	finish(status, words);
}

START_TEST(a_quote_tells_new_from_held_and_charges_nothing)
{
	struct sl_uuid licence = world_licence("{}");
	struct sl_multirange ordinals;
	struct sl_quote_want want = {1, &ordinals};

	ck_assert_int_eq(charge(&licence, 2, 2), SL_OK);
	sl_multirange_init(&ordinals);
	ck_assert_int_eq(sl_multirange_add(&ordinals, 0, 5), SL_OK);
	ck_assert_int_eq(reply(sl_store_quote(db, &licence, dataset, &want, 1,
	                     on_quote, NULL, &err)),
	    SL_OK);
	sl_multirange_clear(&ordinals);
	ck_assert_uint_eq(got.quote.new_episodes, 1);
	ck_assert_uint_eq(got.quote.new_duration_ms, 2000);
	ck_assert_uint_eq(got.quote.new_bytes, 1220);
	ck_assert_uint_eq(got.quote.held_segments, 1);
	ck_assert_uint_eq(got.quote.held_bytes, 100);
	ck_assert_uint_eq(got.quote.held_episodes, 1);
	ck_assert_int_eq(charge(&licence, 2, 2), SL_OK);
	ck_assert_uint_eq(got.charge.usage.ledger_number, 1);
}
END_TEST

START_TEST(a_customer_sees_its_licences_and_use)
{
	struct sl_uuid licence = world_licence("{}");
	const json_t *usage;

	ck_assert_int_eq(charge(&licence, 2, 2), SL_OK);
	ck_assert_int_eq(
	    reply(sl_store_customer_licences(db, &acme, on_json, NULL, &err)),
	    SL_OK);
	ck_assert_uint_ge(
	    json_array_size(json_object_get(got.value, "licences")), 1);
	ck_assert_int_eq(reply(sl_store_customer_usage(
	                     db, &acme, &licence, NULL, on_json, NULL, &err)),
	    SL_OK);
	usage = json_array_get(json_object_get(got.value, "usage"), 0);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(usage, "bytes")), 100);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(usage, "episodes")), 1);
}
END_TEST

/* ---- leases ---- */

static void
on_leases(void *ctx, enum sl_status status, const struct sl_lease_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0) {
		got.lease = rows[0];
		ck_assert_uint_lt(strlen(rows[0].code), sizeof(got.lease_code));
		memcpy(got.lease_code, rows[0].code, strlen(rows[0].code) + 1);
	}
	finish(status, words);
}

static enum sl_status
open_lease(struct sl_uuid *delivery, const struct sl_uuid *licence)
{
	struct sl_lease_new lease = {.licence = *licence,
	    .version = 1,
	    .token = token,
	    .worker = "host:1",
	    .peer = "127.0.0.1",
	    .kind = "fetch"};

	ck_assert_int_eq(sl_uuid_new(delivery, 1), SL_OK);
	lease.delivery = *delivery;
	return reply(sl_store_lease_open(db, &lease, on_done, NULL, &err));
}

static size_t
renew(const struct sl_uuid *delivery)
{
	uint64_t wire_bytes = 1000;

	ck_assert_int_eq(reply(sl_store_lease_renew(db, "host:1", delivery,
	                     &wire_bytes, 1, on_leases, NULL, &err)),
	    SL_OK);
	return got.count;
}

static void
change_licence(
    const struct sl_uuid *licence, const char *function, const char *more)
{
	char id[SL_UUID_TEXT_LEN + 1], sql[512];

	sl_uuid_format(id, licence);
	(void)snprintf(sql, sizeof(sql), "SELECT sluice.%s('%s', %s 'test')",
	    function, id, more);
	cluster_sql(WORLD, sql);
}

START_TEST(a_lease_lives_while_it_is_renewed_and_its_licence_serves)
{
	struct sl_uuid licence = world_licence("{}"), delivery;

	issue('e', "NULL");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_OK);
	ck_assert_uint_eq(renew(&delivery), 0);
	change_licence(&licence, "licence_amend", "t.terms('kitting'),");
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_int_eq(got.lease.change, SL_LEASE_CHANGED);
	ck_assert_uint_eq(got.lease.version, 2);
	ck_assert_int_eq(reply(sl_store_lease_redecided(
	                     db, &delivery, 2, on_done, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(renew(&delivery), 0);
	change_licence(&licence, "licence_set_status", "'suspended',");
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_int_eq(got.lease.change, SL_LEASE_ENDED);
	ck_assert_str_eq(got.lease_code, "licence_suspended");
	ck_assert_int_eq(reply(sl_store_lease_close(
	                     db, &delivery, 5, "test", on_done, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_str_eq(got.lease_code, "lapsed");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_ERR_DENIED);
	ck_assert_str_eq(got.err.code, "licence_suspended");
}
END_TEST

START_TEST(a_kicked_lease_ends)
{
	struct sl_uuid licence = world_licence("{}"), delivery;

	issue('f', "NULL");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_OK);
	change_licence(&licence, "session_kick", "");
	ck_assert_uint_eq(renew(&delivery), 1);
	ck_assert_str_eq(got.lease_code, "killed");
}
END_TEST

START_TEST(deliveries_of_a_licence_are_bounded)
{
	struct sl_uuid licence = world_licence("{}"), delivery;

	issue('g', "NULL");
	cluster_sql(WORLD,
	    "UPDATE sluice.setting SET value = '1' WHERE name = "
	    "'deliveries_per_licence'");
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_OK);
	ck_assert_int_eq(open_lease(&delivery, &licence), SL_ERR_QUOTA);
	ck_assert_str_eq(got.err.code, "too_many_deliveries");
	cluster_sql(WORLD,
	    "UPDATE sluice.setting SET value = '64' WHERE name = "
	    "'deliveries_per_licence'");
}
END_TEST

/* ---- events ---- */

static void
on_events(void *ctx, enum sl_status status, const struct sl_event_row *rows,
    size_t count, const struct sl_error *words)
{
	(void)ctx;
	got.count = count;
	if (count > 0) {
		got.event = rows[0];
		memcpy(got.event_kind, rows[0].kind, strlen(rows[0].kind) + 1);
		ck_assert_ptr_nonnull(strstr(rows[0].data, "kitting"));
	}
	finish(status, words);
}

static void
on_subscription(void *ctx, enum sl_status status,
    const struct sl_subscription *subscription, const struct sl_error *words)
{
	(void)ctx;
	if (subscription != NULL) {
		got.subscription = *subscription;
		if (subscription->dataset_count > 0)
			got.first_dataset = subscription->datasets[0];
	}
	finish(status, words);
}

START_TEST(events_are_read_after_an_id_by_those_they_concern)
{
	struct sl_uuid licence = world_licence("{}");

	ck_assert_int_eq(
	    reply(sl_store_events(db, 0, 1, on_events, NULL, &err)), SL_OK);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_int_eq(got.event.id, 1);
	ck_assert_str_eq(got.event_kind, "batch");
	ck_assert_int_eq(got.event.dataset, dataset);
	ck_assert(!got.event.has_licence);
	ck_assert_int_eq(reply(sl_store_subscription(
	                     db, &acme, &licence, on_subscription, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.subscription.dataset_count, 1);
	ck_assert_int_eq(got.first_dataset, dataset);
	ck_assert_int_eq(
	    reply(sl_store_events_of(db, &acme, &licence,
	        got.subscription.newest - 1, 10, on_events, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_str_eq(got.event_kind, "licence");
	ck_assert(got.event.has_licence);
	ck_assert(sl_uuid_is(&got.event.customer, &acme));
	ck_assert_int_eq(reply(sl_store_events_of(
	                     db, &other, NULL, 0, 10, on_events, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.count, 0);
	ck_assert_int_eq(reply(sl_store_subscription(
	                     db, &other, NULL, on_subscription, NULL, &err)),
	    SL_OK);
	ck_assert_uint_eq(got.subscription.dataset_count, 0);
}
END_TEST

Suite *
server_suite(void)
{
	Suite *suite = suite_create("server");
	TCase *tests = tcase_create("server");

	tcase_set_timeout(tests, 40);
	tcase_add_checked_fixture(tests, setup, teardown);
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
	tcase_add_test(tests, licences_come_with_terms_and_use);
	tcase_add_test(
	    tests, a_charge_says_what_is_covered_and_the_ledgers_head);
	tcase_add_test(tests, a_quote_tells_new_from_held_and_charges_nothing);
	tcase_add_test(tests, a_customer_sees_its_licences_and_use);
	tcase_add_test(
	    tests, a_lease_lives_while_it_is_renewed_and_its_licence_serves);
	tcase_add_test(tests, a_kicked_lease_ends);
	tcase_add_test(tests, deliveries_of_a_licence_are_bounded);
	tcase_add_test(
	    tests, events_are_read_after_an_id_by_those_they_concern);
	suite_add_tcase(suite, tests);
	return suite;
}
