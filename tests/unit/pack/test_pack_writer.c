#include "sluice/pack/pack_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/pack/frame.h"
#include "sluice/pack/segment_reader.h"
#include "sluice/pack/tar.h"
#include "suites.h"

#define THREADS 3

static struct sl_workers *workers;
static struct sl_pack_writer *writer;
static struct sl_buf pack;
static unsigned char *noise;
#define NOISE_BYTES (3 * (size_t)SL_CHUNK_DECODED_MAX)

static enum sl_status
to_buffer(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)err;
	return sl_buf_append(ctx, bytes.data, bytes.len);
}

static void
new_writer(unsigned thread_count, sl_pack_sink_fn *sink)
{
	struct sl_pack_options options = {
	    .workers = workers,
	    .thread_count = thread_count,
	    .published_us = PUBLISHED_US,
	    .sink = sink,
	    .sink_ctx = &pack,
	};

	ck_assert(sl_pack_writer_new(&writer, &options) == SL_OK);
}

static void
set_up(void)
{
	ck_assert(sl_workers_new(&workers, THREADS) == SL_OK);
	sl_buf_init(&pack, 1 << 26);
	noise = malloc(NOISE_BYTES);
	ck_assert_ptr_nonnull(noise);
	fill_noise(noise, NOISE_BYTES, 3);
	new_writer(THREADS, to_buffer);
}

static void
tear_down(void)
{
	sl_pack_writer_free(writer);
	sl_workers_free(workers);
	sl_buf_clear(&pack);
	free(noise);
}

static enum sl_status
add(const char *path, struct sl_slice content)
{
	struct sl_pack_file file = {sl_slice_text(path), content.len, NULL};

	return sl_pack_writer_add_bytes(writer, &file, content, NULL);
}

/* A temporary file that holds `bytes`, already unlinked. */
static int
open_with(struct sl_slice bytes)
{
	char path[] = "/tmp/sluice-pack-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert(sl_file_write_all(fd, bytes.data, bytes.len, NULL) == SL_OK);
	return fd;
}

/* One segment with one file that claims `claimed` bytes. */
static enum sl_status
add_claiming(uint64_t claimed, size_t actual, const unsigned char *sha256)
{
	struct sl_pack_file file = {sl_slice_text("f"), claimed, sha256};
	struct sl_error err = {0};
	enum sl_status status;
	int fd = open_with(sl_slice_of(noise, actual));

	ck_assert(sl_pack_writer_begin_segment(writer, SL_LEVEL_MEDIA, NULL) ==
	    SL_OK);
	status = sl_pack_writer_add_fd(writer, &file, fd, &err);
	close(fd);
	if (status == SL_ERR_INTEGRITY)
		ck_assert_str_eq(err.code, "content_differs");
	return status;
}

