#include "resume.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/crypto/sha256.h"
#include "tree.h"

#define READ_BYTES (1024 * 1024)

enum sl_status
sl_file_hash_check(
    int fd, const struct sl_index_file *info, struct sl_error *err)
{
	unsigned char digest[SL_SHA256_BYTES];
	unsigned char *buffer;
	struct sl_sha256 hash;
	enum sl_status status;
	struct stat stat;

	if (fstat(fd, &stat) != 0)
		return sl_error_errno(err, "%s", info->path);
	if ((uint64_t)stat.st_size != info->bytes)
		return sl_error_set(
		    err, SL_ERR_INTEGRITY, "%s: another length", info->path);
	buffer = malloc(READ_BYTES);
	if (buffer == NULL || sl_sha256_init(&hash) != SL_OK) {
		free(buffer);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	status = SL_OK;
	for (uint64_t at = 0; status == SL_OK && at < info->bytes;) {
		uint64_t left = info->bytes - at;
		size_t len = left < READ_BYTES ? (size_t)left : READ_BYTES;

		status = sl_file_read_at(fd, buffer, len, at, err);
		if (status == SL_OK)
			sl_sha256_update(&hash, buffer, len);
		at += len;
	}
	free(buffer);
	if (status != SL_OK) {
		sl_sha256_clear(&hash);
		return status;
	}
	status = sl_sha256_final(&hash, digest);
	if (status == SL_OK &&
	    memcmp(digest, info->sha256, sizeof(digest)) != 0)
		status = sl_error_set(
		    err, SL_ERR_INTEGRITY, "%s: changed", info->path);
	return status;
}

/* Are all staged files of the segment what the index says? */
static bool
is_staged_right(
    struct sl_stage *stage, const struct sl_index *index, uint32_t ordinal)
{
	const struct sl_index_segment *segment = &index->segments[ordinal];
	struct sl_error ignored = {0};

	if (sl_stage_prepare(stage, index->seq, &ignored) != SL_OK)
		return false;
	for (uint32_t i = 0; i < segment->file_count; i++) {
		const struct sl_stage_file place = {index->seq, ordinal, i};
		char name[SL_STAGE_NAME_MAX];
		enum sl_status status;
		int fd;

		sl_stage_name(name, &place);
		fd = openat(sl_stage_folder(stage, index->seq), name,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return false;
		status = sl_file_hash_check(
		    fd, &index->files[segment->file_first + i], &ignored);
		close(fd);
		if (status != SL_OK)
			return false;
	}
	return true;
}

/* Does the folder have all files of the segment, in their lengths? */
static bool
is_staged_whole(
    struct sl_stage *stage, const struct sl_index *index, uint32_t ordinal)
{
	const struct sl_index_segment *segment = &index->segments[ordinal];
	struct sl_error ignored = {0};

	if (sl_stage_prepare(stage, index->seq, &ignored) != SL_OK)
		return false;
	for (uint32_t i = 0; i < segment->file_count; i++) {
		const struct sl_stage_file place = {index->seq, ordinal, i};
		char name[SL_STAGE_NAME_MAX];
		struct stat info;

		sl_stage_name(name, &place);
		if (fstatat(sl_stage_folder(stage, index->seq), name, &info,
		        AT_SYMLINK_NOFOLLOW) != 0 ||
		    (uint64_t)info.st_size !=
		        index->files[segment->file_first + i].bytes)
			return false;
	}
	return true;
}

/* Keep the recorded chunks of one segment, if they are worth it. */
static enum sl_status
keep_segment(struct sl_holdings *keep, const struct sl_multirange *chunks,
    struct sl_stage *stage, const struct sl_index *index, uint32_t ordinal,
    bool is_doubtful)
{
	const struct sl_index_segment *segment = &index->segments[ordinal];
	uint32_t end = segment->chunk_first + segment->chunk_count;
	enum sl_status status = SL_OK;
	uint32_t recorded = 0;

	for (uint32_t i = segment->chunk_first; i < end; i++)
		recorded += sl_multirange_contains(chunks, i);
	if (recorded == 0)
		return SL_OK;
	if (is_doubtful &&
	    (recorded < segment->chunk_count ||
	        !is_staged_right(stage, index, ordinal)))
		return SL_OK;
	if (recorded == segment->chunk_count &&
	    !is_staged_whole(stage, index, ordinal))
		return SL_OK;
	for (uint32_t i = segment->chunk_first; status == SL_OK && i < end; i++)
		if (sl_multirange_contains(chunks, i))
			status = sl_holdings_add(keep, index->seq, i, i);
	return status;
}

static enum sl_status
choose(struct sl_holdings *keep, const struct sl_journal *journal,
    const struct sl_mirror *mirror, const struct sl_heads *heads,
    struct sl_stage *stage)
{
	const struct sl_holdings *recorded = sl_journal_chunks(journal);
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < recorded->count; i++) {
		const struct sl_index *index =
		    sl_heads_index(heads, recorded->batches[i].seq);

		for (uint32_t s = 0; index != NULL && status == SL_OK &&
		     s < index->segment_count;
		     s++) {
			if (sl_holdings_contain(
			        &mirror->state.held, index->seq, s))
				continue;
			status = keep_segment(keep, &recorded->batches[i].set,
			    stage, index, s, sl_journal_is_doubtful(journal));
		}
	}
	return status;
}

enum sl_status
sl_resume(struct sl_journal **out, struct sl_mirror *mirror,
    const struct sl_heads *heads, struct sl_stage *stage, struct sl_error *err)
{
	char *path = sl_mirror_path(mirror, SL_JOURNAL_PLACE);
	struct sl_holdings keep = {0};
	enum sl_status status;

	*out = NULL;
	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_journal_open(out, path, err);
	free(path);
	if (status != SL_OK)
		return status;
	status = choose(&keep, *out, mirror, heads, stage);
	if (status != SL_OK)
		sl_error_set(err, status, "out of memory");
	else if (sl_journal_is_doubtful(*out) ||
	    !sl_holdings_are_equal(&keep, sl_journal_chunks(*out)))
		status = sl_journal_rewrite(*out, &keep, err);
	sl_holdings_clear(&keep);
	if (status != SL_OK) {
		sl_journal_close(*out);
		*out = NULL;
	}
	return status;
}

enum sl_status
sl_resume_forget(struct sl_mirror *mirror, struct sl_error *err)
{
	enum sl_status status;

	status = sl_mirror_drop(mirror, SL_JOURNAL_PLACE, err);
	if (status == SL_OK)
		status = sl_tree_remove_all(mirror->meta, "staging", err);
	return status;
}
