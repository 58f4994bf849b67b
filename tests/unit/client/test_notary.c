#include "notary.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cabinet.h"
#include "evidence.h"
#include "scene.h"
#include "standing.h"
#include "suites.h"

#define HOUR_S 3600

START_TEST(a_smaller_log_than_was_seen_is_a_rollback)
{
	scene_accept(&(struct answer){.held = 5, .size = 5});
	scene_refuse(&(struct answer){.held = 4, .size = 4}, "rollback");
	scene_reopen();
	scene_refuse(&(struct answer){.held = 4, .size = 4}, "rollback");
	scene_refuse(&(struct answer){.has_no_checkpoint = true}, "rollback");
}
END_TEST

/* The file proves it to somebody else. */
static void
assert_evidence(const char *name, uint64_t a, uint64_t b)
{
	struct sl_evidence evidence;
	struct sl_checkpoint sides[2];
	struct sl_note note;
	struct sl_buf text;

	sl_buf_init(&text, SL_EVIDENCE_BYTES_MAX);
	ck_assert(sl_cabinet_read(scene.meta, name, &text, NULL) == SL_OK);
	ck_assert(
	    sl_evidence_parse(&evidence, sl_buf_slice(&text), NULL) == SL_OK);
	for (int i = 0; i < 2; i++)
		ck_assert(sl_checkpoint_parse_note(&sides[i], &note,
		              evidence.notes[i], NULL) == SL_OK);
	ck_assert_uint_eq(sides[0].tree.size, a);
	ck_assert_uint_eq(sides[1].tree.size, b);
	ck_assert(!sl_log_hash_is(&sides[0].tree.root, &sides[1].tree.root));
	sl_buf_clear(&text);
}

START_TEST(two_roots_for_one_size_are_a_fork_with_evidence)
{
	scene_accept(&(struct answer){.held = 5, .size = 5});
	scene_refuse(
	    &(struct answer){.held = 5, .size = 5, .log = scene.others},
	    "fork");
	assert_evidence("log/fork-1", 5, 5);
	/* The same again is kept once. */
	scene_reopen();
	scene_refuse(
	    &(struct answer){.held = 5, .size = 5, .log = scene.others},
	    "fork");
	ck_assert(faccessat(scene.meta, "log/fork-2", F_OK, 0) != 0);
	scene_accept(&(struct answer){.held = 5, .size = 5});
}
END_TEST

START_TEST(a_log_that_does_not_continue_the_seen_one_is_a_fork)
{
	scene_accept(&(struct answer){.held = 5, .size = 5});
	scene_refuse(
	    &(struct answer){.held = 7, .size = 7, .log = scene.others},
	    "fork");
	assert_evidence("log/fork-1", 5, 7);
	scene_refuse(
	    &(struct answer){.held = 7, .size = 7, .has_no_consistency = true},
	    "fork");
	scene_refuse(
	    &(struct answer){.held = 7, .size = 7, .prove_from = 4}, "fork");
	scene_accept(&(struct answer){.held = 7, .size = 7});
}
END_TEST

START_TEST(an_old_statement_of_the_witness_is_a_freeze)
{
	scene_refuse(
	    &(struct answer){.held = 1, .size = 1, .age_s = 24 * HOUR_S + 1},
	    "freeze");
	scene_accept(
	    &(struct answer){.held = 1, .size = 1, .age_s = 24 * HOUR_S});
	scene.notary.options.rule.max_age_ms = (uint64_t)2 * HOUR_S * 1000;
	scene_refuse(
	    &(struct answer){.held = 1, .size = 1, .age_s = 3 * HOUR_S},
	    "freeze");
}
END_TEST

START_TEST(a_statement_from_the_future_is_refused)
{
	scene_refuse(
	    &(struct answer){.held = 1, .size = 1, .age_s = -601}, "future");
	scene_accept(&(struct answer){.held = 1, .size = 1, .age_s = -599});
}
END_TEST

START_TEST(a_checkpoint_without_its_witness_is_refused)
{
	scene_refuse(
	    &(struct answer){.held = 1, .size = 1, .has_no_witness = true},
	    "unwitnessed");
}
END_TEST

START_TEST(a_batch_that_the_log_has_cannot_be_withheld)
{
	scene_refuse(
	    &(struct answer){.held = 3, .size = 5, .grant = 3}, "withheld");
	scene_refuse(&(struct answer){.held = 3,
	                 .size = 5,
	                 .grant = 3,
	                 .release_us = SCENE_NOW_US - INT64_C(601) * 1000000},
	    "withheld");
	/* The checkpoint is the evidence, and stays. */
	scene_reopen();
	ck_assert_uint_eq(scene.notary.sight.kept.checkpoint.tree.size, 5);
}
END_TEST

