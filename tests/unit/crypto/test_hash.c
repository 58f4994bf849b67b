#include "sluice/crypto/blake2b.h"
#include "sluice/crypto/hmac.h"
#include "sluice/crypto/random.h"
#include "sluice/crypto/sha256.h"

#include "sluice/base/hex.h"
#include "suites.h"

static void
assert_hex(const unsigned char bytes[32], const char *expected)
{
	char text[65];

	sl_hex_encode(text, bytes, 32);
	ck_assert_str_eq(text, expected);
}

START_TEST(sha256_gives_the_digests_of_fips_180_4)
{
	unsigned char out[SL_SHA256_BYTES];

	ck_assert(sl_sha256_of(out, sl_slice_text("")) == SL_OK);
	assert_hex(out,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	ck_assert(sl_sha256_of(out, sl_slice_text("abc")) == SL_OK);
	assert_hex(out,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(sha256_in_pieces_is_sha256_at_once)
{
	unsigned char data[1000];
	unsigned char once[SL_SHA256_BYTES];
	unsigned char pieces[SL_SHA256_BYTES];
	struct sl_sha256 hash;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7);
	ck_assert(sl_sha256_of(once, sl_slice_of(data, sizeof(data))) == SL_OK);
	ck_assert(sl_sha256_init(&hash) == SL_OK);
	for (size_t i = 0; i < sizeof(data); i += 8)
		sl_sha256_update(&hash, data + i, 8);
	ck_assert(sl_sha256_final(&hash, pieces) == SL_OK);
	ck_assert_mem_eq(once, pieces, sizeof(once));
	ck_assert(sl_sha256_final(&hash, pieces) == SL_ERR_STATE);
	sl_sha256_clear(&hash);
}
END_TEST

START_TEST(blake2b_gives_what_b2sum_gives)
{
	unsigned char out[SL_BLAKE2B_BYTES];

	sl_blake2b_of(out, sl_slice_text(""));
	assert_hex(out,
	    "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
	sl_blake2b_of(out, sl_slice_text("abc"));
	assert_hex(out,
	    "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}
END_TEST

START_TEST(hmac_gives_the_vectors_of_rfc_4231)
{
	unsigned char key[131];
	unsigned char out[SL_HMAC_BYTES];

	sl_hmac_sha256(out, sl_slice_text("Jefe"),
	    sl_slice_text("what do ya want for nothing?"));
	assert_hex(out,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	sl_hmac_sha256(out, sl_slice_of(key, sizeof(key)),
	    sl_slice_text("Test Using Larger Than Block-Size Key - Hash Key "
	                  "First"));
	assert_hex(out,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

START_TEST(secrets_are_equal_only_if_every_byte_is)
{
	ck_assert(sl_secret_is(sl_slice_text(""), sl_slice_text("")));
	ck_assert(sl_secret_is(sl_slice_text("abc"), sl_slice_text("abc")));
	ck_assert(!sl_secret_is(sl_slice_text("abc"), sl_slice_text("abd")));
	ck_assert(!sl_secret_is(sl_slice_text("abc"), sl_slice_text("ab")));
}
END_TEST

START_TEST(random_bytes_differ_and_stay_below_the_bound)
{
	unsigned char a[16];
	unsigned char b[16];

	sl_random(a, sizeof(a));
	sl_random(b, sizeof(b));
	ck_assert_mem_ne(a, b, sizeof(a));
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_lt(sl_random_below(7), 7);
	ck_assert_uint_eq(sl_random_below(0), 0);
}
END_TEST

TCase *
hash_cases(void)
{
	TCase *cases = tcase_create("hash");

	tcase_add_test(cases, sha256_gives_the_digests_of_fips_180_4);
	tcase_add_test(cases, sha256_in_pieces_is_sha256_at_once);
	tcase_add_test(cases, blake2b_gives_what_b2sum_gives);
	tcase_add_test(cases, hmac_gives_the_vectors_of_rfc_4231);
	tcase_add_test(cases, secrets_are_equal_only_if_every_byte_is);
	tcase_add_test(cases, random_bytes_differ_and_stay_below_the_bound);
	return cases;
}
