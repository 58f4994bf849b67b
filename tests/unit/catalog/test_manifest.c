#include "sluice/catalog/manifest.h"

#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

static void
make_manifest(struct sl_manifest *manifest)
{
	memset(manifest, 0, sizeof(*manifest));
	(void)snprintf(
	    manifest->dataset, sizeof(manifest->dataset), "ur5e-kitting");
	manifest->seq = 7;
	memset(manifest->previous, 0xab, 32);
	manifest->published_us = INT64_C(1795223700) * 1000000;
	manifest->added = 100;
	manifest->revised = 3;
	manifest->retracted = 1;
	manifest->duration_ms = 5321050;
	manifest->content_bytes = 734003200;
	manifest->pack_bytes = 512349876;
	for (unsigned i = 0; i < SL_MANIFEST_OBJECT_COUNT; i++) {
		manifest->object[i].bytes = 81234 - i;
		memset(manifest->object[i].sha256, (int)i + 1, 32);
	}
}

static bool
is_same(const struct sl_manifest *a, const struct sl_manifest *b)
{
	struct sl_buf left;
	struct sl_buf right;
	bool same;

	sl_buf_init(&left, SL_MANIFEST_BYTES_MAX);
	sl_buf_init(&right, SL_MANIFEST_BYTES_MAX);
	ck_assert(sl_manifest_format(&left, a, NULL) == SL_OK);
	ck_assert(sl_manifest_format(&right, b, NULL) == SL_OK);
	same = sl_slice_is(sl_buf_slice(&left), sl_buf_slice(&right));
	sl_buf_clear(&left);
	sl_buf_clear(&right);
	return same;
}

START_TEST(a_manifest_is_written_as_released)
{
	struct sl_manifest manifest;
	struct sl_buf buf;

	make_manifest(&manifest);
	sl_buf_init(&buf, SL_MANIFEST_BYTES_MAX);
	ck_assert(sl_manifest_format(&buf, &manifest, NULL) == SL_OK);
	assert_golden(&buf, "manifest-v1");
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_released_manifest_is_read)
{
	struct sl_manifest expected;
	struct sl_manifest manifest;
	struct sl_error err = {0};
	struct sl_buf buf;

	make_manifest(&expected);
	sl_buf_init(&buf, SL_MANIFEST_BYTES_MAX);
	read_golden(&buf, "manifest-v1");
	ck_assert_msg(
	    sl_manifest_parse(&manifest, sl_buf_slice(&buf), &err) == SL_OK,
	    "%s", err.text);
	ck_assert(is_same(&manifest, &expected));
	sl_buf_clear(&buf);
}
END_TEST

/* Every accepted text is the one text of its values, so that a change is seen
 * even before the signature is looked at. */
START_TEST(any_one_byte_changed_is_refused_or_seen)
{
	static const unsigned char swaps[] = {0, '\n', ' ', '0', '1', 'a', '#'};
	struct sl_manifest original;
	struct sl_manifest manifest;
	struct sl_buf buf;

	sl_buf_init(&buf, SL_MANIFEST_BYTES_MAX);
	read_golden(&buf, "manifest-v1");
	ck_assert(
	    sl_manifest_parse(&original, sl_buf_slice(&buf), NULL) == SL_OK);
	for (size_t i = 0; i < buf.len; i++) {
		unsigned char kept = buf.data[i];

		for (size_t j = 0; j < sizeof(swaps); j++) {
			if (swaps[j] == kept)
				continue;
			memset(&manifest, 0, sizeof(manifest));
			buf.data[i] = swaps[j];
			ck_assert(sl_manifest_parse(&manifest,
			              sl_buf_slice(&buf), NULL) != SL_OK ||
			    !is_same(&manifest, &original));
		}
		buf.data[i] = kept;
		ck_assert(sl_manifest_parse(&manifest, sl_slice_of(buf.data, i),
		              NULL) != SL_OK);
	}
	ck_assert(sl_buf_append_text(&buf, "\n") == SL_OK);
	ck_assert(sl_manifest_parse(&manifest, sl_buf_slice(&buf), NULL) ==
	    SL_ERR_INVALID);
	sl_buf_clear(&buf);
}
END_TEST

