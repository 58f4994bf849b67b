/* Sources of many short episodes, for tests and benches.
 *
 *   source_tool mcap FILE COUNT                one file, marked COUNT times
 *   source_tool lerobot-v3 DIR COUNT PER_FILE  shared data and video files
 *
 * What episode K holds depends on K alone. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/formats/mcap_writer.h"
#include "sluice/formats/parquet_writer.h"

#define FRAMES      10
#define FPS         10
#define JOINTS      7
#define FRAME_BYTES 200
#define FILM_MAX    (1u << 30)
#define VIDEO       "observation.images.top"

static struct sl_error err;

static void
need(enum sl_status status, const char *what)
{
	if (status == SL_OK)
		return;
	fprintf(stderr, "source_tool: %s: %s\n", what, err.text);
	exit(1);
}

static int
create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		need(sl_error_errno(&err, "open"), path);
	return fd;
}

/* ---- mcap ---- */

static void
put_marker(struct sl_mcap_writer *writer, uint64_t number, uint64_t start_ns)
{
	struct sl_mcap_metadata metadata = {.name = sl_slice_text("episode")};
	char text[3][32];
	static const char *const keys[] = {"key", "start_ns", "end_ns"};
	struct sl_buf map;

	snprintf(text[0], 32, "ep-%06" PRIu64, number);
	snprintf(text[1], 32, "%" PRIu64, start_ns);
	snprintf(text[2], 32, "%" PRIu64, start_ns + UINT64_C(1000000000));
	sl_buf_init(&map, 1u << 16);
	for (size_t i = 0; i < 3; i++)
		need(sl_mcap_map_add(
		         &map, sl_slice_text(keys[i]), sl_slice_text(text[i])),
		    "map");
	metadata.metadata = sl_buf_slice(&map);
	need(sl_mcap_writer_metadata(writer, &metadata, &err), "metadata");
	sl_buf_clear(&map);
}

static void
define(struct sl_mcap_writer *writer)
{
	static const char *const names[][2] = {
	    {"/joint_states", "sensor_msgs/msg/JointState"},
	    {"/wrench", "geometry_msgs/msg/WrenchStamped"}};

	for (uint16_t i = 0; i < 2; i++) {
		struct sl_mcap_schema schema = {.id = (uint16_t)(i + 1),
		    .name = sl_slice_text(names[i][1])};
		struct sl_mcap_channel channel = {.id = i,
		    .schema_id = schema.id,
		    .topic = sl_slice_text(names[i][0]),
		    .message_encoding = sl_slice_text("json")};

		need(sl_mcap_writer_schema(writer, &schema, &err), "schema");
		need(sl_mcap_writer_channel(writer, &channel, &err), "channel");
	}
}

static void
put_frame(struct sl_mcap_writer *writer, uint64_t number, uint64_t time)
{
	char text[2][256];
	char stamp[80];

	snprintf(stamp, sizeof(stamp),
	    "{\"stamp\":{\"sec\":%" PRIu64 ",\"nanosec\":%" PRIu64 "}}",
	    time / UINT64_C(1000000000), time % UINT64_C(1000000000));
	snprintf(text[0], 256,
	    "{\"header\":%s,\"name\":[\"a\"],\"position\":[%" PRIu64
	    ".5],\"velocity\":[],\"effort\":[]}",
	    stamp, number);
	snprintf(text[1], 256,
	    "{\"header\":%s,\"wrench\":{\"force\":{\"x\":%" PRIu64
	    ",\"y\":1,\"z\":1},\"torque\":{\"x\":1,\"y\":1,\"z\":1}}}",
	    stamp, number);
	for (uint16_t i = 0; i < 2; i++) {
		struct sl_mcap_message message = {.channel_id = i,
		    .log_time = time,
		    .publish_time = time,
		    .data = sl_slice_text(text[i])};

		need(sl_mcap_writer_message(writer, &message, &err), "message");
	}
}

