#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "engine.h"
#include "gather.h"
#include "head.h"
#include "inspection.h"
#include "resume.h"
#include "sluice/client/book.h"
#include "sluice/client/verify.h"
#include "survivor.h"
#include "tree.h"

#define JOBS 2

struct repair {
	struct sl_check check;
	struct sl_client *client;
	struct sl_file_list damaged; /* by seq, ordinal, file */
	struct sl_stage stage;
	struct sl_survivor survivor;
};

static int
by_place(const void *a, const void *b)
{
	const struct sl_stage_file *left =
	    &((const struct sl_file_ref *)a)->place;
	const struct sl_stage_file *right =
	    &((const struct sl_file_ref *)b)->place;

	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	if (left->ordinal != right->ordinal)
		return left->ordinal < right->ordinal ? -1 : 1;
	return left->file < right->file ? -1 : left->file > right->file;
}

static enum sl_status
list_damaged(struct repair *repair, struct sl_error *err)
{
	const struct sl_findings *findings = &repair->check.findings;
	struct sl_file_list *damaged = &repair->damaged;

	for (size_t i = 0; i < findings->count; i++) {
		size_t file = findings->items[i].file;

		if (file != SIZE_MAX &&
		    sl_file_list_add(
		        damaged, &repair->check.files.items[file]) != SL_OK)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (damaged->count > 0)
		qsort(damaged->items, damaged->count, sizeof(*damaged->items),
		    by_place);
	return SL_OK;
}

/* Bytes of `from` that fit go to the staged file. */
static enum sl_status
copy_bytes(int from, int to, uint64_t bytes, struct sl_error *err)
{
	loff_t at = 0;

	while ((uint64_t)at < bytes) {
		loff_t put = at;
		ssize_t copied = copy_file_range(
		    from, &at, to, &put, (size_t)(bytes - (uint64_t)at), 0);

		if (copied < 0 && errno == EINTR)
			continue;
		if (copied < 0)
			return sl_error_errno(err, "copy");
		if (copied == 0)
			break; /* it is shorter than it must be */
	}
	if (ftruncate(to, (off_t)bytes) != 0)
		return sl_error_errno(err, "ftruncate");
	return SL_OK;
}

/* Start the staged file with what the tree has, good and bad. */
static enum sl_status
copy_damaged(
    struct repair *repair, const struct sl_file_ref *file, struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];
	struct sl_error ignored = {0};
	enum sl_status status;
	int from, to;

	status = sl_stage_prepare(&repair->stage, file->place.seq, err);
	if (status != SL_OK)
		return status;
	if (sl_tree_open(repair->check.mirror.root, file->info->path, &from,
	        &ignored) != SL_OK)
		return SL_OK; /* missing or a link: all of it is fetched */
	sl_stage_name(name, &file->place);
	to = openat(sl_stage_folder(&repair->stage, file->place.seq), name,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (to < 0)
		status = sl_error_errno(err, "repair/%s", name);
	else
		status = copy_bytes(from, to, file->info->bytes, err);
	close(from);
	if (to >= 0)
		close(to);
	return status == SL_OK
	    ? SL_OK
	    : sl_error_prefix(err, status, "%s", file->info->path);
}

static bool
is_needed(void *ctx, const struct sl_want *want, uint32_t chunk)
{
	struct repair *repair = ctx;

	return !sl_survivor_has(&repair->survivor, want, chunk);
}

/* Fetch the chunks of the files; all of them, or those that are damaged. */
static enum sl_status
fetch(struct repair *repair, const struct sl_file_list *files, bool all,
    struct sl_error *err)
{
	struct sl_check *check = &repair->check;
	struct sl_gather_result gathered = {0};
	char *book = sl_mirror_path(&check->mirror, SL_BOOK_FOLDER);
	const struct sl_gather_options options = {
	    .client = repair->client,
	    .dataset = check->mirror.state.dataset,
	    .wish = &check->mirror.state.wish,
	    .stage = &repair->stage,
	    .checks = &repair->survivor.checks,
	    .jobs = JOBS,
	    .book = check->heads.has_grant ? book : NULL,
	    .licence = &check->heads.grant.licence,
	};
	struct sl_wants wants = {0};
	enum sl_status status = SL_OK;

	if (book == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; status == SL_OK && i < files->count; i++) {
		const struct sl_stage_file *place = &files->items[i].place;

		status = sl_wants_add_file(&wants, &check->heads, place->seq,
		    place->ordinal, place->file, err);
	}
	if (status == SL_OK)
		status =
		    sl_wants_seal(&wants, all ? NULL : is_needed, repair, err);
	if (status == SL_OK)
		status = sl_gather_run(&wants, &options, &gathered, err);
	sl_wants_clear(&wants);
	free(book);
	check->result->received_chunks += gathered.received_chunks;
	check->result->received_bytes += gathered.received_bytes;
	return status;
}

/* Is the staged file what was signed?  SL_ERR_INTEGRITY if not. */
static enum sl_status
check_staged(
    struct repair *repair, const struct sl_file_ref *file, struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];
	enum sl_status status;
	int fd;

	sl_stage_name(name, &file->place);
	fd = openat(sl_stage_folder(&repair->stage, file->place.seq), name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? SL_ERR_INTEGRITY
		                       : sl_error_errno(err, "repair/%s", name);
	status = sl_file_hash_check(fd, file->info, err);
	close(fd);
	return status;
}

/* The checksums were only a hint: what they let through is hashed, and fetched
 * whole if they were wrong. */
static enum sl_status
fetch_again(struct repair *repair, struct sl_error *err)
{
	struct sl_file_list wrong = {0};
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < repair->damaged.count; i++) {
		const struct sl_file_ref *file = &repair->damaged.items[i];

		status = check_staged(repair, file, err);
		if (status == SL_ERR_INTEGRITY) {
			sl_error_clear(err);
			status = sl_file_list_add(&wrong, file);
		}
		if (status != SL_OK)
			break;
	}
	if (status == SL_OK && wrong.count > 0)
		status = fetch(repair, &wrong, true, err);
	for (size_t i = 0; status == SL_OK && i < wrong.count; i++)
		status = check_staged(repair, &wrong.items[i], err);
	sl_file_list_clear(&wrong);
	return status;
}

