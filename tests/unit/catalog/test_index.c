#include "sluice/catalog/index.h"

#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

#define MIB (1024 * 1024)

static void
put_layer(struct sl_entry *entry, const char *name,
    enum sl_entry_layer_kind kind, uint32_t seq, uint32_t ordinal)
{
	struct sl_entry_layer layer = {"", kind, seq, ordinal};

	(void)snprintf(layer.name, sizeof(layer.name), "%s", name);
	ck_assert(sl_entry_add_layer(entry, &layer, NULL) == SL_OK);
}

static void
put_entry(struct sl_index *index, struct sl_entry *entry)
{
	struct sl_error err = {0};

	ck_assert_msg(
	    sl_index_add_entry(index, entry, &err) == SL_OK, "%s", err.text);
	sl_entry_clear(entry);
}

static void
start_entry(struct sl_entry *entry, enum sl_entry_op op, uint32_t number,
    uint32_t revision)
{
	sl_entry_init(entry);
	entry->op = op;
	entry->number = number;
	entry->revision = revision;
	entry->id.bytes[15] = (unsigned char)number;
	if (number != 0)
		entry->id.bytes[0] = 1;
}

static enum sl_status
put_file(struct sl_index *index, uint32_t number, const char *layer,
    const char *path, uint64_t bytes)
{
	struct sl_index_file file = {
	    path, "application/octet-stream", bytes, {1, 2, 3}};

	return sl_index_add_file(index, number, layer, &file, NULL);
}

/* Batch 2 with every kind of entry, in no order. */
static struct sl_index *
start_index(void)
{
	struct sl_index *index;
	struct sl_entry entry;

	ck_assert(sl_index_build_new(&index, "ur5e-kitting", 2,
	              INT64_C(1795223700) * 1000000, NULL) == SL_OK);
	start_entry(&entry, SL_ENTRY_ADD, 12, 1);
	(void)snprintf(entry.facets.value[SL_FACET_TASK], 65, "pick");
	(void)snprintf(entry.facets.value[SL_FACET_SUCCESS], 65, "true");
	entry.facets.duration_ms = 12345;
	put_layer(&entry, "video.wrist", SL_LAYER_NEW, 0, 0);
	put_layer(&entry, "state", SL_LAYER_NEW, 0, 0);
	put_entry(index, &entry);
	start_entry(&entry, SL_ENTRY_RETRACT, 7, 2);
	(void)snprintf(entry.reason, 65, "consent_withdrawn");
	put_entry(index, &entry);
	start_entry(&entry, SL_ENTRY_REVISE, 3, 2);
	put_layer(&entry, "meta", SL_LAYER_NEW, 0, 0);
	put_layer(&entry, "state", SL_LAYER_KEPT, 1, 5);
	put_layer(&entry, "force", SL_LAYER_DROPPED, 0, 0);
	put_entry(index, &entry);
	start_entry(&entry, SL_ENTRY_REVISE, 0, 2);
	put_layer(&entry, "meta", SL_LAYER_NEW, 0, 0);
	put_entry(index, &entry);
	ck_assert(
	    put_file(index, 12, "video.wrist", "v/12.mp4", 5 * MIB) == SL_OK);
	ck_assert(put_file(index, 12, "state", "s/12b.bin", 0) == SL_OK);
	ck_assert(put_file(index, 12, "state", "s/12a.bin", 1000) == SL_OK);
	ck_assert(put_file(index, 3, "meta", "m/3.json", 10) == SL_OK);
	ck_assert(
	    put_file(index, 0, "meta", "meta/\xc3\xbc\".json", 77) == SL_OK);
	return index;
}

/* Bytes of a tar of a segment's files. */
static uint64_t
tar_size(const struct sl_index *index, const struct sl_index_segment *segment)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < segment->file_count; i++)
		size += 512 +
		    (index->files[segment->file_first + i].bytes + 511) / 512 *
		        512;
	return size;
}

