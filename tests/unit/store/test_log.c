#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../support/cluster.h"
#include "server.h"
#include "sluice/db/db.h"
#include "sluice/store/log.h"
#include "sluice/store/trust.h"
#include "sluice/store/witness.h"
#include "suites.h"

#define SPEC                                            \
	"[{\"op\":\"add\",\"number\":1,\"revision\":1," \
	"\"facets\":{\"duration_ms\":1500},\"layers\":{\"meta\":5}}]"

/* ---- the log signer and the witness ---- */

static struct sl_db *db;
static struct sl_error err;

static void
setup(void)
{
	memset(&err, 0, sizeof(err));
	db = world_connect("test_log");
}

static void
teardown(void)
{
	sl_db_close(db);
}

/* A dataset with one sealed batch. */
static void
seal(const char *name)
{
	char sql[2048];

	(void)snprintf(sql, sizeof(sql),
	    "SET SESSION AUTHORIZATION test_lab;"
	    "SELECT sluice.dataset_create('%s', 'prebuilt', 'public', 'T', '', "
	    "'x');"
	    "SELECT sluice.publication_sign((t.reserve('%s')).id);"
	    "SELECT (t.seal('%s', t.reserve('%s'), '%s')).state",
	    name, name, name, name, SPEC);
	ck_assert_str_eq(cluster_value(WORLD, sql), "sealed");
}

/* Sign size 1 of `name` with a root of 32 times `letter`. */
static enum sl_status
log_it(struct sl_publication *out, const char *name, char letter)
{
	struct sl_log_signed checkpoint = {.epoch = 1, .size = 1};
	struct sl_log_pending *pending;
	struct sl_uuid id;
	size_t count;
	char sql[256];
	char note[512];

	ck_assert_int_eq(
	    sl_store_log_pending(&pending, &count, db, name, &err), SL_OK);
	ck_assert_uint_eq(count, 1);
	id = pending[0].publication;
	sl_log_pending_free(pending, count);
	memset(checkpoint.root, letter, sizeof(checkpoint.root));
	(void)snprintf(sql, sizeof(sql),
	    "SELECT t.note('%s', 1, 1, repeat('%c', 32)::bytea)", name, letter);
	(void)snprintf(note, sizeof(note), "%s", cluster_value(WORLD, sql));
	checkpoint.note = sl_slice_text(note);
	checkpoint.minisig = sl_slice_text("minisig");
	return sl_store_publication_log(out, db, &id, &checkpoint, &err);
}

START_TEST(what_is_sealed_waits_with_its_bytes)
{
	struct sl_log_pending *pending;
	size_t count;

	seal("waits");
	ck_assert_int_eq(
	    sl_store_log_pending(&pending, &count, db, "nosuch", &err), SL_OK);
	ck_assert_uint_eq(count, 0);
	sl_log_pending_free(pending, count);
	ck_assert_int_eq(
	    sl_store_log_pending(&pending, &count, db, NULL, &err), SL_OK);
	ck_assert_uint_ge(count, 1);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(pending[i].dataset, "waits") != 0)
			continue;
		ck_assert_uint_eq(pending[i].seq, 1);
		ck_assert_int_eq(pending[i].state, SL_PUBLICATION_SEALED);
		ck_assert(memcmp(pending[i].manifest.data,
		              "# sluice-manifest/v1\n", 21) == 0);
		ck_assert_uint_gt(pending[i].minisig.len, 100);
	}
	sl_log_pending_free(pending, count);
}
END_TEST

START_TEST(a_size_is_logged_with_one_root)
{
	struct sl_publication publication;
	json_t *states = NULL;

	seal("signed");
	ck_assert_msg(
	    log_it(&publication, "signed", 'a') == SL_OK, "%s", err.text);
	ck_assert_int_eq(publication.state, SL_PUBLICATION_LOGGED);
	ck_assert_int_eq(log_it(&publication, "signed", 'a'), SL_OK);
	ck_assert_int_eq(log_it(&publication, "signed", 'b'), SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "log_forked");
	ck_assert_int_eq(
	    sl_store_log_state(&states, db, "signed", &err), SL_OK);
	ck_assert_uint_eq(json_array_size(states), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(
	                     json_array_get(states, 0), "size")),
	    1);
	json_decref(states);
}
END_TEST

