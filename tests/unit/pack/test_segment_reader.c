#include "sluice/pack/segment_reader.h"

#include <stdlib.h>

#include "sluice/pack/chunk.h"
#include "sluice/pack/tar.h"
#include "suites.h"

#define LONG_PATH                                                              \
	"abcdefghijklmnopqrstuvwxyz/abcdefghijklmnopqrstuvwxyz/"               \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop" \
	"qrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
#define FILE_COUNT 5
/* The last file begins in the first chunk and ends in the third. */
static const struct {
	const char *path;
	size_t bytes;
} files[FILE_COUNT] = {
    {"meta/info.json", 700},
    {"meta/empty", 0},
    {LONG_PATH, 512},
    {"data/small", 1},
    {"data/large", 9000001},
};

static struct sl_segment_file list[FILE_COUNT];
static struct sl_segment_reader *reader;
static struct sl_buf stream;
static unsigned char *content[FILE_COUNT];
static unsigned char *seen[FILE_COUNT];
static size_t seen_bytes[FILE_COUNT];
static int extent_count;

static void
append_member(size_t i)
{
	static const char zeros[512];
	struct sl_tar_layout layout;

	ck_assert(sl_tar_layout(&layout, list[i].path, list[i].bytes,
	              PUBLISHED_US) == SL_OK);
	ck_assert(
	    sl_buf_append(&stream, layout.header, layout.header_len) == SL_OK);
	ck_assert(sl_buf_append(&stream, content[i], files[i].bytes) == SL_OK);
	ck_assert(sl_buf_append(&stream, zeros, layout.padding_len) == SL_OK);
}

static void
set_up(void)
{
	sl_buf_init(&stream, 1 << 24);
	for (size_t i = 0; i < FILE_COUNT; i++) {
		list[i].path = sl_slice_text(files[i].path);
		list[i].bytes = files[i].bytes;
		content[i] = malloc(files[i].bytes + 1);
		seen[i] = calloc(1, files[i].bytes + 1);
		ck_assert_ptr_nonnull(content[i]);
		fill_noise(content[i], files[i].bytes, (unsigned)i);
		append_member(i);
	}
	ck_assert(sl_segment_reader_new(
	              &reader, list, FILE_COUNT, PUBLISHED_US) == SL_OK);
}

static void
tear_down(void)
{
	sl_segment_reader_free(reader);
	for (size_t i = 0; i < FILE_COUNT; i++) {
		free(content[i]);
		free(seen[i]);
	}
	sl_buf_clear(&stream);
}

static enum sl_status
on_extent(
    void *ctx, const struct sl_segment_extent *extent, struct sl_error *err)
{
	(void)ctx;
	(void)err;
	ck_assert_uint_lt(extent->file, FILE_COUNT);
	ck_assert_uint_le(
	    extent->offset + extent->bytes.len, files[extent->file].bytes);
	if (extent->bytes.len > 0)
		memcpy(seen[extent->file] + extent->offset, extent->bytes.data,
		    extent->bytes.len);
	seen_bytes[extent->file] += extent->bytes.len;
	extent_count++;
	return SL_OK;
}

static struct sl_slice
chunk_of(uint32_t k)
{
	return sl_slice_of(stream.data + (size_t)k * SL_CHUNK_DECODED_MAX,
	    sl_segment_reader_chunk_bytes(reader, k));
}

static enum sl_status
walk(uint32_t k)
{
	return sl_segment_reader_walk(
	    reader, k, chunk_of(k), on_extent, NULL, NULL);
}

START_TEST(every_changed_header_or_padding_byte_is_refused)
{
	/* Up to the large file's content all but content is compared. */
	size_t end = stream.len - 9000001 - 447;

	for (size_t i = 0; i < end; i++) {
		bool is_content = (i >= 512 && i < 512 + 700) ||
		    (i >= 2048 + 1536 && i < 2048 + 2048) || i == 4608;

		stream.data[i] ^= 1;
		ck_assert_msg(
		    walk(0) == (is_content ? SL_OK : SL_ERR_INTEGRITY),
		    "byte %zu", i);
		stream.data[i] ^= 1;
	}
}
END_TEST

