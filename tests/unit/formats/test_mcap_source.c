#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/source.h"

#include "../../support/scan_memory.h"

#include "mcap_layers.h"
#include "mcap_sample.h"
#include "suites.h"

static char folder[] = "/tmp/test_mcap_source.XXXXXX";
static struct sl_error err;
static struct sl_source *source;
static struct scan_memory made;
static struct sl_mcap_source_options options;

static void
make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_mcap_source.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	options = (struct sl_mcap_source_options){0};
}

static void
remove_folder(void)
{
	char command[128];

	sl_source_free(source);
	source = NULL;
	scan_memory_clear(&made);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void
put_file(const char *name, struct sl_slice bytes)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert(sl_file_replace(path, bytes, 0644, NULL) == SL_OK);
}

/* ---- files to read ---- */

struct writing {
	struct sl_buf bytes;
	struct sl_mcap_writer *writer;
};

static void
begin(struct writing *writing)
{
	static const char *const channels[][2] = {
	    {"/joint_states", "sensor_msgs/msg/JointState"},
	    {"/ft/wrench", "geometry_msgs/msg/WrenchStamped"},
	    {"/cam/wrist/image_raw/compressed", "foxglove.CompressedVideo"},
	    {"/odd", ""}};
	struct sl_mcap_writer_options how = SL_MCAP_WRITER_DEFAULTS;

	sl_buf_init(&writing->bytes, 8u << 20);
	how.sink = sample_to_buffer;
	how.sink_ctx = &writing->bytes;
	how.chunk_bytes = 2000;
	ck_assert(sl_mcap_writer_new(&writing->writer, &how, NULL) == SL_OK);
	for (uint16_t i = 0; i < 4; i++) {
		struct sl_mcap_schema schema = {.id = (uint16_t)(i + 1),
		    .name = sl_slice_text(channels[i][1]),
		    .encoding = sl_slice_text("x")};
		struct sl_mcap_channel channel = {.id = i,
		    .schema_id = (uint16_t)(i < 3 ? i + 1 : 0),
		    .topic = sl_slice_text(channels[i][0]),
		    .message_encoding = sl_slice_text(i == 3 ? "" : "json")};

		if (i < 3)
			ck_assert(sl_mcap_writer_schema(
			              writing->writer, &schema, NULL) == SL_OK);
		ck_assert(sl_mcap_writer_channel(
		              writing->writer, &channel, NULL) == SL_OK);
	}
}

static void
say(struct writing *writing, uint16_t channel, uint64_t ms)
{
	static const char *const bodies[] = {
	    "\"name\":[\"a\"],\"position\":[1]",
	    ("\"wrench\":{\"force\":{\"x\":1,\"y\":1,\"z\":1},"
	     "\"torque\":{\"x\":1,\"y\":1,\"z\":1}}"),
	    "\"format\":\"h264\",\"data\":\"AAAA\"", "\"x\":1"};
	char text[256];
	struct sl_mcap_message message = {
	    .channel_id = channel, .log_time = ms * 1000000};

	snprintf(text, sizeof(text),
	    "{\"header\":{\"stamp\":{\"sec\":%llu,\"nanosec\":%llu},"
	    "\"frame_id\":\"\"},%s}",
	    (unsigned long long)(ms / 1000),
	    (unsigned long long)(ms % 1000 * 1000000), bodies[channel]);
	message.data = sl_slice_text(text);
	ck_assert(
	    sl_mcap_writer_message(writing->writer, &message, NULL) == SL_OK);
}

static void
put_map(struct writing *writing, const char *name, struct sl_slice map)
{
	struct sl_mcap_metadata metadata = {
	    .name = sl_slice_text(name), .metadata = map};

	ck_assert(
	    sl_mcap_writer_metadata(writing->writer, &metadata, NULL) == SL_OK);
}

/* Pairs of key and value, NULL at the end. */
static void
mark(struct writing *writing, const char *name, const char *const pairs[])
{
	struct sl_buf map;

	sl_buf_init(&map, 1u << 16);
	for (size_t i = 0; pairs[i] != NULL; i += 2)
		ck_assert(sl_mcap_map_add(&map, sl_slice_text(pairs[i]),
		              sl_slice_text(pairs[i + 1])) == SL_OK);
	put_map(writing, name, sl_buf_slice(&map));
	sl_buf_clear(&map);
}

