#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/db/db.h"
#include "sluice/store/dataset.h"
#include "sluice/store/publication.h"
#include "suites.h"

/* The bytes of a batch are made by the fixture's functions in SQL. */
#define SPEC                                            \
	"[{\"op\":\"add\",\"number\":1,\"revision\":1," \
	"\"facets\":{\"duration_ms\":1500},\"layers\":{\"meta\":5}}]"

static struct sl_db *db;
static struct sl_error err;
static struct sl_publication publication;
static json_t *value;

static const char digest[] =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static void
setup(void)
{
	memset(&err, 0, sizeof(err));
	value = NULL;
	db = world_connect("test_lab");
}

static void
teardown(void)
{
	json_decref(value);
	sl_db_close(db);
}

static void
create(const char *name)
{
	struct sl_dataset_new dataset = {
	    name, "prebuilt", "public", "Title", "", "LicenseRef-x"};

	json_decref(value);
	ck_assert_msg(
	    sl_store_dataset_create(&value, db, &dataset, &err) == SL_OK, "%s",
	    err.text);
	ck_assert_str_eq(world_text(value, "name"), name);
}

static void
reserve(const char *name)
{
	ck_assert_msg(sl_store_publication_reserve(
	                  &publication, db, name, digest, &err) == SL_OK,
	    "%s", err.text);
}

/* Seal with what the fixture makes of SPEC. */
static enum sl_status
seal(const char *name)
{
	static char manifest[4096], minisig[512], index[4096];
	char sql[8192], state[512], id[SL_UUID_TEXT_LEN + 1];
	json_t *identities, *objects;
	struct sl_seal bytes = {0};
	enum sl_status status;

	sl_uuid_format(id, &publication.id);
	(void)snprintf(state, sizeof(state),
	    "(SELECT sluice.publication_describe(p, true) FROM "
	    "sluice.publication AS p WHERE id = '%s')",
	    id);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT t.index('%s', %u, (SELECT sluice.words(published) FROM "
	    "sluice.publication WHERE id = '%s'), '%s')",
	    name, publication.seq, id, SPEC);
	(void)snprintf(index, sizeof(index), "%s", cluster_value(WORLD, sql));
	(void)snprintf(sql, sizeof(sql),
	    "SELECT t.manifest('%s', %s, $i$%s$i$, "
	    "'%s')",
	    name, state, index, SPEC);
	(void)snprintf(
	    manifest, sizeof(manifest), "%s", cluster_value(WORLD, sql));
	(void)snprintf(minisig, sizeof(minisig), "%s",
	    cluster_value(
	        WORLD, "SELECT convert_from(t.minisig('a'), 'UTF8')"));
	identities = json_pack("[{s:i,s:s,s:s,s:s}]", "number", 1, "site",
	    "lab", "key", "ep1", "digest", "d1");
	objects = json_pack("{s:[i,s]}", "pack.tar.zst", 70, digest);
	bytes.manifest = sl_slice_text(manifest);
	bytes.minisig = sl_slice_text(minisig);
	bytes.index = sl_slice_text(index);
	bytes.identities = identities;
	bytes.objects = objects;
	status = sl_store_publication_seal(
	    &publication, db, &publication.id, &bytes, &err);
	json_decref(identities);
	json_decref(objects);
	return status;
}

static void
sign(void)
{
	ck_assert_msg(sl_store_publication_sign(
	                  &publication, db, &publication.id, &err) == SL_OK,
	    "%s", err.text);
}

static void
reconnect(void)
{
	sl_db_close(db);
	db = world_connect("test_lab");
}

/* What the log signer does. */
static void
log_it(const char *name)
{
	char sql[512], id[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(id, &publication.id);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT (t.log(sluice.publication_describe(p, true), '%s')).state "
	    "FROM sluice.publication AS p WHERE p.id = '%s'",
	    name, id);
	ck_assert_str_eq(cluster_value(WORLD, sql), "logged");
}

START_TEST(every_step_survives_a_crash_and_a_rerun)
{
	struct sl_publication first;
	json_t *known = NULL;

	create("crashing");
	reserve("crashing");
	first = publication;
	ck_assert(!publication.resumed);
	ck_assert_uint_eq(publication.seq, 1);
	ck_assert_uint_eq(publication.next_number, 1);
	ck_assert_int_eq(publication.published_us % 1000000, 0);
	ck_assert_uint_eq(strspn(publication.previous, "0"), 64);
	ck_assert_str_eq(publication.content_digest, digest);
	reconnect();
	reserve("crashing");
	ck_assert(publication.resumed);
	ck_assert(sl_uuid_is(&publication.id, &first.id));
	ck_assert_int_eq(publication.published_us, first.published_us);

	sign();
	reconnect();
	reserve("crashing");
	ck_assert_int_eq(publication.state, SL_PUBLICATION_SIGNED);
	sign();
	ck_assert_msg(seal("crashing") == SL_OK, "%s", err.text);
	ck_assert_int_eq(publication.state, SL_PUBLICATION_SEALED);
	reconnect();
	reserve("crashing");
	ck_assert_int_eq(publication.state, SL_PUBLICATION_SEALED);
	ck_assert_msg(seal("crashing") == SL_OK, "%s", err.text);
	json_decref(value);
	value = NULL;
	ck_assert_int_eq(
	    sl_store_publication_show(&value, db, &publication.id, &err),
	    SL_ERR_STATE);
	ck_assert_str_eq(err.code, "publication_not_logged");
	log_it("crashing");
	reconnect();
	reserve("crashing");
	ck_assert_int_eq(publication.state, SL_PUBLICATION_LOGGED);
	ck_assert_msg(sl_store_publication_show(
	                  &value, db, &publication.id, &err) == SL_OK,
	    "%s", err.text);
	json_decref(value);
	ck_assert_int_eq(
	    sl_store_publication_show(&value, db, &publication.id, &err),
	    SL_OK);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(value, "added")), 1);
	ck_assert_int_eq(
	    sl_store_dataset_known(&known, db, "crashing", NULL, &err), SL_OK);
	ck_assert_uint_eq(json_array_size(known), 1);
	ck_assert_str_eq(world_text(json_array_get(known, 0), "key"), "ep1");
	json_decref(known);
	reserve("crashing");
	ck_assert_uint_eq(publication.seq, 2);
	ck_assert_uint_eq(publication.next_number, 2);
	ck_assert_uint_ne(strspn(publication.previous, "0"), 64);
}
END_TEST

