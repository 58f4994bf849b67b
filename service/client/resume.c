#include "resume.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "sluice/base/file.h"
#include "sluice/crypto/sha256.h"
#include "tree.h"

#define READ_BYTES    (1024 * 1024)
#define PROOF_THREADS 4

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

		if (sl_stage_check(stage, &place,
		        &index->files[segment->file_first + i],
		        &ignored) != SL_OK)
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
		    !S_ISREG(info.st_mode) ||
		    (uint64_t)info.st_size !=
		        index->files[segment->file_first + i].bytes)
			return false;
	}
	return true;
}

static uint32_t
count_recorded(
    const struct sl_multirange *chunks, const struct sl_index_segment *segment)
{
	uint32_t recorded = 0;

	for (uint32_t i = 0; i < segment->chunk_count; i++)
		recorded +=
		    sl_multirange_contains(chunks, segment->chunk_first + i);
	return recorded;
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
	uint32_t recorded = count_recorded(chunks, segment);

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

/* -- before the apply -- */

struct proof {
	const struct sl_file_list *files;
	const struct sl_stage *stage;
	atomic_size_t wrong;
};

static enum sl_status
prove_file(void *ctx, size_t item, struct sl_error *err)
{
	struct proof *proof = ctx;
	const struct sl_file_ref *file = &proof->files->items[item];
	enum sl_status status =
	    sl_stage_check(proof->stage, &file->place, file->info, err);

	if (status != SL_ERR_INTEGRITY && status != SL_ERR_NOT_FOUND)
		return status;
	sl_error_clear(err);
	atomic_fetch_add(&proof->wrong, 1);
	return sl_stage_remove(proof->stage, &file->place, err);
}

/* Of the segments, those with a chunk that an earlier run recorded. */
static enum sl_status
list_resumed(struct sl_file_list *files, const struct sl_journal *journal,
    const struct sl_heads *heads, const struct sl_holdings *whole,
    struct sl_error *err)
{
	const struct sl_holdings *recorded = sl_journal_chunks(journal);
	struct sl_holdings resumed = {0};
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < whole->count; i++) {
		const struct sl_holding *batch = &whole->batches[i];
		const struct sl_index *index =
		    sl_heads_index(heads, batch->seq);
		const struct sl_multirange *chunks =
		    sl_holdings_of(recorded, batch->seq);

		for (uint32_t s = 0; chunks != NULL && index != NULL &&
		     status == SL_OK && s < index->segment_count;
		     s++) {
			if (sl_multirange_contains(&batch->set, s) &&
			    count_recorded(chunks, &index->segments[s]) > 0)
				status =
				    sl_holdings_add(&resumed, batch->seq, s, s);
		}
	}
	status = status == SL_OK
	    ? sl_file_list_build(files, heads, &resumed, err)
	    : sl_error_set(err, status, "out of memory");
	sl_holdings_clear(&resumed);
	return status;
}

enum sl_status
sl_resume_prove(const struct sl_journal *journal, const struct sl_heads *heads,
    struct sl_stage *stage, const struct sl_holdings *whole,
    struct sl_error *err)
{
	struct sl_file_list files = {0};
	struct proof proof = {.files = &files, .stage = stage};
	enum sl_status status;

	status = list_resumed(&files, journal, heads, whole, err);
	for (size_t i = 0; status == SL_OK && i < files.count; i++)
		status = sl_stage_prepare(stage, files.items[i].place.seq, err);
	if (status == SL_OK && files.count > 0)
		status = sl_file_list_each(
		    &files, PROOF_THREADS, prove_file, &proof, err);
	sl_file_list_clear(&files);
	if (status != SL_OK || proof.wrong == 0)
		return status;
	return sl_error_code(err, SL_ERR_INTEGRITY, "staging_damaged",
	    "%zu files under .sluice/staging are not what was written there",
	    (size_t)proof.wrong);
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