static void
pack(struct sl_index *index)
{
	unsigned char hash[32] = {9};

	for (uint32_t i = 0; i < index->segment_count; i++) {
		uint64_t left = tar_size(index, &index->segments[i]);

		while (left > 0) {
			uint32_t part =
			    left > 4 * MIB ? 4 * MIB : (uint32_t)left;

			hash[1]++;
			ck_assert(sl_index_add_chunk(index, part / 2, part,
			              hash, NULL) == SL_OK);
			left -= part;
		}
		ck_assert(sl_index_end_segment(index, NULL) == SL_OK);
	}
}

static struct sl_index *
make_index(void)
{
	struct sl_index *index = start_index();
	struct sl_error err = {0};

	ck_assert_msg(sl_index_seal(index, &err) == SL_OK, "%s", err.text);
	pack(index);
	return index;
}

START_TEST(an_index_is_written_as_released)
{
	struct sl_index *index = make_index();
	struct sl_buf buf;

	sl_buf_init(&buf, SL_INDEX_BYTES_MAX);
	ck_assert(sl_index_write(&buf, index, NULL) == SL_OK);
	assert_golden(&buf, "index-v1.json");
	sl_buf_reset(&buf);
	ck_assert(sl_index_write_files_sha256(&buf, index) == SL_OK);
	assert_golden(&buf, "files-v1.sha256");
	sl_buf_clear(&buf);
	sl_index_free(index);
}
END_TEST

START_TEST(a_released_index_is_read)
{
	struct sl_index *index;
	struct sl_error err = {0};
	struct sl_buf buf;
	struct sl_buf again;

	sl_buf_init(&buf, SL_INDEX_BYTES_MAX);
	sl_buf_init(&again, SL_INDEX_BYTES_MAX);
	read_golden(&buf, "index-v1.json");
	ck_assert_msg(sl_index_parse(&index, sl_buf_slice(&buf), &err) == SL_OK,
	    "%s", err.text);
	ck_assert_uint_eq(index->entry_count, 4);
	ck_assert_uint_eq(index->segment_count, 4);
	ck_assert_uint_eq(index->file_count, 5);
	ck_assert_uint_eq(index->chunk_count, 5);
	ck_assert_uint_eq(index->added, 1);
	ck_assert_uint_eq(index->revised, 1);
	ck_assert_uint_eq(index->retracted, 1);
	ck_assert_uint_eq(index->duration_ms, 12345);
	ck_assert_uint_eq(index->content_bytes, 5 * MIB + 1000 + 10 + 77);
	ck_assert_str_eq(index->segments[2].layer, "state");
	ck_assert_str_eq(index->files[2].path, "s/12a.bin");
	ck_assert_uint_eq(index->segments[3].chunk_first, 3);
	ck_assert_uint_eq(index->segments[3].chunk_count, 2);
	ck_assert_uint_eq(index->segments[3].pack_offset, 512 + 512 + 1024);
	ck_assert_uint_eq(
	    index->chunks[4].pack_offset, 512 + 512 + 1024 + 2 * MIB);
	ck_assert_uint_eq(index->segments[3].entry, 3);
	ck_assert_ptr_eq(sl_index_find_entry(index, 7), &index->entries[2]);
	ck_assert_ptr_null(sl_index_find_entry(index, 8));
	ck_assert(sl_index_write(&again, index, NULL) == SL_OK);
	ck_assert(sl_slice_is(sl_buf_slice(&buf), sl_buf_slice(&again)));
	sl_index_free(index);
	sl_buf_clear(&buf);
	sl_buf_clear(&again);
}
END_TEST

