#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/mcap_index.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"
#include "mcap_ids.h"
#include "mcap_sample.h"
#include "suites.h"

#define HUNDRED_GB 100000000000u
#define FOLDER     "/../shared/data/mcap/"

static struct sl_error err;

struct seen {
	uint64_t messages;
	uint64_t attachments;
	uint64_t metadata;
};

static enum sl_status
stream_fd(int fd, struct seen *seen)
{
	const struct sl_mcap_record *record;
	struct sl_mcap_reader *reader;
	enum sl_status status;

	ck_assert(lseek(fd, 0, SEEK_SET) == 0);
	*seen = (struct seen){0};
	err = (struct sl_error){0};
	ck_assert(sl_mcap_reader_new(&reader, fd) == SL_OK);
	for (;;) {
		status = sl_mcap_reader_next(reader, &record, &err);
		if (status != SL_OK || record == NULL)
			break;
		seen->messages += record->opcode == SL_MCAP_MESSAGE;
		seen->attachments += record->opcode == SL_MCAP_ATTACHMENT;
		seen->metadata += record->opcode == SL_MCAP_METADATA;
	}
	/* It stays over. */
	ck_assert(sl_mcap_reader_next(reader, &record, NULL) == SL_OK);
	ck_assert_ptr_null(record);
	sl_mcap_reader_free(reader);
	return status;
}

static enum sl_status
read_stream(struct sl_slice file, struct seen *seen)
{
	int fd = open_bytes(file);
	enum sl_status status = stream_fd(fd, seen);

	close(fd);
	return status;
}

static enum sl_status
index_fd(int fd, const struct sl_mcap_span *span, struct seen *seen)
{
	const struct sl_mcap_message *message;
	struct sl_mcap_index *index;
	enum sl_status status;
	uint64_t last = 0;

	*seen = (struct seen){0};
	err = (struct sl_error){0};
	status = sl_mcap_index_open(&index, fd, &err);
	if (status == SL_OK)
		status = sl_mcap_index_begin(index, span, &err);
	while (status == SL_OK) {
		status = sl_mcap_index_next(index, &message, &err);
		if (message == NULL)
			break;
		ck_assert_uint_ge(message->log_time, last);
		last = message->log_time;
		seen->messages++;
	}
	sl_mcap_index_free(index);
	return status;
}

static enum sl_status
read_index(
    struct sl_slice file, const struct sl_mcap_span *span, struct seen *seen)
{
	int fd = open_bytes(file);
	enum sl_status status = index_fd(fd, span, seen);

	close(fd);
	return status;
}

/* ---- lengths that lie ---- */

static void
refuse_length(struct sl_slice file, size_t at, size_t width)
{
	static const uint64_t lies[] = {HUNDRED_GB, UINT64_MAX,
	    SL_MCAP_RECORD_BYTES_MAX, SL_MCAP_RECORD_BYTES_MAX + 1u, 1u << 24};
	const struct sl_mcap_span all = {0};
	unsigned char *copy = malloc(file.len);
	struct seen seen;

	ck_assert_ptr_nonnull(copy);
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		memcpy(copy, file.data, file.len);
		mcap_set(copy + at, width, lies[i]);
		ck_assert(
		    read_stream(sl_slice_of(copy, file.len), &seen) != SL_OK);
		ck_assert_ptr_nonnull(strstr(err.text, "offset"));
		(void)read_index(sl_slice_of(copy, file.len), &all, &seen);
	}
	free(copy);
}

START_TEST(lengths_of_100_gb_allocate_nothing)
{
	static const enum sl_mcap_compression kinds[] = {
	    SL_MCAP_PLAIN, SL_MCAP_LZ4, SL_MCAP_ZSTD};
	size_t chunk = SL_MCAP_MAGIC_BYTES + SL_MCAP_HEAD_BYTES + 4 + 4 + 6;
	struct sl_buf file;

	for (size_t i = 0; i < 3; i++) {
		sample_write(&file, kinds[i], 1000);
		if (i == 0)
			limit_memory();
		ck_assert_uint_eq(file.data[chunk], SL_MCAP_CHUNK);
		/* of the record, unpacked, of the compression's name, of the
		 * stored bytes, of a record of the summary */
		refuse_length(sl_buf_slice(&file), chunk + 1, 8);
		refuse_length(sl_buf_slice(&file), chunk + 9 + 16, 8);
		refuse_length(sl_buf_slice(&file), chunk + 9 + 28, 4);
		refuse_length(sl_buf_slice(&file),
		    chunk + 9 + 28 + 4 + (i == 0 ? 0 : i + 2), 8);
		sl_buf_clear(&file);
	}
}
END_TEST

