#include "scene.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scene scene;

void
scene_open(struct sl_error *damage)
{
	const struct sl_notary_options options = {
	    .dataset = SCENE_DATASET,
	    .pin = &scene.authority.pin,
	    .meta = scene.meta,
	    .may_write = true,
	    .anchor = scene.dir,
	    .rule = {SCENE_NOW_US, 0},
	};
	struct sl_error err = {0};

	ck_assert_msg(
	    sl_notary_open(&scene.notary, &options, damage, &err) == SL_OK,
	    "%s", err.text);
}

void
scene_reopen(void)
{
	struct sl_error damage = {0};

	sl_notary_clear(&scene.notary);
	scene_open(&damage);
	ck_assert_msg(damage.status == SL_OK, "%s", damage.text);
}

void
scene_set_up(void)
{
	snprintf(scene.dir, sizeof(scene.dir), "/tmp/sl-scene.notary-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scene.dir));
	scene.meta = open(scene.dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(scene.meta, 0);
	for (int i = 0; i < SCENE_LEAVES; i++) {
		char text[32];

		snprintf(text, sizeof(text), "batch %d", i + 1);
		ck_assert(sl_log_hash_leaf(
		              &scene.leaves[i], sl_slice_text(text)) == SL_OK);
		scene.others[i] = scene.leaves[i];
		if (i >= 3)
			scene.others[i].bytes[0] ^= 1;
	}
	authority_init(&scene.authority);
	authority_issue(&scene.authority, &scene.first);
	scene_open(NULL);
	ck_assert(sl_heads_init(&scene.heads, SCENE_DATASET,
	              &scene.notary.chain, NULL) == SL_OK);
	scene_take_first(SL_OK, "");
}

static int
remove_entry(
    const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void
scene_tear_down(void)
{
	sl_heads_clear(&scene.heads);
	sl_notary_clear(&scene.notary);
	sl_chain_link_clear(&scene.first);
	authority_clear(&scene.authority);
	close(scene.meta);
	nftw(scene.dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void
scene_hold(const struct sl_log_hash *log, size_t count)
{
	free(scene.heads.batches);
	scene.heads.batches = calloc(count + 1, sizeof(*scene.heads.batches));
	ck_assert_ptr_nonnull(scene.heads.batches);
	scene.heads.count = scene.heads.capacity = count;
	for (size_t i = 0; i < count; i++) {
		scene.heads.batches[i].leaf = log[i];
		scene.heads.batches[i].signer =
		    authority_public(scene.authority.publisher);
		scene.heads.batches[i].manifest.published_us = SCENE_NOW_US;
	}
}

static enum sl_status
send_checkpoint(const struct answer *answer, struct sl_error *err)
{
	const struct sl_log_hash *log =
	    answer->log == NULL ? scene.leaves : answer->log;
	struct sl_checkpoint checkpoint = {
	    .epoch = answer->epoch == 0 ? 1 : answer->epoch,
	    .tree = authority_tree(log, answer->size),
	};
	struct sl_buf note;
	enum sl_status status;

	snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s",
	    answer->origin == NULL ? AUTHORITY_ORIGIN : answer->origin);
	snprintf(checkpoint.dataset, sizeof(checkpoint.dataset), "%s",
	    answer->dataset == NULL ? SCENE_DATASET : answer->dataset);
	authority_note(&scene.authority, &note, &checkpoint,
	    answer->has_no_witness ? 0 : AUTHORITY_NOW_S - answer->age_s);
	status = sl_notary_take_checkpoint(
	    &scene.notary, sl_buf_slice(&note), &scene.heads, err);
	sl_buf_clear(&note);
	return status;
}

static enum sl_status
send_consistency(const struct answer *answer, struct sl_error *err)
{
	const struct sl_log_hash *log =
	    answer->log == NULL ? scene.leaves : answer->log;
	uint64_t from = answer->prove_from == 0 ? scene.notary.from.size
	                                        : answer->prove_from;
	struct sl_log_proof proof;
	struct sl_buf text;
	enum sl_status status;

	if (scene.notary.from.size == 0 || answer->has_no_consistency)
		return SL_OK;
	authority_consistency(&proof, log, from, answer->size);
	sl_buf_init(&text, SL_LOG_PROOF_TEXT_MAX);
	ck_assert(sl_log_proof_format(&text, &proof) == SL_OK);
	status =
	    sl_notary_take_consistency(&scene.notary, sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
send_inclusion(const struct answer *answer, struct sl_error *err)
{
	const struct sl_log_hash *log =
	    answer->log == NULL ? scene.leaves : answer->log;
	struct sl_log_inclusion inclusion;
	struct sl_buf text;
	enum sl_status status;

	if (answer->held == 0 || answer->has_no_inclusion)
		return SL_OK;
	authority_inclusion(&inclusion, log, answer->held - 1, answer->size);
	sl_buf_init(&text, SL_LOG_INCLUSION_TEXT_MAX);
	ck_assert(sl_log_inclusion_format(&text, &inclusion) == SL_OK);
	status =
	    sl_notary_take_inclusion(&scene.notary, sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
scene_respond(const struct answer *answer, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	struct sl_buf query;

	sl_buf_init(&query, 200);
	ck_assert(sl_notary_ask(&scene.notary, &query) == SL_OK);
	sl_buf_clear(&query);
	scene.heads.has_grant = true;
	scene.heads.grant.seq =
	    answer->grant == 0 ? answer->size : answer->grant;
	scene.heads.grant.release_seq =
	    answer->release_us == 0 ? 0 : scene.heads.grant.seq + 1;
	scene.heads.grant.release_at_us = answer->release_us;
	if (!answer->has_no_checkpoint)
		status = send_checkpoint(answer, err);
	if (status == SL_OK && !answer->has_no_checkpoint)
		status = send_consistency(answer, err);
	if (status == SL_OK && !answer->has_no_checkpoint)
		status = send_inclusion(answer, err);
	if (status == SL_OK)
		status = sl_notary_settle(&scene.notary, &scene.heads, err);
	if (status != SL_OK)
		return status;
	scene_hold(
	    answer->log == NULL ? scene.leaves : answer->log, answer->held);
	return sl_notary_prove(&scene.notary, &scene.heads, true, err);
}

void
scene_accept(const struct answer *answer)
{
	struct sl_error err = {0};

	ck_assert_msg(
	    scene_respond(answer, &err) == SL_OK, "%s: %s", err.code, err.text);
}

void
scene_refuse(const struct answer *answer, const char *code)
{
	struct sl_error err = {0};

	ck_assert(scene_respond(answer, &err) == SL_ERR_INTEGRITY);
	ck_assert_msg(
	    strcmp(err.code, code) == 0, "%s: %s", err.code, err.text);
	ck_assert_str_ne(err.text, "");
}

static void
copy_buf(struct sl_buf *to, const struct sl_buf *from)
{
	ck_assert(sl_buf_append(to, from->data, from->len) == SL_OK);
}

void
scene_take_first(enum sl_status expected, const char *code)
{
	struct sl_chain_link link;
	struct sl_error err = {0};

	sl_chain_link_init(&link, scene.first.version);
	copy_buf(&link.text, &scene.first.text);
	for (size_t i = 0; i < scene.first.count; i++)
		copy_buf(sl_chain_link_add(&link, scene.first.names[i]),
		    &scene.first.signatures[i]);
	ck_assert_msg(
	    sl_notary_take_trust(&scene.notary, &link, &err) == expected, "%s",
	    err.text);
	ck_assert_str_eq(err.code, code);
	sl_chain_link_clear(&link);
}

void
scene_take_next(enum sl_status expected, const char *code)
{
	struct sl_chain_link link;
	struct sl_error err = {0};

	authority_issue(&scene.authority, &link);
	ck_assert_msg(
	    sl_notary_take_trust(&scene.notary, &link, &err) == expected, "%s",
	    err.text);
	ck_assert_str_eq(err.code, code);
	sl_chain_link_clear(&link);
}
