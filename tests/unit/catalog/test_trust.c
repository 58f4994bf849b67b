#include "sluice/catalog/trust.h"

#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

#define SECOND_US INT64_C(1000000)
#define ISSUED_US (INT64_C(1795223700) * SECOND_US)

static struct sl_verify_key
key_of(unsigned char byte)
{
	struct sl_verify_key key;

	memset(key.id, byte, sizeof(key.id));
	memset(key.bytes, byte, sizeof(key.bytes));
	return key;
}

static void
add_key(struct sl_trust *trust, enum sl_trust_role role, unsigned char byte,
    const char *scope, const char *name)
{
	char copy[SL_TRUST_ORIGIN_MAX + 1];
	struct sl_trust_key key = {.key = key_of(byte)};

	if (scope != NULL) {
		(void)snprintf(copy, sizeof(copy), "%s", scope);
		key.scope = copy;
	}
	(void)snprintf(key.name, sizeof(key.name), "%s", name);
	ck_assert(sl_trust_add_key(trust, role, &key) == SL_OK);
}

static struct sl_trust_point
point_of(const char *dataset, uint32_t epoch, uint32_t size)
{
	struct sl_trust_point point = {.epoch = epoch, .size = size};

	(void)snprintf(point.dataset, sizeof(point.dataset), "%s", dataset);
	memset(point.root, 0xcd, sizeof(point.root));
	return point;
}

/* One of each line, two where order matters; added out of order. */
static void
make_trust(struct sl_trust *trust)
{
	struct sl_trust_revocation revoked = {
	    .key = key_of(9), .at_us = ISSUED_US - SECOND_US};
	struct sl_trust_key retired = {
	    .key = key_of(4), .until_us = ISSUED_US + SECOND_US};
	struct sl_trust_point vouch = point_of("ur5e-kitting", 1, 41);
	struct sl_trust_point third = point_of("ur5e-kitting", 3, 50);
	struct sl_trust_point second = point_of("ur5e-kitting", 2, 41);
	char scope[] = "gr1,ur5e-kitting";

	sl_trust_init(trust);
	trust->version = 2;
	trust->issued_us = ISSUED_US;
	trust->expires_us = ISSUED_US + 365 * 86400 * SECOND_US;
	(void)snprintf(
	    trust->origin, sizeof(trust->origin), "sluice.example.org");
	trust->root_threshold = 2;
	trust->witness_threshold = 1;
	add_key(trust, SL_TRUST_ROOT, 3, NULL, "");
	add_key(trust, SL_TRUST_ROOT, 1, NULL, "");
	add_key(trust, SL_TRUST_ROOT, 2, NULL, "");
	retired.scope = scope;
	ck_assert(
	    sl_trust_add_key(trust, SL_TRUST_PUBLISHER, &retired) == SL_OK);
	add_key(trust, SL_TRUST_PUBLISHER, 5, "*", "");
	add_key(trust, SL_TRUST_LOG, 6, NULL, "");
	add_key(trust, SL_TRUST_WITNESS, 7, NULL, "witness.example.org");
	add_key(trust, SL_TRUST_BILLING, 8, NULL, "");
	(void)snprintf(
	    revoked.reason, sizeof(revoked.reason), "key_compromised");
	ck_assert(sl_trust_add_revoked(trust, &revoked) == SL_OK);
	ck_assert(sl_trust_add_vouch(trust, &vouch) == SL_OK);
	ck_assert(sl_trust_add_epoch(trust, &third) == SL_OK);
	ck_assert(sl_trust_add_epoch(trust, &second) == SL_OK);
}

static void
write_trust(struct sl_buf *buf, const struct sl_trust *trust)
{
	struct sl_error err = {0};

	sl_buf_init(buf, SL_TRUST_BYTES_MAX);
	ck_assert_msg(
	    sl_trust_format(buf, trust, &err) == SL_OK, "%s", err.text);
}

