#include "intake.h"

#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "head.h"
#include "redo.h"
#include "resume.h"
#include "shelf.h"
#include "sluice/base/clock.h"
#include "sluice/client/machine.h"
#include "tree.h"

/* Root may put the log back more than once while nobody looks. */
#define TRIES_MAX 4

void
sl_intake_clear(struct sl_intake *intake)
{
	sl_heads_clear(&intake->heads);
	sl_notary_clear(&intake->notary);
}

static enum sl_status
load_batches(struct sl_intake *intake, struct sl_error *err)
{
	enum sl_status status;

	sl_heads_clear(&intake->heads);
	status = sl_heads_init(
	    &intake->heads, intake->dataset, &intake->notary.chain, err);
	if (status == SL_OK && intake->mirror->meta >= 0)
		status = sl_shelf_load(&intake->heads, intake->mirror,
		    sl_redo_newest(intake->mirror), err);
	return status;
}

enum sl_status
sl_intake_load(struct sl_intake *intake, struct sl_error *err)
{
	const struct sl_notary_options options = {
	    .dataset = intake->dataset,
	    .pin = &intake->client->profile.pin,
	    .meta = intake->mirror->meta,
	    .meta_dir = intake->mirror->meta_dir,
	    .may_write = intake->may_write,
	    .anchor = sl_machine_trust(),
	    .endpoint = intake->client->profile.endpoint,
	    .rule = {sl_clock_wall_us(), intake->client->options.max_age_ms},
	};
	struct sl_error damage = {0};
	enum sl_status status =
	    sl_notary_open(&intake->notary, &options, &damage, err);

	if (status == SL_OK && damage.status != SL_OK)
		sl_transport_note(intake->client->transport,
		    "%s; asking for it again", damage.text);
	return status == SL_OK ? load_batches(intake, err) : status;
}

/* -- root put the log back -- */

/* The batches that the tree is of cannot be read, so nobody can say which files
 * are theirs: the pull looks at all of them. */
static enum sl_status
lose_state(struct sl_mirror *mirror, struct sl_error *err)
{
	enum sl_status status = sl_mirror_drop(mirror, "state.json", err);

	if (status != SL_OK)
		return status;
	sl_state_clear(&mirror->state);
	mirror->has_state = false;
	mirror->is_state_lost = true;
	return SL_OK;
}

/* The tree without what later batches brought. */
static enum sl_status
take_back_tree(struct sl_intake *intake, uint32_t count, struct sl_error *err)
{
	struct sl_mirror *mirror = intake->mirror;
	struct sl_stage stage = {0};
	struct sl_state next;
	enum sl_status status;

	if (!mirror->has_state || mirror->state.seq <= count)
		return SL_OK;
	if (mirror->state.seq > intake->heads.count)
		return lose_state(mirror, err);
	sl_state_init(&next);
	status = sl_state_copy(&next, &mirror->state);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	next.seq = count;
	next.is_complete = false;
	sl_holdings_cut(&next.held, count);
	status = sl_mirror_mark(mirror,
	    "Root has put the dataset's log back: run `sluice pull` to go on.\n",
	    err);
	if (status == SL_OK)
		status = sl_stage_open(
		    &stage, mirror->meta, "staging", intake->heads.count, err);
	if (status == SL_OK)
		status = sl_apply(mirror, &intake->heads, &stage, &next, err);
	if (stage.batches != NULL)
		sl_stage_close(&stage);
	sl_state_clear(&next);
	return status;
}

/* Chunks and checksums that are noted by the numbers of batches. */
static enum sl_status
forget_chunks(struct sl_mirror *mirror, struct sl_error *err)
{
	enum sl_status status = sl_resume_forget(mirror, err);

	return status == SL_OK ? sl_tree_remove_all(mirror->meta, "checks", err)
	                       : status;
}

static enum sl_status
move_back(struct sl_intake *intake, struct sl_error *err)
{
	uint32_t count = intake->notary.moved_to;
	enum sl_status status;

	sl_transport_note(intake->client->transport,
	    "%s; what came after leaves the mirror", err->text);
	sl_error_clear(err);
	status = take_back_tree(intake, count, err);
	if (status == SL_OK)
		status = forget_chunks(intake->mirror, err);
	if (status == SL_OK)
		status = sl_sight_forget_proof(
		    &intake->notary.sight, intake->mirror->meta, err);
	if (status == SL_OK)
		status = sl_shelf_cut(intake->mirror, count, err);
	return status == SL_OK ? load_batches(intake, err) : status;
}

/* -- batches that were never proven -- */

/* Those before were, or the tree is of them. */
static uint32_t
floor_of(const struct sl_intake *intake)
{
	uint32_t proven = sl_sight_proven(&intake->notary.sight);
	uint32_t newest = sl_redo_newest(intake->mirror);

	return proven > newest ? proven : newest;
}

/* Was it the batches that were refused, and not what comes before them? */
static bool
is_of_batches(const struct sl_intake *intake, const struct sl_error *err)
{
	return intake->notary.is_settled || strcmp(err->code, "rollback") == 0;
}

static enum sl_status
drop_unproven(struct sl_intake *intake, struct sl_error *err)
{
	enum sl_status status =
	    sl_shelf_cut(intake->mirror, floor_of(intake), err);

	return status == SL_OK ? load_batches(intake, err) : status;
}

/* A failure that is not the caller's yet: SL_OK to ask again. */
static enum sl_status
mend(struct sl_intake *intake, size_t before, enum sl_status status,
    struct sl_error *err)
{
	struct sl_error refusal = *err;
	size_t kept = floor_of(intake);

	if (!intake->may_write)
		return status;
	if (strcmp(err->code, "epoch_moved") == 0)
		return move_back(intake, err);
	if (status != SL_ERR_INTEGRITY || intake->heads.count <= kept ||
	    !is_of_batches(intake, err))
		return status;
	status = drop_unproven(intake, err);
	if (status != SL_OK)
		return status;
	/* An earlier run left some: they may be what was wrong. */
	if (before > kept) {
		sl_transport_note(intake->client->transport,
		    "%s; asking again without the batches that an earlier run "
		    "left unproven",
		    refusal.text);
		return sl_error_clear(err);
	}
	*err = refusal;
	return refusal.status;
}

enum sl_status
sl_intake_update(struct sl_intake *intake, struct sl_error *err)
{
	const struct sl_head_options options = {
	    .wish = intake->wish,
	    .notary = &intake->notary,
	    .mirror = intake->may_write ? intake->mirror : NULL,
	};
	enum sl_status status = SL_OK;

	for (int i = 0; i < TRIES_MAX; i++) {
		size_t before = intake->heads.count;

		status = sl_head_update(intake->client, &intake->heads,
		    &options, &intake->received, err);
		if (status == SL_OK)
			return SL_OK;
		status = mend(intake, before, status, err);
		if (status != SL_OK)
			return status;
	}
	return sl_error_code(err, SL_ERR_INTEGRITY, "epoch_unproven",
	    "the log was put back again and again");
}
