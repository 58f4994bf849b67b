#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/parquet_writer.h"

#include "parquet_rle.h"
#include "suites.h"
#include "thrift.h"

#define ROWS            1000
#define PER_ROW         3
#define FILES_MAX_BYTES (1u << 20)
#define FOLDER          "/../shared/data/lerobot/gr1_pick_n_place_v20/data/chunk-000/"

static struct sl_error err;
/* The file under test, in memory. */
static unsigned char bytes[FILES_MAX_BYTES];
static size_t bytes_len;

static void
load(int fd)
{
	struct stat info;

	ck_assert(fstat(fd, &info) == 0);
	ck_assert(info.st_size < (off_t)sizeof(bytes));
	bytes_len = (size_t)info.st_size;
	ck_assert(sl_file_read_at(fd, bytes, bytes_len, 0, NULL) == SL_OK);
}

/* index int64, state list<float>, task string with NULLs, nested double. */
static void
make_schema(struct sl_parquet_schema *schema)
{
	ck_assert(sl_parquet_schema_init(schema) == SL_OK);
	ck_assert(sl_parquet_schema_add(schema, "index", SL_PARQUET_INT64,
	              SL_PARQUET_PLAIN, 0) == SL_OK);
	ck_assert(sl_parquet_schema_add(schema, "state", SL_PARQUET_FLOAT,
	              SL_PARQUET_PLAIN, 1) == SL_OK);
	ck_assert(sl_parquet_schema_add(schema, "task", SL_PARQUET_BYTES,
	              SL_PARQUET_UTF8, 0) == SL_OK);
	ck_assert(sl_parquet_schema_add(schema, "done", SL_PARQUET_BOOLEAN,
	              SL_PARQUET_PLAIN, 0) == SL_OK);
	ck_assert(sl_parquet_schema_add(schema, "nested", SL_PARQUET_DOUBLE,
	              SL_PARQUET_PLAIN, 3) == SL_OK);
}

static void
add_tasks(struct sl_parquet_writer *writer)
{
	for (unsigned i = 0; i < ROWS; i++) {
		unsigned char def = i % 5 != 0;
		struct sl_slice task = sl_slice_text(
		    i % 2 == 0 ? "place the apple" : "pick the pear");
		struct sl_parquet_batch batch = {
		    .count = 1, .def = &def, .value_count = def};

		batch.values.bytes = &task;
		ck_assert(
		    sl_parquet_writer_add(writer, 2, &batch, &err) == SL_OK);
	}
}

/* Row 0 [[[0,1],[2]]], others empty. */
static void
add_nested(struct sl_parquet_writer *writer)
{
	static const double values[] = {0, 1, 2};
	static const unsigned char rep[] = {0, 3, 2};
	static const unsigned char def[] = {7, 7, 7};
	static const unsigned char none = 1;
	struct sl_parquet_batch batch = {
	    .count = 3, .rep = rep, .def = def, .value_count = 3};

	batch.values.float64 = values;
	ck_assert(sl_parquet_writer_add(writer, 4, &batch, &err) == SL_OK);
	for (unsigned i = 1; i < ROWS; i++) {
		batch = (struct sl_parquet_batch){.count = 1, .def = &none};
		ck_assert(
		    sl_parquet_writer_add(writer, 4, &batch, &err) == SL_OK);
	}
}

static int
make_file(enum sl_parquet_codec codec)
{
	static int64_t index[ROWS];
	static float state[ROWS * PER_ROW];
	static unsigned char done[ROWS];
	struct sl_parquet_writer *writer;
	struct sl_parquet_schema schema;
	int fd = open_bytes(sl_slice_of(NULL, 0));

	for (int i = 0; i < ROWS; i++) {
		index[i] = i;
		done[i] = i == ROWS - 1;
		for (int n = 0; n < PER_ROW; n++)
			state[i * PER_ROW + n] =
			    (float)(i * 7919 % 1000) / 8 + (float)n;
	}
	make_schema(&schema);
	ck_assert(
	    sl_parquet_writer_new(&writer, fd, &schema, codec, &err) == SL_OK);
	for (unsigned group = 0; group < 2; group++) {
		ck_assert(sl_parquet_writer_rows(
		              writer, 0, index, ROWS, 1, &err) == SL_OK);
		ck_assert(sl_parquet_writer_rows(
		              writer, 1, state, ROWS, PER_ROW, &err) == SL_OK);
		add_tasks(writer);
		ck_assert(sl_parquet_writer_rows(
		              writer, 3, done, ROWS, 1, &err) == SL_OK);
		add_nested(writer);
		ck_assert(
		    sl_parquet_writer_end_group(writer, ROWS, &err) == SL_OK);
	}
	ck_assert(sl_parquet_writer_note(
	              writer, "pandas", sl_slice_text("{}")) == SL_OK);
	ck_assert(sl_parquet_writer_finish(writer, &err) == SL_OK);
	sl_parquet_writer_free(writer);
	sl_parquet_schema_clear(&schema);
	return fd;
}