START_TEST(another_key_signs_what_is_logged)
{
	struct sl_publication publication;
	struct sl_log_again again = {.dataset = "again",
	    .epoch = 1,
	    .size = 1,
	    .minisig = sl_slice_text("another")};
	json_t *states = NULL;
	char line[256];

	seal("again");
	ck_assert_int_eq(log_it(&publication, "again", 'a'), SL_OK);
	(void)snprintf(line, sizeof(line), "%s\n",
	    cluster_value(WORLD,
	        "SELECT rtrim(split_part(t.note('again', 1, 1, "
	        "repeat('a', 32)::bytea, 'x'), E'\\n\\n', 2), E'\\n')"));
	again.line = sl_slice_text(line);
	memset(again.root, 'b', sizeof(again.root));
	ck_assert_int_eq(
	    sl_store_checkpoint_sign(db, &again, &err), SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "log_forked");
	memset(again.root, 'a', sizeof(again.root));
	for (int i = 0; i < 2; i++)
		ck_assert_msg(
		    sl_store_checkpoint_sign(db, &again, &err) == SL_OK, "%s",
		    err.text);
	ck_assert_int_eq(sl_store_log_state(&states, db, "again", &err), SL_OK);
	ck_assert_str_eq(
	    world_text(json_array_get(states, 0), "minisig"), "another");
	ck_assert_ptr_nonnull(
	    strstr(world_text(json_array_get(states, 0), "note"), line));
	json_decref(states);
	again.size = 2;
	ck_assert_int_eq(
	    sl_store_checkpoint_sign(db, &again, &err), SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.code, "checkpoint_not_found");
}
END_TEST

/* ---- witnesses ---- */

/* A trust file with w.example, and the login that cosigns as it. */
static void
add_witness(void)
{
	struct sl_db *admin = world_connect("test_admin");
	json_t *value = NULL;

	ck_assert_int_eq(sl_store_witness_login_add(&value, admin, "w.example",
	                     "test_admin", "x", &err),
	    SL_ERR_STATE);
	ck_assert_str_eq(err.code, "login_not_witness");
	ck_assert_msg(sl_store_witness_login_add(&value, admin, "w.example",
	                  "test_witness", "x", &err) == SL_OK,
	    "%s", err.text);
	ck_assert_str_eq(world_text(value, "witness"), "w.example");
	json_decref(value);
	(void)cluster_value(WORLD,
	    "SET SESSION AUTHORIZATION test_admin;"
	    "SELECT t.install(1, concat('witness ', t.key(7), ' w.example', "
	    "E'\n'))");
	sl_db_close(admin);
}

START_TEST(a_login_is_no_witness_any_more)
{
	struct sl_db *admin = world_connect("test_admin");
	json_t *value = NULL;

	ck_assert_int_eq(sl_store_witness_list(&value, admin, &err), SL_OK);
	ck_assert_uint_eq(json_array_size(value), 1);
	ck_assert_str_eq(
	    world_text(json_array_get(value, 0), "login"), "test_witness");
	ck_assert(json_is_true(
	    json_object_get(json_array_get(value, 0), "in_trust")));
	json_decref(value);
	ck_assert_int_eq(sl_store_witness_login_remove(
	                     &value, admin, "test_witness", "x", &err),
	    SL_OK);
	json_decref(value);
	ck_assert_int_eq(sl_store_witness_login_remove(
	                     &value, admin, "test_witness", "x", &err),
	    SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.code, "login_not_found");
	sl_db_close(admin);
}
END_TEST