START_TEST(an_index_that_points_outside_allocates_nothing)
{
	const struct sl_mcap_span all = {0};
	struct sl_buf file;
	struct seen seen;
	size_t footer;

	sample_write(&file, SL_MCAP_PLAIN, 1000);
	footer = file.len - SL_MCAP_MAGIC_BYTES - 29;
	limit_memory();
	for (uint64_t start = 1; start < UINT64_MAX / 3; start *= 3) {
		mcap_set(file.data + footer + 9, 8, start);
		mcap_set(file.data + footer + 25, 4, 0);
		ck_assert(
		    read_index(sl_buf_slice(&file), &all, &seen) != SL_OK);
	}
	sl_buf_clear(&file);
}
END_TEST

/* ---- cut and flipped ---- */

START_TEST(a_file_cut_anywhere_is_refused_with_the_offset)
{
	const struct sl_mcap_span all = {0};
	struct sl_buf file;
	struct seen seen;

	sample_write(&file, SL_MCAP_ZSTD, 1000);
	for (size_t len = 0; len < file.len; len++) {
		struct sl_slice cut = sl_slice_of(file.data, len);

		ck_assert(read_stream(cut, &seen) == SL_ERR_INVALID);
		ck_assert_ptr_nonnull(strstr(err.text, "offset"));
		ck_assert(read_index(cut, &all, &seen) == SL_ERR_INVALID);
	}
	sl_buf_clear(&file);
}
END_TEST

/* Every byte of what we write is under a CRC, but for the records between
 * DataEnd's number and the summary: there are none. */
START_TEST(each_flipped_bit_of_a_file_of_ours_is_found)
{
	static const enum sl_mcap_compression kinds[] = {
	    SL_MCAP_PLAIN, SL_MCAP_LZ4, SL_MCAP_ZSTD};
	struct sl_buf file;
	struct seen seen;

	for (size_t i = 0; i < 3; i++) {
		sample_write(&file, kinds[i], 1000);
		for (size_t at = 0; at < file.len; at++) {
			unsigned char bit = (unsigned char)(1u << (at % 8));

			file.data[at] ^= bit;
			ck_assert_msg(
			    read_stream(sl_buf_slice(&file), &seen) != SL_OK,
			    "byte %zu", at);
			file.data[at] ^= bit;
		}
		ck_assert(read_stream(sl_buf_slice(&file), &seen) == SL_OK);
		sl_buf_clear(&file);
	}
}
END_TEST

/* The byte with one bit flipped. */
static void
flip(int fd, size_t at)
{
	unsigned char byte;

	ck_assert(pread(fd, &byte, 1, (off_t)at) == 1);
	byte ^= (unsigned char)(1u << (at / 1000 % 8));
	ck_assert(pwrite(fd, &byte, 1, (off_t)at) == 1);
}

/* What a reader may say of bytes that are wrong: never that memory is short. */
static bool
is_refusal(enum sl_status status)
{
	return status == SL_ERR_INVALID || status == SL_ERR_INTEGRITY ||
	    status == SL_ERR_LIMIT;
}

struct damage {
	unsigned cuts;
	unsigned flips;
	unsigned found;
};

/* One file of the test data, cut and flipped at every 1,000th byte. */
static void
damage_file(const char *path, struct damage *damage)
{
	const struct sl_mcap_span all = {0};
	struct sl_buf file;
	struct seen seen;
	int fd;

	sl_buf_init(&file, 16u << 20);
	ck_assert(sl_file_read(&file, path, NULL) == SL_OK);
	fd = open_bytes(sl_buf_slice(&file));
	for (size_t at = 0; at < file.len; at += 1000) {
		enum sl_status status;

		flip(fd, at);
		status = stream_fd(fd, &seen);
		if (status != SL_OK) {
			ck_assert(is_refusal(status));
			ck_assert_ptr_nonnull(strstr(err.text, "offset"));
			damage->found++;
		}
		status = index_fd(fd, &all, &seen);
		ck_assert(status == SL_OK || is_refusal(status));
		flip(fd, at);
		damage->flips++;
	}
	ck_assert(stream_fd(fd, &seen) == SL_OK);
	for (size_t i = (file.len + 999) / 1000; i > 0; i--) {
		ck_assert(ftruncate(fd, (off_t)(i - 1) * 1000) == 0);
		ck_assert(stream_fd(fd, &seen) == SL_ERR_INVALID);
		ck_assert_ptr_nonnull(strstr(err.text, "offset"));
		ck_assert(index_fd(fd, &all, &seen) == SL_ERR_INVALID);
		damage->cuts++;
	}
	close(fd);
	sl_buf_clear(&file);
}

