#include "sluice/client/deletion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "memory.h"
#include "plan.h"
#include "proof.h"
#include "resume.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/client/book.h"
#include "sluice/client/receipt.h"
#include "submission.h"
#include "tree.h"

struct work {
	const struct sl_deletion_options *options;
	struct sl_deletion *out;
	struct sl_verify_options look;
	struct sl_verify_result unused;
	struct sl_check check;
	struct sl_holdings gone; /* segments that shall not be held */
};

static void
work_clear(struct work *work)
{
	sl_holdings_clear(&work->gone);
	sl_check_clear(&work->check);
}

/* -- which episode -- */

static enum sl_status
find_episode(struct work *work, struct sl_error *err)
{
	const struct sl_live *live = work->check.heads.live;
	const char *text = work->options->episode;
	struct sl_live_episode episode;
	struct sl_uuid id;
	uint64_t number = 0;
	bool is_id = sl_uuid_parse(&id, sl_slice_text(text)) == SL_OK;
	uint32_t last = sl_live_max_number(live);
	uint32_t at = 1;

	if (!is_id && sl_parse_u64(text, UINT32_MAX, &number)) {
		at = (uint32_t)number;
		last = at < last ? at : last;
	}
	for (; (is_id || number > 0) && at <= last; at++) {
		if (sl_live_find(&episode, live, at) != SL_OK ||
		    (is_id && !sl_uuid_is(&episode.id, &id)))
			continue;
		work->out->episode = episode.id;
		work->out->number = at;
		return SL_OK;
	}
	return sl_error_code(err, SL_ERR_NOT_FOUND, "no_such_episode",
	    "%.63s never had an episode %.64s", work->out->dataset, text);
}

