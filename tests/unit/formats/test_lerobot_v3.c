#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/media.h"
#include "sluice/formats/parquet_writer.h"
#include "sluice/formats/source.h"

#include "mp4_cut.h"
#include "suites.h"

#define EPISODES 4
#define FRAMES   10

/* A v3 directory of four episodes in two data files, without videos, as each
 * test wants it to be wrong. */
struct plan {
	int64_t index[EPISODES];  /* of the table of episodes */
	int64_t length[EPISODES]; /* that it claims */
	int64_t rows[EPISODES];   /* that are there */
	bool has_second;          /* data/chunk-000/file-001.parquet */
	bool is_shuffled;         /* frame_index of episode 1 */
	int64_t late;             /* its first frame with a time too early */
	/* frame_index has 32 bits, timestamp is a whole number. */
	bool is_narrow;
};

static char root[64];
static struct sl_source *source;
static struct sl_error err;

static void
clean(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	ck_assert_int_eq(system(command), 0);
	sl_source_free(source);
	source = NULL;
}

static void
setup(void)
{
	snprintf(root, sizeof(root), "/tmp/sl-v3-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void
put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	ck_assert(
	    sl_file_replace(path, sl_slice_text(text), 0644, NULL) == SL_OK);
}

static struct sl_parquet_writer *
begin(const char *name, struct sl_parquet_schema *schema,
    const char *const *columns, bool is_narrow, int *fd)
{
	struct sl_parquet_writer *writer;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ge(*fd, 0);
	ck_assert(sl_parquet_schema_init(schema) == SL_OK);
	for (size_t i = 0; columns[i] != NULL; i++) {
		bool is_text = strcmp(columns[i], "tasks") == 0;
		bool is_time =
		    !is_narrow && strcmp(columns[i], "timestamp") == 0;
		bool is_short =
		    is_narrow && strcmp(columns[i], "frame_index") == 0;

		ck_assert(sl_parquet_schema_add(schema, columns[i],
		              is_text        ? SL_PARQUET_BYTES
		                  : is_time  ? SL_PARQUET_FLOAT
		                  : is_short ? SL_PARQUET_INT32
		                             : SL_PARQUET_INT64,
		              is_text ? SL_PARQUET_UTF8 : SL_PARQUET_PLAIN,
		              is_text) == SL_OK);
	}
	ck_assert(sl_parquet_writer_new(
	              &writer, *fd, schema, SL_PARQUET_SNAPPY, &err) == SL_OK);
	return writer;
}

static void
end(struct sl_parquet_writer *writer, struct sl_parquet_schema *schema, int fd,
    uint64_t rows)
{
	ck_assert(sl_parquet_writer_end_group(writer, rows, &err) == SL_OK);
	ck_assert(sl_parquet_writer_finish(writer, &err) == SL_OK);
	sl_parquet_writer_free(writer);
	sl_parquet_schema_clear(schema);
	close(fd);
}

static void
add(struct sl_parquet_writer *writer, size_t leaf, int64_t value)
{
	ck_assert(
	    sl_parquet_writer_rows(writer, leaf, &value, 1, 1, &err) == SL_OK);
}

static void
add_frame(struct sl_parquet_writer *writer, int64_t frame, bool is_narrow)
{
	int32_t narrow = (int32_t)frame;

	if (is_narrow)
		ck_assert(sl_parquet_writer_rows(
		              writer, 1, &narrow, 1, 1, &err) == SL_OK);
	else
		add(writer, 1, frame);
}

static void
add_time(struct sl_parquet_writer *writer, int64_t tenths, bool is_narrow)
{
	float time = (float)tenths / 10;

	if (is_narrow)
		add(writer, 3, tenths);
	else
		ck_assert(sl_parquet_writer_rows(
		              writer, 3, &time, 1, 1, &err) == SL_OK);
}

static void
put_shard(const struct plan *plan, const char *name, size_t first, size_t last)
{
	static const char *const columns[] = {
	    "episode_index", "frame_index", "index", "timestamp", NULL};
	struct sl_parquet_schema schema;
	struct sl_parquet_writer *writer;
	uint64_t rows = 0;
	int fd;

	writer = begin(name, &schema, columns, plan->is_narrow, &fd);
	for (size_t i = first; i < last; i++) {
		for (int64_t n = 0; n < plan->rows[i]; n++, rows++) {
			bool is_late =
			    i == 1 && plan->late > 0 && n >= plan->late;

			add(writer, 0, (int64_t)i);
			add_frame(writer,
			    plan->is_shuffled && i == 1 ? FRAMES - n : n,
			    plan->is_narrow);
			add(writer, 2, (int64_t)i * FRAMES + n);
			add_time(writer, is_late ? n - 3 : n, plan->is_narrow);
		}
	}
	end(writer, &schema, fd, rows);
}

static void
put_tables(const struct plan *plan)
{
	static const char *const columns[] = {"episode_index", "length",
	    "data/chunk_index", "data/file_index", "dataset_from_index",
	    "tasks", NULL};
	static const struct sl_slice task = {
	    (const unsigned char *)"put it down", 11};
	struct sl_parquet_schema schema;
	struct sl_parquet_writer *writer;
	int fd;

	writer = begin("meta/episodes/chunk-000/file-000.parquet", &schema,
	    columns, false, &fd);
	for (size_t i = 0; i < EPISODES; i++) {
		add(writer, 0, plan->index[i]);
		add(writer, 1, plan->length[i]);
		add(writer, 2, 0);
		add(writer, 3, (int64_t)i / 2);
		add(writer, 4, (int64_t)i * FRAMES);
		ck_assert(sl_parquet_writer_rows(
		              writer, 5, &task, 1, 1, &err) == SL_OK);
	}
	end(writer, &schema, fd, EPISODES);
	put("meta/tasks.jsonl",
	    "{\"task_index\":0,\"task\":\"put it down\"}\n");
}

static enum sl_status
open_plan(const struct plan *plan)
{
	static const char *const folders[] = {"meta", "meta/episodes",
	    "meta/episodes/chunk-000", "data", "data/chunk-000"};
	char path[128];

	setup();
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s/%s", root, folders[i]);
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	put("meta/info.json",
	    "{\"codebase_version\":\"v3.0\",\"fps\":10,\"chunks_size\":1000,"
	    "\"total_episodes\":4,\"total_frames\":40,"
	    "\"data_path\":\"data/chunk-{chunk_index:03d}/"
	    "file-{file_index:03d}.parquet\",\"video_path\":null,"
	    "\"features\":{}}");
	put_tables(plan);
	put_shard(plan, "data/chunk-000/file-000.parquet", 0, 2);
	if (plan->has_second)
		put_shard(plan, "data/chunk-000/file-001.parquet", 2, 4);
	err = (struct sl_error){0};
	return sl_lerobot_open(&source, root, &err);
}

static const struct plan good = {.index = {0, 1, 2, 3},
    .length = {FRAMES, FRAMES, FRAMES, FRAMES},
    .rows = {FRAMES, FRAMES, FRAMES, FRAMES},
    .has_second = true};

START_TEST(two_episodes_with_one_index_are_refused)
{
	struct plan plan = good;

	plan.index[2] = 1;
	ck_assert(open_plan(&plan) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(
	    strstr(err.text, "episode_index 1 a second time"));
	clean();
}
END_TEST

START_TEST(a_missing_data_file_is_named_for_each_of_its_episodes)
{
	struct plan plan = good;

	plan.has_second = false;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_ptr_null(source->episodes[1].defect);
	ck_assert_str_eq(source->episodes[2].defect,
	    "data/chunk-000/file-001.parquet is missing");
	ck_assert_str_eq(source->episodes[3].defect,
	    "data/chunk-000/file-001.parquet is missing");
	clean();
}
END_TEST

START_TEST(missing_rows_are_counted)
{
	struct plan plan = good;

	plan.rows[1] = 7;
	plan.rows[3] = 0;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_str_eq(source->episodes[1].defect,
	    "data/chunk-000/file-000.parquet has 7 rows of it, meta/episodes "
	    "says 10");
	ck_assert_str_eq(source->episodes[3].defect,
	    "data/chunk-000/file-001.parquet has no rows of it that can be "
	    "read");
	clean();
}
END_TEST

START_TEST(an_episode_without_frames_is_left_out)
{
	struct plan plan = good;

	plan.rows[0] = 0;
	plan.length[0] = 0;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_str_eq(source->episodes[0].defect, "it has no frames");
	ck_assert_ptr_null(source->episodes[1].defect);
	clean();
}
END_TEST

START_TEST(rows_out_of_order_and_indices_with_gaps_are_named)
{
	struct plan plan = good;

	plan.is_shuffled = true;
	plan.index[3] = 9;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_str_eq(source->episodes[1].defect,
	    "data/chunk-000/file-000.parquet: its frame_index is not 0, 1, 2 "
	    "and so on");
	ck_assert_str_eq(source->warnings[0],
	    "meta/episodes: indices are not contiguous: episode 9 stands "
	    "where 3 should");
	ck_assert_str_eq(source->warnings[1],
	    "data/chunk-000/file-001.parquet: 10 rows belong to no episode of "
	    "meta/episodes");
	clean();
}
END_TEST

START_TEST(a_timestamp_that_runs_backwards_is_named_with_its_frame)
{
	struct plan plan = good;

	plan.late = 6;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_ptr_null(source->episodes[0].defect);
	ck_assert_str_eq(source->episodes[1].defect,
	    "data/chunk-000/file-000.parquet: its timestamp runs backwards at "
	    "frame 6");
	ck_assert_ptr_null(source->episodes[2].defect);
	clean();
}
END_TEST

/* Each episode gets its rows, and the table becomes v2.1's. */
START_TEST(columns_of_other_whole_numbers_are_judged_too)
{
	struct plan plan = good;

	plan.is_narrow = true;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_uint_eq(source->warning_count, 0);
	ck_assert_ptr_null(source->episodes[1].defect);
	clean();
	plan.is_shuffled = true;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_ptr_nonnull(source->episodes[1].defect);
	clean();
	plan.is_shuffled = false;
	plan.late = 6;
	ck_assert(open_plan(&plan) == SL_OK);
	ck_assert_str_eq(source->episodes[1].defect,
	    "data/chunk-000/file-000.parquet: its timestamp runs backwards at "
	    "frame 6");
	clean();
}
END_TEST

START_TEST(a_data_file_that_cannot_be_read_is_no_error_of_the_whole)
{
	ck_assert(open_plan(&good) == SL_OK);
	sl_source_free(source);
	put("data/chunk-000/file-001.parquet", "nonsense");
	ck_assert(sl_lerobot_open(&source, root, NULL) == SL_OK);
	sl_source_free(source);
	ck_assert(sl_lerobot_open(&source, root, &err) == SL_OK);
	ck_assert_str_eq(err.text, "");
	ck_assert_uint_eq(source->warning_count, 1);
	ck_assert_ptr_nonnull(
	    strstr(source->warnings[0], "file-001.parquet: "));
	ck_assert_ptr_null(source->episodes[1].defect);
	ck_assert_ptr_nonnull(source->episodes[2].defect);
	clean();
}
END_TEST

START_TEST(shared_files_become_a_file_per_episode)
{
	struct sl_media_info info;
	struct stat made;
	int fd = open_bytes(sl_slice_of(NULL, 0));

	ck_assert(open_plan(&good) == SL_OK);
	ck_assert_uint_eq(source->warning_count, 0);
	ck_assert_uint_eq(source->episode_count, EPISODES);
	ck_assert_str_eq(source->episodes[3].files[0].path,
	    "data/chunk-000/episode_000003.parquet");
	ck_assert(source->episodes[3].files[0].part == SL_SOURCE_ROWS);
	ck_assert_uint_eq(source->episodes[3].files[0].first, FRAMES);
	ck_assert(sl_source_make_file(fd, source, &source->episodes[3].files[0],
	              &err) == SL_OK);
	ck_assert(fstat(fd, &made) == 0);
	ck_assert(
	    sl_parquet_check(&info, fd, (uint64_t)made.st_size, &err) == SL_OK);
	ck_assert_uint_eq(info.count, FRAMES);
	close(fd);
	clean();
}
END_TEST

/* Frames of a film that others made: cut in two, both are whole. */
START_TEST(a_film_is_cut_at_key_frames_only)
{
	const char *srcdir = getenv("SL_SRCDIR");
	struct sl_media_info info;
	struct stat made;
	char path[512];
	int out = open_bytes(sl_slice_of(NULL, 0));
	int fd;

	snprintf(path, sizeof(path),
	    "%s/../shared/data/lerobot/gr1_pick_n_place_v20/videos/chunk-000/"
	    "observation.images.ego_view/episode_000004.mp4",
	    srcdir == NULL ? "." : srcdir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "skipped: no %s\n", path);
		close(out);
		return;
	}
	ck_assert(fstat(fd, &made) == 0);
	ck_assert(mp4_cut(out, fd, (uint64_t)made.st_size, 0, 329, &err) ==
	    SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text,
	    "329 frames are wanted from 0.000 s on, there "
	    "are 328"));
	ck_assert(mp4_cut(out, fd, (uint64_t)made.st_size, 50000, 10, &err) ==
	    SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "is no key frame"));
	ck_assert(
	    mp4_cut(out, fd, (uint64_t)made.st_size, 0, 328, &err) == SL_OK);
	ck_assert(fstat(out, &made) == 0);
	ck_assert(
	    sl_mp4_check(&info, out, (uint64_t)made.st_size, &err) == SL_OK);
	ck_assert_uint_eq(info.count, 328);
	ck_assert_uint_eq(info.duration_ms, 16400);
	close(out);
	close(fd);
}
END_TEST

TCase *
lerobot_v3_cases(void)
{
	TCase *cases = tcase_create("lerobot_v3");

	tcase_add_test(cases, two_episodes_with_one_index_are_refused);
	tcase_add_test(
	    cases, a_missing_data_file_is_named_for_each_of_its_episodes);
	tcase_add_test(cases, missing_rows_are_counted);
	tcase_add_test(cases, an_episode_without_frames_is_left_out);
	tcase_add_test(
	    cases, a_timestamp_that_runs_backwards_is_named_with_its_frame);
	tcase_add_test(
	    cases, rows_out_of_order_and_indices_with_gaps_are_named);
	tcase_add_test(cases, columns_of_other_whole_numbers_are_judged_too);
	tcase_add_test(
	    cases, a_data_file_that_cannot_be_read_is_no_error_of_the_whole);
	tcase_add_test(cases, shared_files_become_a_file_per_episode);
	tcase_add_test(cases, a_film_is_cut_at_key_frames_only);
	return cases;
}