START_TEST(nothing_that_is_changed_goes_unseen)
{
	static const unsigned char swaps[] = {0, '"', ' ', '0', '1', ',', '}'};
	struct sl_buf original;
	struct sl_buf buf;
	struct sl_buf again;

	sl_buf_init(&original, SL_INDEX_BYTES_MAX);
	sl_buf_init(&buf, SL_INDEX_BYTES_MAX);
	sl_buf_init(&again, SL_INDEX_BYTES_MAX);
	read_golden(&original, "index-v1.json");
	read_golden(&buf, "index-v1.json");
	for (size_t i = 0; i + 1 < buf.len; i++) {
		unsigned char kept = buf.data[i];

		for (size_t j = 0; j < sizeof(swaps); j++) {
			struct sl_index *index;

			if (swaps[j] == kept)
				continue;
			buf.data[i] = swaps[j];
			if (sl_index_parse(&index, sl_buf_slice(&buf), NULL) !=
			    SL_OK)
				continue;
			sl_buf_reset(&again);
			ck_assert(sl_index_write(&again, index, NULL) == SL_OK);
			ck_assert_msg(!sl_slice_is(sl_buf_slice(&original),
			                  sl_buf_slice(&again)),
			    "byte %zu as %d is lost", i, swaps[j]);
			sl_index_free(index);
		}
		buf.data[i] = kept;
	}
	sl_buf_clear(&original);
	sl_buf_clear(&buf);
	sl_buf_clear(&again);
}
END_TEST