static struct sl_parquet_file *
open_made(enum sl_parquet_codec codec, int *fd)
{
	struct sl_parquet_file *file;

	*fd = make_file(codec);
	load(*fd);
	ck_assert_msg(sl_parquet_open(&file, *fd, bytes_len, &err) == SL_OK,
	    "%s", err.text);
	return file;
}

/* Everything of the file; its values are not looked at. */
static enum sl_status
read_all(const unsigned char *data, size_t len)
{
	struct sl_parquet_file *file;
	int fd = open_bytes(sl_slice_of(data, len));
	enum sl_status status;

	err = (struct sl_error){0};
	status = sl_parquet_open(&file, fd, len, &err);
	for (size_t i = 0;
	     status == SL_OK && i < sl_parquet_schema(file)->leaf_count; i++) {
		struct sl_parquet_column *column;
		struct sl_parquet_batch batch = {.count = 1};

		ck_assert(sl_parquet_column_new(&column, file, i) == SL_OK);
		while (status == SL_OK && batch.count > 0)
			status = sl_parquet_column_read(
			    column, UINT64_MAX, &batch, &err);
		sl_parquet_column_free(column);
	}
	sl_parquet_close(file);
	close(fd);
	return status;
}

/* Cut anywhere, a file has no footer at its end; flipped, it may still say
 * something, and our own pages have a checksum. */