/* The released text with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_manifest manifest;
	struct sl_buf buf;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	sl_buf_init(&buf, SL_MANIFEST_BYTES_MAX);
	sl_buf_init(&changed, SL_MANIFEST_BYTES_MAX);
	read_golden(&buf, "manifest-v1");
	at = strstr(sl_buf_text(&buf), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, buf.data,
	              (size_t)(at - (const char *)buf.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	status = sl_manifest_parse(&manifest, sl_buf_slice(&changed), NULL);
	sl_buf_clear(&buf);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(second_spellings_are_refused)
{
	static const char *const swaps[][2] = {{"seq: 7", "seq: 07"},
	    {"seq: 7", "seq: 0"}, {"seq: 7", "seq: 2147483647"},
	    {"seq: 7", "seq: 1"}, {"seq: 7", "seq: +7"},
	    {"5321.050", "5321.05"}, {"5321.050", "5321.0500"},
	    {"5321.050", "05321.050"}, {"5321.050", "5321"}, {"00Z", "00.0Z"},
	    {"00Z", "00+00:00"}, {"added=100", "added=2001"},
	    {"revised=3 ", "revised=3  "}, {"ur5e", "UR5e"},
	    {"ur5e-kitting", "x"}, {"/v1", "/v2"},
	    {"index.json=81234", "index.json=16777217"},
	    {"# content_bytes: 734003200\n", ""},
	    {"# content_bytes", "# content_bytes: 1\n# content_bytes"},
	    {"734003200", "99999999999999999999"}, {"abab", "ABAB"},
	    {"SHA256 (index", "SHA256  (index"}, {"# dataset", "#dataset"},
	    {"\n", "\r\n"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(
		    parse_with(swaps[i][0], swaps[i][1]) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	ck_assert(parse_with("seq: 7", "seq: 8") == SL_OK);
}
END_TEST

START_TEST(only_a_first_batch_has_no_previous)
{
	struct sl_manifest manifest;
	struct sl_buf buf;

	sl_buf_init(&buf, SL_MANIFEST_BYTES_MAX);
	make_manifest(&manifest);
	memset(manifest.previous, 0, 32);
	ck_assert(sl_manifest_format(&buf, &manifest, NULL) == SL_ERR_INVALID);
	manifest.seq = 1;
	ck_assert(sl_manifest_format(&buf, &manifest, NULL) == SL_OK);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(an_object_is_checked_by_length_and_hash)
{
	struct sl_manifest manifest;
	struct sl_slice bytes = sl_slice_text("hello\n");
	struct sl_error err = {0};

	make_manifest(&manifest);
	ck_assert(sl_manifest_hash(manifest.object[SL_MANIFEST_QUALITY].sha256,
	              bytes) == SL_OK);
	ck_assert(sl_manifest_check_object(&manifest, SL_MANIFEST_QUALITY,
	              bytes, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "object_length");
	manifest.object[SL_MANIFEST_QUALITY].bytes = bytes.len;
	ck_assert(sl_manifest_check_object(
	              &manifest, SL_MANIFEST_QUALITY, bytes, &err) == SL_OK);
	ck_assert(sl_manifest_check_object(&manifest, SL_MANIFEST_QUALITY,
	              sl_slice_text("hellO\n"), &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "object_hash");
}
END_TEST

TCase *
manifest_cases(void)
{
	TCase *tc = tcase_create("manifest");

	tcase_add_test(tc, a_manifest_is_written_as_released);
	tcase_add_test(tc, a_released_manifest_is_read);
	tcase_add_test(tc, any_one_byte_changed_is_refused_or_seen);
	tcase_add_test(tc, second_spellings_are_refused);
	tcase_add_test(tc, only_a_first_batch_has_no_previous);
	tcase_add_test(tc, an_object_is_checked_by_length_and_hash);
	return tc;
}