/* The proper text with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_trust trust;
	struct sl_buf buf;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	make_trust(&trust);
	write_trust(&buf, &trust);
	sl_buf_init(&changed, 2 * SL_TRUST_BYTES_MAX);
	at = strstr(sl_buf_text(&buf), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, buf.data,
	              (size_t)(at - (const char *)buf.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	status = sl_trust_parse(&trust, sl_buf_slice(&changed), NULL);
	sl_trust_clear(&trust);
	sl_buf_clear(&buf);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(second_spellings_and_values_out_of_range_are_refused)
{
	static const char *const swaps[][2] = {{"trust/v1", "trust/v2"},
	    {"version: 2", "version: 02"}, {"version: 2", "version: 0"},
	    {"version: 2", "version: "}, {"version: 2", "version: 1000000"},
	    {"version: 2", "version: 4294967298"}, {"15:00Z", "15:00.5Z"},
	    {"15:00Z", "15:00+00:00"}, {"2027-", "2026-"}, {"2027-", "2025-"},
	    {"origin: s", "origin: S"}, {"origin: s", "origin: a/s"},
	    {"origin: sluice.example.org", "origin: "}, {"root=2", "root=0"},
	    {"root=2", "root=4"}, {"root=2", "root=02"}, {"root=2", "root=-1"},
	    {"witness=1", "witness=0"}, {"witness=1", "witness=2"},
	    {"\nlog RW", "\nLog RW"}, {"\nlog RW", "\nlog  RW"},
	    {"\nlog RW", "\n\nlog RW"}, {"\nlog RW", "\r\nlog RW"},
	    {"\nlog RW", "\n# note\nlog RW"}, {"\nlog RW", "\nmirror RW"},
	    {"\nlog RW", "\nlog QW"}, {" gr1,", " gr1,gr1,"}, {" gr1,", " zz,"},
	    {" gr1,", " ,"}, {" gr1,ur5e-kitting", " gr1,ur5e-kitting,"},
	    {" gr1,ur5e-kitting", " gr1 ur5e-kitting"},
	    {" gr1,ur5e-kitting", ""}, {" gr1,ur5e-kitting", " *,gr1"},
	    {" until=", " from="}, {"01Z\n", "01Z \n"},
	    {" key_compromised", " Key"}, {" key_compromised", " "},
	    {" key_compromised", ""}, {" witness.example", " Witness.example"},
	    {"vouch ur5e-kitting 1 41", "vouch ur5e-kitting 0 41"},
	    {"vouch ur5e-kitting 1 41", "vouch ur5e-kitting 1 0"},
	    {"vouch ur5e-kitting 1 41", "vouch UR5 1 41"},
	    {"vouch ur5e-kitting 1 41", "vouch ur5e-kitting 1 2147483647"},
	    {"epoch ur5e-kitting 2 41", "epoch ur5e-kitting 1 41"},
	    {"epoch ur5e-kitting 2 41", "epoch ur5e-kitting 4 41"},
	    {"epoch ur5e-kitting 2 41", "epoch ur5e-kitting 2 51"},
	    {"zc0=\n", "zc0\n"}, {"zc0=\n", "zc1=\n"}, {"zc0=\n", "zc0= \n"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(
		    parse_with(swaps[i][0], swaps[i][1]) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
}
END_TEST

/* `change` breaks a proper file; what is left must not be written. */
static void
assert_refused(void (*change)(struct sl_trust *), const char *words)
{
	struct sl_trust trust;
	struct sl_error err = {0};
	struct sl_buf buf;

	make_trust(&trust);
	change(&trust);
	sl_buf_init(&buf, SL_TRUST_BYTES_MAX);
	ck_assert(sl_trust_format(&buf, &trust, &err) == SL_ERR_INVALID);
	ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
	ck_assert_uint_eq(buf.len, 0);
	sl_buf_clear(&buf);
	sl_trust_clear(&trust);
}

static void
revoke_two_roots(struct sl_trust *trust)
{
	struct sl_trust_revocation revoked = {.reason = "lost"};

	for (unsigned char byte = 1; byte <= 2; byte++) {
		revoked.key = key_of(byte);
		ck_assert(sl_trust_add_revoked(trust, &revoked) == SL_OK);
	}
}

static void
revoke_the_witness(struct sl_trust *trust)
{
	struct sl_trust_revocation revoked = {
	    .key = key_of(7), .reason = "lost"};

	ck_assert(sl_trust_add_revoked(trust, &revoked) == SL_OK);
}

