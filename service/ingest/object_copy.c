#include "object_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sluice/base/bulk.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"
#include "sluice/formats/media.h"

/* Small enough to stay in the processor's cache between reading and hashing. */
#define READ_STEP_BYTES (256u << 10)
#define HASH_STEP_BYTES (64u << 10) /* on the stack */
#define PIECE_BYTES     (1u << 20)

void
object_name(char out[OBJECT_NAME_MAX], const unsigned char sha256[32])
{
	char hex[65];

	sl_hex_encode(hex, sha256, 32);
	snprintf(out, OBJECT_NAME_MAX, "objects/%.2s/%s", hex, hex);
}

static enum sl_status
make_dir(int dir_fd, const char *name, struct sl_error *err)
{
	if (mkdirat(dir_fd, name, 0777) != 0 && errno != EEXIST)
		return sl_error_errno(err, "%s", name);
	return SL_OK;
}

enum sl_status
object_place_make(const struct object_place *place, struct sl_error *err)
{
	enum sl_status status;

	status = make_dir(place->dir_fd, "tmp", err);
	if (status == SL_OK)
		status = make_dir(place->dir_fd, "objects", err);
	for (unsigned i = 0; status == SL_OK && i < 256; i++) {
		char name[16];

		snprintf(name, sizeof(name), "objects/%02x", i);
		status = make_dir(place->dir_fd, name, err);
	}
	return status;
}

#define TEMPORARY_MAX 48

/* One that nobody has. */
static void
temporary_name(char name[TEMPORARY_MAX])
{
	static atomic_ullong counter;

	snprintf(name, TEMPORARY_MAX, "tmp/%d-%llu", (int)getpid(),
	    (unsigned long long)atomic_fetch_add(&counter, 1));
}