START_TEST(real_files_cut_and_flipped_at_every_1000th_byte_end_in_words)
{
	static const char *const folders[] = {"ros2", "foxglove"};
	const char *source = getenv("SL_SRCDIR");
	struct damage damage = {0};
	char path[4096];

	limit_memory();
	for (size_t i = 0; i < 2; i++) {
		struct dirent *entry;
		DIR *dir;

		snprintf(path, sizeof(path), "%s" FOLDER "%s",
		    source == NULL ? "." : source, folders[i]);
		dir = opendir(path);
		while (dir != NULL && (entry = readdir(dir)) != NULL) {
			char file[sizeof(path) + 256];

			snprintf(
			    file, sizeof(file), "%s/%s", path, entry->d_name);
			if (strstr(entry->d_name, ".mcap") != NULL)
				damage_file(file, &damage);
		}
		if (dir != NULL)
			closedir(dir);
	}
	if (damage.cuts == 0)
		printf("no MCAP files in ..%s: not tried\n", &FOLDER[3]);
	else
		printf("MCAP: %u cuts refused, %u of %u flipped bits found\n",
		    damage.cuts, damage.found, damage.flips);
}
END_TEST

/* ---- records that may not be ---- */

/* A file of one extra record behind the header. */
static enum sl_status
read_with(const struct sl_mcap_record *record)
{
	struct sl_mcap_record header = {.opcode = SL_MCAP_HEADER};
	struct sl_buf file;
	struct seen seen;
	enum sl_status status;

	sl_buf_init(&file, 1u << 20);
	ck_assert(sl_buf_append(&file, SL_MCAP_MAGIC, 8) == SL_OK);
	ck_assert(sl_mcap_encode(&file, &header) == SL_OK);
	ck_assert(sl_mcap_encode(&file, record) == SL_OK);
	header.opcode = SL_MCAP_DATA_END;
	header.as.data_end.data_section_crc = 0;
	ck_assert(sl_mcap_encode(&file, &header) == SL_OK);
	header = (struct sl_mcap_record){.opcode = SL_MCAP_FOOTER};
	ck_assert(sl_mcap_encode(&file, &header) == SL_OK);
	ck_assert(sl_buf_append(&file, SL_MCAP_MAGIC, 8) == SL_OK);
	status = read_stream(sl_buf_slice(&file), &seen);
	sl_buf_clear(&file);
	return status;
}

START_TEST(what_may_not_stand_there_is_refused)
{
	struct sl_mcap_record record = {.opcode = SL_MCAP_MESSAGE};

	/* A message without channel, a channel without its schema, a second
	 * header, an index outside of the summary, schema 0. */
	ck_assert(read_with(&record) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "channel 0, which is not"));
	record = (struct sl_mcap_record){
	    .opcode = SL_MCAP_CHANNEL, .as.channel.schema_id = 3};
	ck_assert(read_with(&record) == SL_ERR_INVALID);
	record = (struct sl_mcap_record){.opcode = SL_MCAP_HEADER};
	ck_assert(read_with(&record) == SL_ERR_INVALID);
	record = (struct sl_mcap_record){.opcode = SL_MCAP_SCHEMA};
	ck_assert(read_with(&record) == SL_ERR_INVALID);
	record.as.schema.id = 1;
	ck_assert(read_with(&record) == SL_OK);
}
END_TEST

