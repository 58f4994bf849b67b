#include "authority.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "sluice/crypto/minisig.h"

#define YEAR_US (INT64_C(365) * 24 * 3600 * 1000000)

struct sl_verify_key
authority_public(const struct sl_sign_key *key)
{
	struct sl_verify_key public;

	sl_sign_key_public(key, &public);
	return public;
}

static void
add_key(
    struct sl_trust *trust, enum sl_trust_role role, struct sl_sign_key **out)
{
	struct sl_trust_key key = {0};
	char any[] = "*";

	ck_assert(sl_sign_key_generate(out) == SL_OK);
	key.key = authority_public(*out);
	if (role == SL_TRUST_PUBLISHER)
		key.scope = any;
	if (role == SL_TRUST_WITNESS)
		snprintf(key.name, sizeof(key.name), AUTHORITY_WITNESS);
	ck_assert(sl_trust_add_key(trust, role, &key) == SL_OK);
}

void
authority_init(struct authority *authority)
{
	struct sl_trust *trust = &authority->trust;

	memset(authority, 0, sizeof(*authority));
	sl_trust_init(trust);
	trust->version = 1;
	trust->issued_us = (AUTHORITY_NOW_S - 1000) * 1000000;
	trust->expires_us = trust->issued_us + YEAR_US;
	snprintf(trust->origin, sizeof(trust->origin), AUTHORITY_ORIGIN);
	trust->root_threshold = trust->witness_threshold = 1;
	add_key(trust, SL_TRUST_ROOT, &authority->root);
	add_key(trust, SL_TRUST_PUBLISHER, &authority->publisher);
	add_key(trust, SL_TRUST_LOG, &authority->log);
	add_key(trust, SL_TRUST_WITNESS, &authority->witness);
	sl_trust_pin_of(&authority->pin, trust);
}

void
authority_clear(struct authority *authority)
{
	sl_sign_key_free(authority->root);
	sl_sign_key_free(authority->publisher);
	sl_sign_key_free(authority->log);
	sl_sign_key_free(authority->witness);
	sl_trust_clear(&authority->trust);
}

void
authority_issue_by(struct authority *authority, const struct sl_sign_key *root,
    struct sl_chain_link *link)
{
	const struct sl_verify_key public = authority_public(root);
	char name[SL_KEY_ID_TEXT_LEN + sizeof(".minisig")];
	struct sl_error err = {0};
	struct sl_buf *signature;

	sl_chain_link_init(link, authority->trust.version);
	ck_assert_msg(
	    sl_trust_format(&link->text, &authority->trust, &err) == SL_OK,
	    "%s", err.text);
	sl_verify_key_format_id(name, &public);
	memcpy(name + SL_KEY_ID_TEXT_LEN, ".minisig", sizeof(".minisig"));
	signature = sl_chain_link_add(link, name);
	ck_assert_ptr_nonnull(signature);
	ck_assert(sl_minisig_write(signature, root, sl_buf_slice(&link->text),
	              "test") == SL_OK);
	authority->trust.version++;
}

void
authority_issue(struct authority *authority, struct sl_chain_link *link)
{
	authority_issue_by(authority, authority->root, link);
}

void
authority_revoke(struct authority *authority, const struct sl_sign_key *key)
{
	struct sl_trust_revocation revoked = {
	    .key = authority_public(key),
	    .at_us = AUTHORITY_NOW_S * 1000000,
	    .reason = "key_compromised",
	};

	ck_assert(sl_trust_add_revoked(&authority->trust, &revoked) == SL_OK);
}

void
authority_note(const struct authority *authority, struct sl_buf *out,
    const struct sl_checkpoint *checkpoint, int64_t time_s)
{
	char line[SL_NOTE_LINE_MAX];
	struct sl_buf body, minisig;

	sl_buf_init(&body, SL_NOTE_BYTES_MAX);
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	sl_buf_init(out, SL_NOTE_BYTES_MAX);
	ck_assert(sl_checkpoint_format(&body, checkpoint, NULL) == SL_OK);
	ck_assert(sl_checkpoint_sign(out, &minisig, checkpoint, authority->log,
	              NULL) == SL_OK);
	if (time_s != 0) {
		ck_assert(
		    sl_note_cosign(line, authority->witness, AUTHORITY_WITNESS,
		        sl_buf_slice(&body), (uint64_t)time_s) == SL_OK);
		ck_assert(sl_buf_append_text(out, line) == SL_OK);
	}
	sl_buf_clear(&body);
	sl_buf_clear(&minisig);
}

struct sl_log_tree
authority_tree(const struct sl_log_hash *leaves, uint64_t size)
{
	struct sl_log_tree tree = {.size = size};
	struct sl_log_range range;

	sl_log_range_init(&range);
	for (uint64_t i = 0; i < size; i++)
		ck_assert(sl_log_range_append(&range, &leaves[i]) == SL_OK);
	ck_assert(sl_log_range_root(&tree.root, &range) == SL_OK);
	return tree;
}

static enum sl_status
read_node(void *ctx, struct sl_log_hash *out, unsigned level, uint64_t index,
    struct sl_error *err)
{
	const struct sl_log_hash *leaves = ctx;

	(void)err;
	*out = authority_tree(leaves + (index << level), UINT64_C(1) << level)
	           .root;
	return SL_OK;
}

static struct sl_log_reader
reader_of(const struct sl_log_hash *leaves)
{
	struct sl_log_reader reader = {read_node, (void *)leaves};

	return reader;
}

void
authority_inclusion(struct sl_log_inclusion *out,
    const struct sl_log_hash *leaves, uint64_t index, uint64_t size)
{
	const struct sl_log_reader reader = reader_of(leaves);

	out->index = index;
	out->size = size;
	ck_assert(sl_log_prove_inclusion(
	              &out->proof, index, size, &reader, NULL) == SL_OK);
}

void
authority_consistency(struct sl_log_proof *out,
    const struct sl_log_hash *leaves, uint64_t from, uint64_t to)
{
	const struct sl_log_reader reader = reader_of(leaves);

	ck_assert(
	    sl_log_prove_consistency(out, from, to, &reader, NULL) == SL_OK);
}