static void
end(struct writing *writing, const char *name)
{
	ck_assert(sl_mcap_writer_finish(writing->writer, NULL) == SL_OK);
	sl_mcap_writer_free(writing->writer);
	put_file(name, sl_buf_slice(&writing->bytes));
	sl_buf_clear(&writing->bytes);
}

/* Two seconds of everything, well behaved. */
static void
put_episode(const char *name, const char *key)
{
	const char *const pairs[] = {"key", key, "task", "Insert Peg",
	    "success", "true", "robot", "ur5e", NULL};
	const char *const loose[] = {"task", "Insert Peg", NULL};
	struct writing writing;

	begin(&writing);
	for (uint64_t ms = 1000; ms <= 3000; ms += 20) {
		say(&writing, 0, ms);
		say(&writing, 1, ms);
		if (ms % 100 == 0)
			say(&writing, 2, ms);
	}
	mark(&writing, key == NULL ? "notes" : "episode",
	    key == NULL ? loose : pairs);
	end(&writing, name);
}

static enum sl_status
open_path(const char *path)
{
	enum sl_status status;

	err = (struct sl_error){0};
	sl_source_free(source);
	scan_memory_clear(&made);
	status = sl_mcap_source_open(&source, path, &options, &err);
	return status == SL_OK ? scan_memory_fill(&made, source, &err) : status;
}

static enum sl_status
open_folder(void)
{
	return open_path(folder);
}

static bool
warns_of(const char *words)
{
	for (size_t i = 0; i < source->warning_count; i++)
		if (strstr(source->warnings[i], words) != NULL)
			return true;
	return false;
}

static const struct sl_source_file *
find_file(size_t episode, const char *path)
{
	for (size_t i = 0; i < source->episodes[episode].file_count; i++)
		if (strcmp(source->episodes[episode].files[i].path, path) == 0)
			return &source->episodes[episode].files[i];
	return NULL;
}

/* Messages in what is made of the file. */
static uint64_t
count_made(const struct sl_source_file *file)
{
	const struct sl_mcap_record *record = NULL;
	int fd = scan_memory_file(&made, &file->made);
	struct sl_mcap_reader *reader;
	uint64_t count = 0;

	ck_assert_int_eq(file->part, SL_SOURCE_LAYER);
	ck_assert_int_ge(fd, 0);
	ck_assert(sl_mcap_reader_new(&reader, fd) == SL_OK);
	do {
		ck_assert(sl_mcap_reader_next(reader, &record, &err) == SL_OK);
		count += record != NULL && record->opcode == SL_MCAP_MESSAGE;
	} while (record != NULL);
	sl_mcap_reader_free(reader);
	return count;
}

/* ---- what is wrong ---- */

START_TEST(two_episodes_with_one_key_are_refused)
{
	put_episode("a.mcap", "ep-1");
	put_episode("b.mcap", "ep-1");
	ck_assert(open_folder() == SL_ERR_INVALID);
	ck_assert_str_eq(err.code, "duplicate_key");
	ck_assert_ptr_nonnull(strstr(err.text, "a.mcap and in b.mcap"));
}
END_TEST

START_TEST(a_damaged_file_is_an_episode_with_a_defect)
{
	put_episode("a.mcap", "ep-1");
	put_file("b.mcap", sl_slice_text("\x89MCAP0\r\n and nonsense"));
	ck_assert(open_folder() == SL_OK);
	ck_assert_uint_eq(source->episode_count, 2);
	ck_assert_ptr_null(source->episodes[0].defect);
	ck_assert_str_eq(source->episodes[1].key, "b");
	ck_assert_ptr_nonnull(source->episodes[1].defect);
	ck_assert_ptr_nonnull(strstr(source->episodes[1].defect, "offset 8"));
}
END_TEST

START_TEST(an_episode_without_messages_is_left_out_with_words)
{
	struct writing writing;

	begin(&writing);
	end(&writing, "a.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_str_eq(
	    source->episodes[0].defect, "a.mcap: it has no messages");
}
END_TEST