static void
write_mcap(const char *path, uint64_t count)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	uint64_t time = UINT64_C(1790000000000000000);
	struct sl_mcap_writer *writer;
	int fd = create(path);

	options.sink = sl_mcap_to_fd;
	options.sink_ctx = &fd;
	need(sl_mcap_writer_new(&writer, &options, &err), path);
	define(writer);
	for (uint64_t i = 0; i < count; i++) {
		put_marker(writer, i, time);
		for (uint64_t n = 0; n < FRAMES; n++)
			put_frame(
			    writer, i, time + n * (UINT64_C(1000000000) / FPS));
		time += UINT64_C(2000000000);
	}
	need(sl_mcap_writer_finish(writer, &err), path);
	sl_mcap_writer_free(writer);
	close(fd);
}

/* ---- tables of lerobot-v3 ---- */

struct table {
	struct sl_parquet_schema schema;
	struct sl_parquet_writer *writer;
	int fd;
};

struct column {
	const char *name;
	enum sl_parquet_type type;
	bool is_list;
};

static void
begin_table(struct table *table, const char *path, const struct column *columns)
{
	table->fd = create(path);
	need(sl_parquet_schema_init(&table->schema), path);
	for (size_t i = 0; columns[i].name != NULL; i++)
		need(sl_parquet_schema_add(&table->schema, columns[i].name,
		         columns[i].type,
		         columns[i].type == SL_PARQUET_BYTES ? SL_PARQUET_UTF8
		                                             : SL_PARQUET_PLAIN,
		         columns[i].is_list),
		    path);
	need(sl_parquet_writer_new(&table->writer, table->fd, &table->schema,
	         SL_PARQUET_SNAPPY, &err),
	    path);
}

static void
end_table(struct table *table, uint64_t rows)
{
	need(sl_parquet_writer_end_group(table->writer, rows, &err), "group");
	need(sl_parquet_writer_finish(table->writer, &err), "table");
	sl_parquet_writer_free(table->writer);
	sl_parquet_schema_clear(&table->schema);
	close(table->fd);
}

static void
put_number(struct table *table, size_t leaf, uint64_t value)
{
	int64_t number = (int64_t)value;

	need(sl_parquet_writer_rows(table->writer, leaf, &number, 1, 1, &err),
	    "number");
}

static void
put_data(const char *path, uint64_t first, uint64_t count)
{
	static const struct column columns[] = {
	    {"observation.state", SL_PARQUET_DOUBLE, true},
	    {"timestamp", SL_PARQUET_DOUBLE, false},
	    {"frame_index", SL_PARQUET_INT64, false},
	    {"episode_index", SL_PARQUET_INT64, false},
	    {"index", SL_PARQUET_INT64, false},
	    {"task_index", SL_PARQUET_INT64, false}, {0}};
	struct table table;

	begin_table(&table, path, columns);
	for (uint64_t row = first * FRAMES; row < (first + count) * FRAMES;
	     row++) {
		double state[JOINTS];
		double timestamp = (double)(row % FRAMES) / FPS;

		for (size_t i = 0; i < JOINTS; i++)
			state[i] = (double)(row * JOINTS + i);
		need(sl_parquet_writer_rows(
		         table.writer, 0, state, 1, JOINTS, &err),
		    path);
		need(sl_parquet_writer_rows(
		         table.writer, 1, &timestamp, 1, 1, &err),
		    path);
		put_number(&table, 2, row % FRAMES);
		put_number(&table, 3, row / FRAMES);
		put_number(&table, 4, row);
		put_number(&table, 5, 0);
	}
	end_table(&table, count * FRAMES);
}

static void
put_episodes(const char *path, uint64_t count, uint64_t per_file)
{
	static const struct column columns[] = {
	    {"episode_index", SL_PARQUET_INT64, false},
	    {"length", SL_PARQUET_INT64, false},
	    {"data/chunk_index", SL_PARQUET_INT64, false},
	    {"data/file_index", SL_PARQUET_INT64, false},
	    {"dataset_from_index", SL_PARQUET_INT64, false},
	    {"videos/" VIDEO "/chunk_index", SL_PARQUET_INT64, false},
	    {"videos/" VIDEO "/file_index", SL_PARQUET_INT64, false},
	    {"videos/" VIDEO "/from_timestamp", SL_PARQUET_DOUBLE, false},
	    {"tasks", SL_PARQUET_BYTES, true}, {0}};
	struct sl_slice task = sl_slice_text("put it down");
	struct table table;

	begin_table(&table, path, columns);
	for (uint64_t i = 0; i < count; i++) {
		double from = (double)(i % per_file * FRAMES) / FPS;
		const uint64_t values[] = {
		    i, FRAMES, 0, i / per_file, i * FRAMES, 0, i / per_file};

		for (size_t n = 0; n < 7; n++)
			put_number(&table, n, values[n]);
		need(sl_parquet_writer_rows(table.writer, 7, &from, 1, 1, &err),
		    path);
		need(sl_parquet_writer_rows(table.writer, 8, &task, 1, 1, &err),
		    path);
	}
	end_table(&table, count);
}