/* The released index with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_index *index = NULL;
	struct sl_buf buf;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	sl_buf_init(&buf, SL_INDEX_BYTES_MAX);
	sl_buf_init(&changed, SL_INDEX_BYTES_MAX);
	read_golden(&buf, "index-v1.json");
	at = strstr(sl_buf_text(&buf), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, buf.data,
	              (size_t)(at - (const char *)buf.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	status = sl_index_parse(&index, sl_buf_slice(&changed), NULL);
	sl_index_free(index);
	sl_buf_clear(&buf);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(contradictions_are_refused)
{
	static const char *const swaps[][2] = {
	    {"{\"version\":1", "{\"version\":2"},
	    {"{\"version\":1", "{\"version\":1,\"version\":1"},
	    {"{\"version\":1", "{\"version\":1,\"extra\":1"},
	    {"\"seq\":2", "\"seq\":0"}, {"\"seq\":2", "\"seq\":1"},
	    {":00Z", ":00.5Z"}, {"ur5e-", "ur5e_"},
	    /* entries */
	    {"\"number\":3", "\"number\":0"}, {"\"number\":3", "\"number\":7"},
	    {"\"number\":3", "\"number\":13"},
	    {"\"op\":\"add\"", "\"op\":\"revise\""},
	    {"\"op\":\"retract\"", "\"op\":\"add\""},
	    {"\"reason\":\"consent_withdrawn\"", "\"reason\":\"\""},
	    {"\"reason\":", "\"facets\":{},\"reason\":"},
	    {"\"facets\":{}", "\"facets\":{\"x\":1}"},
	    {"\"kept\":\"1.5\"", "\"kept\":\"2.5\""},
	    /* segments: ordinals, owners, layers */
	    {"\"new\":0", "\"new\":1"}, {"\"new\":3", "\"new\":4"},
	    {"\"new\":3", "\"kept\":\"1.1\""},
	    {"\"episode\":3", "\"episode\":12"},
	    {"\"episode\":12,\"layer\":\"state\"",
	        "\"episode\":12,\"layer\":\"raw\""},
	    {"\"state\":{\"new\":2},", ""},
	    {"\"meta\":{\"new\":1},",
	        "\"audio\":{\"new\":9},\"meta\":{\"new\":1},"},
	    /* files */
	    {"m/3.json", "../3.json"}, {"m/3.json", "V/3.json"},
	    {"m/3.json", "v"}, {"m/3.json", "v/12.mp4"},
	    {"s/12a.bin", "s/12c.bin"}, {",10,", ",-10,"}, {",10,", ",600,"},
	    {",10,", ",4398046511105,"}, {"application/octet", "application"},
	    {"octet-stream\"]", "octet-stream\",1]"}, {"[\"m/3.json\"", "[1"},
	    /* chunks */
	    {"\"chunks\":[0,1]", "\"chunks\":[1,1]"},
	    {"\"chunks\":[0,1]", "\"chunks\":[0,2]"},
	    {"\"chunks\":[0,1]", "\"chunks\":[0,0]"},
	    {"\"chunks\":[0,1]", "\"chunks\":[0]"},
	    {"\"chunks\":[3,2]", "\"chunks\":[3,1]"},
	    {"\"chunks\":[3,2]", "\"chunks\":[3,3]"},
	    {"\"chunks\":[3,2]", "\"chunks\":[3,262144]"},
	    {"[512,1024,", "[0,1024,"}, {"[512,1024,", "[512,0,"},
	    {"[512,1024,", "[512,1023,"}, {"[512,1024,", "[512,512,"},
	    {"[512,1024,", "[512,8192,"}, {"[512,1024,", "[9999999,1024,"},
	    {",4194304,", ",4193792,"}, {",4194304,", ",4194816,"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(parse_with(swaps[i][0], swaps[i][1]) != SL_OK,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	ck_assert(parse_with("m/3.json", "m/4.json") == SL_OK);
}
END_TEST

START_TEST(sums_of_sizes_do_not_overflow)
{
	/* 2^42 is the most a file may have; its chunks could not follow. */
	ck_assert(parse_with(",10,", ",4398046511104,") == SL_ERR_INVALID);
	ck_assert(
	    parse_with(",10,", ",18446744073709551615,") == SL_ERR_INVALID);
}
END_TEST

START_TEST(an_index_must_say_what_its_manifest_says)
{
	struct sl_index *index = make_index();
	struct sl_manifest good = {0};
	struct sl_manifest bad;

	sl_index_describe(index, &good);
	good.pack_bytes = index->chunk_bytes + 30;
	ck_assert(sl_index_check_manifest(index, &good, NULL) == SL_OK);
#define ASSERT_SEEN(field)                                              \
	do {                                                            \
		bad = good;                                             \
		bad.field++;                                            \
		ck_assert(sl_index_check_manifest(index, &bad, NULL) == \
		    SL_ERR_INTEGRITY);                                  \
	} while (0)
	ASSERT_SEEN(dataset[0]);
	ASSERT_SEEN(seq);
	ASSERT_SEEN(published_us);
	ASSERT_SEEN(added);
	ASSERT_SEEN(revised);
	ASSERT_SEEN(retracted);
	ASSERT_SEEN(duration_ms);
	ASSERT_SEEN(content_bytes);
#undef ASSERT_SEEN
	bad = good;
	bad.pack_bytes = index->chunk_bytes;
	ck_assert(
	    sl_index_check_manifest(index, &bad, NULL) == SL_ERR_INTEGRITY);
	sl_index_free(index);
}
END_TEST

START_TEST(sealing_refuses_what_does_not_fit)
{
	struct sl_index *index = start_index();

	/* A file for no layer. */
	ck_assert(put_file(index, 12, "raw", "r", 1) == SL_OK);
	ck_assert(sl_index_seal(index, NULL) == SL_ERR_INVALID);
	sl_index_free(index);

	/* The same path twice, and one below a file. */
	index = start_index();
	ck_assert(put_file(index, 3, "meta", "V/12.mp4", 1) == SL_OK);
	ck_assert(sl_index_seal(index, NULL) == SL_ERR_CONFLICT);
	sl_index_free(index);
	index = start_index();
	ck_assert(put_file(index, 3, "meta", "v/12.mp4/x", 1) == SL_OK);
	ck_assert(sl_index_seal(index, NULL) == SL_ERR_CONFLICT);
	sl_index_free(index);

	/* A new layer without a file, an episode twice. */
	for (uint32_t number = 12; number <= 13; number++) {
		struct sl_entry entry;

		index = start_index();
		start_entry(&entry, SL_ENTRY_ADD, number, 1);
		put_layer(&entry, "raw", SL_LAYER_NEW, 0, 0);
		put_entry(index, &entry);
		ck_assert(sl_index_seal(index, NULL) == SL_ERR_INVALID);
		sl_index_free(index);
	}
	index = start_index();
	ck_assert(put_file(index, 3, "meta", "../x", 1) == SL_ERR_INVALID);
	ck_assert(put_file(index, 3, "smell", "x", 1) == SL_ERR_INVALID);
	sl_index_free(index);
}
END_TEST

START_TEST(chunks_are_counted_in_order)
{
	struct sl_index *index = start_index();
	unsigned char hash[32] = {0};
	struct sl_buf buf;

	ck_assert(
	    sl_index_add_chunk(index, 1, 512, hash, NULL) == SL_ERR_STATE);
	ck_assert(sl_index_seal(index, NULL) == SL_OK);
	ck_assert(sl_index_seal(index, NULL) == SL_ERR_STATE);
	ck_assert(sl_index_end_segment(index, NULL) == SL_ERR_INVALID);
	ck_assert(
	    sl_index_add_chunk(index, 0, 512, hash, NULL) == SL_ERR_INVALID);
	ck_assert(sl_index_add_chunk(index, 1, 4 * MIB + 1, hash, NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_index_add_chunk(index, 1, 512, hash, NULL) == SL_OK);
	ck_assert(
	    sl_index_add_chunk(index, 1, 512, hash, NULL) == SL_ERR_INVALID);
	/* 77 bytes of content need a header as well. */
	ck_assert(sl_index_end_segment(index, NULL) == SL_ERR_INVALID);
	sl_buf_init(&buf, 10000);
	ck_assert(sl_index_write(&buf, index, NULL) == SL_ERR_STATE);
	sl_buf_clear(&buf);
	sl_index_free(index);
}
END_TEST

START_TEST(an_index_has_at_most_2000_episodes)
{
	struct sl_index *index;
	struct sl_entry entry;

	ck_assert(sl_index_build_new(&index, "ds", 1, 0, NULL) == SL_OK);
	for (uint32_t i = 1; i <= SL_INDEX_EPISODES_MAX; i++) {
		start_entry(&entry, SL_ENTRY_ADD, i, 1);
		put_layer(&entry, "state", SL_LAYER_NEW, 0, 0);
		put_entry(index, &entry);
	}
	start_entry(&entry, SL_ENTRY_ADD, 3000, 1);
	ck_assert(sl_index_add_entry(index, &entry, NULL) == SL_ERR_LIMIT);
	sl_index_free(index);
}
END_TEST

START_TEST(an_empty_batch_is_an_index_too)
{
	struct sl_index *index;
	struct sl_index *again;
	struct sl_buf buf;

	sl_buf_init(&buf, 10000);
	ck_assert(sl_index_build_new(&index, "ds", 1, 0, NULL) == SL_OK);
	ck_assert(sl_index_seal(index, NULL) == SL_OK);
	ck_assert(sl_index_write(&buf, index, NULL) == SL_OK);
	ck_assert(sl_index_parse(&again, sl_buf_slice(&buf), NULL) == SL_OK);
	sl_index_free(again);
	sl_index_free(index);
	sl_buf_clear(&buf);
}
END_TEST

TCase *
index_cases(void)
{
	TCase *tc = tcase_create("index");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_index_is_written_as_released);
	tcase_add_test(tc, a_released_index_is_read);
	tcase_add_test(tc, nothing_that_is_changed_goes_unseen);
	tcase_add_test(tc, contradictions_are_refused);
	tcase_add_test(tc, sums_of_sizes_do_not_overflow);
	tcase_add_test(tc, an_index_must_say_what_its_manifest_says);
	tcase_add_test(tc, sealing_refuses_what_does_not_fit);
	tcase_add_test(tc, chunks_are_counted_in_order);
	tcase_add_test(tc, an_index_has_at_most_2000_episodes);
	tcase_add_test(tc, an_empty_batch_is_an_index_too);
	return tc;
}