START_TEST(a_key_that_is_a_path_is_no_key)
{
	put_episode("a.mcap", "../../etc/passwd");
	ck_assert(open_folder() == SL_OK);
	ck_assert_str_eq(source->episodes[0].key, "a");
	ck_assert_ptr_nonnull(source->episodes[0].defect);
}
END_TEST

START_TEST(what_is_odd_is_said_in_plain_words)
{
	struct writing writing;

	begin(&writing);
	for (uint64_t ms = 1000; ms < 3000; ms += 20)
		say(&writing, 0, ms);
	say(&writing, 0, 2500); /* backwards */
	for (uint64_t ms = 1000; ms < 1400; ms += 20)
		say(&writing, 1, ms); /* then a gap, then an early end */
	say(&writing, 1, 2400);
	say(&writing, 3, 1500); /* no schema */
	say(&writing, 2, 4400);
	end(&writing, "a.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_ptr_null(source->episodes[0].defect);
	ck_assert(warns_of("episode a: /odd has no schema"));
	ck_assert(warns_of("/joint_states: its time runs backwards 1 times, "
	                   "by up to 480.0 ms"));
	ck_assert(warns_of("/ft/wrench: nothing for 1020 ms"));
	ck_assert(warns_of("/ft/wrench ends 2000 ms before the episode does"));
}
END_TEST

START_TEST(a_message_that_is_not_what_its_schema_says_is_counted)
{
	struct sl_mcap_message message = {
	    .data = sl_slice_text("{\"position\":"), .log_time = 7};
	struct writing writing;

	begin(&writing);
	ck_assert(
	    sl_mcap_writer_message(writing.writer, &message, NULL) == SL_OK);
	end(&writing, "a.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert(warns_of("/joint_states: 1 of 1 messages are no "
	                   "sensor_msgs/msg/JointState"));
}
END_TEST

/* An episode K-1 with one more entry in its marker. */
static void
put_marked(const char *name, struct sl_slice key, struct sl_slice value)
{
	struct writing writing;
	struct sl_buf map;

	sl_buf_init(&map, 1u << 16);
	ck_assert(sl_mcap_map_add(&map, sl_slice_text("key"),
	              sl_slice_text("K-1")) == SL_OK);
	ck_assert(sl_mcap_map_add(&map, key, value) == SL_OK);
	begin(&writing);
	put_map(&writing, "episode", sl_buf_slice(&map));
	for (uint64_t ms = 1000; ms < 3000; ms += 20)
		say(&writing, 0, ms);
	end(&writing, name);
	sl_buf_clear(&map);
}

static void
expect_left_out(const char *key, const char *words)
{
	ck_assert_msg(open_folder() == SL_OK, "%s", err.text);
	ck_assert_uint_eq(source->episode_count, 2);
	ck_assert_ptr_null(source->episodes[0].defect);
	ck_assert_str_eq(source->episodes[1].key, key);
	ck_assert_ptr_nonnull(source->episodes[1].defect);
	ck_assert_ptr_nonnull(strstr(source->episodes[1].defect, words));
}

START_TEST(metadata_that_no_draft_can_hold_leave_their_episode_out)
{
	static const char deep[] = "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	                           "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}";

	put_episode("a.mcap", "ep-1");
	put_marked("b.mcap", sl_slice_text("note"), sl_slice_of("a\0b", 3));
	expect_left_out("K-1", "b.mcap: ");
	put_marked("b.mcap", sl_slice_of("no\0te", 5), sl_slice_text("x"));
	expect_left_out("K-1", "NUL");
	put_marked("b.mcap", sl_slice_text("metadata"), sl_slice_text(deep));
	expect_left_out("K-1", "nested deeper");
	put_marked("b.mcap", sl_slice_text("note"), sl_slice_text("\xff"));
	expect_left_out("K-1", "UTF-8");
}
END_TEST