/* ---- films of lerobot-v3 ---- */

static void
put_bytes(struct sl_buf *buf, const void *bytes, size_t len)
{
	need(sl_buf_append(buf, bytes, len), "film");
}

static void
put_u32(struct sl_buf *buf, uint64_t value)
{
	unsigned char bytes[4];

	for (size_t i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(value >> (24 - 8 * i));
	put_bytes(buf, bytes, 4);
}

static void
put_zeros(struct sl_buf *buf, size_t count)
{
	static const unsigned char zeros[128];

	put_bytes(buf, zeros, count);
}

/* Where the box begins; it is as long as what follows until it ends. */
static size_t
begin_box(struct sl_buf *buf, const char *type)
{
	size_t at = buf->len;

	put_u32(buf, 0);
	put_bytes(buf, type, 4);
	return at;
}

static void
end_box(struct sl_buf *buf, size_t at)
{
	for (size_t i = 0; i < 4; i++)
		buf->data[at + i] =
		    (unsigned char)((buf->len - at) >> (24 - 8 * i));
}

/* A box of 32-bit numbers. */
static void
put_box(
    struct sl_buf *buf, const char *type, const uint64_t *words, size_t count)
{
	size_t at = begin_box(buf, type);

	for (size_t i = 0; i < count; i++)
		put_u32(buf, words[i]);
	end_box(buf, at);
}

static void
put_sample_entry(struct sl_buf *buf)
{
	size_t stsd = begin_box(buf, "stsd");
	size_t avc1;

	put_u32(buf, 0);
	put_u32(buf, 1);
	avc1 = begin_box(buf, "avc1");
	put_zeros(buf, 78);
	end_box(buf, avc1);
	end_box(buf, stsd);
}

static void
put_samples(struct sl_buf *buf, uint64_t episodes, uint64_t offset)
{
	uint64_t frames = episodes * FRAMES;
	size_t stbl = begin_box(buf, "stbl");
	size_t stss;

	put_sample_entry(buf);
	put_box(buf, "stts", (const uint64_t[]){0, 1, frames, 1}, 4);
	put_box(buf, "stsc", (const uint64_t[]){0, 1, 1, frames, 1}, 5);
	put_box(buf, "stsz", (const uint64_t[]){0, FRAME_BYTES, frames}, 3);
	put_box(buf, "stco", (const uint64_t[]){0, 1, offset}, 3);
	stss = begin_box(buf, "stss");
	put_u32(buf, 0);
	put_u32(buf, episodes);
	for (uint64_t i = 0; i < episodes; i++)
		put_u32(buf, i * FRAMES + 1);
	end_box(buf, stss);
	end_box(buf, stbl);
}

static void
put_track(struct sl_buf *buf, uint64_t episodes, uint64_t offset)
{
	uint64_t frames = episodes * FRAMES;
	size_t trak = begin_box(buf, "trak");
	size_t mdia;
	size_t minf;
	size_t dinf;

	put_box(buf, "tkhd",
	    (const uint64_t[20]){
	        3, 0, 0, 1, 0, frames, [18] = 64 << 16, [19] = 64 << 16},
	    20);
	mdia = begin_box(buf, "mdia");
	put_box(buf, "mdhd", (const uint64_t[]){0, 0, 0, FPS, frames, 0}, 6);
	put_box(buf, "hdlr", (const uint64_t[6]){[2] = 0x76696465}, 6);
	minf = begin_box(buf, "minf");
	put_box(buf, "vmhd", (const uint64_t[3]){1}, 3);
	dinf = begin_box(buf, "dinf");
	put_box(buf, "dref", (const uint64_t[]){0, 1, 12, 0x75726c20, 1}, 5);
	end_box(buf, dinf);
	put_samples(buf, episodes, offset);
	end_box(buf, minf);
	end_box(buf, mdia);
	end_box(buf, trak);
}

static void
put_film(const char *path, uint64_t first, uint64_t episodes)
{
	static const char brand[] = "isom\0\0\0\0isom";
	uint64_t frames = episodes * FRAMES;
	struct sl_buf film;
	size_t box;

	sl_buf_init(&film, FILM_MAX);
	box = begin_box(&film, "ftyp");
	put_bytes(&film, brand, 12);
	end_box(&film, box);
	box = begin_box(&film, "mdat");
	for (uint64_t i = 0; i < frames * (FRAME_BYTES / 4); i++)
		put_u32(&film, first * FRAMES * FRAME_BYTES + i);
	end_box(&film, box);
	box = begin_box(&film, "moov");
	put_box(&film, "mvhd",
	    (const uint64_t[25]){[3] = FPS, [4] = frames, [24] = 2}, 25);
	put_track(&film, episodes, 20 + 8);
	end_box(&film, box);
	need(sl_file_replace(path, sl_buf_slice(&film), 0644, &err), path);
	sl_buf_clear(&film);
}

/* ---- */

static void
put_info(uint64_t count)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "{\"codebase_version\":\"v3.0\",\"fps\":%d,\"chunks_size\":1000,"
	    "\"total_episodes\":%" PRIu64 ",\"total_frames\":%" PRIu64 ","
	    "\"data_path\":\"data/chunk-{chunk_index:03d}/"
	    "file-{file_index:03d}.parquet\",\"video_path\":\"videos/"
	    "{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4\","
	    "\"features\":{\"" VIDEO "\":{\"dtype\":\"video\",\"shape\":"
	    "[64,64,3]},\"observation.state\":{\"dtype\":\"float64\","
	    "\"shape\":[7]}}}",
	    FPS, count, count * FRAMES);
	need(sl_file_replace("meta/info.json", sl_slice_text(text), 0644, &err),
	    "meta/info.json");
	need(sl_file_replace("meta/tasks.jsonl",
	         sl_slice_text("{\"task_index\":0,\"task\":\"put it down\"}\n"),
	         0644, &err),
	    "meta/tasks.jsonl");
}