START_TEST(a_file_cut_at_any_place_is_refused)
{
	close(make_file(SL_PARQUET_SNAPPY));
	load(make_file(SL_PARQUET_SNAPPY));
	for (size_t len = 0; len < bytes_len; len++)
		ck_assert(read_all(bytes, len) == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_file_with_any_byte_changed_never_crashes)
{
	size_t refused = 0;

	load(make_file(_i == 0 ? SL_PARQUET_SNAPPY : SL_PARQUET_ZSTD));
	for (size_t at = 0; at < bytes_len; at++) {
		enum sl_status status;

		bytes[at] ^= (unsigned char)(1u << at % 8);
		status = read_all(bytes, bytes_len);
		ck_assert(status == SL_OK || status == SL_ERR_INVALID ||
		    status == SL_ERR_LIMIT);
		refused += status != SL_OK;
		bytes[at] ^= (unsigned char)(1u << at % 8);
	}
	ck_assert_uint_gt(refused, bytes_len / 2);
	ck_assert(read_all(bytes, bytes_len) == SL_OK);
}
END_TEST

START_TEST(a_changed_byte_in_a_page_is_seen_by_its_checksum)
{
	load(make_file(SL_PARQUET_UNCOMPRESSED));
	for (size_t at = 40; at < 2000; at += 10) {
		bytes[at] ^= 1;
		ck_assert(read_all(bytes, bytes_len) != SL_OK);
		bytes[at] ^= 1;
	}
}
END_TEST

/* The footer of a file of one column that claims any sizes. */
static size_t
make_claim(uint64_t chunk_bytes, uint64_t rows, uint32_t page_bytes)
{
	struct sl_buf buf;
	struct thrift_out out = {.buf = &buf, .status = SL_OK};
	size_t page_len;
	size_t len;
	int last = 0;
	int inner = 0;

	sl_buf_init(&buf, 4096);
	thrift_put_raw(&out, sl_slice_text("PAR1"));
	thrift_put_number(&out, &last, 1, THRIFT_I32, 0);
	thrift_put_number(&out, &last, 2, THRIFT_I32, page_bytes);
	thrift_put_number(&out, &last, 3, THRIFT_I32, 8);
	thrift_put_struct(&out, &last, 5);
	thrift_put_number(&out, &inner, 1, THRIFT_I32, 1);
	thrift_put_number(&out, &inner, 2, THRIFT_I32, 0);
	thrift_put_stop(&out);
	thrift_put_stop(&out);
	thrift_put_raw(&out, sl_slice_of("\xff\xff\xff\xff\x0f\0\0\0", 8));
	page_len = buf.len;
	last = 0;
	thrift_put_list(&out, &last, 2, THRIFT_STRUCT, 2);
	inner = 0;
	thrift_put_binary(&out, &inner, 4, sl_slice_text("root"));
	thrift_put_number(&out, &inner, 5, THRIFT_I32, 1);
	thrift_put_stop(&out);
	inner = 0;
	thrift_put_number(&out, &inner, 1, THRIFT_I32, SL_PARQUET_INT64);
	thrift_put_number(&out, &inner, 3, THRIFT_I32, 0);
	thrift_put_binary(&out, &inner, 4, sl_slice_text("x"));
	thrift_put_stop(&out);
	thrift_put_number(&out, &last, 3, THRIFT_I64, (int64_t)rows);
	thrift_put_list(&out, &last, 4, THRIFT_STRUCT, 1);
	inner = 0;
	thrift_put_list(&out, &inner, 1, THRIFT_STRUCT, 1);
	inner = 0;
	thrift_put_struct(&out, &inner, 3);
	inner = 0;
	thrift_put_number(&out, &inner, 1, THRIFT_I32, SL_PARQUET_INT64);
	thrift_put_number(&out, &inner, 4, THRIFT_I32, SL_PARQUET_SNAPPY);
	thrift_put_number(&out, &inner, 5, THRIFT_I64, (int64_t)rows);
	thrift_put_number(&out, &inner, 7, THRIFT_I64, (int64_t)chunk_bytes);
	thrift_put_number(&out, &inner, 9, THRIFT_I64, 4);
	thrift_put_stop(&out);
	thrift_put_stop(&out);
	inner = 1;
	thrift_put_number(&out, &inner, 3, THRIFT_I64, (int64_t)rows);
	thrift_put_stop(&out);
	thrift_put_stop(&out);
	ck_assert(out.status == SL_OK);
	len = buf.len;
	memcpy(bytes, buf.data, len);
	bytes[len] = (unsigned char)(len - page_len);
	memcpy(bytes + len + 1, "\0\0\0PAR1", 7);
	bytes_len = len + 8;
	sl_buf_clear(&buf);
	return page_len - 4;
}

/* 100 GB, and as much as a page can claim. */
START_TEST(a_length_that_is_merely_claimed_allocates_nothing)
{
	size_t chunk = make_claim(8, 1, INT32_MAX);

	limit_memory();
	make_claim(100000000000u, 1, 8);
	ck_assert(read_all(bytes, bytes_len) == SL_ERR_INVALID);
	make_claim(chunk, 100000000000u, 8);
	ck_assert(read_all(bytes, bytes_len) == SL_ERR_INVALID);
	make_claim(chunk, 1, 200u << 20);
	ck_assert(read_all(bytes, bytes_len) == SL_ERR_INVALID);
	make_claim(chunk, 1, INT32_MAX);
	ck_assert(read_all(bytes, bytes_len) == SL_ERR_LIMIT);
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
	static const enum sl_parquet_codec codecs[] = {
	    SL_PARQUET_UNCOMPRESSED, SL_PARQUET_SNAPPY, SL_PARQUET_ZSTD};
	int fd;
	struct sl_parquet_file *file = open_made(codecs[_i], &fd);
	struct sl_parquet_column *column;
	struct sl_parquet_batch batch;
	int64_t row = 0;
	size_t leaf = 0;

	ck_assert_uint_eq(sl_parquet_rows(file), 2 * ROWS);
	ck_assert(sl_slice_is_text(sl_parquet_note(file, "pandas"), "{}"));
	ck_assert(sl_parquet_note(file, "huggingface").data == NULL);
	ck_assert(sl_parquet_find(
	              &leaf, sl_parquet_schema(file), "index", &err) == SL_OK);
	ck_assert(sl_parquet_column_new(&column, file, leaf) == SL_OK);
	for (;;) {
		ck_assert(sl_parquet_column_read(
		              column, UINT64_MAX, &batch, &err) == SL_OK);
		for (size_t i = 0; i < batch.value_count; i++)
			ck_assert_int_eq(batch.values.int64[i], row++ % ROWS);
		if (batch.count == 0)
			break;
	}
	ck_assert_int_eq(row, 2 * ROWS);
	sl_parquet_column_free(column);
	sl_parquet_close(file);
	close(fd);
}
END_TEST

/* Values of the list column from one row on, up to another. */
START_TEST(rows_may_be_passed_over_and_read_up_to)
{
	int fd;
	struct sl_parquet_file *file = open_made(SL_PARQUET_SNAPPY, &fd);

	for (uint64_t first = 0; first < 2 * ROWS; first += 333) {
		struct sl_parquet_column *column;
		struct sl_parquet_batch batch = {.count = 1};
		uint64_t until = first + 450;
		size_t count = 0;

		until = until < 2 * ROWS ? until : 2 * ROWS;
		ck_assert(sl_parquet_column_new(&column, file, 1) == SL_OK);
		ck_assert(sl_parquet_column_skip(column, first, &err) == SL_OK);
		while (batch.count > 0) {
			ck_assert(sl_parquet_column_read(
			              column, until, &batch, &err) == SL_OK);
			for (size_t i = 0; i < batch.value_count; i++) {
				uint64_t row = (first + count / PER_ROW) % ROWS;

				ck_assert_float_eq(batch.values.float32[i],
				    (float)(row * 7919 % 1000) / 8 +
				        (float)(count % PER_ROW));
				count++;
			}
		}
		ck_assert_uint_eq(count, (until - first) * PER_ROW);
		sl_parquet_column_free(column);
	}
	sl_parquet_close(file);
	close(fd);
}
END_TEST

/* Of which one has room for its page. */
START_TEST(columns_that_are_open_share_a_limit_of_memory)
{
	int fd;
	struct sl_parquet_file *file = open_made(SL_PARQUET_SNAPPY, &fd);
	struct sl_parquet_column *columns[2];
	struct sl_parquet_batch batch;

	sl_parquet_limit(file, 150 << 10);
	for (size_t i = 0; i < 2; i++)
		ck_assert(sl_parquet_column_new(&columns[i], file, i) == SL_OK);
	ck_assert(
	    sl_parquet_column_read(columns[0], ROWS, &batch, &err) == SL_OK);
	ck_assert(sl_parquet_column_read(columns[1], ROWS, &batch, &err) ==
	    SL_ERR_LIMIT);
	ck_assert_msg(
	    strstr(err.text, "smaller pages") != NULL, "%s", err.text);
	for (size_t i = 0; i < 2; i++)
		sl_parquet_column_free(columns[i]);
	/* What is closed is given back. */
	ck_assert(sl_parquet_column_new(&columns[1], file, 1) == SL_OK);
	ck_assert(
	    sl_parquet_column_read(columns[1], ROWS, &batch, &err) == SL_OK);
	sl_parquet_column_free(columns[1]);
	sl_parquet_close(file);
	close(fd);
}
END_TEST

START_TEST(the_same_rows_give_the_same_bytes)
{
	static unsigned char first[FILES_MAX_BYTES];
	size_t first_len;

	load(make_file(SL_PARQUET_SNAPPY));
	memcpy(first, bytes, bytes_len);
	first_len = bytes_len;
	load(make_file(SL_PARQUET_SNAPPY));
	ck_assert_uint_eq(bytes_len, first_len);
	ck_assert(memcmp(bytes, first, bytes_len) == 0);
}
END_TEST

START_TEST(a_group_with_columns_of_other_lengths_is_refused)
{
	static const int64_t index[2] = {0, 1};
	struct sl_parquet_writer *writer;
	struct sl_parquet_schema schema;
	int fd = open_bytes(sl_slice_of(NULL, 0));

	make_schema(&schema);
	ck_assert(sl_parquet_writer_new(
	              &writer, fd, &schema, SL_PARQUET_SNAPPY, &err) == SL_OK);
	ck_assert(
	    sl_parquet_writer_rows(writer, 0, index, 2, 1, &err) == SL_OK);
	ck_assert(sl_parquet_writer_end_group(writer, 2, &err) == SL_ERR_STATE);
	sl_parquet_writer_free(writer);
	sl_parquet_schema_clear(&schema);
	close(fd);
}
END_TEST

/* The file in memory, cut and with a byte changed at every 1,000th place.  Most
 * writers put no checksum into their pages, so not every change is seen. */
static void
damage_file(unsigned *places, unsigned *refused)
{
	ck_assert(read_all(bytes, bytes_len) == SL_OK);
	for (size_t at = 0; at < bytes_len; at += 1000) {
		enum sl_status status;

		ck_assert(read_all(bytes, at) == SL_ERR_INVALID);
		ck_assert_str_ne(err.text, "");
		bytes[at] ^= 0x55;
		status = read_all(bytes, bytes_len);
		ck_assert(status == SL_OK || status == SL_ERR_INVALID ||
		    status == SL_ERR_LIMIT);
		ck_assert(status == SL_OK || err.text[0] != '\0');
		bytes[at] ^= 0x55;
		*places += 1;
		*refused += status != SL_OK;
	}
}

START_TEST(real_files_cut_and_changed_at_every_1000th_byte_end_in_words)
{
	const char *source = getenv("SL_SRCDIR");
	unsigned places = 0;
	unsigned refused = 0;

	limit_memory();
	for (unsigned i = 0; i < 5; i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof(path), "%s" FOLDER "episode_%06u.parquet",
		    source == NULL ? "." : source, i);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		load(fd);
		close(fd);
		damage_file(&places, &refused);
	}
	if (places == 0)
		printf("no Parquet files in ..%s: not tried\n", &FOLDER[3]);
	else
		printf("Parquet: %u cuts refused, %u of %u changed bytes "
		       "found\n",
		    places, refused, places);
}
END_TEST

