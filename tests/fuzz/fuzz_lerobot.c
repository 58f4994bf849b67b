/* Any bytes as a LeRobot directory: files, each its letter and its bytes, with
 * "\n====" between them.  The directory is refused, or its episodes have keys
 * in order, and each is left out with words or has files; those that are made
 * of shared ones hold what was promised or are refused with words. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/media.h"
#include "sluice/formats/source.h"

#define BETWEEN     "\n===="
#define BETWEEN_LEN (sizeof(BETWEEN) - 1)

/* Each below those before it. */
static const char *const folders[] = {"meta", "meta/episodes",
    "meta/episodes/chunk-000", "data", "data/chunk-000", "videos",
    "videos/chunk-000", "videos/chunk-000/cam", "videos/cam",
    "videos/cam/chunk-000"};
#define FOLDER_COUNT (sizeof(folders) / sizeof(*folders))

/* By letter, from 'a'. */
static const char *const files[] = {"meta/info.json", "meta/tasks.jsonl",
    "meta/episodes.jsonl", "meta/tasks.parquet",
    "meta/episodes/chunk-000/file-000.parquet",
    "data/chunk-000/file-000.parquet", "data/chunk-000/episode_000000.parquet",
    "data/chunk-000/episode_000001.parquet",
    "videos/chunk-000/cam/episode_000000.mp4",
    "videos/cam/chunk-000/file-000.mp4"};
#define FILE_COUNT (sizeof(files) / sizeof(*files))

static char root[64];
static int root_fd = -1;

static void
remove_files(void)
{
	for (size_t i = 0; i < FILE_COUNT; i++)
		(void)unlinkat(root_fd, files[i], 0);
}

static void
remove_root(void)
{
	remove_files();
	for (size_t i = FOLDER_COUNT; i > 0; i--)
		(void)unlinkat(root_fd, folders[i - 1], AT_REMOVEDIR);
	(void)rmdir(root);
}

static void
make_root(void)
{
	snprintf(root, sizeof(root), "/tmp/sl-fuzz-XXXXXX");
	FUZZ_ASSERT(mkdtemp(root) != NULL);
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_ASSERT(root_fd >= 0);
	FUZZ_ASSERT(atexit(remove_root) == 0);
	for (size_t i = 0; i < FOLDER_COUNT; i++)
		FUZZ_ASSERT(mkdirat(root_fd, folders[i], 0700) == 0);
}

/* Its letter, then its bytes. */
static void
write_file(const uint8_t *part, size_t len)
{
	int fd;

	if (len == 0)
		return;
	fd = openat(root_fd, files[(uint8_t)(part[0] - 'a') % FILE_COUNT],
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(sl_file_write_all(fd, part + 1, len - 1, NULL) == SL_OK);
	close(fd);
}

static void
write_files(const uint8_t *data, size_t size)
{
	const uint8_t *end;

	if (root_fd < 0)
		make_root();
	remove_files();
	while ((end = size == 0
	               ? NULL
	               : memmem(data, size, BETWEEN, BETWEEN_LEN)) != NULL) {
		size_t len = (size_t)(end - data);

		write_file(data, len);
		data += len + BETWEEN_LEN;
		size -= len + BETWEEN_LEN;
	}
	write_file(data, size);
}

static void
check_made(const struct sl_source *source, const struct sl_source_file *file)
{
	struct sl_media_info info;
	struct sl_error err = {0};
	struct stat made;
	int fd = memfd_create("made", MFD_CLOEXEC);
	enum sl_status status;

	FUZZ_ASSERT(fd >= 0);
	status = sl_source_make_file(fd, source, file, &err);
	if (status == SL_OK) {
		FUZZ_ASSERT(fstat(fd, &made) == 0);
		status = file->part == SL_SOURCE_ROWS
		    ? sl_parquet_check(&info, fd, (uint64_t)made.st_size, &err)
		    : sl_mp4_check(&info, fd, (uint64_t)made.st_size, &err);
		FUZZ_ASSERT(status == SL_OK);
		FUZZ_ASSERT(info.has_count && info.count == file->count);
	} else {
		FUZZ_ASSERT(status == SL_ERR_INVALID || status == SL_ERR_LIMIT);
		FUZZ_ASSERT(err.text[0] != '\0');
	}
	close(fd);
}

static void
judge_table(const struct sl_source *source, const struct sl_source_file *file)
{
	struct sl_error err = {0};
	enum sl_status status;
	int fd;

	FUZZ_ASSERT(sl_source_open_file(
	                &fd, source->dir_fd, file->path, NULL) == SL_OK);
	status = sl_source_judge_table(file, fd, &err);
	FUZZ_ASSERT(status == SL_OK || err.text[0] != '\0');
	close(fd);
}

static void
check_episode(
    const struct sl_source *source, const struct sl_source_episode *episode)
{
	FUZZ_ASSERT(strncmp(episode->key, "episode_", 8) == 0);
	if (episode->defect != NULL) {
		FUZZ_ASSERT(episode->defect[0] != '\0');
		return;
	}
	FUZZ_ASSERT(episode->frames > 0 && episode->file_count > 0);
	for (size_t i = 0; i < episode->file_count; i++) {
		const struct sl_source_file *file = &episode->files[i];

		FUZZ_ASSERT(file->layer != NULL);
		if (file->part == SL_SOURCE_ROWS ||
		    file->part == SL_SOURCE_FRAMES)
			check_made(source, file);
		if (file->part == SL_SOURCE_TABLE)
			judge_table(source, file);
	}
}

/* The number in a key has six digits, or seven. */
static bool
is_before(const char *key, const char *next)
{
	return strlen(key) < strlen(next) ||
	    (strlen(key) == strlen(next) && strcmp(key, next) < 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_source *source = NULL;
	struct sl_error err = {0};

	write_files(data, size);
	if (sl_lerobot_open(&source, root, &err) != SL_OK) {
		FUZZ_ASSERT(source == NULL);
		FUZZ_ASSERT(err.text[0] != '\0');
		return 0;
	}
	FUZZ_ASSERT(source->episode_count > 0);
	for (size_t i = 0; i < source->episode_count; i++) {
		FUZZ_ASSERT(i == 0 ||
		    is_before(
		        source->episodes[i - 1].key, source->episodes[i].key));
		check_episode(source, &source->episodes[i]);
	}
	sl_source_free(source);
	return 0;
}