START_TEST(a_class_may_lack_batches_that_are_yet_to_be_released)
{
	scene_accept(&(struct answer){.held = 3,
	    .size = 5,
	    .grant = 3,
	    .release_us = SCENE_NOW_US + 1000000});
	scene_accept(&(struct answer){.held = 5, .size = 5});
}
END_TEST

START_TEST(batches_that_are_not_the_log_s_are_refused)
{
	struct answer answer = {.held = 5, .size = 5};
	struct sl_error err = {0};

	scene_accept(&answer);
	scene_hold(scene.others, 5);
	ck_assert(sl_notary_prove(&scene.notary, &scene.heads, true, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "not_in_log");
	answer.has_no_inclusion = true;
	scene_refuse(&answer, "not_in_log");
	scene_refuse(
	    &(struct answer){.held = 5, .size = 5, .grant = 6}, "not_in_log");
	scene_refuse(&(struct answer){.grant = 2, .has_no_checkpoint = true},
	    "rollback");
}
END_TEST

START_TEST(batches_without_any_checkpoint_are_refused)
{
	scene_refuse(&(struct answer){.grant = 2, .has_no_checkpoint = true},
	    "bad_checkpoint");
	scene_accept(&(struct answer){.has_no_checkpoint = true});
}
END_TEST

START_TEST(the_checkpoint_of_another_log_is_refused)
{
	scene_refuse(
	    &(struct answer){.held = 1, .size = 1, .dataset = "other-set"},
	    "wrong_log");
	scene_refuse(
	    &(struct answer){.held = 1, .size = 1, .origin = "evil.test"},
	    "wrong_log");
}
END_TEST

START_TEST(a_checkpoint_by_a_strange_or_revoked_key_is_refused)
{
	struct sl_sign_key *own = scene.authority.log, *strange;
	struct sl_trust_key log = {0};

	ck_assert(sl_sign_key_generate(&strange) == SL_OK);
	scene.authority.log = strange;
	scene_refuse(
	    &(struct answer){.held = 1, .size = 1}, "checkpoint_unsigned");
	scene.authority.log = own;
	scene_accept(&(struct answer){.held = 1, .size = 1});
	log.key = authority_public(strange);
	ck_assert(sl_trust_add_key(
	              &scene.authority.trust, SL_TRUST_LOG, &log) == SL_OK);
	authority_revoke(&scene.authority, own);
	scene_take_next(SL_OK, "");
	scene_refuse(&(struct answer){.held = 2, .size = 2}, "revoked_key");
	scene.authority.log = strange;
	scene_accept(&(struct answer){.held = 2, .size = 2});
	sl_sign_key_free(own);
}
END_TEST

static void
add_epoch(uint32_t epoch, uint32_t size, const struct sl_log_hash *log)
{
	const struct sl_log_tree tree = authority_tree(log, size);
	struct sl_trust_point point = {.epoch = epoch, .size = size};

	snprintf(point.dataset, sizeof(point.dataset), SCENE_DATASET);
	memcpy(point.root, tree.root.bytes, sizeof(point.root));
	ck_assert(sl_trust_add_epoch(&scene.authority.trust, &point) == SL_OK);
}

START_TEST(an_epoch_without_root_s_word_is_refused)
{
	scene_refuse(&(struct answer){.held = 1, .size = 1, .epoch = 2},
	    "epoch_unproven");
	scene_accept(&(struct answer){.held = 3, .size = 3});
	scene_refuse(&(struct answer){.held = 3, .size = 3, .epoch = 2},
	    "epoch_unproven");
}
END_TEST

START_TEST(a_new_epoch_goes_on_from_what_root_named)
{
	scene_accept(&(struct answer){.held = 5, .size = 5});
	add_epoch(2, 5, scene.leaves);
	scene_take_next(SL_OK, "");
	scene_refuse(&(struct answer){.held = 6, .size = 6}, "wrong_log");
	scene_refuse(
	    &(struct answer){
	        .held = 7, .size = 7, .epoch = 2, .log = scene.others},
	    "epoch_unproven");
	scene_refuse(
	    &(struct answer){
	        .held = 7, .size = 7, .epoch = 2, .has_no_consistency = true},
	    "epoch_unproven");
	scene_refuse(
	    &(struct answer){.held = 4, .size = 4, .epoch = 2}, "rollback");
	scene_refuse(
	    &(struct answer){
	        .held = 5, .size = 5, .epoch = 2, .log = scene.others},
	    "epoch_unproven");
	scene_accept(&(struct answer){.held = 7, .size = 7, .epoch = 2});
}
END_TEST

START_TEST(root_recovers_a_log_that_ran_away)
{
	struct sl_error err = {0};

	/* A thief of the log's key made it long. */
	scene_hold(scene.others, 3);
	scene_accept(&(struct answer){.held = 5,
	    .size = 16,
	    .grant = 5,
	    .log = scene.others,
	    .release_us = SCENE_NOW_US + 1000000});
	add_epoch(2, 3, scene.leaves);
	scene_take_next(SL_OK, "");
	ck_assert(
	    scene_respond(&(struct answer){.held = 4, .size = 4, .epoch = 2},
	        &err) == SL_ERR_CONFLICT);
	ck_assert_str_eq(err.code, "epoch_moved");
	ck_assert_uint_eq(scene.notary.moved_to, 3);
	scene_hold(scene.leaves, 3);
	scene_accept(&(struct answer){.held = 4, .size = 4, .epoch = 2});
	scene_reopen();
	ck_assert_uint_eq(scene.notary.sight.kept.checkpoint.epoch, 2);
}
END_TEST

START_TEST(a_thief_s_batches_count_only_below_what_root_vouches_for)
{
	struct sl_sign_key *thief = scene.authority.publisher;
	const struct sl_log_tree tree = authority_tree(scene.leaves, 4);
	struct sl_trust_point point = {.epoch = 1, .size = 4};
	struct sl_trust_key publisher = {.scope = NULL};
	char any[] = "*";

	scene_accept(&(struct answer){.held = 5, .size = 5});
	ck_assert(sl_sign_key_generate(&scene.authority.publisher) == SL_OK);
	publisher.key = authority_public(scene.authority.publisher);
	publisher.scope = any;
	ck_assert(sl_trust_add_key(&scene.authority.trust, SL_TRUST_PUBLISHER,
	              &publisher) == SL_OK);
	authority_revoke(&scene.authority, thief);
	scene_take_next(SL_OK, "");
	scene_hold(scene.leaves, 5);
	for (int i = 0; i < 4; i++)
		scene.heads.batches[i].signer = authority_public(thief);
	ck_assert(
	    sl_standing_check_signers(&scene.heads, NULL) == SL_ERR_INTEGRITY);
	snprintf(point.dataset, sizeof(point.dataset), SCENE_DATASET);
	memcpy(point.root, tree.root.bytes, sizeof(point.root));
	ck_assert(sl_trust_add_vouch(&scene.authority.trust, &point) == SL_OK);
	scene_take_next(SL_OK, "");
	ck_assert(sl_standing_check_signers(&scene.heads, NULL) == SL_OK);
	/* Above it, or with other batches below it, they do not. */
	scene.heads.batches[4].signer = authority_public(thief);
	ck_assert(
	    sl_standing_check_signers(&scene.heads, NULL) == SL_ERR_INTEGRITY);
	scene.heads.batches[4].signer =
	    authority_public(scene.authority.publisher);
	scene.heads.batches[3].leaf = scene.others[3];
	ck_assert(
	    sl_standing_check_signers(&scene.heads, NULL) == SL_ERR_INTEGRITY);
	sl_sign_key_free(thief);
}
END_TEST

TCase *
notary_cases(void)
{
	TCase *tc = tcase_create("notary");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, scene_set_up, scene_tear_down);
	tcase_add_test(tc, a_smaller_log_than_was_seen_is_a_rollback);
	tcase_add_test(tc, two_roots_for_one_size_are_a_fork_with_evidence);
	tcase_add_test(tc, a_log_that_does_not_continue_the_seen_one_is_a_fork);
	tcase_add_test(tc, an_old_statement_of_the_witness_is_a_freeze);
	tcase_add_test(tc, a_statement_from_the_future_is_refused);
	tcase_add_test(tc, a_checkpoint_without_its_witness_is_refused);
	tcase_add_test(tc, a_batch_that_the_log_has_cannot_be_withheld);
	tcase_add_test(
	    tc, a_class_may_lack_batches_that_are_yet_to_be_released);
	tcase_add_test(tc, batches_that_are_not_the_log_s_are_refused);
	tcase_add_test(tc, batches_without_any_checkpoint_are_refused);
	tcase_add_test(tc, the_checkpoint_of_another_log_is_refused);
	tcase_add_test(tc, a_checkpoint_by_a_strange_or_revoked_key_is_refused);
	tcase_add_test(tc, an_epoch_without_root_s_word_is_refused);
	tcase_add_test(tc, a_new_epoch_goes_on_from_what_root_named);
	tcase_add_test(tc, root_recovers_a_log_that_ran_away);
	tcase_add_test(
	    tc, a_thief_s_batches_count_only_below_what_root_vouches_for);
	return tc;
}
