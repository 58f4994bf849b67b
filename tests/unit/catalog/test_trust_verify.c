#include <stdio.h>

#include "sluice/catalog/trust_chain.h"
#include "sluice/crypto/minisig.h"
#include "sluice/crypto/sha256.h"

#include "suites.h"

#define SECOND_US INT64_C(1000000)
#define ISSUED_US (INT64_C(1795223700) * SECOND_US)
#define PAIRS     6

/* 0, 1, 2 and 3 are root keys, 4 and 5 publishers'. */
static struct sl_sign_key *pairs[PAIRS];
static struct sl_verify_key keys[PAIRS];

static void
make_pairs(void)
{
	for (size_t i = 0; i < PAIRS; i++) {
		ck_assert(sl_sign_key_generate(&pairs[i]) == SL_OK);
		sl_sign_key_public(pairs[i], &keys[i]);
	}
}

static void
free_pairs(void)
{
	for (size_t i = 0; i < PAIRS; i++)
		sl_sign_key_free(pairs[i]);
}

/* A version with its text and signatures. */
struct edition {
	struct sl_trust trust;
	struct sl_buf text;
	struct sl_buf files[SL_TRUST_SIGNATURES_MAX];
	struct sl_slice signatures[SL_TRUST_SIGNATURES_MAX];
	size_t count;
};

/* Roots are digits of `roots`, all of the publisher's pairs are listed. */
static void
start(struct edition *edition, uint32_t version, const char *roots,
    uint32_t threshold)
{
	struct sl_trust *trust = &edition->trust;
	char all[] = "*";

	memset(edition, 0, sizeof(*edition));
	trust->version = version;
	trust->issued_us = ISSUED_US + version * SECOND_US;
	trust->expires_us = ISSUED_US + 1000 * SECOND_US;
	(void)snprintf(trust->origin, sizeof(trust->origin), "s.example");
	trust->root_threshold = threshold;
	for (const char *at = roots; *at != '\0'; at++) {
		struct sl_trust_key key = {.key = keys[*at - '0']};

		ck_assert(
		    sl_trust_add_key(trust, SL_TRUST_ROOT, &key) == SL_OK);
	}
	for (size_t i = 4; i < PAIRS; i++) {
		struct sl_trust_key key = {.key = keys[i], .scope = all};

		ck_assert(
		    sl_trust_add_key(trust, SL_TRUST_PUBLISHER, &key) == SL_OK);
	}
}

static void
revoke(struct edition *edition, size_t pair)
{
	struct sl_trust_revocation revoked = {
	    .key = keys[pair], .at_us = ISSUED_US, .reason = "stolen"};

	ck_assert(sl_trust_add_revoked(&edition->trust, &revoked) == SL_OK);
}

static void
sign_one(struct edition *edition, size_t pair)
{
	struct sl_buf *file = &edition->files[edition->count];

	sl_buf_init(file, SL_MINISIG_MAX);
	ck_assert(sl_minisig_write(file, pairs[pair],
	              sl_buf_slice(&edition->text), "trust") == SL_OK);
	edition->signatures[edition->count++] = sl_buf_slice(file);
}

static void
finish(struct edition *edition, const char *signers)
{
	struct sl_error err = {0};

	sl_buf_init(&edition->text, SL_TRUST_BYTES_MAX);
	ck_assert_msg(
	    sl_trust_format(&edition->text, &edition->trust, &err) == SL_OK,
	    "%s", err.text);
	for (const char *at = signers; *at != '\0'; at++)
		sign_one(edition, (size_t)(*at - '0'));
}

static void
clear(struct edition *edition)
{
	for (size_t i = 0; i < edition->count; i++)
		sl_buf_clear(&edition->files[i]);
	sl_buf_clear(&edition->text);
	sl_trust_clear(&edition->trust);
}