static void
give_root_a_second_role(struct sl_trust *trust)
{
	add_key(trust, SL_TRUST_LOG, 1, NULL, "");
}

static void
list_a_root_under_two_ids(struct sl_trust *trust)
{
	struct sl_trust_key key = {.key = key_of(1)};

	key.key.id[0] = 77;
	ck_assert(sl_trust_add_key(trust, SL_TRUST_ROOT, &key) == SL_OK);
}

static void
list_two_roots_with_one_id(struct sl_trust *trust)
{
	struct sl_trust_key key = {.key = key_of(1)};

	key.key.bytes[0] = 77;
	ck_assert(sl_trust_add_key(trust, SL_TRUST_ROOT, &key) == SL_OK);
}

static void
count_one_witness_twice(struct sl_trust *trust)
{
	add_key(trust, SL_TRUST_WITNESS, 20, NULL, "witness.example.org");
	trust->witness_threshold = 2;
}

START_TEST(a_threshold_out_of_reach_or_a_root_with_two_lives_is_refused)
{
	assert_refused(revoke_two_roots, "fewer root keys");
	assert_refused(revoke_the_witness, "fewer witnesses");
	assert_refused(give_root_a_second_role, "second role");
	assert_refused(list_a_root_under_two_ids, "there twice");
	assert_refused(list_two_roots_with_one_id, "there twice");
	assert_refused(count_one_witness_twice, "fewer witnesses");
}
END_TEST

START_TEST(lines_in_another_order_or_doubled_are_refused)
{
	struct sl_trust trust;
	struct sl_buf buf;
	char *lines[32];
	char *text;
	size_t count = 0;

	make_trust(&trust);
	write_trust(&buf, &trust);
	text = strdup(sl_buf_text(&buf));
	for (char *line = text; *line != '\0'; count++) {
		char *end = strchr(line, '\n');

		*end = '\0';
		lines[count] = line;
		line = end + 1;
	}
	ck_assert_uint_eq(count, 18);
	for (size_t i = 0; i < count; i++) {
		for (int doubled = 0; doubled < 2; doubled++) {
			struct sl_buf other;

			sl_buf_init(&other, SL_TRUST_BYTES_MAX);
			for (size_t j = 0; j < count; j++) {
				size_t at = j;

				if (doubled == 0 && i + 1 < count && j == i)
					at = i + 1;
				else if (doubled == 0 && j == i + 1)
					at = i;
				ck_assert(sl_buf_printf(&other, "%s\n",
				              lines[at]) == SL_OK);
				if (doubled == 1 && j == i)
					ck_assert(sl_buf_printf(&other, "%s\n",
					              lines[j]) == SL_OK);
			}
			ck_assert((doubled == 0 && i + 1 == count) ||
			    sl_trust_parse(&trust, sl_buf_slice(&other),
			        NULL) == SL_ERR_INVALID);
			sl_buf_clear(&other);
		}
	}
	free(text);
	sl_buf_clear(&buf);
	sl_trust_clear(&trust);
}
END_TEST

START_TEST(any_one_byte_changed_is_refused_or_seen)
{
	static const unsigned char swaps[] = {
	    0, '\n', ' ', '0', '1', 'a', ',', 0xff};
	struct sl_trust trust;
	struct sl_buf buf;
	struct sl_buf again;

	make_trust(&trust);
	write_trust(&buf, &trust);
	sl_buf_init(&again, SL_TRUST_BYTES_MAX);
	for (size_t i = 0; i < buf.len; i++) {
		unsigned char kept = buf.data[i];

		ck_assert(sl_trust_parse(&trust, sl_slice_of(buf.data, i),
		              NULL) != SL_OK ||
		    i + 1 == buf.len || kept == '\n' ||
		    buf.data[i - 1] == '\n');
		for (size_t j = 0; j < sizeof(swaps); j++) {
			buf.data[i] = swaps[j];
			if (sl_trust_parse(&trust, sl_buf_slice(&buf), NULL) !=
			    SL_OK)
				continue;
			sl_buf_reset(&again);
			ck_assert(
			    sl_trust_format(&again, &trust, NULL) == SL_OK);
			ck_assert(sl_slice_is(
			    sl_buf_slice(&again), sl_buf_slice(&buf)));
		}
		buf.data[i] = kept;
	}
	sl_buf_clear(&again);
	sl_buf_clear(&buf);
	sl_trust_clear(&trust);
}
END_TEST