START_TEST(one_id_never_means_two_things)
{
	struct sl_mcap_record records[2] = {
	    {.opcode = SL_MCAP_SCHEMA}, {.opcode = SL_MCAP_SCHEMA}};
	struct sl_buf chunk;
	struct sl_mcap_record record = {.opcode = SL_MCAP_CHUNK};

	records[0].as.schema.id = records[1].as.schema.id = 4;
	records[0].as.schema.name = sl_slice_text("a");
	records[1].as.schema.name = sl_slice_text("b");
	sl_buf_init(&chunk, 4096);
	ck_assert(sl_mcap_encode(&chunk, &records[0]) == SL_OK);
	ck_assert(sl_mcap_encode(&chunk, &records[0]) == SL_OK);
	record.as.chunk.records = sl_buf_slice(&chunk);
	record.as.chunk.uncompressed_size = chunk.len;
	ck_assert(read_with(&record) == SL_OK);
	ck_assert(sl_mcap_encode(&chunk, &records[1]) == SL_OK);
	record.as.chunk.records = sl_buf_slice(&chunk);
	record.as.chunk.uncompressed_size = chunk.len;
	ck_assert(read_with(&record) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "differently"));
	sl_buf_clear(&chunk);
}
END_TEST

START_TEST(an_unknown_compression_is_named)
{
	struct sl_mcap_record record = {.opcode = SL_MCAP_CHUNK};

	record.as.chunk.compression = sl_slice_text("bz2");
	ck_assert(read_with(&record) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "bz2"));
}
END_TEST

/* ---- what is right ---- */

START_TEST(what_we_write_is_read_whole_both_ways)
{
	static const enum sl_mcap_compression kinds[] = {
	    SL_MCAP_PLAIN, SL_MCAP_LZ4, SL_MCAP_ZSTD};
	static const uint32_t sizes[] = {1, 1000, 1u << 20};
	const struct sl_mcap_span all = {0};
	struct seen seen;
	struct sl_buf file;

	for (size_t i = 0; i < 9; i++) {
		sample_write(&file, kinds[i % 3], sizes[i / 3]);
		ck_assert(read_stream(sl_buf_slice(&file), &seen) == SL_OK);
		ck_assert_uint_eq(seen.messages, SAMPLE_MESSAGES);
		ck_assert_uint_eq(seen.attachments, 1);
		ck_assert_uint_eq(seen.metadata, 1);
		ck_assert(
		    read_index(sl_buf_slice(&file), &all, &seen) == SL_OK);
		ck_assert_uint_eq(seen.messages, SAMPLE_MESSAGES);
		sl_buf_clear(&file);
	}
}
END_TEST

START_TEST(a_span_of_one_channel_gives_only_that)
{
	unsigned char channels[8192] = {0};
	const struct sl_mcap_span span = {.start_time = 10u * SAMPLE_STEP_NS,
	    .end_time = 20u * SAMPLE_STEP_NS,
	    .channels = channels};
	struct seen seen;
	struct sl_buf file;

	channels[0] = 1u << 7;
	sample_write(&file, SL_MCAP_ZSTD, 500);
	ck_assert(read_index(sl_buf_slice(&file), &span, &seen) == SL_OK);
	ck_assert_uint_eq(seen.messages, 5);
	sl_buf_clear(&file);
}
END_TEST

START_TEST(attachments_and_metadata_are_found_by_the_summary)
{
	struct sl_mcap_record pointer;
	struct sl_mcap_record record;
	struct sl_mcap_index *index;
	struct sl_slice value;
	struct sl_buf file;
	int fd;

	sample_write(&file, SL_MCAP_ZSTD, 500);
	fd = open_bytes(sl_buf_slice(&file));
	ck_assert(sl_mcap_index_open(&index, fd, NULL) == SL_OK);
	ck_assert_uint_eq(
	    sl_mcap_index_count(index, SL_MCAP_METADATA_INDEX), 1);
	sl_mcap_index_get(index, SL_MCAP_METADATA_INDEX, 0, &pointer);
	ck_assert(sl_mcap_index_read(index, &pointer, &record, NULL) == SL_OK);
	ck_assert(
	    sl_mcap_map_find(record.as.metadata.metadata, "task", &value));
	ck_assert(sl_slice_is_text(value, "insert-peg"));
	sl_mcap_index_get(index, SL_MCAP_ATTACHMENT_INDEX, 0, &pointer);
	ck_assert(sl_mcap_index_read(index, &pointer, &record, NULL) == SL_OK);
	ck_assert(sl_slice_is_text(record.as.attachment.data, "{\"fx\":1.0}"));
	sl_mcap_index_free(index);
	close(fd);
	sl_buf_clear(&file);
}
END_TEST

