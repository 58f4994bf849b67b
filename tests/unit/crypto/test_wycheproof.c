/* The Ed25519 vectors of C2SP/wycheproof, which are not part of the project:
 * looked for beside the source tree. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "sluice/base/hex.h"
#include "sluice/crypto/key.h"
#include "suites.h"

#define VECTORS "/../shared/data/vectors/wycheproof_ed25519_test.json"

/* The bytes that a member's hexadecimal text means. */
static size_t
get_hex(json_t *object, const char *name, unsigned char *out, size_t room)
{
	const char *text = json_string_value(json_object_get(object, name));
	size_t len = strlen(text) / 2;

	ck_assert_uint_le(len, room);
	ck_assert(sl_hex_decode(out, len, sl_slice_text(text)) == SL_OK);
	return len;
}

static void
check_vector(const struct sl_verify_key *key, json_t *test)
{
	bool is_valid =
	    strcmp(json_string_value(json_object_get(test, "result")),
	        "valid") == 0;
	unsigned char message[4096];
	unsigned char signature[256];
	size_t message_len = get_hex(test, "msg", message, sizeof(message));
	size_t len = get_hex(test, "sig", signature, sizeof(signature));
	bool is_accepted;

	/* A signature of another length cannot even be asked about. */
	is_accepted = len == SL_SIGNATURE_BYTES &&
	    sl_verify_key_check(
	        key, sl_slice_of(message, message_len), signature) == SL_OK;
	ck_assert_msg(is_accepted == is_valid, "vector %lld",
	    json_integer_value(json_object_get(test, "tcId")));
}

START_TEST(all_151_vectors_are_judged_rightly)
{
	const char *source = getenv("SL_SRCDIR");
	struct sl_verify_key key = {.id = {0}};
	char path[4096];
	size_t count = 0;
	size_t i;
	size_t k;
	json_t *root;
	json_t *group;
	json_t *test;

	snprintf(
	    path, sizeof(path), "%s" VECTORS, source == NULL ? "." : source);
	root = json_load_file(path, 0, NULL);
	if (root == NULL) {
		printf("skipped: no Wycheproof vectors at %s\n", path);
		return;
	}
	json_array_foreach (json_object_get(root, "testGroups"), i, group) {
		json_t *public_key = json_object_get(group, "publicKey");

		ck_assert_uint_eq(
		    get_hex(public_key, "pk", key.bytes, SL_KEY_BYTES),
		    SL_KEY_BYTES);
		json_array_foreach (json_object_get(group, "tests"), k, test) {
			check_vector(&key, test);
			count++;
		}
	}
	printf("Wycheproof Ed25519 judged rightly: %zu of 151\n", count);
	ck_assert_uint_eq(count, 151);
	json_decref(root);
}
END_TEST

TCase *
wycheproof_cases(void)
{
	TCase *cases = tcase_create("wycheproof");

	tcase_add_test(cases, all_151_vectors_are_judged_rightly);
	return cases;
}