START_TEST(a_cosignature_is_kept_if_it_is_newer)
{
	struct sl_publication publication;
	struct sl_cosignature line = {.dataset = "cosigned",
	    .epoch = 1,
	    .size = 1,
	    .witness = "w.example",
	    .time_s = 1700000000};
	char text[256];
	bool is_newer;

	seal("cosigned");
	ck_assert_int_eq(log_it(&publication, "cosigned", 'a'), SL_OK);
	add_witness();
	sl_db_close(db);
	db = world_connect("test_witness");
	(void)snprintf(text, sizeof(text), "%s",
	    cluster_value(
	        WORLD, "SELECT t.cosignature('w.example', 1700000000)"));
	line.line = sl_slice_text(text);
	ck_assert_msg(sl_store_cosign(&is_newer, db, &line, &err) == SL_OK,
	    "%s", err.text);
	ck_assert(is_newer);
	ck_assert_int_eq(sl_store_cosign(&is_newer, db, &line, &err), SL_OK);
	ck_assert(!is_newer);
	line.size = 2;
	ck_assert_int_eq(
	    sl_store_cosign(&is_newer, db, &line, &err), SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.code, "checkpoint_not_found");
	line.size = 1;
	line.time_s++;
	ck_assert_int_eq(
	    sl_store_cosign(&is_newer, db, &line, &err), SL_ERR_INVALID);
	ck_assert_str_eq(err.code, "bad_cosignature");
}
END_TEST

/* ---- the server ---- */

static struct {
	bool has_head;
	uint32_t size;
	char note[512];
	struct sl_log_freshness freshness;
} got;

static void
on_head(void *ctx, enum sl_status status, const struct sl_log_head *head,
    const struct sl_error *words)
{
	(void)ctx;
	got.has_head = head != NULL;
	if (head != NULL) {
		ck_assert_uint_eq(head->epoch, 1);
		got.size = head->size;
		(void)snprintf(got.note, sizeof(got.note), "%s", head->note);
	}
	server_finish(status, words);
}

static void
on_freshness(void *ctx, enum sl_status status,
    const struct sl_log_freshness *freshness, const struct sl_error *words)
{
	(void)ctx;
	if (freshness != NULL)
		got.freshness = *freshness;
	server_finish(status, words);
}

START_TEST(the_server_sees_the_log_of_what_is_visible)
{
	ck_assert_int_eq(server_reply(sl_store_log_checkpoint(server.db,
	                     server.dataset, on_head, NULL, &server.err)),
	    SL_OK);
	ck_assert(got.has_head);
	ck_assert_uint_eq(got.size, 1);
	ck_assert(strncmp(got.note, "test.sluice/kitting/1\n1\n", 24) == 0);
	ck_assert_int_eq(server_reply(sl_store_log_checkpoint(
	                     server.db, 999999, on_head, NULL, &server.err)),
	    SL_OK);
	ck_assert(!got.has_head);
	ck_assert_int_eq(server_reply(sl_store_log_freshness(
	                     server.db, on_freshness, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_ge(got.freshness.logs, 1);
	ck_assert_uint_ge(got.freshness.stale, 1);
}
END_TEST

START_TEST(without_a_trust_file_there_are_no_versions)
{
	ck_assert_int_eq(server_reply(sl_store_trust_after(server.db, 0, 64,
	                     server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert_uint_eq(json_array_size(server.value), 0);
	ck_assert_int_eq(server_reply(sl_store_trust_newest(
	                     server.db, server_on_json, NULL, &server.err)),
	    SL_OK);
	ck_assert(json_is_array(server.value));
}
END_TEST

Suite *
log_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *signer = tcase_create("signer");
	TCase *tests = tcase_create("server");
	TCase *witness = tcase_create("witness");

	tcase_set_timeout(signer, 40);
	tcase_add_checked_fixture(signer, setup, teardown);
	tcase_add_test(signer, what_is_sealed_waits_with_its_bytes);
	tcase_add_test(signer, a_size_is_logged_with_one_root);
	tcase_add_test(signer, another_key_signs_what_is_logged);
	suite_add_tcase(suite, signer);
	tcase_set_timeout(tests, 40);
	tcase_add_checked_fixture(tests, server_setup, server_teardown);
	tcase_add_test(tests, the_server_sees_the_log_of_what_is_visible);
	tcase_add_test(tests, without_a_trust_file_there_are_no_versions);
	suite_add_tcase(suite, tests);
	/* After them: from here on there is a trust file. */
	tcase_set_timeout(witness, 40);
	tcase_add_checked_fixture(witness, setup, teardown);
	tcase_add_test(witness, a_cosignature_is_kept_if_it_is_newer);
	tcase_add_test(witness, a_login_is_no_witness_any_more);
	suite_add_tcase(suite, witness);
	return suite;
}
