#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resume.h"
#include "tree.h"

/* Pieces of this size are sent to the disk at once, so that the fsync at the
 * end has little left to do. */
#define WRITEBACK_MIN (256 * 1024)
#define DIRECT_MIN    (512 * 1024)
/* Of memory: file content begins at a multiple of 512 of a chunk. */
#define MEMORY_ALIGN 512

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
	return SL_OK;
}

/* The aligned middle of a large piece goes to the disk by direct I/O: it has
 * to be there before the apply anyway, and the copy into the page cache costs
 * more than hashing.  Returns how many bytes of *bytes from *skip on were
 * written; 0 where that does not work. */
static size_t
write_direct(const struct sl_stage *stage, const struct sl_stage_file *file,
    uint64_t offset, struct sl_slice bytes, size_t *skip)
{
	/* Whole pages: no page of the cache, dirty from the ends, may be
	 * written back over what went to the disk directly. */
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t begin = (offset + page - 1) / page * page;
	uint64_t end = (offset + bytes.len) / page * page;
	char name[SL_STAGE_NAME_MAX];
	const unsigned char *from;
	ssize_t put;
	int fd;

	*skip = 0;
	if (bytes.len < DIRECT_MIN || end <= begin)
		return 0;
	from = bytes.data + (begin - offset);
	if ((uintptr_t)from % MEMORY_ALIGN != 0)
		return 0;
	sl_stage_name(name, file);
	fd = openat(stage->batches[file->seq - 1], name,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_DIRECT, 0644);
	if (fd < 0)
		return 0;
	put = pwrite(fd, from, (size_t)(end - begin), (off_t)begin);
	close(fd);
	*skip = (size_t)(begin - offset);
	return put < 0 ? 0 : (size_t)put;
}

static enum sl_status
damaged(struct sl_error *err, const struct sl_stage_file *file)
{
	char name[SL_STAGE_NAME_MAX];

	sl_stage_name(name, file);
	return sl_error_code(err, SL_ERR_INTEGRITY, "staging_damaged",
	    ".sluice/staging/%u/%s is not what was written there", file->seq,
	    name);
}

/* A link that someone put there is not ours, and not followed. */
static int
open_to_write(int folder, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder, name, flags, 0644);

	if (fd < 0 && errno == ELOOP && unlinkat(folder, name, 0) == 0)
		fd = openat(folder, name, flags, 0644);
	return fd;
}

enum sl_status
sl_stage_write(const struct sl_stage *stage, const struct sl_stage_file *file,
    uint64_t offset, struct sl_slice bytes, struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];
	enum sl_status status;
	size_t skip, done;
	int fd;

	done = write_direct(stage, file, offset, bytes, &skip);
	if (done == 0)
		skip = 0;
	if (done > 0 && done == bytes.len)
		return SL_OK;
	sl_stage_name(name, file);
	fd = open_to_write(stage->batches[file->seq - 1], name);
	if (fd < 0)
		return sl_error_errno(err, "staging/%u/%s", file->seq, name);
	status = write_at(fd, sl_slice_of(bytes.data, skip), offset, err);
	done += skip;
	if (status == SL_OK)
		status = write_at(fd,
		    sl_slice_of(bytes.data + done, bytes.len - done),
		    offset + done, err);
	if (status == SL_OK && bytes.len - done >= WRITEBACK_MIN)
		(void)sync_file_range(fd, (off_t)(offset + done),
		    (off_t)(bytes.len - done), SYNC_FILE_RANGE_WRITE);
	close(fd);
	return status;
}

enum sl_status
sl_stage_check(const struct sl_stage *stage, const struct sl_stage_file *file,
    const struct sl_index_file *info, struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];
	enum sl_status status;
	struct stat here;
	int fd;

	sl_stage_name(name, file);
	fd = openat(stage->batches[file->seq - 1], name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP)
		return damaged(err, file);
	if (fd < 0)
		return sl_error_errno(err, "staging/%u/%s", file->seq, name);
	if (fstat(fd, &here) != 0 || !S_ISREG(here.st_mode))
		status = damaged(err, file);
	else
		status = sl_file_hash_check(fd, info, err);
	close(fd);
	return status;
}

enum sl_status
sl_stage_remove(const struct sl_stage *stage, const struct sl_stage_file *file,
    struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];

	sl_stage_name(name, file);
	return sl_tree_remove_all(stage->batches[file->seq - 1], name, err);
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
	if (fd < 0 && errno != ENOENT && errno != ELOOP && errno != EISDIR)
		return sl_error_errno(err, "staging/%u/%s", file->seq, name);
	if (fd < 0)
		return damaged(err, file);
	times[0].tv_sec = times[1].tv_sec = published_us / 1000000;
	times[0].tv_nsec = times[1].tv_nsec = 0;
	if (fstat(fd, &info) != 0 || futimens(fd, times) != 0 ||
	    (sync && fsync(fd) != 0))
		status = sl_error_errno(err, "staging/%u/%s", file->seq, name);
	else if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size != bytes)
		status = damaged(err, file);
	close(fd);
	return status;
}