START_TEST(a_key_that_is_known_is_kept_by_what_is_left_out)
{
	char path[256];
	struct sl_buf bytes;

	put_episode("a.mcap", "ep-1");
	put_marked("b.mcap", sl_slice_text("metadata"), sl_slice_text("{"));
	expect_left_out("K-1", "b.mcap: ");
	put_marked("b.mcap", sl_slice_text("task"), sl_slice_text("x"));
	snprintf(path, sizeof(path), "%s/b.mcap", folder);
	sl_buf_init(&bytes, 8u << 20);
	ck_assert(sl_file_read(&bytes, path, NULL) == SL_OK);
	ck_assert_int_eq(truncate(path, (off_t)bytes.len / 2), 0);
	sl_buf_clear(&bytes);
	expect_left_out("K-1", "b.mcap: ");
}
END_TEST

START_TEST(a_key_with_a_nul_is_not_cut_there)
{
	put_episode("a.mcap", "ep-1");
	put_marked("b.mcap", sl_slice_text("key"), sl_slice_of("ep-1\0x", 6));
	ck_assert_msg(open_folder() == SL_OK, "%s", err.text);
	ck_assert_ptr_nonnull(source->episodes[1].defect);
}
END_TEST

START_TEST(records_of_metadata_without_entries_are_counted)
{
	struct writing writing;
	char name[24];

	begin(&writing);
	say(&writing, 0, 1000);
	for (unsigned i = 0; i <= 10000; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		put_map(&writing, name, sl_slice_text(""));
	}
	end(&writing, "a.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_ptr_nonnull(source->episodes[0].defect);
	ck_assert_ptr_nonnull(strstr(
	    source->episodes[0].defect, "more than 10000 entries of metadata"));
}
END_TEST

START_TEST(too_many_metadata_are_the_fault_of_each_episode_marked)
{
	const char *const one[] = {"key", "one", "start_ns", "1000000000",
	    "end_ns", "2000000000", NULL};
	const char *const two[] = {"key", "two", "start_ns", "2000000000",
	    "end_ns", "3000000000", NULL};
	const char *const note[] = {"a", "b", NULL};
	struct writing writing;
	char name[24];

	begin(&writing);
	mark(&writing, "episode", one);
	mark(&writing, "episode", two);
	say(&writing, 0, 1500);
	say(&writing, 0, 2500);
	for (unsigned i = 0; i <= 10000; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		mark(&writing, name, note);
	}
	end(&writing, "a.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_uint_eq(source->episode_count, 2);
	ck_assert_str_eq(source->episodes[0].key, "one");
	ck_assert_str_eq(source->episodes[1].key, "two");
	ck_assert_ptr_nonnull(source->episodes[0].defect);
}
END_TEST

static long allocations_left;

/* Of jansson: the one that is counted down to fails. */
static void *
allocate(size_t size)
{
	return allocations_left-- == 0 ? NULL : malloc(size);
}

START_TEST(short_memory_is_no_verdict_on_a_file)
{
	bool is_reached = true;

	put_marked("a.mcap", sl_slice_text("task"), sl_slice_text("x"));
	for (long count = 0; is_reached; count++) {
		enum sl_status status;
		const char *defect;

		json_set_alloc_funcs(allocate, free);
		allocations_left = count;
		status = open_folder();
		is_reached = allocations_left < 0;
		allocations_left = -1;
		if (is_reached && status != SL_OK)
			continue;
		ck_assert(status == SL_OK);
		defect = source->episodes[0].defect;
		/* jansson's parser calls some of it a malformed text. */
		if (is_reached && defect != NULL &&
		    strstr(defect, "not valid JSON") != NULL)
			continue;
		ck_assert_ptr_null(defect);
		ck_assert_uint_eq(
		    json_array_size(json_object_get(
		        source->episodes[0].metadata, "channels")),
		    1);
	}
	json_set_alloc_funcs(malloc, free);
}
END_TEST

/* ---- what is right ---- */

START_TEST(each_file_becomes_an_episode_with_a_file_per_layer)
{
	const struct sl_source_episode *episode;

	put_episode("a.mcap", "ep-1");
	put_episode("b.mcap", NULL);
	put_file("README.md", sl_slice_text("hello\n"));
	ck_assert(open_folder() == SL_OK);
	ck_assert_uint_eq(source->warning_count, 0);
	ck_assert_uint_eq(source->episode_count, 2);
	ck_assert_uint_eq(source->dataset_file_count, 1);
	episode = &source->episodes[0];
	ck_assert_str_eq(episode->key, "ep-1");
	ck_assert_str_eq(source->episodes[1].key, "b");
	ck_assert_str_eq(episode->facets.value[SL_FACET_TASK], "insert-peg");
	ck_assert_str_eq(episode->facets.value[SL_FACET_SUCCESS], "true");
	ck_assert_str_eq(episode->facets.value[SL_FACET_ROBOT], "ur5e");
	ck_assert_uint_eq(episode->facets.duration_ms, 2000);
	ck_assert_uint_eq(episode->file_count, 3);
	ck_assert_uint_eq(
	    count_made(find_file(0, "episodes/ep-1/state.mcap")), 101);
	ck_assert_uint_eq(
	    count_made(find_file(0, "episodes/ep-1/force.mcap")), 101);
	ck_assert_uint_eq(
	    count_made(find_file(0, "episodes/ep-1/video.wrist.mcap")), 21);
}
END_TEST

START_TEST(a_file_of_several_episodes_is_cut_at_its_marks)
{
	const char *const one[] = {"key", "one", "start_ns", "1000000000",
	    "end_ns", "2000000000", NULL};
	const char *const two[] = {"key", "two", "start_ns", "2000000000",
	    "end_ns", "3000000000", NULL};
	struct writing writing;
	char path[256];

	begin(&writing);
	mark(&writing, "episode", two);
	for (uint64_t ms = 900; ms < 3000; ms += 20)
		say(&writing, 0, ms);
	mark(&writing, "episode", one);
	end(&writing, "a.mcap");
	snprintf(path, sizeof(path), "%s/a.mcap", folder);
	ck_assert(open_path(path) == SL_OK);
	ck_assert_uint_eq(source->episode_count, 2);
	ck_assert_str_eq(source->episodes[0].key, "one");
	ck_assert_uint_eq(
	    count_made(find_file(0, "episodes/one/state.mcap")), 50);
	ck_assert_uint_eq(
	    count_made(find_file(1, "episodes/two/state.mcap")), 50);
	ck_assert(warns_of("5 messages belong to no episode"));
}
END_TEST

START_TEST(many_episodes_of_one_file_are_units_of_a_few)
{
	const char *pairs[] = {"key", NULL, "start_ns", NULL, "end_ns", NULL,
	    "metadata", "{\"schema_version\":1,\"source\":\"simulation\"}",
	    NULL};
	struct writing writing;
	char text[3][24];

	begin(&writing);
	for (uint64_t i = 0; i < 100; i++) {
		snprintf(text[0], 24, "ep-%03u", (unsigned)i);
		snprintf(text[1], 24, "%u00000000", (unsigned)i + 10);
		snprintf(text[2], 24, "%u00000000", (unsigned)i + 11);
		for (size_t n = 0; n < 3; n++)
			pairs[2 * n + 1] = text[n];
		mark(&writing, "episode", pairs);
		for (uint64_t ms = 0; ms < 100; ms += 20)
			say(&writing, ms % 40 == 0, 1000 + 100 * i + ms);
	}
	end(&writing, "a.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_uint_eq(source->unit_count, 1 + 4);
	ck_assert_uint_eq(source->episode_count, 100);
	for (size_t i = 0; i < 100; i++) {
		const struct sl_source_episode *episode = &source->episodes[i];

		ck_assert_ptr_null(episode->defect);
		ck_assert_uint_eq(episode->file_count, 2);
		ck_assert_uint_eq(count_made(&episode->files[0]), 3);
		ck_assert_uint_eq(count_made(&episode->files[1]), 2);
		ck_assert_str_eq(json_string_value(json_object_get(
		                     episode->metadata, "source")),
		    "simulation");
	}
	ck_assert_uint_eq(source->warning_count, 0);
}
END_TEST

START_TEST(a_scan_ends_when_its_place_says_so)
{
	static const unsigned char zeros[1u << 20];
	struct writing writing;

	begin(&writing);
	/* Longer than a step of the progress. */
	for (size_t i = 0; i < 3; i++)
		ck_assert(sl_mcap_writer_attachment(writing.writer,
		              &(struct sl_mcap_attachment){
		                  .data = sl_slice_of(zeros, sizeof(zeros))},
		              NULL) == SL_OK);
	say(&writing, 0, 1);
	end(&writing, "a.mcap");
	ck_assert(
	    sl_mcap_source_open(&source, folder, &options, &err) == SL_OK);
	made.is_cancelled = true;
	ck_assert(scan_memory_fill(&made, source, &err) == SL_ERR_CANCELLED);
	ck_assert_uint_eq(made.open_count, 0);
}
END_TEST

START_TEST(an_episode_of_too_many_layers_is_left_out_with_words)
{
	struct writing writing;

	begin(&writing);
	say(&writing, 0, 1000);
	for (uint16_t i = 0; i < 33; i++) {
		char topic[24];
		struct sl_mcap_channel channel = {.id = (uint16_t)(i + 10),
		    .schema_id = 3,
		    .message_encoding = sl_slice_text("json")};
		struct sl_mcap_message message = {.channel_id = channel.id,
		    .log_time = 2000000000,
		    .data = sl_slice_text("{}")};

		snprintf(topic, sizeof(topic), "/cam%u", i);
		channel.topic = sl_slice_text(topic);
		ck_assert(sl_mcap_writer_channel(
		              writing.writer, &channel, NULL) == SL_OK);
		ck_assert(sl_mcap_writer_message(
		              writing.writer, &message, NULL) == SL_OK);
	}
	end(&writing, "a.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_ptr_nonnull(
	    strstr(source->episodes[0].defect, "more than 32 layers"));
	ck_assert_uint_eq(made.open_count, 0);
}
END_TEST

START_TEST(marks_without_times_or_that_overlap_are_named)
{
	const char *const one[] = {
	    "key", "one", "start_ns", "1", "end_ns", "2000000000", NULL};
	const char *const two[] = {"key", "two", NULL};
	const char *const three[] = {
	    "key", "three", "start_ns", "5", "end_ns", "9", NULL};
	struct writing writing;

	begin(&writing);
	say(&writing, 0, 100);
	mark(&writing, "episode", one);
	mark(&writing, "episode", two);
	end(&writing, "a.mcap");
	begin(&writing);
	say(&writing, 0, 100);
	mark(&writing, "episode", one);
	mark(&writing, "episode", three);
	end(&writing, "b.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_uint_eq(source->episode_count, 2);
	ck_assert_ptr_nonnull(
	    strstr(source->episodes[0].defect, "needs start_ns and end_ns"));
	ck_assert_ptr_nonnull(
	    strstr(source->episodes[1].defect, "overlap in time"));
}
END_TEST

START_TEST(a_layer_map_goes_before_the_table)
{
	char path[256];

	put_episode("a.mcap", "ep-1");
	put_file("map",
	    sl_slice_text("# ours\n/ft/* * state\n"
	                  "/cam/* foxglove.* -\n"));
	snprintf(path, sizeof(path), "%s/map", folder);
	options.layer_map = path;
	ck_assert(open_folder() == SL_OK);
	ck_assert_uint_eq(source->episodes[0].file_count, 1);
	ck_assert_uint_eq(
	    count_made(find_file(0, "episodes/ep-1/state.mcap")), 202);
	put_file("map", sl_slice_text("/ft/* * state\n/x * colour\n"));
	ck_assert(open_folder() == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "map:2: \"colour\""));
}
END_TEST

START_TEST(the_original_is_kept_if_asked)
{
	const struct sl_source_file *file;

	put_episode("a.mcap", "ep-1");
	options.keep_original = true;
	ck_assert(open_folder() == SL_OK);
	file = find_file(0, "episodes/ep-1/original.mcap");
	ck_assert_ptr_nonnull(file);
	ck_assert_str_eq(file->layer, "raw");
	ck_assert_int_eq(file->part, SL_SOURCE_WHOLE);
}
END_TEST

START_TEST(a_document_of_the_schema_is_the_metadata)
{
	const char *const pairs[] = {"key", "ep-1", "metadata",
	    "{\"schema_version\":1,\"source\":\"simulation\"}", NULL};
	const char *const bad[] = {"key", "ep-2", "metadata", "{", NULL};
	struct writing writing;

	begin(&writing);
	say(&writing, 0, 100);
	mark(&writing, "episode", pairs);
	end(&writing, "a.mcap");
	begin(&writing);
	say(&writing, 0, 100);
	mark(&writing, "episode", bad);
	end(&writing, "b.mcap");
	ck_assert(open_folder() == SL_OK);
	ck_assert_str_eq(json_string_value(json_object_get(
	                     source->episodes[0].metadata, "source")),
	    "simulation");
	ck_assert_ptr_nonnull(source->episodes[1].defect);
}
END_TEST

START_TEST(channels_find_their_layers)
{
	static const char *const cases[][3] = {
	    {"/joint_states", "sensor_msgs/msg/JointState", "state"},
	    {"/x", "geometry_msgs/msg/WrenchStamped", "force"},
	    {"/camera/wrist/color/image_raw", "sensor_msgs/msg/Image",
	        "video.wrist"},
	    {"/wrist_cam/image_raw/compressed",
	        "sensor_msgs/msg/CompressedImage", "video.wrist_cam"},
	    {"/top/depth/image_raw", "sensor_msgs/msg/Image", "depth.top"},
	    {"/image", "sensor_msgs/msg/Image", "video"},
	    {"/top/camera_info", "sensor_msgs/msg/CameraInfo", "calibration"},
	    {"/tf_static", "tf2_msgs/msg/TFMessage", "calibration"},
	    {"/tf", "tf2_msgs/msg/TFMessage", "state"},
	    {"/annotations", "", "annotation"},
	    {"/rosout", "rcl_interfaces/msg/Log", "raw"}};
	struct mcap_layers *layers;
	char layer[SL_LAYER_MAX + 1];

	ck_assert(mcap_layers_new(&layers, NULL, NULL) == SL_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		mcap_layers_find(layers, sl_slice_text(cases[i][0]),
		    sl_slice_text(cases[i][1]), layer);
		ck_assert_str_eq(layer, cases[i][2]);
	}
	mcap_layers_free(layers);
}
END_TEST

TCase *
mcap_source_cases(void)
{
	TCase *cases = tcase_create("mcap_source");

	tcase_add_checked_fixture(cases, make_folder, remove_folder);
	tcase_add_test(cases, two_episodes_with_one_key_are_refused);
	tcase_add_test(cases, a_damaged_file_is_an_episode_with_a_defect);
	tcase_add_test(
	    cases, an_episode_without_messages_is_left_out_with_words);
	tcase_add_test(cases, a_key_that_is_a_path_is_no_key);
	tcase_add_test(cases, what_is_odd_is_said_in_plain_words);
	tcase_add_test(
	    cases, a_message_that_is_not_what_its_schema_says_is_counted);
	tcase_add_test(
	    cases, metadata_that_no_draft_can_hold_leave_their_episode_out);
	tcase_add_test(cases, a_key_that_is_known_is_kept_by_what_is_left_out);
	tcase_add_test(cases, a_key_with_a_nul_is_not_cut_there);
	tcase_add_test(cases, short_memory_is_no_verdict_on_a_file);
	tcase_add_test(cases, records_of_metadata_without_entries_are_counted);
	tcase_add_test(
	    cases, too_many_metadata_are_the_fault_of_each_episode_marked);
	tcase_add_test(
	    cases, each_file_becomes_an_episode_with_a_file_per_layer);
	tcase_add_test(cases, a_file_of_several_episodes_is_cut_at_its_marks);
	tcase_add_test(cases, many_episodes_of_one_file_are_units_of_a_few);
	tcase_add_test(cases, a_scan_ends_when_its_place_says_so);
	tcase_add_test(
	    cases, an_episode_of_too_many_layers_is_left_out_with_words);
	tcase_add_test(cases, marks_without_times_or_that_overlap_are_named);
	tcase_add_test(cases, a_layer_map_goes_before_the_table);
	tcase_add_test(cases, the_original_is_kept_if_asked);
	tcase_add_test(cases, a_document_of_the_schema_is_the_metadata);
	tcase_add_test(cases, channels_find_their_layers);
	return cases;
}