static const char *
verify_code(const struct edition *edition)
{
	static struct sl_error err;

	memset(&err, 0, sizeof(err));
	if (sl_trust_verify(&edition->trust, sl_buf_slice(&edition->text),
	        edition->signatures, edition->count, &err) == SL_OK)
		return "ok";
	ck_assert(err.status == SL_ERR_INTEGRITY);
	return err.code;
}

static const char *
next_code(const struct edition *from, const struct edition *to)
{
	static struct sl_error err;

	memset(&err, 0, sizeof(err));
	if (sl_trust_verify_next(&from->trust, &to->trust,
	        sl_buf_slice(&to->text), to->signatures, to->count,
	        &err) == SL_OK)
		return "ok";
	ck_assert(err.status == SL_ERR_INTEGRITY);
	return err.code;
}

START_TEST(a_threshold_counts_each_root_key_once)
{
	static const struct {
		const char *signers;
		const char *code;
	} rows[] = {{"", "trust_threshold"}, {"0", "trust_threshold"},
	    {"00", "trust_threshold"}, {"03", "trust_threshold"},
	    {"04", "trust_threshold"}, {"345", "trust_threshold"}, {"01", "ok"},
	    {"12", "ok"}, {"012", "ok"}, {"0131", "ok"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct edition edition;

		start(&edition, 1, "012", 2);
		finish(&edition, rows[i].signers);
		ck_assert_str_eq(verify_code(&edition), rows[i].code);
		clear(&edition);
	}
}
END_TEST

START_TEST(a_revoked_root_key_counts_for_nothing)
{
	struct edition edition;

	start(&edition, 1, "012", 2);
	revoke(&edition, 1);
	finish(&edition, "01");
	ck_assert_str_eq(verify_code(&edition), "trust_threshold");
	sign_one(&edition, 2);
	ck_assert_str_eq(verify_code(&edition), "ok");
	clear(&edition);
}
END_TEST

START_TEST(a_signature_over_other_bytes_is_refused_though_enough_are_good)
{
	struct edition edition;
	struct edition other;

	start(&edition, 1, "012", 2);
	finish(&edition, "01");
	start(&other, 2, "012", 2);
	finish(&other, "2");
	edition.signatures[edition.count] = other.signatures[0];
	ck_assert(sl_trust_verify(&edition.trust, sl_buf_slice(&edition.text),
	              edition.signatures, edition.count + 1,
	              NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_trust_verify(&edition.trust, sl_buf_slice(&edition.text),
	              edition.signatures, SL_TRUST_SIGNATURES_MAX + 1,
	              NULL) == SL_ERR_INTEGRITY);
	edition.signatures[1].len--;
	ck_assert(sl_trust_verify(&edition.trust, sl_buf_slice(&edition.text),
	              edition.signatures, 2, NULL) == SL_ERR_INVALID);
	clear(&edition);
	clear(&other);
}
END_TEST

START_TEST(the_next_version_needs_enough_keys_of_both)
{
	/* From {0,1} with 2 to {2,3} with 1. */
	static const struct {
		const char *signers;
		const char *code;
	} rows[] = {{"01", "trust_threshold"}, {"23", "trust_threshold"},
	    {"02", "trust_threshold"}, {"0023", "trust_threshold"},
	    {"012", "ok"}, {"0123", "ok"}};
	struct edition from;

	start(&from, 1, "01", 2);
	finish(&from, "01");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct edition to;

		start(&to, 2, "23", 1);
		finish(&to, rows[i].signers);
		ck_assert_str_eq(next_code(&from, &to), rows[i].code);
		clear(&to);
	}
	clear(&from);
}
END_TEST

START_TEST(a_stolen_root_key_neither_keeps_its_place_nor_takes_part)
{
	struct edition from;
	struct edition to;

	start(&from, 1, "012", 2);
	finish(&from, "01");
	/* The thief has 0; its own revocation cannot be helped by it. */
	start(&to, 2, "123", 2);
	revoke(&to, 0);
	finish(&to, "01");
	ck_assert_str_eq(next_code(&from, &to), "trust_threshold");
	sign_one(&to, 2);
	ck_assert_str_eq(next_code(&from, &to), "ok");
	clear(&to);
	/* Nor does what the old version revoked come back. */
	clear(&from);
	start(&from, 1, "012", 1);
	revoke(&from, 0);
	finish(&from, "1");
	start(&to, 2, "01", 2);
	finish(&to, "01");
	ck_assert_str_eq(next_code(&from, &to), "trust_threshold");
	clear(&to);
	clear(&from);
}
END_TEST

START_TEST(a_version_skipped_repeated_older_or_of_another_service_is_refused)
{
	struct edition from;
	struct edition to;

	start(&from, 4, "0", 1);
	finish(&from, "0");
	for (uint32_t version = 3; version <= 6; version++) {
		start(&to, version, "0", 1);
		finish(&to, "0");
		ck_assert_str_eq(
		    next_code(&from, &to), version == 5 ? "ok" : "trust_gap");
		clear(&to);
	}
	start(&to, 5, "0", 1);
	to.trust.issued_us = from.trust.issued_us - SECOND_US;
	finish(&to, "0");
	ck_assert_str_eq(next_code(&from, &to), "trust_rollback");
	clear(&to);
	start(&to, 5, "0", 1);
	to.trust.origin[0] = 'x';
	finish(&to, "0");
	ck_assert_str_eq(next_code(&from, &to), "trust_rollback");
	clear(&to);
	clear(&from);
}
END_TEST

START_TEST(the_first_version_is_the_pinned_one)
{
	struct edition edition;
	struct sl_trust_pin pin;
	struct sl_trust_pin other;
	struct sl_error err = {0};

	start(&edition, 2, "012", 2);
	finish(&edition, "01");
	sl_trust_pin_of(&pin, &edition.trust);
	ck_assert(sl_trust_verify_pinned(&pin, &edition.trust,
	              sl_buf_slice(&edition.text), edition.signatures,
	              edition.count, &err) == SL_OK);
	other = pin;
	other.version = 1;
	ck_assert(sl_trust_verify_pinned(&other, &edition.trust,
	              sl_buf_slice(&edition.text), edition.signatures,
	              edition.count, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "trust_gap");
	other = pin;
	other.threshold = 1;
	ck_assert(sl_trust_verify_pinned(&other, &edition.trust,
	              sl_buf_slice(&edition.text), edition.signatures,
	              edition.count, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "trust_mismatch");
	other = pin;
	other.keys[1] = keys[3];
	ck_assert(sl_trust_verify_pinned(&other, &edition.trust,
	              sl_buf_slice(&edition.text), edition.signatures,
	              edition.count, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "trust_mismatch");
	ck_assert(sl_trust_verify_pinned(&pin, &edition.trust,
	              sl_buf_slice(&edition.text), edition.signatures, 1,
	              &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "trust_threshold");
	clear(&edition);
}
END_TEST

START_TEST(a_version_counts_until_it_expires)
{
	struct edition edition;
	struct sl_error err = {0};

	start(&edition, 1, "0", 1);
	ck_assert(sl_trust_check_time(&edition.trust,
	              edition.trust.expires_us - 1, &err) == SL_OK);
	ck_assert(sl_trust_check_time(&edition.trust, edition.trust.expires_us,
	              &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "trust_expired");
	clear(&edition);
}
END_TEST

/* A publisher's key 4 with this scope and end, revoked or not. */
static const char *
publisher_code(
    const char *scope, int64_t until_us, bool is_revoked, bool is_vouched)
{
	static struct sl_error err;
	struct edition edition;
	struct sl_trust_key key = {.key = keys[4], .until_us = until_us};
	char copy[64];
	enum sl_status status;

	start(&edition, 1, "0", 1);
	(void)snprintf(copy, sizeof(copy), "%s", scope);
	key.scope = copy;
	if (scope[0] == '\0')
		ck_assert(sl_trust_drop_key(
		    &edition.trust, SL_TRUST_PUBLISHER, &keys[4]));
	else
		ck_assert(sl_trust_add_key(&edition.trust, SL_TRUST_PUBLISHER,
		              &key) == SL_OK);
	if (is_revoked)
		revoke(&edition, 4);
	memset(&err, 0, sizeof(err));
	status = sl_trust_check_publisher(&edition.trust, &keys[4],
	    "ur5e-kitting", ISSUED_US, is_vouched, &err);
	clear(&edition);
	return status == SL_OK ? "ok" : err.code;
}

START_TEST(a_publishers_key_signs_its_datasets_in_its_time)
{
	ck_assert_str_eq(publisher_code("*", 0, false, false), "ok");
	ck_assert_str_eq(
	    publisher_code("gr1,ur5e-kitting", 0, false, false), "ok");
	ck_assert_str_eq(publisher_code("gr1,ur5e-kit", 0, false, false),
	    "key_out_of_scope");
	ck_assert_str_eq(publisher_code("ur5e-kitting-2", 0, false, false),
	    "key_out_of_scope");
	ck_assert_str_eq(publisher_code("", 0, false, false), "unknown_key");
	ck_assert_str_eq(publisher_code("*", ISSUED_US, false, false), "ok");
	ck_assert_str_eq(
	    publisher_code("*", ISSUED_US - SECOND_US, false, false),
	    "retired_key");
	ck_assert_str_eq(publisher_code("*", 0, true, false), "revoked_key");
	ck_assert_str_eq(publisher_code("", 0, true, false), "revoked_key");
}
END_TEST

START_TEST(what_root_vouches_for_stays_good_whoever_signed_it)
{
	ck_assert_str_eq(publisher_code("*", 0, true, true), "ok");
	ck_assert_str_eq(publisher_code("", 0, true, true), "ok");
	ck_assert_str_eq(
	    publisher_code("*", ISSUED_US - SECOND_US, false, true), "ok");
	ck_assert_str_eq(publisher_code("", 0, false, true), "unknown_key");
}
END_TEST

START_TEST(a_key_under_another_id_is_revoked_all_the_same)
{
	struct edition edition;
	struct sl_verify_key alias = keys[4];

	start(&edition, 1, "0", 1);
	revoke(&edition, 4);
	alias.id[0] ^= 1;
	ck_assert_ptr_nonnull(sl_trust_revoked(&edition.trust, &alias));
	ck_assert_ptr_null(
	    sl_trust_find(&edition.trust, SL_TRUST_PUBLISHER, &keys[4]));
	ck_assert_ptr_nonnull(
	    sl_trust_find(&edition.trust, SL_TRUST_PUBLISHER, &keys[5]));
	ck_assert_ptr_null(
	    sl_trust_find(&edition.trust, SL_TRUST_LOG, &keys[5]));
	clear(&edition);
}
END_TEST

static const char *
manifest_code(const struct edition *edition, const struct sl_buf *text,
    size_t pair, bool is_vouched)
{
	static struct sl_error err;
	struct sl_manifest manifest;
	struct sl_verify_key signer;
	struct sl_buf file;
	enum sl_status status;

	ck_assert(
	    sl_manifest_parse(&manifest, sl_buf_slice(text), NULL) == SL_OK);
	sl_buf_init(&file, SL_MINISIG_MAX);
	ck_assert(sl_minisig_write(
	              &file, pairs[pair], sl_buf_slice(text), "m") == SL_OK);
	memset(&err, 0, sizeof(err));
	status = sl_trust_verify_manifest(&edition->trust, sl_buf_slice(text),
	    sl_buf_slice(&file), &manifest, is_vouched, &signer, &err);
	if (status == SL_OK)
		ck_assert(sl_verify_key_is(&signer, &keys[pair]));
	sl_buf_clear(&file);
	return status == SL_OK ? "ok" : err.code;
}

START_TEST(a_manifest_is_checked_with_the_key_that_signed_it)
{
	struct edition edition;
	struct sl_buf text;

	sl_buf_init(&text, SL_MANIFEST_BYTES_MAX);
	read_golden(&text, "manifest-v1");
	start(&edition, 1, "0", 1);
	revoke(&edition, 5);
	ck_assert_str_eq(manifest_code(&edition, &text, 4, false), "ok");
	ck_assert_str_eq(
	    manifest_code(&edition, &text, 5, false), "revoked_key");
	ck_assert_str_eq(manifest_code(&edition, &text, 5, true), "ok");
	ck_assert_str_eq(
	    manifest_code(&edition, &text, 0, false), "unknown_key");
	ck_assert_str_eq(
	    manifest_code(&edition, &text, 0, true), "unknown_key");
	clear(&edition);
	sl_buf_clear(&text);
}
END_TEST

static enum sl_status
accept(struct sl_trust_chain *chain, struct edition *edition, const char **code)
{
	static struct sl_error err;
	const struct sl_trust_brought brought = {
	    .version = edition->trust.version,
	    .text = sl_buf_slice(&edition->text),
	    .signatures = edition->signatures,
	    .signature_count = edition->count};
	enum sl_status status;

	err = (struct sl_error){0};
	status = sl_trust_chain_accept(chain, &brought, &err);
	*code = err.code;
	return status;
}

START_TEST(a_chain_goes_on_from_the_text_that_was_seen_and_no_other)
{
	unsigned char seen[SL_TRUST_HASH_BYTES];
	struct sl_trust_chain chain;
	struct edition one;
	struct edition two;
	const char *code;

	start(&one, 1, "01", 1);
	finish(&one, "0");
	start(&two, 2, "12", 1);
	finish(&two, "1");
	ck_assert(sl_sha256_of(seen, sl_buf_slice(&one.text)) == SL_OK);
	sl_trust_chain_init(&chain, &(struct sl_trust_pin){0});
	ck_assert(accept(&chain, &one, &code) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(code, "trust_gap");
	ck_assert(sl_trust_chain_resume(&chain, sl_buf_slice(&two.text), seen,
	              NULL) == SL_ERR_INTEGRITY);
	ck_assert_uint_eq(sl_trust_chain_version(&chain), 0);
	ck_assert(sl_trust_chain_resume(
	              &chain, sl_buf_slice(&one.text), seen, NULL) == SL_OK);
	ck_assert_uint_eq(sl_trust_chain_known(&chain), 1);
	ck_assert(accept(&chain, &two, &code) == SL_OK);
	ck_assert(accept(&chain, &one, &code) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(code, "trust_rollback");
	ck_assert_uint_eq(sl_trust_chain_version(&chain), 2);
	sl_trust_chain_clear(&chain);
	clear(&one);
	clear(&two);
}
END_TEST

TCase *
trust_verify_cases(void)
{
	TCase *tc = tcase_create("trust_verify");

	tcase_add_checked_fixture(tc, make_pairs, free_pairs);
	tcase_add_test(tc, a_threshold_counts_each_root_key_once);
	tcase_add_test(tc, a_revoked_root_key_counts_for_nothing);
	tcase_add_test(
	    tc, a_signature_over_other_bytes_is_refused_though_enough_are_good);
	tcase_add_test(tc, the_next_version_needs_enough_keys_of_both);
	tcase_add_test(
	    tc, a_stolen_root_key_neither_keeps_its_place_nor_takes_part);
	tcase_add_test(tc,
	    a_version_skipped_repeated_older_or_of_another_service_is_refused);
	tcase_add_test(tc, the_first_version_is_the_pinned_one);
	tcase_add_test(tc, a_version_counts_until_it_expires);
	tcase_add_test(tc, a_publishers_key_signs_its_datasets_in_its_time);
	tcase_add_test(tc, what_root_vouches_for_stays_good_whoever_signed_it);
	tcase_add_test(tc, a_key_under_another_id_is_revoked_all_the_same);
	tcase_add_test(tc, a_manifest_is_checked_with_the_key_that_signed_it);
	tcase_add_test(
	    tc, a_chain_goes_on_from_the_text_that_was_seen_and_no_other);
	return tc;
}