START_TEST(a_second_session_is_told_that_the_dataset_is_busy)
{
	struct sl_publication other_publication;
	struct sl_db *second = world_connect("test_lab");

	create("contended");
	reserve("contended");
	ck_assert_int_eq(sl_store_publication_reserve(&other_publication,
	                     second, "contended", digest, &err),
	    SL_ERR_CONFLICT);
	ck_assert_str_eq(err.code, "publication_busy");
	sl_db_close(second);
}
END_TEST

START_TEST(what_is_not_sealed_may_be_abandoned)
{
	struct sl_uuid first;
	json_t *list = NULL;

	create("abandoned");
	reserve("abandoned");
	first = publication.id;
	ck_assert_int_eq(
	    sl_store_publication_abandon(db, &first, "changed drafts", &err),
	    SL_OK);
	reserve("abandoned");
	ck_assert(!publication.resumed);
	ck_assert(!sl_uuid_is(&publication.id, &first));
	ck_assert_uint_eq(publication.seq, 1);
	ck_assert_int_eq(
	    sl_store_publication_list(&list, db, "abandoned", &err), SL_OK);
	ck_assert_uint_eq(json_array_size(list), 2);
	json_decref(list);
	sign();
	ck_assert_int_eq(seal("abandoned"), SL_OK);
	ck_assert_int_eq(
	    sl_store_publication_abandon(db, &publication.id, "too late", &err),
	    SL_ERR_STATE);
	ck_assert_str_eq(err.code, "publication_sealed");
}
END_TEST

START_TEST(datasets_of_others_are_not_found)
{
	struct sl_db *rival = world_connect("test_rival");

	ck_assert_int_eq(sl_store_publication_reserve(
	                     &publication, rival, "kitting", digest, &err),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.code, "dataset_not_found");
	sl_db_close(rival);
}
END_TEST

START_TEST(the_same_name_twice_is_refused)
{
	struct sl_dataset_new dataset = {
	    "kitting", "prebuilt", "public", "T", "", ""};

	ck_assert_int_eq(
	    sl_store_dataset_create(&value, db, &dataset, &err), SL_ERR_EXISTS);
	ck_assert_str_eq(err.code, "dataset_exists");
	dataset.name = "Bad Name";
	ck_assert_int_eq(sl_store_dataset_create(&value, db, &dataset, &err),
	    SL_ERR_INVALID);
}
END_TEST

START_TEST(only_what_is_retracted_can_be_erased)
{
	ck_assert_int_eq(sl_store_erase(&value, db, "kitting", 1, "why", &err),
	    SL_ERR_STATE);
	ck_assert_str_eq(err.code, "not_retracted");
	ck_assert_int_eq(sl_store_erase(&value, db, "kitting", 99, "why", &err),
	    SL_ERR_NOT_FOUND);
}
END_TEST

START_TEST(keys_are_registered_once_and_listed)
{
	const char *key =
	    "RWRiYmJiYmJiYmtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr";

	ck_assert_msg(sl_store_key_register(&value, db, key, &err) == SL_OK,
	    "%s", err.text);
	json_decref(value);
	ck_assert_int_eq(sl_store_key_register(&value, db, key, &err), SL_OK);
	json_decref(value);
	ck_assert_int_eq(sl_store_key_list(&value, db, &err), SL_OK);
	ck_assert_uint_eq(json_array_size(value), 2);
	json_decref(value);
	ck_assert_int_eq(sl_store_key_register(&value, db, "nonsense", &err),
	    SL_ERR_INVALID);
	ck_assert_str_eq(err.code, "bad_key");
}
END_TEST

Suite *
publication_suite(void)
{
	Suite *suite = suite_create("publication");
	TCase *tests = tcase_create("publication");

	tcase_set_timeout(tests, 40);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, every_step_survives_a_crash_and_a_rerun);
	tcase_add_test(
	    tests, a_second_session_is_told_that_the_dataset_is_busy);
	tcase_add_test(tests, what_is_not_sealed_may_be_abandoned);
	tcase_add_test(tests, datasets_of_others_are_not_found);
	tcase_add_test(tests, the_same_name_twice_is_refused);
	tcase_add_test(tests, only_what_is_retracted_can_be_erased);
	tcase_add_test(tests, keys_are_registered_once_and_listed);
	suite_add_tcase(suite, tests);
	return suite;
}