START_TEST(too_many_keys_and_too_many_bytes_are_refused)
{
	struct sl_trust trust;
	struct sl_trust_key key = {0};
	struct sl_buf big;

	make_trust(&trust);
	for (unsigned char byte = 100; byte < 113; byte++) {
		key.key = key_of(byte);
		ck_assert(
		    sl_trust_add_key(&trust, SL_TRUST_ROOT, &key) == SL_OK);
	}
	key.key = key_of(113);
	ck_assert(
	    sl_trust_add_key(&trust, SL_TRUST_ROOT, &key) == SL_ERR_LIMIT);
	/* Replacing needs no room. */
	key.key = key_of(100);
	ck_assert(sl_trust_add_key(&trust, SL_TRUST_ROOT, &key) == SL_OK);
	ck_assert_uint_eq(trust.key_count[SL_TRUST_ROOT], 16);
	sl_trust_clear(&trust);
	sl_buf_init(&big, 2 * SL_TRUST_BYTES_MAX);
	for (size_t i = 0; i <= SL_TRUST_BYTES_MAX; i++)
		ck_assert(sl_buf_append_text(&big, "#") == SL_OK);
	ck_assert(
	    sl_trust_parse(&trust, sl_buf_slice(&big), NULL) == SL_ERR_LIMIT);
	sl_buf_clear(&big);
}
END_TEST

START_TEST(the_released_form_is_written_and_read)
{
	struct sl_trust trust;
	struct sl_trust again;
	struct sl_error err = {0};
	struct sl_buf buf;

	make_trust(&trust);
	write_trust(&buf, &trust);
	assert_golden(&buf, "trust-v1");
	sl_trust_init(&again);
	ck_assert_msg(sl_trust_parse(&again, sl_buf_slice(&buf), &err) == SL_OK,
	    "%s", err.text);
	ck_assert_uint_eq(again.version, 2);
	ck_assert_int_eq(again.issued_us, ISSUED_US);
	ck_assert_str_eq(again.origin, "sluice.example.org");
	ck_assert_uint_eq(again.key_count[SL_TRUST_ROOT], 3);
	ck_assert_str_eq(
	    again.keys[SL_TRUST_PUBLISHER][0].scope, "gr1,ur5e-kitting");
	ck_assert_int_eq(
	    again.keys[SL_TRUST_PUBLISHER][0].until_us, ISSUED_US + SECOND_US);
	ck_assert_str_eq(
	    again.keys[SL_TRUST_WITNESS][0].name, "witness.example.org");
	ck_assert_str_eq(again.revoked[0].reason, "key_compromised");
	ck_assert_uint_eq(sl_trust_epoch(&again, "ur5e-kitting"), 3);
	ck_assert_uint_eq(sl_trust_epoch(&again, "gr1"), 1);
	ck_assert_uint_eq(
	    sl_trust_epoch_start(&again, "ur5e-kitting", 3)->size, 50);
	ck_assert_ptr_null(sl_trust_epoch_start(&again, "ur5e-kitting", 4));
	ck_assert_uint_eq(sl_trust_vouch(&again, "ur5e-kitting", 1)->size, 41);
	ck_assert_ptr_null(sl_trust_vouch(&again, "ur5e-kitting", 2));
	sl_trust_clear(&again);
	sl_trust_clear(&trust);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_key_dropped_is_gone)
{
	struct sl_trust trust;
	struct sl_verify_key key = key_of(4);

	make_trust(&trust);
	ck_assert(sl_trust_drop_key(&trust, SL_TRUST_PUBLISHER, &key));
	ck_assert(!sl_trust_drop_key(&trust, SL_TRUST_PUBLISHER, &key));
	ck_assert_uint_eq(trust.key_count[SL_TRUST_PUBLISHER], 1);
	ck_assert_str_eq(trust.keys[SL_TRUST_PUBLISHER][0].scope, "*");
	sl_trust_clear(&trust);
}
END_TEST