static enum sl_status
add_gone(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	struct work *work = ctx;
	enum sl_status status;

	if (!work->out->is_all &&
	    index->segments[ordinal].number != work->out->number)
		return SL_OK;
	status = sl_holdings_add(&work->gone, seq, ordinal, ordinal);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

/* -- what is there -- */

static enum sl_status
count_extra(
    void *ctx, const char *path, enum sl_tree_kind kind, struct sl_error *err)
{
	struct sl_deletion *out = ctx;

	(void)path;
	(void)kind;
	(void)err;
	out->extra++;
	return SL_OK;
}

static enum sl_status
count_files(struct work *work, struct sl_error *err)
{
	const struct sl_mirror *mirror = &work->check.mirror;
	struct sl_deletion *out = work->out;
	struct sl_file_list files = {0};
	enum sl_status status;

	out->files = out->bytes = out->extra = 0;
	out->first[0] = '\0';
	status =
	    sl_file_list_build(&files, &work->check.heads, &work->gone, err);
	for (size_t i = 0; status == SL_OK && i < files.count; i++) {
		const char *path = files.items[i].info->path;
		enum sl_tree_kind kind;
		struct stat info;

		status = sl_tree_look(mirror->root, path, &kind, &info, err);
		if (status != SL_OK || kind == SL_TREE_NOTHING)
			continue;
		if (out->files++ == 0)
			snprintf(out->first, sizeof(out->first), "%s", path);
		if (kind == SL_TREE_FILE)
			out->bytes += (uint64_t)info.st_size;
	}
	sl_file_list_clear(&files);
	if (status == SL_OK && out->is_all)
		status = sl_tree_walk(
		    mirror->root, ".sluice", count_extra, out, err);
	if (out->is_all)
		out->extra -= out->files < out->extra ? out->files : out->extra;
	return status;
}

static enum sl_status
open_work(struct work *work, const struct sl_deletion_options *options,
    struct sl_deletion *out, struct sl_error *err)
{
	enum sl_status status;

	memset(work, 0, sizeof(*work));
	memset(out, 0, sizeof(*out));
	work->options = options;
	work->out = out;
	work->look.dir = options->dir;
	work->check.options = &work->look;
	work->check.result = &work->unused;
	out->is_all = options->episode == NULL;
	status = sl_check_open(&work->check, SL_MIRROR_WRITE, err);
	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(&work->check, err);
	if (status == SL_OK && work->check.mirror.lock >= 0)
		status = sl_apply_finish(
		    &work->check.mirror, &work->check.heads, NULL, err);
	snprintf(out->dataset, sizeof(out->dataset), "%s",
	    work->check.mirror.state.dataset);
	out->licence = work->check.heads.grant.licence;
	if (status == SL_OK && !out->is_all)
		status = find_episode(work, err);
	if (status == SL_OK)
		status = sl_plan_each(&work->check.heads,
		    &work->check.mirror.state.held, add_gone, work, err);
	return status == SL_OK ? count_files(work, err) : status;
}

enum sl_status
sl_deletion_look(const struct sl_deletion_options *options,
    struct sl_deletion *out, struct sl_error *err)
{
	struct work work;
	enum sl_status status = open_work(&work, options, out, err);

	work_clear(&work);
	return status;
}

/* -- removing -- */

/* The mirror remembers that it shall not have the episode. */
static enum sl_status
remember(struct work *work, struct sl_state *next, struct sl_error *err)
{
	struct sl_mirror *mirror = &work->check.mirror;
	struct sl_wish wish;
	enum sl_status status;

	if (work->out->is_all)
		return sl_mirror_mark(mirror,
		    "The deletion of what was here was certified.\n", err);
	sl_wish_init(&wish);
	status = sl_memory_read(mirror, next->dataset, &wish, err);
	if (status == SL_OK) {
		status = sl_multirange_add(
		    &wish.deleted, work->out->number, work->out->number);
		if (status == SL_OK)
			status = sl_multirange_add(&next->wish.deleted,
			    work->out->number, work->out->number);
		if (status != SL_OK)
			sl_error_set(err, status, "out of memory");
	}
	if (status == SL_OK)
		status = sl_memory_write(mirror, next->dataset, &wish, err);
	sl_wish_clear(&wish);
	return status;
}

static enum sl_status
remove_all(struct work *work, struct sl_error *err)
{
	struct sl_mirror *mirror = &work->check.mirror;
	struct sl_holdings kept = {0};
	struct sl_stage stage = {.folder = -1};
	struct sl_state next;
	enum sl_status status;

	status = sl_state_copy(&next, &mirror->state);
	if (status == SL_OK)
		status = sl_holdings_subtract(
		    &kept, &mirror->state.held, &work->gone);
	if (status != SL_OK) {
		sl_error_set(err, status, "out of memory");
	} else {
		sl_holdings_clear(&next.held);
		next.held = kept;
		next.is_complete = next.is_complete && !work->out->is_all;
		status = remember(work, &next, err);
	}
	if (status == SL_OK)
		status =
		    sl_apply(mirror, &work->check.heads, &stage, &next, err);
	/* What waited to be applied are data as well. */
	if (status == SL_OK)
		status = sl_resume_forget(mirror, err);
	if (status == SL_OK)
		status = sl_tree_remove_all(mirror->meta, "repair", err);
	sl_state_clear(&next);
	return status;
}

/* -- the certificate -- */

static enum sl_status
hand_in(struct sl_client *client, struct sl_receipt *receipt,
    struct sl_mirror *mirror, const struct sl_submission_place *place,
    const struct sl_sign_key *key, struct sl_deletion *out,
    struct sl_error *err)
{
	json_t *licence = NULL;
	enum sl_status status;

	receipt->at_us = sl_clock_wall_us();
	status =
	    sl_submission_licence(client, &receipt->licence, &licence, err);
	if (status == SL_OK)
		status = sl_proof_customer(receipt, licence, mirror, err);
	if (status == SL_OK && receipt->dataset[0] == '\0')
		snprintf(receipt->dataset, sizeof(receipt->dataset), "%.63s",
		    json_string_value(json_object_get(licence, "dataset")));
	if (status == SL_OK) {
		status = sl_receipt_add_deletion(receipt,
		    out->is_all ? NULL : &out->episode, receipt->at_us);
		if (status != SL_OK)
			sl_error_set(err, status, "receipt");
	}
	if (status == SL_OK)
		status = sl_submission_send(
		    client, receipt, key, place, &out->receipt, err);
	json_decref(licence);
	return status;
}

static enum sl_status
certify(struct sl_client *client, struct work *work, struct sl_error *err)
{
	struct sl_mirror *mirror = &work->check.mirror;
	struct sl_submission_place place = {.folder = mirror->meta_dir};
	char *book = sl_mirror_path(mirror, SL_BOOK_FOLDER);
	struct sl_receipt receipt, last;
	enum sl_status status;

	place.book = book;
	sl_receipt_init(&receipt);
	sl_receipt_init(&last);
	status = sl_proof_fill(&receipt, mirror, &work->check.heads, err);
	if (sl_receipt_last(&last, mirror->dir, NULL) != SL_OK ||
	    !sl_uuid_is(&last.licence, &receipt.licence))
		last.seq = 0;
	if (status == SL_OK) {
		status = sl_proof_retractions(
		    &receipt, &work->check.heads, last.seq);
		if (status != SL_OK)
			sl_error_set(err, status, "receipt");
	}
	if (status == SL_OK)
		status = hand_in(client, &receipt, mirror, &place,
		    work->options->key, work->out, err);
	sl_receipt_clear(&last);
	sl_receipt_clear(&receipt);
	free(book);
	return status;
}

static enum sl_status
check_gone(const struct work *work, bool may_remove, struct sl_error *err)
{
	const struct sl_deletion *out = work->out;

	if (work->check.mirror.lock < 0)
		return sl_error_code(err, SL_ERR_IO, "read_only",
		    "%s: cannot be written", work->options->dir);
	if (out->files == 0 || may_remove)
		return SL_OK;
	return sl_error_code(err, SL_ERR_CONFLICT, "data_present",
	    "%s: %llu %s still there, such as %s", work->options->dir,
	    (unsigned long long)out->files,
	    out->files == 1 ? "file is" : "files are", out->first);
}

enum sl_status
sl_deletion_certify(struct sl_client *client,
    const struct sl_deletion_options *options, bool may_remove,
    struct sl_deletion *out, struct sl_error *err)
{
	struct sl_error local = {0};
	struct work work;
	enum sl_status status = open_work(&work, options, out, &local);

	if (status == SL_OK)
		status = check_gone(&work, may_remove, &local);
	if (status == SL_OK)
		status = remove_all(&work, &local);
	if (status == SL_OK)
		status = count_files(&work, &local);
	if (status == SL_OK && out->files > 0)
		status = sl_error_code(&local, SL_ERR_INTEGRITY, "data_present",
		    "%s: %s came back while it was being removed", options->dir,
		    out->first);
	if (status == SL_OK)
		status = certify(client, &work, &local);
	work_clear(&work);
	if (status != SL_OK && err != NULL)
		*err = local;
	return status;
}

enum sl_status
sl_deletion_declare(struct sl_client *client, const struct sl_uuid *licence,
    const char *folder, const struct sl_sign_key *key, struct sl_deletion *out,
    struct sl_error *err)
{
	struct sl_submission_place place = {0};
	struct sl_receipt receipt;
	char *book = NULL;
	char *kept = NULL;
	enum sl_status status = SL_ERR_NOMEM;

	memset(out, 0, sizeof(*out));
	out->is_all = true;
	out->licence = *licence;
	sl_receipt_init(&receipt);
	receipt.licence = *licence;
	if (asprintf(&book, "%s/" SL_BOOK_FOLDER, folder) < 0)
		book = NULL;
	if (asprintf(&kept, "%s/receipts", folder) < 0)
		kept = NULL;
	place.book = book;
	place.folder = kept;
	if (book == NULL || kept == NULL)
		sl_error_set(err, status, "out of memory");
	else
		status = sl_proof_head(&receipt.ledger, book, licence, err);
	if (status == SL_OK)
		status = hand_in(client, &receipt, NULL, &place, key, out, err);
	snprintf(out->dataset, sizeof(out->dataset), "%s", receipt.dataset);
	sl_receipt_clear(&receipt);
	free(kept);
	free(book);
	return status;
}
