#include "receiver.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "sluice/pack/end_record.h"
#include "sluice/pack/frame.h"
#include "suites.h"

#define HEAD_MAX    (64 * 1024 * 1024)
#define MEMBERS_MAX 32
#define NOW_US      (AUTHORITY_NOW_S * 1000000)

struct member {
	char path[128];
	struct sl_buf bytes;
};

static struct fixture fixture;
static struct sl_notary notary;
static struct sl_heads heads;
static struct member members[MEMBERS_MAX];
static size_t count;

static struct sl_buf *
add(const char *path)
{
	struct member *member = &members[count++];

	ck_assert_uint_le(count, MEMBERS_MAX);
	snprintf(member->path, sizeof(member->path), "%s", path);
	sl_buf_init(&member->bytes, HEAD_MAX);
	return &member->bytes;
}

static void
add_bytes(const char *path, struct sl_slice bytes)
{
	ck_assert(sl_buf_append(add(path), bytes.data, bytes.len) == SL_OK);
}

static void
add_grant(void)
{
	struct sl_grant grant;

	sl_grant_init(&grant);
	sl_scope_init(&grant.scope);
	grant.licence.bytes[0] = 1;
	grant.licence_version = 1;
	snprintf(grant.dataset, sizeof(grant.dataset), FIXTURE_DATASET);
	snprintf(grant.class_name, sizeof(grant.class_name), "standard");
	grant.seq = FIXTURE_BATCHES;
	grant.valid_until_us = NOW_US + 1000000;
	ck_assert(sl_grant_format(add(".sluice/grant.json"), &grant) == SL_OK);
	sl_grant_clear(&grant);
}

static void
add_trust(void)
{
	struct sl_chain_link link;
	char path[128];

	fixture.authority.trust.version = 1;
	authority_issue(&fixture.authority, &link);
	add_bytes(".sluice/trust/000001/trust", sl_buf_slice(&link.text));
	snprintf(path, sizeof(path), ".sluice/trust/000001/%s", link.names[0]);
	add_bytes(path, sl_buf_slice(&link.signatures[0]));
	sl_chain_link_clear(&link);
}

static void
add_log(void)
{
	struct sl_log_hash leaves[FIXTURE_BATCHES];
	struct sl_checkpoint checkpoint = {.epoch = 1};
	struct sl_log_inclusion inclusion;
	struct sl_buf note;

	for (int i = 0; i < FIXTURE_BATCHES; i++)
		ck_assert(sl_log_hash_leaf(&leaves[i],
		              fixture_objects(&fixture, i)
		                  .object[SL_HEAD_MANIFEST]) == SL_OK);
	snprintf(
	    checkpoint.origin, sizeof(checkpoint.origin), AUTHORITY_ORIGIN);
	snprintf(
	    checkpoint.dataset, sizeof(checkpoint.dataset), FIXTURE_DATASET);
	checkpoint.tree = authority_tree(leaves, FIXTURE_BATCHES);
	authority_note(&fixture.authority, &note, &checkpoint, AUTHORITY_NOW_S);
	add_bytes(".sluice/checkpoint", sl_buf_slice(&note));
	sl_buf_clear(&note);
	authority_inclusion(
	    &inclusion, leaves, FIXTURE_BATCHES - 1, FIXTURE_BATCHES);
	ck_assert(sl_log_inclusion_format(
	              add(".sluice/inclusion"), &inclusion) == SL_OK);
}

static void
add_batches(void)
{
	for (int b = 0; b < FIXTURE_BATCHES; b++) {
		const struct sl_head_objects objects =
		    fixture_objects(&fixture, b);

		for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++) {
			char path[128];

			snprintf(path, sizeof(path), ".sluice/batches/%06d/%s",
			    b + 1, sl_head_object_name((enum sl_head_object)i));
			add_bytes(path, objects.object[i]);
		}
	}
}