START_TEST(the_fingerprint_is_of_root_keys_and_threshold_alone)
{
	struct sl_trust trust;
	struct sl_trust_pin pin;
	char first[SL_TRUST_FINGERPRINT_LEN + 1];
	char second[SL_TRUST_FINGERPRINT_LEN + 1];

	make_trust(&trust);
	sl_trust_pin_of(&pin, &trust);
	ck_assert(sl_trust_pin_fingerprint(first, &pin) == SL_OK);
	ck_assert_uint_eq(strlen(first), SL_TRUST_FINGERPRINT_LEN);
	/* Computed apart: sha256sum of the four lines, in base64. */
	ck_assert_str_eq(
	    first, "SHA256:VNdPnrbK5ch7QzuTjxu8Blwo0ddl4kvYGcl/6C2grrQ");
	trust.version = 3;
	add_key(&trust, SL_TRUST_LOG, 30, NULL, "");
	sl_trust_pin_of(&pin, &trust);
	ck_assert(sl_trust_pin_fingerprint(second, &pin) == SL_OK);
	ck_assert_str_eq(first, second);
	pin.threshold = 1;
	ck_assert(sl_trust_pin_fingerprint(second, &pin) == SL_OK);
	ck_assert_str_ne(first, second);
	sl_trust_clear(&trust);
}
END_TEST

static enum sl_status
read_pin(struct sl_trust_pin *pin, const char *text)
{
	json_t *value = json_loads(text, 0, NULL);
	enum sl_status status;

	ck_assert_ptr_nonnull(value);
	status = sl_trust_pin_read(pin, value, NULL);
	json_decref(value);
	return status;
}

#define PIN_A "RWQBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
#define PIN_B "RWQCAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"

START_TEST(a_pin_that_pins_nothing_is_refused)
{
	static const char *const texts[] = {"{}", "[\"" PIN_A "\"]",
	    "{\"version\":1,\"threshold\":1,\"keys\":[]}",
	    "{\"version\":0,\"threshold\":1,\"keys\":[\"" PIN_A "\"]}",
	    "{\"version\":1,\"threshold\":0,\"keys\":[\"" PIN_A "\"]}",
	    "{\"version\":1,\"threshold\":2,\"keys\":[\"" PIN_A "\"]}",
	    "{\"version\":1,\"threshold\":1,\"keys\":[\"" PIN_A "\",\"" PIN_A
	    "\"]}",
	    "{\"version\":1,\"threshold\":1,\"keys\":[\"" PIN_B "\",\"" PIN_A
	    "\"]}",
	    "{\"version\":1,\"threshold\":1,\"keys\":[7]}",
	    "{\"version\":1,\"threshold\":1,\"keys\":[\"" PIN_A
	    "\"],\"origin\":\"x\"}"};
	struct sl_trust_pin pin;
	json_t *value;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(read_pin(&pin, texts[i]) == SL_ERR_INVALID,
		    "taken: %s", texts[i]);
	ck_assert(read_pin(&pin,
	              "{\"version\":7,\"threshold\":2,\"keys\":[\"" PIN_A
	              "\",\"" PIN_B "\"]}") == SL_OK);
	ck_assert_uint_eq(pin.version, 7);
	ck_assert_uint_eq(pin.key_count, 2);
	value = sl_trust_pin_json(&pin);
	ck_assert_ptr_nonnull(value);
	ck_assert(sl_trust_pin_read(&pin, value, NULL) == SL_OK);
	json_decref(value);
}
END_TEST

TCase *
trust_cases(void)
{
	TCase *tc = tcase_create("trust");

	tcase_add_test(
	    tc, second_spellings_and_values_out_of_range_are_refused);
	tcase_add_test(
	    tc, a_threshold_out_of_reach_or_a_root_with_two_lives_is_refused);
	tcase_add_test(tc, lines_in_another_order_or_doubled_are_refused);
	tcase_add_test(tc, any_one_byte_changed_is_refused_or_seen);
	tcase_add_test(tc, too_many_keys_and_too_many_bytes_are_refused);
	tcase_add_test(tc, the_released_form_is_written_and_read);
	tcase_add_test(tc, a_key_dropped_is_gone);
	tcase_add_test(tc, the_fingerprint_is_of_root_keys_and_threshold_alone);
	tcase_add_test(tc, a_pin_that_pins_nothing_is_refused);
	return tc;
}