static enum sl_status
open_temporary(const struct object_place *place, int *fd,
    char name[TEMPORARY_MAX], struct sl_error *err)
{
	temporary_name(name);
	*fd = openat(place->dir_fd, name,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	return *fd < 0 ? sl_error_errno(err, "%s", name) : SL_OK;
}

/* One reading of a file. */
struct reading {
	int from;
	struct sl_bulk *to;  /* where the bytes stay; NULL: nowhere */
	struct meter *meter; /* NULL: nobody looks */
	bool is_uncounted;   /* by the meter, which may still end it */
};

/* Read the file to its end and hash. */
static enum sl_status
read_all(const struct reading *reading, struct sl_sha256 *hash, uint64_t *bytes,
    struct sl_error *err)
{
	struct sl_bulk *to = reading->to;
	unsigned char step[HASH_STEP_BYTES];
	enum sl_status status = SL_OK;

	while (status == SL_OK) {
		unsigned char *room = step;
		size_t len = sizeof(step);
		ssize_t got;

		if (to != NULL)
			status = sl_bulk_room(to, &room, &len, err);
		if (status != SL_OK)
			break;
		if (to != NULL && len > READ_STEP_BYTES)
			len = READ_STEP_BYTES;
		got = pread(reading->from, room, len, (off_t)*bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			status = sl_error_errno(err, "read");
		if (got <= 0)
			break;
		sl_sha256_update(hash, room, (size_t)got);
		if (to != NULL)
			sl_bulk_use(to, (size_t)got);
		*bytes += (uint64_t)got;
		if (reading->meter != NULL &&
		    !meter_add(reading->meter,
		        reading->is_uncounted ? 0 : (uint64_t)got))
			status =
			    sl_error_set(err, SL_ERR_CANCELLED, "interrupted");
	}
	return status;
}

static enum sl_status
hash_all(const struct reading *reading, unsigned char sha256[32],
    uint64_t *bytes, struct sl_error *err)
{
	struct sl_sha256 hash;
	enum sl_status status;

	*bytes = 0;
	status = sl_sha256_init(&hash);
	if (status == SL_OK)
		status = read_all(reading, &hash, bytes, err);
	if (status == SL_OK)
		return sl_sha256_final(&hash, sha256);
	sl_sha256_clear(&hash);
	return status;
}

static enum sl_status
copy_all(struct reading *reading, int to, unsigned char sha256[32],
    uint64_t *bytes, struct sl_error *err)
{
	enum sl_status status;

	status = sl_bulk_new(&reading->to, to, PIECE_BYTES, NULL);
	if (status == SL_OK)
		status = hash_all(reading, sha256, bytes, err);
	if (status == SL_OK)
		status = sl_bulk_finish(reading->to, err);
	sl_bulk_free(reading->to);
	return status;
}

/* Move the temporary file to its name; another file with the same content may
 * be there already. */
static enum sl_status
settle(const struct object_place *place, int fd, const char *temporary,
    const unsigned char sha256[32], struct sl_error *err)
{
	char name[OBJECT_NAME_MAX];

	object_name(name, sha256);
	/* Starts the writing now, so that the fsync at the end waits less. */
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (renameat(place->dir_fd, temporary, place->dir_fd, name) != 0)
		return sl_error_errno(err, "%s", name);
	return SL_OK;
}

static enum sl_status
copy_to(struct cached_file *out, const struct object_place *place, int fd,
    struct sl_error *err)
{
	struct reading reading = {.from = fd, .meter = place->meter};
	char temporary[TEMPORARY_MAX];
	uint64_t bytes = 0;
	enum sl_status status;
	int to;

	status = open_temporary(place, &to, temporary, err);
	if (status != SL_OK)
		return status;
	/* A file system that shares blocks needs no copying at all. */
	if (ioctl(to, FICLONE, fd) == 0) {
		reading.from = to;
		status = hash_all(&reading, out->sha256, &bytes, err);
	} else {
		status = copy_all(&reading, to, out->sha256, &bytes, err);
	}
	if (status == SL_OK && bytes != out->bytes)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "changed while it was read");
	if (status == SL_OK)
		status = settle(place, to, temporary, out->sha256, err);
	if (status != SL_OK)
		(void)unlinkat(place->dir_fd, temporary, 0);
	close(to);
	return status;
}

enum sl_status
object_copy(struct cached_file *out, const struct object_place *place, int fd,
    const char *path, struct sl_error *err)
{
	struct sl_media_info media;
	struct stat before;
	struct stat after;
	enum sl_status status;

	if (fstat(fd, &before) != 0)
		return sl_error_errno(err, "stat");
	cached_file_describe(out, &before);
	out->bytes = out->source_bytes;
	status = sl_media_check(&media, fd, path, out->bytes, err);
	if (status != SL_OK)
		return status;
	out->has_count = media.has_count;
	out->count = media.count;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	status = copy_to(out, place, fd, err);
	if (status != SL_OK)
		return status;
	if (fstat(fd, &after) != 0)
		return sl_error_errno(err, "stat");
	if (after.st_size != before.st_size ||
	    after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
	    after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)
		return sl_error_set(
		    err, SL_ERR_INVALID, "changed while it was read");
	return SL_OK;
}

enum sl_status
object_scratch(int *fd, const struct object_place *place, struct sl_error *err)
{
	char name[TEMPORARY_MAX];
	enum sl_status status = open_temporary(place, fd, name, err);

	if (status == SL_OK)
		(void)unlinkat(place->dir_fd, name, 0);
	return status;
}

enum sl_status
object_put(struct cached_file *out, const struct object_place *place,
    struct sl_slice bytes, struct sl_error *err)
{
	char temporary[TEMPORARY_MAX];
	enum sl_status status;
	int to;

	*out = (struct cached_file){.bytes = bytes.len};
	status = sl_sha256_of(out->sha256, bytes);
	if (status == SL_OK)
		status = open_temporary(place, &to, temporary, err);
	if (status != SL_OK)
		return status;
	status = sl_file_write_all(to, bytes.data, bytes.len, err);
	if (status == SL_OK)
		status = settle(place, to, temporary, out->sha256, err);
	if (status != SL_OK)
		(void)unlinkat(place->dir_fd, temporary, 0);
	close(to);
	return status;
}

/* ---- piece by piece ---- */

struct object_writer {
	const struct object_place *place;
	int fd;
	char temporary[TEMPORARY_MAX];
	uint64_t bytes;
	struct sl_sha256 hash;
};

enum sl_status
object_writer_new(struct object_writer **out, const struct object_place *place,
    struct sl_error *err)
{
	struct object_writer *writer = calloc(1, sizeof(*writer));
	enum sl_status status;

	*out = NULL;
	if (writer == NULL)
		return SL_ERR_NOMEM;
	writer->place = place;
	status = open_temporary(place, &writer->fd, writer->temporary, err);
	if (status != SL_OK) {
		free(writer);
		return status;
	}
	status = sl_sha256_init(&writer->hash);
	if (status != SL_OK) {
		object_writer_free(writer);
		return status;
	}
	*out = writer;
	return SL_OK;
}

enum sl_status
object_writer_put(
    struct object_writer *writer, struct sl_slice bytes, struct sl_error *err)
{
	sl_sha256_update(&writer->hash, bytes.data, bytes.len);
	writer->bytes += bytes.len;
	return sl_file_write_all(writer->fd, bytes.data, bytes.len, err);
}

enum sl_status
object_writer_finish(struct object_writer *writer, uint64_t *bytes,
    unsigned char sha256[32], struct sl_error *err)
{
	enum sl_status status = sl_sha256_final(&writer->hash, sha256);

	*bytes = writer->bytes;
	if (status == SL_OK)
		status = settle(
		    writer->place, writer->fd, writer->temporary, sha256, err);
	if (status != SL_OK) {
		object_writer_free(writer);
		return status;
	}
	close(writer->fd);
	free(writer);
	return SL_OK;
}

void
object_writer_free(struct object_writer *writer)
{
	if (writer == NULL)
		return;
	(void)unlinkat(writer->place->dir_fd, writer->temporary, 0);
	sl_sha256_clear(&writer->hash);
	close(writer->fd);
	free(writer);
}

/* ---- */

enum sl_status
object_verify(const struct object_place *place, const struct cached_file *file,
    struct sl_error *err)
{
	struct reading reading = {.meter = place->meter, .is_uncounted = true};
	char name[OBJECT_NAME_MAX];
	unsigned char sha256[32];
	uint64_t bytes;
	enum sl_status status;
	int fd;

	object_name(name, file->sha256);
	fd = openat(place->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return sl_error_errno(err, "%s", name);
	reading.from = fd;
	status = hash_all(&reading, sha256, &bytes, err);
	close(fd);
	if (status == SL_OK &&
	    (bytes != file->bytes || memcmp(sha256, file->sha256, 32) != 0))
		status = sl_error_set(err, SL_ERR_INTEGRITY, "%s", name);
	return status;
}

bool
object_is_there(int dir_fd, const unsigned char sha256[32], uint64_t bytes)
{
	char name[OBJECT_NAME_MAX];
	struct stat info;

	object_name(name, sha256);
	return fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(info.st_mode) && (uint64_t)info.st_size == bytes;
}

/* In place of what a kill, or a power cut, left there. */
static bool
link_over(const struct object_place *place, int from_dir_fd, const char *name)
{
	char temporary[TEMPORARY_MAX];
	bool is_done;

	temporary_name(temporary);
	if (linkat(from_dir_fd, name, place->dir_fd, temporary, 0) != 0)
		return false;
	is_done = renameat(place->dir_fd, temporary, place->dir_fd, name) == 0;
	/* Two names of one file are both left by rename(2). */
	(void)unlinkat(place->dir_fd, temporary, 0);
	return is_done;
}

enum sl_status
object_link(const struct object_place *place, int from_dir_fd,
    const struct cached_file *file)
{
	char name[OBJECT_NAME_MAX];

	if (!object_is_there(from_dir_fd, file->sha256, file->bytes))
		return SL_ERR_NOT_FOUND;
	object_name(name, file->sha256);
	if (linkat(from_dir_fd, name, place->dir_fd, name, 0) == 0)
		return SL_OK;
	return errno == EEXIST && link_over(place, from_dir_fd, name)
	    ? SL_OK
	    : SL_ERR_NOT_FOUND;
}
