#include "mirror_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/crypto/sha256.h"

#define COPY_BYTES (1u << 20)

bool
mirror_file_is_suspect(enum sl_status failure)
{
	return failure == SL_ERR_INVALID || failure == SL_ERR_LIMIT ||
	    failure == SL_ERR_NOT_FOUND || failure == SL_ERR_INTEGRITY ||
	    failure == SL_ERR_IO;
}

enum sl_status
mirror_file_blame(const struct export_run *run,
    const struct sl_contents_file *file, enum sl_status failure,
    struct sl_error *err)
{
	struct sl_error own = {0};
	struct sl_error why;
	enum sl_status status;

	if (!mirror_file_is_suspect(failure))
		return failure;
	if (err == NULL)
		err = &own;
	why = *err;
	status = sl_contents_check_file(run->contents, file, err);
	if (status != SL_OK)
		return status;
	*err = why;
	return sl_error_prefix(err, failure, "%s", file->path);
}

/* ---- copying ---- */

struct copy {
	const struct export_run *run;
	int from;
	int to;
	unsigned char *room;
	struct sl_sha256 hash;
};

static enum sl_status
copy_bytes(struct copy *copy, uint64_t bytes, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (uint64_t at = 0; status == SL_OK && at < bytes;) {
		size_t part =
		    bytes - at < COPY_BYTES ? (size_t)(bytes - at) : COPY_BYTES;

		status = sl_file_read_at(copy->from, copy->room, part, at, err);
		if (status != SL_OK)
			break;
		sl_sha256_update(&copy->hash, copy->room, part);
		status = sl_file_write_all(copy->to, copy->room, part, err);
		if (status == SL_OK)
			status = export_is_wanted(copy->run, err);
		at += part;
	}
	return status;
}

static enum sl_status
copy_hashed(struct copy *copy, const struct sl_contents_file *file,
    struct sl_error *err)
{
	unsigned char sha256[32];
	enum sl_status status = sl_sha256_init(&copy->hash);

	if (status != SL_OK)
		return status;
	status = copy_bytes(copy, file->bytes, err);
	if (status != SL_OK) {
		sl_sha256_clear(&copy->hash);
		return status;
	}
	status = sl_sha256_final(&copy->hash, sha256);
	if (status == SL_OK && memcmp(sha256, file->sha256, 32) != 0)
		status = sl_error_set(
		    err, SL_ERR_IO, "read differently a second time");
	return status;
}

enum sl_status
mirror_file_copy(const struct export_run *run,
    const struct sl_contents_file *file, int to, struct sl_error *err)
{
	struct copy copy = {.run = run, .to = to};
	enum sl_status status;

	status =
	    sl_contents_open_file(&copy.from, run->contents, file->path, err);
	if (status != SL_OK)
		return status;
	copy.room = malloc(COPY_BYTES);
	status =
	    copy.room == NULL ? SL_ERR_NOMEM : copy_hashed(&copy, file, err);
	free(copy.room);
	close(copy.from);
	return status == SL_OK ? SL_OK
	                       : mirror_file_blame(run, file, status, err);
}