static void
set_up(void)
{
	struct sl_notary_options options = {
	    .dataset = FIXTURE_DATASET, .meta = -1, .rule = {NOW_US, 0}};

	fixture_init(&fixture);
	options.pin = &fixture.authority.pin;
	ck_assert(sl_notary_open(&notary, &options, NULL, NULL) == SL_OK);
	ck_assert(sl_heads_init(&heads, FIXTURE_DATASET, &notary.chain, NULL) ==
	    SL_OK);
	count = 0;
	add_grant();
	add_trust();
	add_log();
	add_batches();
}

static void
forget(void)
{
	sl_heads_clear(&heads);
	sl_notary_clear(&notary);
	while (count > 0)
		sl_buf_clear(&members[--count].bytes);
	fixture_clear(&fixture);
}

static void
put_member(struct sl_buf *out, const struct member *member)
{
	ck_assert(sl_frame_member(out, sl_slice_text(member->path),
	              sl_buf_slice(&member->bytes), NOW_US, NULL) == SL_OK);
}

/* The response as it would travel. */
static enum sl_status
receive(struct sl_error *err)
{
	const struct sl_end_record end = {.status = SL_END_COMPLETE};
	struct sl_receiver *receiver;
	enum sl_status status;
	struct sl_buf body;
	bool is_transient;

	sl_buf_init(&body, HEAD_MAX);
	for (size_t i = 0; i < count; i++)
		put_member(&body, &members[i]);
	ck_assert(sl_end_record_finish(&body, &end, true, NOW_US) == SL_OK);
	ck_assert(sl_receiver_new(&receiver, &heads, &notary, NULL) == SL_OK);
	status = sl_receiver_push(receiver, sl_buf_slice(&body), err);
	if (status == SL_OK)
		status = sl_receiver_finish(receiver, &is_transient, err);
	sl_receiver_free(receiver);
	sl_buf_clear(&body);
	return status;
}

static void
refuse(const char *code)
{
	struct sl_error err = {0};

	ck_assert(receive(&err) == SL_ERR_INTEGRITY);
	ck_assert_msg(strcmp(err.code, code) == 0, "%s, not %s: %s", err.code,
	    code, err.text);
}

static size_t
find(const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strstr(members[i].path, name) != NULL)
			return i;
	}
	ck_abort_msg("no member %s", name);
	return 0;
}

static void
take_out(const char *name)
{
	size_t at = find(name);

	sl_buf_clear(&members[at].bytes);
	memmove(&members[at], &members[at + 1],
	    (--count - at) * sizeof(members[0]));
}

static void
lengthen(const char *name, size_t bytes)
{
	struct sl_buf *buf = &members[find(name)].bytes;

	ck_assert(sl_buf_reserve(buf, bytes) == SL_OK);
	memset(buf->data + buf->len, 'x', bytes);
	buf->len += bytes;
}

START_TEST(a_whole_response_is_accepted)
{
	struct sl_error err = {0};

	ck_assert_msg(receive(&err) == SL_OK, "%s", err.text);
	ck_assert_uint_eq(heads.count, FIXTURE_BATCHES);
	ck_assert_uint_eq(sl_sight_proven(&notary.sight), FIXTURE_BATCHES);
}
END_TEST

START_TEST(members_come_in_the_one_order_only)
{
	for (size_t at = 0; at + 1 < count; at++) {
		struct member held = members[at];
		struct sl_error err = {0};

		members[at] = members[at + 1];
		members[at + 1] = held;
		ck_assert_msg(
		    receive(&err) == SL_ERR_INTEGRITY, "%s", held.path);
		forget();
		set_up();
	}
}
END_TEST

START_TEST(no_member_may_be_missing)
{
	static const char *const codes[][2] = {
	    {"grant.json", "head_invalid"},
	    {"/trust", "head_invalid"},
	    {".minisig", "trust_threshold"},
	    {"checkpoint", "head_invalid"},
	    {"inclusion", "not_in_log"},
	    {"000001/manifest", "head_invalid"},
	    {"000001/manifest.minisig", "head_invalid"},
	    {"000002/quality.json", "head_invalid"},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		take_out(codes[i][0]);
		refuse(codes[i][1]);
		forget();
		set_up();
	}
	/* All of the trust files: a pinned one is demanded. */
	take_out("/trust");
	take_out(".minisig");
	refuse("trust_gap");
}
END_TEST