START_TEST(a_file_that_got_shorter_is_refused)
{
	ck_assert(add_claiming(1001, 1000, NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_pack_writer_finish(writer, NULL) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(a_file_that_got_longer_is_refused)
{
	struct sl_pack_span span;

	ck_assert(add_claiming(999, 1000, NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_pack_writer_end_segment(writer, &span, NULL) ==
	    SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(a_file_with_another_hash_is_refused)
{
	unsigned char hash[SL_SHA256_BYTES];

	ck_assert(sl_sha256_of(hash, sl_slice_of(noise, 1000)) == SL_OK);
	hash[31] ^= 1;
	ck_assert(add_claiming(1000, 1000, hash) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(a_file_with_its_hash_is_accepted)
{
	unsigned char hash[SL_SHA256_BYTES];

	ck_assert(sl_sha256_of(hash, sl_slice_of(noise, NOISE_BYTES)) == SL_OK);
	ck_assert(add_claiming(NOISE_BYTES, NOISE_BYTES, hash) == SL_OK);
}
END_TEST

static enum sl_status
full_disk(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)ctx;
	(void)bytes;
	return sl_error_set(err, SL_ERR_FULL, "no space left on this disk");
}

START_TEST(a_sink_that_fails_stops_the_pack)
{
	struct sl_error err = {0};
	struct sl_pack_span span;

	sl_pack_writer_free(writer);
	new_writer(THREADS, full_disk);
	ck_assert(sl_pack_writer_begin_segment(writer, SL_LEVEL_MEDIA, NULL) ==
	    SL_OK);
	ck_assert(add("f", sl_slice_of(noise, NOISE_BYTES)) == SL_OK);
	ck_assert(sl_pack_writer_end_segment(writer, &span, NULL) == SL_OK);
	ck_assert(sl_pack_writer_finish(writer, &err) == SL_ERR_FULL);
	ck_assert_str_eq(err.text, "no space left on this disk");
	ck_assert(sl_pack_writer_begin_segment(writer, SL_LEVEL_MEDIA, NULL) ==
	    SL_ERR_FULL);
}
END_TEST

START_TEST(calls_out_of_order_are_refused)
{
	struct sl_pack_span span;

	ck_assert(add("f", sl_slice_text("x")) == SL_ERR_STATE);
	ck_assert(
	    sl_pack_writer_end_segment(writer, &span, NULL) == SL_ERR_STATE);
	ck_assert(
	    sl_pack_writer_begin_segment(writer, SL_LEVEL_DATA, NULL) == SL_OK);
	ck_assert(sl_pack_writer_begin_segment(writer, SL_LEVEL_DATA, NULL) ==
	    SL_ERR_STATE);
	ck_assert(sl_pack_writer_finish(writer, NULL) == SL_ERR_STATE);
	ck_assert(
	    sl_pack_writer_end_segment(writer, &span, NULL) == SL_ERR_INVALID);
}
END_TEST

START_TEST(freeing_with_chunks_under_way_is_safe)
{
	ck_assert(
	    sl_pack_writer_begin_segment(writer, SL_LEVEL_DATA, NULL) == SL_OK);
	ck_assert(add("f", sl_slice_of(noise, NOISE_BYTES)) == SL_OK);
}
END_TEST

static enum sl_status
check_extent(
    void *ctx, const struct sl_segment_extent *extent, struct sl_error *err)
{
	const struct sl_slice *contents = ctx;

	(void)err;
	if (extent->bytes.len > 0)
		ck_assert_mem_eq(extent->bytes.data,
		    contents[extent->file].data + extent->offset,
		    extent->bytes.len);
	return SL_OK;
}

/* Verify and decode each chunk of the segment, as the client does. */
static void
check_segment(const struct sl_pack_span *span,
    const struct sl_segment_reader *reader, struct sl_slice *contents,
    uint64_t *offset)
{
	unsigned char *decoded = malloc(SL_CHUNK_DECODED_MAX);
	struct sl_chunk_decoder *decoder;
	uint32_t count;
	const struct sl_pack_chunk *chunks =
	    sl_pack_writer_chunks(writer, &count);

	ck_assert_ptr_nonnull(decoded);
	ck_assert(sl_chunk_decoder_new(&decoder) == SL_OK);
	ck_assert_uint_eq(
	    span->chunk_count, sl_segment_reader_chunk_count(reader));
	for (uint32_t i = 0; i < span->chunk_count; i++) {
		const struct sl_pack_chunk *chunk =
		    &chunks[span->chunk_first + i];
		struct sl_slice stored =
		    sl_slice_of(pack.data + *offset, chunk->stored_bytes);

		ck_assert_uint_eq(chunk->decoded_bytes,
		    sl_segment_reader_chunk_bytes(reader, i));
		ck_assert(sl_chunk_check(stored, chunk->hash) == SL_OK);
		ck_assert(sl_chunk_decode(decoder, stored, decoded,
		              chunk->decoded_bytes, NULL) == SL_OK);
		ck_assert(sl_segment_reader_walk(reader, i,
		              sl_slice_of(decoded, chunk->decoded_bytes),
		              check_extent, contents, NULL) == SL_OK);
		*offset += chunk->stored_bytes;
	}
	sl_chunk_decoder_free(decoder);
	free(decoded);
}

/* Two segments; the second has files of the given sizes. */
static void
check_round_trip(const size_t sizes[3])
{
	struct sl_slice contents[3];
	struct sl_segment_file files[3];
	char paths[3][8];
	struct sl_pack_span spans[2];
	struct sl_segment_reader *reader;
	uint64_t offset;
	struct sl_slice end = sl_frame_end_of_archive();

	ck_assert(
	    sl_pack_writer_begin_segment(writer, SL_LEVEL_DATA, NULL) == SL_OK);
	ck_assert(add("only", sl_slice_text("text")) == SL_OK);
	ck_assert(sl_pack_writer_end_segment(writer, &spans[0], NULL) == SL_OK);
	ck_assert(sl_pack_writer_begin_segment(writer, SL_LEVEL_MEDIA, NULL) ==
	    SL_OK);
	for (size_t i = 0; i < 3; i++) {
		snprintf(paths[i], sizeof(paths[i]), "d/%zu", i);
		contents[i] = sl_slice_of(noise, sizes[i]);
		files[i] =
		    (struct sl_segment_file){sl_slice_text(paths[i]), sizes[i]};
		ck_assert(add(paths[i], contents[i]) == SL_OK);
	}
	ck_assert(sl_pack_writer_end_segment(writer, &spans[1], NULL) == SL_OK);
	ck_assert(sl_pack_writer_finish(writer, NULL) == SL_OK);

	ck_assert_uint_eq(spans[0].chunk_first, 0);
	ck_assert_uint_eq(spans[0].chunk_count, 1);
	ck_assert_uint_eq(spans[1].chunk_first, 1);
	offset =
	    sl_pack_writer_chunks(writer, &spans[0].chunk_count)->stored_bytes;
	ck_assert(
	    sl_segment_reader_new(&reader, files, 3, PUBLISHED_US) == SL_OK);
	check_segment(&spans[1], reader, contents, &offset);
	sl_segment_reader_free(reader);
	ck_assert_uint_eq(offset + end.len, pack.len);
	ck_assert_uint_eq(sl_pack_writer_bytes(writer), pack.len);
	ck_assert_mem_eq(pack.data + offset, end.data, end.len);
}

START_TEST(a_pack_gives_its_files_back)
{
	static const size_t sizes[3] = {9000000, 0, 100000};

	check_round_trip(sizes);
}
END_TEST

START_TEST(a_segment_that_ends_with_a_chunk_has_no_empty_one)
{
	/* Headers, contents and padding make exactly 8 MiB. */
	static const size_t sizes[3] = {
	    SL_CHUNK_DECODED_MAX - 512, SL_CHUNK_DECODED_MAX - 1024, 0};

	check_round_trip(sizes);
}
END_TEST

/* A pack of some length, made with so many threads. */
static void
make_pack(unsigned thread_count)
{
	struct sl_pack_span span;

	sl_pack_writer_free(writer);
	sl_buf_reset(&pack);
	new_writer(thread_count, to_buffer);
	for (int i = 0; i < 20; i++) {
		ck_assert(sl_pack_writer_begin_segment(
		              writer, SL_LEVEL_DATA, NULL) == SL_OK);
		ck_assert(add("f", sl_slice_of(noise + i, 100000)) == SL_OK);
		ck_assert(
		    sl_pack_writer_end_segment(writer, &span, NULL) == SL_OK);
		ck_assert_uint_eq(span.chunk_first, (unsigned)i);
	}
	ck_assert(sl_pack_writer_finish(writer, NULL) == SL_OK);
}

START_TEST(the_bytes_do_not_depend_on_the_threads)
{
	unsigned char first[SL_BLAKE2B_BYTES];
	unsigned char again[SL_BLAKE2B_BYTES];

	make_pack(1);
	sl_blake2b_of(first, sl_buf_slice(&pack));
	make_pack(THREADS);
	sl_blake2b_of(again, sl_buf_slice(&pack));
	ck_assert_mem_eq(first, again, sizeof(first));
}
END_TEST

TCase *
pack_writer_cases(void)
{
	TCase *cases = tcase_create("pack writer");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, a_file_that_got_shorter_is_refused);
	tcase_add_test(cases, a_file_that_got_longer_is_refused);
	tcase_add_test(cases, a_file_with_another_hash_is_refused);
	tcase_add_test(cases, a_file_with_its_hash_is_accepted);
	tcase_add_test(cases, a_sink_that_fails_stops_the_pack);
	tcase_add_test(cases, calls_out_of_order_are_refused);
	tcase_add_test(cases, freeing_with_chunks_under_way_is_safe);
	tcase_add_test(cases, a_pack_gives_its_files_back);
	tcase_add_test(
	    cases, a_segment_that_ends_with_a_chunk_has_no_empty_one);
	tcase_add_test(cases, the_bytes_do_not_depend_on_the_threads);
	return cases;
}