static enum sl_status
stage_repaired(struct repair *repair, struct sl_error *err)
{
	struct sl_mirror *mirror = &repair->check.mirror;
	size_t count = repair->check.heads.count;
	enum sl_status status;

	status =
	    sl_stage_open(&repair->stage, mirror->meta, "repair", count, err);
	if (status == SL_OK)
		status = sl_survivor_open(
		    &repair->survivor, mirror->root, mirror->meta, count, err);
	for (size_t i = 0; status == SL_OK && i < repair->damaged.count; i++)
		status = copy_damaged(repair, &repair->damaged.items[i], err);
	if (status == SL_OK)
		status = fetch(repair, &repair->damaged, false, err);
	if (status == SL_OK)
		status = fetch_again(repair, err);
	if (repair->survivor.checks.batches != NULL)
		sl_survivor_close(&repair->survivor);
	if (repair->stage.batches != NULL)
		sl_stage_close(&repair->stage);
	return status;
}

static enum sl_status
mend(struct repair *repair, struct sl_error *err)
{
	struct sl_check *check = &repair->check;
	enum sl_status status;

	if (check->mirror.lock < 0)
		return sl_error_set(
		    err, SL_ERR_IO, "%s: cannot be written", check->mirror.dir);
	status = sl_tree_remove_all(check->mirror.meta, "repair", err);
	if (status == SL_OK)
		status = stage_repaired(repair, err);
	if (status == SL_OK)
		status = sl_apply_repair(
		    &check->mirror, &check->heads, &repair->damaged, err);
	if (status == SL_OK)
		status = sl_tree_remove_all(check->mirror.meta, "repair", err);
	if (status == SL_OK)
		check->result->repaired_files = repair->damaged.count;
	return status;
}

/* What the mirror's folder lost of the batches comes from the server again. */
static enum sl_status
mend_heads(struct repair *repair, struct sl_error *err)
{
	struct sl_check *check = &repair->check;
	const struct sl_head_options options = {
	    .wish = &check->mirror.state.wish,
	    .notary = &check->notary,
	    .mirror = check->mirror.lock < 0 ? NULL : &check->mirror,
	};

	sl_transport_note(
	    repair->client->transport, "%s; fetching it again", err->text);
	sl_error_clear(err);
	return sl_head_update(repair->client, &check->heads, &options,
	    &check->result->received_bytes, err);
}

enum sl_status
sl_repair(struct sl_client *client, const struct sl_verify_options *options,
    struct sl_verify_result *result, struct sl_error *err)
{
	struct repair repair = {.client = client};
	enum sl_status status;

	repair.check.options = options;
	repair.check.result = result;
	memset(result, 0, sizeof(*result));
	status = sl_check_open(&repair.check, SL_MIRROR_WRITE, err);
	if (status != SL_OK)
		return status;
	status = sl_check_load(&repair.check, err);
	if (repair.check.heads.is_damaged)
		status = mend_heads(&repair, err);
	if (status == SL_OK)
		status = sl_check_look(&repair.check, err);
	if (status == SL_OK) {
		sl_check_report(&repair.check);
		status = list_damaged(&repair, err);
	}
	if (status == SL_OK && repair.damaged.count > 0)
		status = mend(&repair, err);
	sl_file_list_clear(&repair.damaged);
	sl_check_clear(&repair.check);
	if (status != SL_OK || result->extra == 0)
		return status;
	return sl_error_code(err, SL_ERR_PARTIAL, "extra_left",
	    "%s: files that are not the dataset's, left alone: %llu",
	    options->dir, (unsigned long long)result->extra);
}