START_TEST(runs_of_any_shape_come_back)
{
	static uint32_t in[5000];
	static uint32_t out[5000];
	struct parquet_rle rle;
	struct sl_buf buf;
	uint32_t state = (uint32_t)_i + 1;
	unsigned width = (unsigned)_i % 21;
	uint32_t max = ((uint32_t)1 << width) - 1;

	for (size_t i = 0; i < 5000; i++) {
		state = state * 1664525u + 1013904223u;
		in[i] = i > 0 && state >> 28 < (uint32_t)_i % 16
		    ? in[i - 1]
		    : state >> 5 & max;
	}
	sl_buf_init(&buf, 1u << 20);
	ck_assert(parquet_rle_write(&buf, in, 5000, width) == SL_OK);
	ck_assert(parquet_rle_init(&rle, sl_buf_slice(&buf), width, max));
	ck_assert(parquet_rle_numbers(&rle, out, 2001));
	ck_assert(parquet_rle_numbers(&rle, out + 2001, 2999));
	ck_assert(memcmp(in, out, sizeof(in)) == 0);
	sl_buf_clear(&buf);
}
END_TEST

TCase *
parquet_file_cases(void)
{
	TCase *cases = tcase_create("parquet_file");

	tcase_add_test(cases, a_file_cut_at_any_place_is_refused);
	tcase_add_loop_test(
	    cases, a_file_with_any_byte_changed_never_crashes, 0, 2);
	tcase_add_test(cases, a_changed_byte_in_a_page_is_seen_by_its_checksum);
	tcase_add_test(
	    cases, a_length_that_is_merely_claimed_allocates_nothing);
	tcase_add_test(cases,
	    real_files_cut_and_changed_at_every_1000th_byte_end_in_words);
	tcase_add_test(cases, a_group_with_columns_of_other_lengths_is_refused);
	tcase_add_loop_test(cases, what_is_written_is_read_again, 0, 3);
	tcase_add_test(cases, rows_may_be_passed_over_and_read_up_to);
	tcase_add_test(cases, columns_that_are_open_share_a_limit_of_memory);
	tcase_add_test(cases, the_same_rows_give_the_same_bytes);
	tcase_add_loop_test(cases, runs_of_any_shape_come_back, 0, 42);
	return cases;
}