START_TEST(a_length_beyond_its_bound_is_endless)
{
	static const char *const names[] = {"grant.json", "/trust", ".minisig",
	    "checkpoint", "inclusion", "000001/manifest",
	    "000001/manifest.minisig"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		lengthen(names[i], 100000);
		refuse("endless");
		forget();
		set_up();
	}
}
END_TEST

START_TEST(a_length_is_the_one_that_was_signed)
{
	static const char *const names[] = {
	    "index.json", "files.sha256", "quality.json"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		lengthen(names[i], 1);
		refuse("head_invalid");
		forget();
		set_up();
	}
}
END_TEST

START_TEST(endless_trust_files_and_signatures_are_refused)
{
	char path[128];
	size_t at = find("checkpoint");

	while (count > at)
		sl_buf_clear(&members[--count].bytes);
	for (int i = 0; i < SL_TRUST_SIGNATURES_MAX; i++) {
		if (count == MEMBERS_MAX)
			break;
		snprintf(path, sizeof(path),
		    ".sluice/trust/000001/%016X.minisig", i);
		add(path);
	}
	/* Not after the one before it. */
	refuse("head_invalid");
}
END_TEST

START_TEST(a_batch_that_is_left_out_is_withheld)
{
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		take_out("batches/000001/");
	refuse("withheld");
}
END_TEST

START_TEST(a_strange_member_is_refused)
{
	static const char *const paths[] = {".sluice/more",
	    ".sluice/trust/1/trust", ".sluice/trust/0000001/trust",
	    ".sluice/trust/000000/trust", ".sluice/trust/000002/other",
	    ".sluice/batches/000003/manifest", "data/file",
	    ".sluice/state.json", ".sluice/trust/000002/../trust"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct sl_error err = {0};

		add_bytes(paths[i], sl_slice_text("x"));
		ck_assert_msg(
		    receive(&err) == SL_ERR_INTEGRITY, "%s", paths[i]);
		forget();
		set_up();
	}
}
END_TEST

START_TEST(one_byte_changed_before_the_batches_is_refused)
{
	size_t end = find("000001/manifest");

	for (size_t i = 1; i < end; i++) {
		struct sl_buf *buf = &members[i].bytes;
		size_t step = buf->len / 23 + 1;
		/* The untrusted comment of a minisig is not signed. */
		size_t first = strstr(members[i].path, ".minisig") == NULL
		    ? 0
		    : strlen("untrusted comment: signature") + 60;

		for (size_t at = first; at < buf->len; at += step) {
			struct sl_error err = {0};
			struct sl_notary_options options = notary.options;

			buf->data[at] ^= 4;
			ck_assert_msg(receive(&err) == SL_ERR_INTEGRITY,
			    "%s, byte %zu", members[i].path, at);
			buf->data[at] ^= 4;
			sl_heads_clear(&heads);
			sl_notary_clear(&notary);
			ck_assert(sl_notary_open(
			              &notary, &options, NULL, NULL) == SL_OK);
			ck_assert(sl_heads_init(&heads, FIXTURE_DATASET,
			              &notary.chain, NULL) == SL_OK);
		}
	}
}
END_TEST

TCase *
receiver_cases(void)
{
	TCase *tc = tcase_create("receiver");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, set_up, forget);
	tcase_add_test(tc, members_come_in_the_one_order_only);
	tcase_add_test(tc, no_member_may_be_missing);
	tcase_add_test(tc, a_length_beyond_its_bound_is_endless);
	tcase_add_test(tc, a_length_is_the_one_that_was_signed);
	tcase_add_test(tc, endless_trust_files_and_signatures_are_refused);
	tcase_add_test(tc, a_batch_that_is_left_out_is_withheld);
	tcase_add_test(tc, a_strange_member_is_refused);
	tcase_add_test(tc, one_byte_changed_before_the_batches_is_refused);
	tcase_add_test(tc, a_whole_response_is_accepted);
	return tc;
}