static void
write_lerobot(const char *dir, uint64_t count, uint64_t per_file)
{
	static const char *const folders[] = {"meta/episodes/chunk-000",
	    "data/chunk-000", "videos/" VIDEO "/chunk-000"};

	need(sl_file_make_dirs(dir, &err), dir);
	if (chdir(dir) != 0)
		need(sl_error_errno(&err, "chdir"), dir);
	for (size_t i = 0; i < 3; i++)
		need(sl_file_make_dirs(folders[i], &err), folders[i]);
	put_info(count);
	put_episodes(
	    "meta/episodes/chunk-000/file-000.parquet", count, per_file);
	for (uint64_t i = 0; i < count; i += per_file) {
		uint64_t episodes = count - i < per_file ? count - i : per_file;
		char path[128];

		snprintf(path, sizeof(path),
		    "data/chunk-000/file-%03" PRIu64 ".parquet", i / per_file);
		put_data(path, i, episodes);
		snprintf(path, sizeof(path),
		    "videos/" VIDEO "/chunk-000/file-%03" PRIu64 ".mp4",
		    i / per_file);
		put_film(path, i, episodes);
	}
}

int
main(int argc, char **argv)
{
	uint64_t count = 0;
	uint64_t per_file = 0;

	if (argc == 4 && strcmp(argv[1], "mcap") == 0 &&
	    sl_parse_u64(argv[3], 1000000, &count)) {
		write_mcap(argv[2], count);
		return 0;
	}
	if (argc == 5 && strcmp(argv[1], "lerobot-v3") == 0 &&
	    sl_parse_u64(argv[3], 1000000, &count) &&
	    sl_parse_u64(argv[4], 100000, &per_file) && per_file > 0) {
		write_lerobot(argv[2], count, per_file);
		return 0;
	}
	fprintf(stderr,
	    "usage: source_tool mcap FILE COUNT\n"
	    "       source_tool lerobot-v3 DIR COUNT PER_FILE\n");
	return 2;
}
