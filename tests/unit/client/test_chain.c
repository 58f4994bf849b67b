#include "anchor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "evidence.h"
#include "kept.h"
#include "scene.h"
#include "sluice/base/hex.h"
#include "suites.h"

/* -- trust files -- */

START_TEST(a_trust_file_that_is_not_the_next_is_refused)
{
	scene_take_first(SL_ERR_INTEGRITY, "trust_rollback");
	scene.authority.trust.version = 3;
	scene_take_next(SL_ERR_INTEGRITY, "trust_gap");
}
END_TEST

START_TEST(a_trust_file_by_another_root_is_refused)
{
	struct sl_chain_link link;
	struct sl_error err = {0};

	authority_issue_by(&scene.authority, scene.authority.log, &link);
	ck_assert(sl_notary_take_trust(&scene.notary, &link, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "trust_threshold");
	sl_chain_link_clear(&link);
}
END_TEST

START_TEST(garbage_is_no_trust_file)
{
	struct sl_chain_link link;
	struct sl_error err = {0};

	sl_chain_link_init(&link, 2);
	ck_assert(
	    sl_buf_append_text(&link.text, "# sluice-trust/v2\n") == SL_OK);
	ck_assert(sl_notary_take_trust(&scene.notary, &link, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "bad_trust");
	sl_chain_link_clear(&link);
}
END_TEST

START_TEST(an_expired_trust_file_is_refused_but_may_be_passed)
{
	scene.authority.trust.expires_us = SCENE_NOW_US;
	scene_take_next(SL_OK, "");
	scene_refuse(&(struct answer){.held = 1, .size = 1}, "trust_expired");
	scene.authority.trust.expires_us = SCENE_NOW_US + 1000000;
	scene_take_next(SL_OK, "");
	scene_accept(&(struct answer){.held = 1, .size = 1});
}
END_TEST

START_TEST(another_mirror_of_this_machine_is_not_shown_an_older_one)
{
	scene_accept(&(struct answer){.held = 1, .size = 1});
	scene_take_next(SL_OK, "");
	scene_accept(&(struct answer){.held = 1, .size = 1});
	/* The other mirror is new. */
	ck_assert(renameat(scene.meta, "trust", scene.meta, "trust.away") == 0);
	sl_notary_clear(&scene.notary);
	scene_open(NULL);
	scene_take_first(SL_OK, "");
	scene_refuse(&(struct answer){.held = 1, .size = 1}, "trust_rollback");
}
END_TEST

START_TEST(two_texts_of_one_version_are_found_out)
{
	struct sl_chain_link link;

	scene_accept(&(struct answer){.held = 1, .size = 1});
	ck_assert(renameat(scene.meta, "trust", scene.meta, "trust.away") == 0);
	sl_notary_clear(&scene.notary);
	scene_open(NULL);
	scene.authority.trust.version = 1;
	scene.authority.trust.expires_us += 1000000;
	authority_issue(&scene.authority, &link);
	ck_assert(sl_notary_take_trust(&scene.notary, &link, NULL) == SL_OK);
	scene_refuse(&(struct answer){.held = 1, .size = 1}, "trust_mismatch");
	sl_chain_link_clear(&link);
}
END_TEST

/* A chain of a service, as far as an anchor looks at it. */
static struct sl_trust_chain
chain_of(const char *origin, uint32_t version, unsigned char text)
{
	struct sl_trust_chain chain = {.pin = scene.authority.pin};

	chain.newest.version = version;
	snprintf(
	    chain.newest.origin, sizeof(chain.newest.origin), "%s", origin);
	memset(chain.hash, text, sizeof(chain.hash));
	return chain;
}

static void
assert_anchor(
    const char *endpoint, const struct sl_trust_chain *chain, const char *code)
{
	struct sl_error err = {0};
	enum sl_status status =
	    sl_anchor_check(scene.dir, endpoint, chain, &err);

	ck_assert(status == (code[0] == '\0' ? SL_OK : SL_ERR_INTEGRITY));
	ck_assert_str_eq(err.code, code);
}

START_TEST(services_may_share_root_keys)
{
	const struct sl_trust_chain a = chain_of("a.example", 5, 1);
	const struct sl_trust_chain b = chain_of("b.example", 2, 2);

	ck_assert(
	    sl_anchor_raise(scene.dir, "https://a", &a, -1, NULL) == SL_OK);
	ck_assert(
	    sl_anchor_raise(scene.dir, "https://b", &b, -1, NULL) == SL_OK);
	assert_anchor("https://a", &a, "");
	assert_anchor("https://b", &b, "");
	/* One server is of one service. */
	assert_anchor("https://a", &b, "trust_mismatch");
	assert_anchor("https://b", &a, "trust_mismatch");
}
END_TEST

START_TEST(a_new_address_does_not_get_around_what_was_seen)
{
	const struct sl_trust_chain seen = chain_of("a.example", 5, 1);
	const struct sl_trust_chain old = chain_of("a.example", 4, 1);
	const struct sl_trust_chain other = chain_of("a.example", 5, 2);

	ck_assert(
	    sl_anchor_raise(scene.dir, "https://a", &seen, -1, NULL) == SL_OK);
	assert_anchor("https://new", &old, "trust_rollback");
	assert_anchor("https://new", &other, "trust_mismatch");
	assert_anchor(NULL, &old, "trust_rollback");
	assert_anchor("https://new", &seen, "");
}
END_TEST

START_TEST(what_an_older_version_wrote_still_counts)
{
	const struct sl_trust_chain seen = chain_of("a.example", 3, 0x11);
	const struct sl_trust_chain old = chain_of("a.example", 2, 0x11);
	unsigned char root[SL_TRUST_HASH_BYTES];
	char name[2 * sizeof(root) + 1], line[2 * sizeof(root) + 4];
	int fd;

	ck_assert(sl_trust_pin_hash(root, &seen.pin) == SL_OK);
	sl_hex_encode(name, root, sizeof(root));
	memset(line, '1', sizeof(line));
	line[0] = '3';
	line[1] = ' ';
	line[sizeof(line) - 2] = '\n';
	fd = openat(scene.meta, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert(
	    write(fd, line, sizeof(line) - 1) == (ssize_t)sizeof(line) - 1);
	close(fd);
	assert_anchor("https://a", &old, "trust_rollback");
	assert_anchor("https://a", &seen, "");
}
END_TEST

START_TEST(another_pinned_root_is_not_what_the_server_has)
{
	sl_notary_clear(&scene.notary);
	scene.authority.pin.keys[0].bytes[5] ^= 1;
	scene_open(NULL);
	scene_take_first(SL_ERR_INTEGRITY, "trust_mismatch");
}
END_TEST

START_TEST(a_profile_without_a_root_trusts_nothing)
{
	const struct sl_trust_pin none = {0};
	struct sl_error err = {0};
	struct sl_trust_chain chain;

	ck_assert(sl_chain_init(&chain, &none, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "no_root");
	sl_trust_chain_clear(&chain);
}
END_TEST

/* -- what is kept -- */

START_TEST(what_was_accepted_is_found_again)
{
	scene_accept(&(struct answer){.held = 5,
	    .size = 6,
	    .grant = 5,
	    .release_us = SCENE_NOW_US + 1000000,
	    .age_s = 60});
	scene_reopen();
	ck_assert_uint_eq(sl_trust_chain_version(&scene.notary.chain), 1);
	ck_assert_uint_eq(scene.notary.sight.kept.checkpoint.tree.size, 6);
	ck_assert_uint_eq(sl_sight_proven(&scene.notary.sight), 5);
	ck_assert_int_eq(
	    scene.notary.freshness.at_us, SCENE_NOW_US - 60 * 1000000);
	ck_assert(sl_kept_check(&scene.notary, &scene.heads, 5, NULL) == SL_OK);
	/* A fresher statement of the same tree is kept, an older one is not. */
	scene_accept(&(struct answer){.held = 5,
	    .size = 6,
	    .grant = 5,
	    .release_us = SCENE_NOW_US + 1000000,
	    .age_s = 10});
	scene_accept(&(struct answer){.held = 5,
	    .size = 6,
	    .grant = 5,
	    .release_us = SCENE_NOW_US + 1000000,
	    .age_s = 100});
	scene_reopen();
	ck_assert_int_eq(
	    scene.notary.freshness.at_us, SCENE_NOW_US - 10 * 1000000);
}
END_TEST

static void
refuse_kept(uint32_t seq, const char *code)
{
	struct sl_error err = {0};

	ck_assert(sl_kept_check(&scene.notary, &scene.heads, seq, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_msg(
	    strcmp(err.code, code) == 0, "%s: %s", err.code, err.text);
}

START_TEST(batches_are_held_against_the_kept_proof_offline)
{
	scene_accept(&(struct answer){.held = 5, .size = 5});
	refuse_kept(6, "not_in_log");
	scene_hold(scene.others, 5);
	refuse_kept(5, "not_in_log");
	scene_hold(scene.leaves, 4);
	refuse_kept(4, "batch_damaged");
	scene_hold(scene.leaves, 5);
	ck_assert(unlinkat(scene.meta, "log/inclusion", 0) == 0);
	scene_reopen();
	refuse_kept(5, "not_in_log");
	/* The checkpoint alone still stops a rollback. */
	scene_refuse(&(struct answer){.held = 4, .size = 4}, "rollback");
}
END_TEST

START_TEST(a_lost_checkpoint_is_that_of_the_proof)
{
	scene_accept(&(struct answer){.held = 5, .size = 5});
	ck_assert(unlinkat(scene.meta, "log/checkpoint", 0) == 0);
	scene_reopen();
	scene_refuse(&(struct answer){.held = 4, .size = 4}, "rollback");
	scene_accept(&(struct answer){.held = 6, .size = 6});
}
END_TEST

START_TEST(a_damaged_file_is_told_and_mended)
{
	static const char *const words[] = {
	    "log/checkpoint", "log/inclusion", "trust/000001"};
	static const char *const names[] = {
	    "log/checkpoint", "log/inclusion", "trust/000001/trust"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sl_error damage = {0};
		int fd;

		scene_accept(&(struct answer){.held = 5, .size = 5});
		fd = openat(scene.meta, names[i], O_WRONLY);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(pwrite(fd, "x", 1, 3), 1);
		close(fd);
		sl_notary_clear(&scene.notary);
		scene_open(&damage);
		ck_assert_int_eq(damage.status, SL_ERR_INTEGRITY);
		ck_assert_ptr_nonnull(strstr(damage.text, words[i]));
		if (sl_trust_chain_version(&scene.notary.chain) == 0)
			scene_take_first(SL_OK, "");
		scene_accept(&(struct answer){.held = 6, .size = 6});
		scene_reopen();
		ck_assert_uint_eq(sl_sight_proven(&scene.notary.sight), 6);
		scene_tear_down();
		scene_set_up();
	}
}
END_TEST

START_TEST(evidence_is_read_strictly)
{
	static const char *const texts[] = {"", "sluice-fork/v1\n",
	    "sluice-fork/v2\na\n--\nb\n", "sluice-fork/v1\na\n",
	    "sluice-fork/v1\na\n--\nb\n--\nc\n--\nd\n"};
	const char *good = "sluice-fork/v1\na\n--\nb\n--\nc\n";
	struct sl_evidence evidence;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert(sl_evidence_parse(&evidence, sl_slice_text(texts[i]),
		              NULL) != SL_OK);
	ck_assert(
	    sl_evidence_parse(&evidence, sl_slice_text(good), NULL) == SL_OK);
	ck_assert(sl_slice_is_text(evidence.notes[0], "a\n"));
	ck_assert(sl_slice_is_text(evidence.notes[1], "b\n"));
	ck_assert(sl_slice_is_text(evidence.proof, "c\n"));
}
END_TEST

TCase *
chain_cases(void)
{
	TCase *tc = tcase_create("chain");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, scene_set_up, scene_tear_down);
	tcase_add_test(tc, a_trust_file_that_is_not_the_next_is_refused);
	tcase_add_test(tc, a_trust_file_by_another_root_is_refused);
	tcase_add_test(tc, garbage_is_no_trust_file);
	tcase_add_test(tc, an_expired_trust_file_is_refused_but_may_be_passed);
	tcase_add_test(
	    tc, another_mirror_of_this_machine_is_not_shown_an_older_one);
	tcase_add_test(tc, two_texts_of_one_version_are_found_out);
	tcase_add_test(tc, services_may_share_root_keys);
	tcase_add_test(tc, a_new_address_does_not_get_around_what_was_seen);
	tcase_add_test(tc, what_an_older_version_wrote_still_counts);
	tcase_add_test(tc, another_pinned_root_is_not_what_the_server_has);
	tcase_add_test(tc, a_profile_without_a_root_trusts_nothing);
	tcase_add_test(tc, what_was_accepted_is_found_again);
	tcase_add_test(tc, batches_are_held_against_the_kept_proof_offline);
	tcase_add_test(tc, a_lost_checkpoint_is_that_of_the_proof);
	tcase_add_test(tc, a_damaged_file_is_told_and_mended);
	tcase_add_test(tc, evidence_is_read_strictly);
	return tc;
}