START_TEST(a_file_without_chunks_is_read_as_a_stream_only)
{
	const struct sl_mcap_span all = {0};
	struct seen seen;
	struct sl_buf file;

	sample_write(&file, SL_MCAP_PLAIN, 0);
	ck_assert(read_stream(sl_buf_slice(&file), &seen) == SL_OK);
	ck_assert_uint_eq(seen.messages, SAMPLE_MESSAGES);
	ck_assert(
	    read_index(sl_buf_slice(&file), &all, &seen) == SL_ERR_NOT_FOUND);
	sl_buf_clear(&file);
}
END_TEST

START_TEST(the_writer_refuses_what_is_not_defined)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	struct sl_mcap_channel channel = {.schema_id = 9};
	struct sl_mcap_message message = {.channel_id = 9};
	struct sl_mcap_schema schema = {.id = 0};
	struct sl_mcap_writer *writer;
	struct sl_buf file;

	sl_buf_init(&file, 4096);
	options.sink = sample_to_buffer;
	options.sink_ctx = &file;
	ck_assert(sl_mcap_writer_new(&writer, &options, NULL) == SL_OK);
	ck_assert(
	    sl_mcap_writer_channel(writer, &channel, NULL) == SL_ERR_NOT_FOUND);
	ck_assert(
	    sl_mcap_writer_message(writer, &message, NULL) == SL_ERR_NOT_FOUND);
	ck_assert(
	    sl_mcap_writer_schema(writer, &schema, NULL) == SL_ERR_INVALID);
	schema.id = 1;
	ck_assert(sl_mcap_writer_schema(writer, &schema, NULL) == SL_OK);
	ck_assert(sl_mcap_writer_schema(writer, &schema, NULL) == SL_OK);
	schema.name = sl_slice_text("other");
	ck_assert(
	    sl_mcap_writer_schema(writer, &schema, NULL) == SL_ERR_CONFLICT);
	sl_mcap_writer_free(writer);
	sl_buf_clear(&file);
}
END_TEST

START_TEST(each_id_from_the_first_to_the_last_is_kept_apart)
{
	static const uint16_t used[] = {0, 255, 256, 65535};
	struct mcap_ids ids = {0};
	size_t found = 0;

	ck_assert_ptr_null(mcap_ids_get(&ids, 65535));
	for (size_t i = 0; i < 4; i++)
		ck_assert(mcap_ids_put(&ids, used[i],
		              (void *)(uintptr_t)&used[i]) == SL_OK);
	for (size_t i = 0; i < 4; i++)
		ck_assert_ptr_eq(mcap_ids_get(&ids, used[i]), &used[i]);
	for (size_t id = 0; id <= UINT16_MAX; id++)
		found += mcap_ids_get(&ids, (uint16_t)id) != NULL;
	ck_assert_uint_eq(found, 4);
	mcap_ids_clear(&ids);
}
END_TEST

TCase *
mcap_cases(void)
{
	TCase *cases = tcase_create("mcap");

	tcase_set_timeout(cases, 120);
	tcase_add_test(cases, lengths_of_100_gb_allocate_nothing);
	tcase_add_test(cases, an_index_that_points_outside_allocates_nothing);
	tcase_add_test(cases, a_file_cut_anywhere_is_refused_with_the_offset);
	tcase_add_test(cases, each_flipped_bit_of_a_file_of_ours_is_found);
	tcase_add_test(cases,
	    real_files_cut_and_flipped_at_every_1000th_byte_end_in_words);
	tcase_add_test(cases, what_may_not_stand_there_is_refused);
	tcase_add_test(cases, one_id_never_means_two_things);
	tcase_add_test(cases, an_unknown_compression_is_named);
	tcase_add_test(cases, what_we_write_is_read_whole_both_ways);
	tcase_add_test(cases, a_span_of_one_channel_gives_only_that);
	tcase_add_test(
	    cases, attachments_and_metadata_are_found_by_the_summary);
	tcase_add_test(cases, a_file_without_chunks_is_read_as_a_stream_only);
	tcase_add_test(cases, the_writer_refuses_what_is_not_defined);
	tcase_add_test(cases, each_id_from_the_first_to_the_last_is_kept_apart);
	return cases;
}
