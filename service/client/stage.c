#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

/* Pieces of this size are sent to the disk at once, so that the fsync at the
 * end has little left to do. */
#define WRITEBACK_MIN (256 * 1024)

enum sl_status
sl_stage_open(struct sl_stage *stage, int meta, const char *name, size_t count,
    struct sl_error *err)
{
	stage->folder = -1;
	stage->count = count;
	stage->batches = calloc(count + 1, sizeof(*stage->batches));
	if (stage->batches == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		stage->batches[i] = -1;
	return sl_tree_make_folder(meta, name, &stage->folder, err);
}

void
sl_stage_close(struct sl_stage *stage)
{
	for (size_t i = 0; stage->batches != NULL && i < stage->count; i++) {
		if (stage->batches[i] >= 0)
			close(stage->batches[i]);
	}
	free(stage->batches);
	stage->batches = NULL;
	if (stage->folder >= 0)
		close(stage->folder);
	stage->folder = -1;
}

enum sl_status
sl_stage_prepare(struct sl_stage *stage, uint32_t seq, struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];

	if (seq == 0 || seq > stage->count)
		return sl_error_set(err, SL_ERR_STATE, "no batch %u", seq);
	if (stage->batches[seq - 1] >= 0)
		return SL_OK;
	snprintf(name, sizeof(name), "%u", seq);
	return sl_tree_make_folder(
	    stage->folder, name, &stage->batches[seq - 1], err);
}

void
sl_stage_name(char out[SL_STAGE_NAME_MAX], const struct sl_stage_file *file)
{
	snprintf(out, SL_STAGE_NAME_MAX, "%u.%u", file->ordinal, file->file);
}

int
sl_stage_folder(const struct sl_stage *stage, uint32_t seq)
{
	return stage->batches[seq - 1];
}

static enum sl_status
write_at(int fd, struct sl_slice bytes, uint64_t offset, struct sl_error *err)
{
	size_t done = 0;

	while (done < bytes.len) {
		ssize_t put = pwrite(fd, bytes.data + done, bytes.len - done,
		    (off_t)(offset + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return sl_error_errno(err, "write to the mirror");
		done += (size_t)put;
	}
	if (bytes.len >= WRITEBACK_MIN)
		(void)sync_file_range(
		    fd, (off_t)offset, (off_t)bytes.len, SYNC_FILE_RANGE_WRITE);
	return SL_OK;
}

enum sl_status
sl_stage_write(const struct sl_stage *stage, const struct sl_stage_file *file,
    uint64_t offset, struct sl_slice bytes, struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];
	enum sl_status status;
	int fd;

	sl_stage_name(name, file);
	fd = openat(stage->batches[file->seq - 1], name,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return sl_error_errno(err, "staging/%u/%s", file->seq, name);
	status = write_at(fd, bytes, offset, err);
	close(fd);
	return status;
}

enum sl_status
sl_stage_seal(const struct sl_stage *stage, const struct sl_stage_file *file,
    uint64_t bytes, int64_t published_us, bool sync, struct sl_error *err)
{
	struct timespec times[2];
	char name[SL_STAGE_NAME_MAX];
	enum sl_status status = SL_OK;
	struct stat info;
	int fd;

	sl_stage_name(name, file);
	fd = openat(stage->batches[file->seq - 1], name,
	    O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sl_error_errno(err, "staging/%u/%s", file->seq, name);
	times[0].tv_sec = times[1].tv_sec = published_us / 1000000;
	times[0].tv_nsec = times[1].tv_nsec = 0;
	if (fstat(fd, &info) != 0 || futimens(fd, times) != 0 ||
	    (sync && fsync(fd) != 0))
		status = sl_error_errno(err, "staging/%u/%s", file->seq, name);
	else if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size != bytes)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "staging_damaged",
		    "staging/%u/%s: not what was written there; remove "
		    ".sluice/staging and pull again",
		    file->seq, name);
	close(fd);
	return status;
}