START_TEST(padding_at_the_end_must_be_zero)
{
	stream.data[stream.len - 1] = 1;
	ck_assert(walk(2) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(nothing_of_a_wrong_chunk_is_handed_out)
{
	/* The last header of the chunk is wrong. */
	stream.data[4608 + 512] ^= 1;
	ck_assert(walk(0) == SL_ERR_INTEGRITY);
	ck_assert_int_eq(extent_count, 0);
}
END_TEST

START_TEST(a_chunk_of_another_size_or_place_is_refused)
{
	struct sl_slice chunk = chunk_of(2);

	chunk.len--;
	ck_assert(sl_segment_reader_walk(reader, 2, chunk, on_extent, NULL,
	              NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_segment_reader_walk(reader, 1, chunk_of(2), on_extent,
	              NULL, NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_segment_reader_walk(reader, 3, chunk_of(2), on_extent,
	              NULL, NULL) == SL_ERR_INTEGRITY);
	ck_assert(
	    sl_segment_reader_walk(reader, UINT32_MAX, sl_slice_of(NULL, 0),
	        on_extent, NULL, NULL) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(lists_that_make_no_segment_are_refused)
{
	struct sl_segment_file wrong = {sl_slice_text(""), 1};
	struct sl_segment_file huge[2] = {
	    {sl_slice_text("a"), UINT64_C(1) << 60},
	    {sl_slice_text("b"), UINT64_C(1) << 60},
	};
	struct sl_segment_reader *made;

	ck_assert(sl_segment_reader_new(&made, &wrong, 0, PUBLISHED_US) ==
	    SL_ERR_INVALID);
	ck_assert(sl_segment_reader_new(&made, &wrong, 1, PUBLISHED_US) ==
	    SL_ERR_INVALID);
	ck_assert(sl_segment_reader_new(&made, huge, 2, PUBLISHED_US) ==
	    SL_ERR_LIMIT);
	ck_assert_ptr_null(made);
}
END_TEST

START_TEST(chunks_in_any_order_give_every_file)
{
	ck_assert_uint_eq(sl_segment_reader_bytes(reader), stream.len);
	ck_assert_uint_eq(sl_segment_reader_chunk_count(reader), 3);
	ck_assert(walk(2) == SL_OK);
	ck_assert(walk(0) == SL_OK);
	ck_assert(walk(1) == SL_OK);
	for (size_t i = 0; i < FILE_COUNT; i++) {
		ck_assert_uint_eq(seen_bytes[i], files[i].bytes);
		ck_assert_mem_eq(seen[i], content[i], files[i].bytes);
	}
	/* One each, the empty file too, and the large one's two more. */
	ck_assert_int_eq(extent_count, FILE_COUNT + 2);
}
END_TEST

static enum sl_status
stop(void *ctx, const struct sl_segment_extent *extent, struct sl_error *err)
{
	(void)ctx;
	(void)extent;
	(void)err;
	extent_count++;
	return SL_ERR_FULL;
}

START_TEST(a_callback_can_stop_the_walk)
{
	ck_assert(sl_segment_reader_walk(
	              reader, 0, chunk_of(0), stop, NULL, NULL) == SL_ERR_FULL);
	ck_assert_int_eq(extent_count, 1);
}
END_TEST

static void
assert_cover(const struct sl_segment_part *part, uint32_t first, uint32_t count)
{
	uint32_t got_first;
	uint32_t got_count;

	ck_assert(sl_segment_reader_cover(
	              reader, part, &got_first, &got_count) == SL_OK);
	ck_assert_uint_eq(got_first, first);
	ck_assert_uint_eq(got_count, count);
}

START_TEST(cover_names_the_chunks_of_any_part)
{
	size_t start = stream.len - 447 - 9000001;
	uint64_t edge = SL_CHUNK_DECODED_MAX - start;

	assert_cover(&(struct sl_segment_part){0, 0, 700}, 0, 1);
	assert_cover(&(struct sl_segment_part){1, 0, 0}, 0, 1);
	assert_cover(&(struct sl_segment_part){4, 0, 9000001}, 0, 3);
	assert_cover(&(struct sl_segment_part){4, edge - 1, 1}, 0, 1);
	assert_cover(&(struct sl_segment_part){4, edge, 1}, 1, 1);
	assert_cover(&(struct sl_segment_part){4, edge - 1, 2}, 0, 2);
	assert_cover(&(struct sl_segment_part){4, 9000000, 1}, 2, 1);
}
END_TEST

START_TEST(cover_refuses_what_is_outside_the_file)
{
	static const struct sl_segment_part wrong[] = {
	    {5, 0, 0},
	    {0, 701, 0},
	    {0, 0, 701},
	    {0, 700, 1},
	    {0, 1, UINT64_MAX},
	    {1, 0, 1},
	};
	uint32_t first;
	uint32_t count;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert(sl_segment_reader_cover(reader, &wrong[i], &first,
		              &count) == SL_ERR_INVALID);
}
END_TEST

TCase *
segment_reader_cases(void)
{
	TCase *cases = tcase_create("segment reader");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, every_changed_header_or_padding_byte_is_refused);
	tcase_add_test(cases, padding_at_the_end_must_be_zero);
	tcase_add_test(cases, nothing_of_a_wrong_chunk_is_handed_out);
	tcase_add_test(cases, a_chunk_of_another_size_or_place_is_refused);
	tcase_add_test(cases, lists_that_make_no_segment_are_refused);
	tcase_add_test(cases, chunks_in_any_order_give_every_file);
	tcase_add_test(cases, a_callback_can_stop_the_walk);
	tcase_add_test(cases, cover_names_the_chunks_of_any_part);
	tcase_add_test(cases, cover_refuses_what_is_outside_the_file);
	return cases;
}
