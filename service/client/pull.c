#include "sluice/client/pull.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adopt.h"
#include "apply.h"
#include "bundle.h"
#include "engine.h"
#include "gather.h"
#include "guard.h"
#include "intake.h"
#include "memory.h"
#include "mirror.h"
#include "plan.h"
#include "refusal.h"
#include "resume.h"
#include "shelf.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/fetch.h"
#include "sluice/client/book.h"

/* A retraction that lands while we fetch makes us ask again, and so do staged
 * files that someone changed. */
#define ROUNDS_MAX 4

struct pull {
	struct sl_client *client;
	const struct sl_pull_options *options;
	struct sl_pull_result *result;
	struct sl_mirror mirror;
	struct sl_wish wish;
	struct sl_intake intake;
	struct sl_plan plan;
	struct sl_stage stage;
	struct sl_checks checks;
	struct sl_journal *journal;
	struct sl_wants wants;
	bool is_fetching;     /* the head was accepted */
	char *book;           /* .sluice/ledger */
	bool is_request_lost; /* request.json is to be written again */
};

void
sl_pull_result_init(struct sl_pull_result *result)
{
	memset(result, 0, sizeof(*result));
}

void
sl_pull_result_clear(struct sl_pull_result *result)
{
	sl_multirange_clear(&result->joined);
	sl_multirange_clear(&result->revised);
	sl_multirange_clear(&result->left);
	sl_multirange_clear(&result->retracted);
	sl_pull_result_init(result);
}

static void
pull_clear(struct pull *pull)
{
	sl_wants_clear(&pull->wants);
	sl_journal_close(pull->journal);
	if (pull->stage.batches != NULL)
		sl_stage_close(&pull->stage);
	if (pull->checks.batches != NULL)
		sl_checks_close(&pull->checks);
	sl_plan_clear(&pull->plan);
	sl_intake_clear(&pull->intake);
	sl_wish_clear(&pull->wish);
	sl_mirror_close(&pull->mirror);
	free(pull->book);
}

/* Everything, but what was certified as deleted. */
static enum sl_status
forget_wish(struct sl_wish *wish)
{
	struct sl_multirange deleted = {0};
	enum sl_status status = sl_multirange_copy(&deleted, &wish->deleted);

	sl_wish_clear(wish);
	wish->deleted = deleted;
	return status;
}

/* The remembered wish with what the caller changes. */
static enum sl_status
make_wish(struct pull *pull, struct sl_error *err)
{
	const struct sl_pull_options *options = pull->options;
	const struct sl_memory_options recall = {
	    .dataset = options->dataset,
	    .is_forgotten = options->forget,
	    .transport = pull->client->transport,
	};
	enum sl_status status = SL_OK;

	if (pull->mirror.meta >= 0)
		status = sl_memory_recall(&pull->mirror, &recall, &pull->wish,
		    &pull->is_request_lost, err);
	if (status != SL_OK)
		return status;
	if (options->forget)
		status = forget_wish(&pull->wish);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	if (options->change != NULL)
		status = sl_wish_change(&pull->wish, options->change, err);
	return status;
}

static enum sl_status
load_heads(struct pull *pull, bool may_write, struct sl_error *err)
{
	pull->intake.client = pull->client;
	pull->intake.dataset = pull->options->dataset;
	pull->intake.mirror = &pull->mirror;
	pull->intake.wish = &pull->wish;
	pull->intake.may_write = may_write;
	return sl_intake_load(&pull->intake, err);
}

/* What the grant says of the ledger. */
static enum sl_status
keep_head(struct pull *pull, struct sl_error *err)
{
	const struct sl_grant *grant = &pull->intake.heads.grant;
	struct sl_book_head head = {
	    .number = grant->ledger_number,
	    .at_us = sl_clock_wall_us(),
	    .source = "grant",
	};

	if (pull->book == NULL)
		pull->book = sl_mirror_path(&pull->mirror, SL_BOOK_FOLDER);
	if (pull->book == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	pull->result->has_licence = true;
	pull->result->licence = grant->licence;
	memcpy(head.head, grant->ledger_head, sizeof(head.head));
	return sl_book_keep(pull->book, &grant->licence, &head, err);
}

/* The server said no, or yes again: what status tells of the licence. */
static enum sl_status
note_answer(struct pull *pull, enum sl_status status, struct sl_error *err)
{
	struct sl_error local = {0};
	enum sl_status noted = status == SL_OK
	    ? sl_refusal_forget(&pull->mirror, &local)
	    : sl_refusal_keep(&pull->mirror, status, err, &local);

	if (status == SL_OK && noted != SL_OK)
		*err = local;
	return status == SL_OK ? noted : status;
}

static enum sl_status
update_heads(struct pull *pull, bool store, struct sl_error *err)
{
	enum sl_status status = sl_intake_update(&pull->intake, err);

	pull->result->received_bytes += pull->intake.received;
	pull->intake.received = 0;
	sl_notary_tell(&pull->intake.notary, &pull->result->trust);
	if (store)
		status = note_answer(pull, status, err);
	return status == SL_OK && store ? keep_head(pull, err) : status;
}

/* What the mirror's folder lost of the batches comes from the server again. */
static enum sl_status
mend_heads(struct pull *pull, struct sl_error *err)
{
	sl_transport_note(
	    pull->client->transport, "%s; fetching it again", err->text);
	sl_error_clear(err);
	return update_heads(pull, true, err);
}

static enum sl_status
make_plan(struct pull *pull, struct sl_error *err)
{
	enum sl_status status;

	sl_plan_clear(&pull->plan);
	status = sl_plan_compute(&pull->plan, &pull->intake.heads, &pull->wish,
	    &pull->mirror.state.held, err);
	if (status != SL_OK)
		return status;
	pull->result->seq_before = pull->mirror.state.seq;
	pull->result->ledger_number = pull->intake.heads.grant.ledger_number;
	status = sl_plan_report(&pull->plan, &pull->intake.heads, pull->result);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

static void
on_progress(void *ctx, const struct sl_wants *wants)
{
	const struct pull *pull = ctx;
	/* The dataset's own files are no episode; they come first. */
	bool has_own = wants->has_own_files;
	const struct sl_pull_progress progress = {
	    .bytes_done = wants->decoded_done,
	    .bytes_total = wants->decoded_bytes,
	    .episodes_done =
	        wants->episodes_done - (has_own && wants->episodes[0] == 0),
	    .episodes_total = wants->episode_count - has_own,
	};

	if (pull->options->on_progress != NULL)
		pull->options->on_progress(pull->options->ctx, &progress);
}

static enum sl_status
gather(struct pull *pull, struct sl_error *err)
{
	struct sl_gather_result gathered = {0};
	const struct sl_gather_options options = {
	    .client = pull->client,
	    .dataset = pull->options->dataset,
	    .wish = &pull->wish,
	    .stage = &pull->stage,
	    .journal = pull->journal,
	    .checks = &pull->checks,
	    .book = pull->book,
	    .licence = &pull->intake.heads.grant.licence,
	    .jobs = pull->options->jobs == 0 ? SL_PULL_JOBS_DEFAULT
	                                     : pull->options->jobs,
	    .on_progress = on_progress,
	    .ctx = pull,
	};
	enum sl_status status;

	status = sl_gather_run(&pull->wants, &options, &gathered, err);
	pull->result->received_chunks += gathered.received_chunks;
	pull->result->received_bytes += gathered.received_bytes;
	if (gathered.ledger_number > pull->result->ledger_number)
		pull->result->ledger_number = gathered.ledger_number;
	return status;
}

static bool
is_refused(enum sl_status status)
{
	return status == SL_ERR_QUOTA || status == SL_ERR_DENIED;
}

/* `gathered` and its words stay, unless what earlier runs left is wrong. */
static enum sl_status
prove(struct pull *pull, enum sl_status gathered, struct sl_error *err)
{
	struct sl_holdings whole = {0};
	struct sl_error local = {0};
	enum sl_status status = sl_wants_whole(&pull->wants, &whole);

	if (status != SL_OK)
		sl_error_set(&local, status, "out of memory");
	else
		status = sl_resume_prove(pull->journal, &pull->intake.heads,
		    &pull->stage, &whole, &local);
	sl_holdings_clear(&whole);
	if (status == SL_OK)
		return gathered;
	*err = local;
	return status;
}

static enum sl_status
fetch(struct pull *pull, struct sl_error *err)
{
	enum sl_status status;

	status = sl_stage_open(&pull->stage, pull->mirror.meta, "staging",
	    pull->intake.heads.count, err);
	if (status == SL_OK)
		status = sl_checks_open(&pull->checks, pull->mirror.meta,
		    pull->intake.heads.count, err);
	if (status == SL_OK)
		status = sl_resume(&pull->journal, &pull->mirror,
		    &pull->intake.heads, &pull->stage, err);
	if (status == SL_OK)
		status = sl_wants_build(&pull->wants, &pull->intake.heads,
		    &pull->plan.fetch, sl_journal_chunks(pull->journal), err);
	if (status == SL_OK)
		status = sl_guard_room(&pull->mirror, &pull->wants, err);
	if (status != SL_OK)
		return status;
	if (pull->result->received_chunks == 0)
		pull->result->resumed_chunks = pull->wants.chunks_staged;
	pull->result->fetch_chunks = pull->wants.chunks;
	pull->result->fetch_bytes = pull->wants.stored_bytes;
	on_progress(pull, &pull->wants);
	status = gather(pull, err);
	if (status != SL_OK && !is_refused(status))
		return status;
	return prove(pull, status, err);
}

static enum sl_status
next_state(struct pull *pull, struct sl_state *next, bool is_complete,
    struct sl_error *err)
{
	enum sl_status status;

	sl_state_init(next);
	snprintf(
	    next->dataset, sizeof(next->dataset), "%s", pull->options->dataset);
	next->seq = pull->plan.seq;
	next->is_complete = is_complete;
	next->pin = pull->client->profile.pin;
	status = sl_wish_copy(&next->wish, &pull->wish);
	if (status == SL_OK)
		status = sl_holdings_copy(&next->held, &pull->plan.target);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

static bool
is_unchanged(const struct pull *pull)
{
	const struct sl_state *state = &pull->mirror.state;

	return pull->mirror.has_state && state->seq == pull->plan.seq &&
	    state->is_complete &&
	    sl_holdings_are_equal(&state->held, &pull->plan.target) &&
	    sl_wish_is_equal(&state->wish, &pull->wish);
}

static enum sl_status
apply(struct pull *pull, bool is_complete, struct sl_error *err)
{
	struct sl_state next;
	enum sl_status status;

	if (is_complete && is_unchanged(pull))
		return SL_OK;
	status = next_state(pull, &next, is_complete, err);
	if (status == SL_OK)
		status = sl_apply(&pull->mirror, &pull->intake.heads,
		    &pull->stage, &next, err);
	sl_state_clear(&next);
	return status;
}

/* The server refused a part: bring in the whole episodes that came. */
static enum sl_status
apply_part(struct pull *pull, struct sl_error *err)
{
	struct sl_holdings staged = {0};
	enum sl_status status;

	status = sl_wants_whole(&pull->wants, &staged);
	if (status == SL_OK)
		status = sl_plan_reduce(&pull->plan, &pull->intake.heads,
		    &pull->mirror.state.held, &staged, err);
	sl_holdings_clear(&staged);
	if (status == SL_OK)
		status = sl_plan_report(
		    &pull->plan, &pull->intake.heads, pull->result);
	return status == SL_OK ? apply(pull, false, err) : status;
}

static enum sl_status
mark_incomplete(struct pull *pull, struct sl_error *err)
{
	char why[256];

	snprintf(why, sizeof(why),
	    "The tree is not yet batch %u of %s: run `sluice pull %s DIR` to "
	    "go on.\n",
	    pull->plan.seq, pull->options->dataset, pull->options->dataset);
	return sl_mirror_mark(&pull->mirror, why, err);
}

static enum sl_status
finish(struct pull *pull, struct sl_error *err)
{
	enum sl_status status;

	sl_journal_close(pull->journal);
	pull->journal = NULL;
	status = sl_resume_forget(&pull->mirror, err);
	if (status == SL_OK)
		status = sl_mirror_mark(&pull->mirror, NULL, err);
	pull->result->is_complete = status == SL_OK;
	return status;
}

/* Forget what belongs to one round, so that another can begin. */
static void
round_clear(struct pull *pull)
{
	sl_wants_clear(&pull->wants);
	sl_journal_close(pull->journal);
	pull->journal = NULL;
	if (pull->stage.batches != NULL)
		sl_stage_close(&pull->stage);
	if (pull->checks.batches != NULL)
		sl_checks_close(&pull->checks);
	sl_plan_clear(&pull->plan);
}

static bool
wants_new_round(const struct sl_error *err)
{
	return strcmp(err->code, "staging_damaged") == 0 ||
	    strcmp(err->code, "retracted") == 0 ||
	    strcmp(err->code, "erased") == 0 || strcmp(err->code, "stale") == 0;
}

/* The files are here, but not what they are: look at them. */
static enum sl_status
recover_state(struct pull *pull, struct sl_error *err)
{
	struct sl_holdings none = {0};
	struct sl_state state;
	uint64_t count = 0;
	enum sl_status status;

	sl_transport_note(pull->client->transport,
	    "%s/state.json is missing or damaged; looking at the files",
	    pull->mirror.meta_dir);
	sl_state_init(&state);
	status = sl_plan_compute(
	    &pull->plan, &pull->intake.heads, &pull->wish, &none, err);
	if (status == SL_OK)
		status = next_state(pull, &state, false, err);
	sl_holdings_clear(&state.held);
	if (status == SL_OK)
		status = mark_incomplete(pull, err);
	if (status == SL_OK)
		status = sl_adopt(&pull->mirror, &pull->intake.heads,
		    &pull->plan.target, &state, &count, err);
	if (status == SL_OK)
		sl_transport_note(pull->client->transport,
		    "%llu segments are here as they were signed",
		    (unsigned long long)count);
	pull->mirror.is_state_lost = false;
	sl_plan_clear(&pull->plan);
	sl_state_clear(&state);
	return status;
}

static enum sl_status
run_round(struct pull *pull, struct sl_error *err)
{
	enum sl_status status;

	pull->is_fetching = false;
	status = update_heads(pull, true, err);
	pull->is_fetching = status == SL_OK;
	if (status == SL_OK && pull->mirror.is_state_lost)
		status = recover_state(pull, err);
	if (status == SL_OK)
		status = make_plan(pull, err);
	if (status == SL_OK)
		status = sl_guard_wish(&pull->mirror, &pull->intake.heads,
		    &pull->plan, &pull->wish, err);
	if (status != SL_OK)
		return status;
	if (pull->is_request_lost)
		status = sl_memory_write(
		    &pull->mirror, pull->options->dataset, &pull->wish, err);
	if (status == SL_OK && !is_unchanged(pull)) {
		status = mark_incomplete(pull, err);
		if (status == SL_OK)
			status = sl_memory_write(&pull->mirror,
			    pull->options->dataset, &pull->wish, err);
		if (status == SL_OK)
			status = fetch(pull, err);
	}
	if (is_refused(status) && !sl_refusal_withholds(err)) {
		struct sl_error refusal = *err;

		refusal.status = status;
		status = apply_part(pull, err);
		if (status == SL_OK) {
			*err = refusal;
			status = refusal.status;
		}
		return status;
	}
	if (status == SL_OK)
		status = apply(pull, true, err);
	return status == SL_OK ? finish(pull, err) : status;
}

static enum sl_status
run_rounds(struct pull *pull, struct sl_error *err)
{
	enum sl_status status;

	for (unsigned round = 1;; round++) {
		status = run_round(pull, err);
		err->status = status;
		if (status == SL_OK)
			return SL_OK;
		if (round == ROUNDS_MAX || !wants_new_round(err))
			return pull->is_fetching && sl_refusal_withholds(err)
			    ? sl_refusal_name_withheld(
			          pull->intake.heads.grant.seq,
			          &pull->result->trust.checkpoint, err)
			    : status;
		sl_transport_note(
		    pull->client->transport, "%s; asking again", err->text);
		round_clear(pull);
	}
}

/* `status` and its words stay unless the bundle is another's. */
static enum sl_status
use_bundle(struct pull *pull, enum sl_status status, struct sl_error *err)
{
	struct sl_bundle *bundle = sl_transport_bundle(pull->client->transport);
	const struct sl_uuid *licence = NULL;
	struct sl_error other = {0};

	if (bundle == NULL)
		return status;
	if (pull->wish.has_licence)
		licence = &pull->wish.licence;
	else if (pull->intake.heads.has_grant)
		licence = &pull->intake.heads.grant.licence;
	sl_bundle_set_heads(bundle, &pull->intake.heads);
	other.status =
	    sl_bundle_check(bundle, pull->options->dataset, licence, &other);
	if (other.status == SL_OK)
		return status;
	pull->intake.heads.is_damaged = false;
	*err = other;
	return other.status;
}

enum sl_status
sl_pull(struct sl_client *client, const struct sl_pull_options *options,
    struct sl_pull_result *result, struct sl_error *err)
{
	struct pull pull = {
	    .client = client, .options = options, .result = result};
	struct sl_error local = {0};
	enum sl_status status;

	status = sl_mirror_open(
	    &pull.mirror, options->dir, SL_MIRROR_CREATE, &local);
	if (status == SL_OK)
		status = make_wish(&pull, &local);
	if (status == SL_OK)
		status = load_heads(&pull, true, &local);
	if (status == SL_OK || pull.intake.heads.is_damaged)
		status = use_bundle(&pull, status, &local);
	if (pull.intake.heads.is_damaged)
		status = mend_heads(&pull, &local);
	if (status == SL_OK)
		status = sl_apply_finish(
		    &pull.mirror, &pull.intake.heads, NULL, &local);
	if (status == SL_OK)
		status = run_rounds(&pull, &local);
	if (status != SL_OK)
		sl_mirror_abandon(&pull.mirror);
	pull_clear(&pull);
	if (status != SL_OK && err != NULL)
		*err = local;
	return status;
}

/* -- plan -- */

/* Ask what the fetch would charge; *quote stays NULL if the server does not
 * say. */
static enum sl_status
ask_quote(struct pull *pull, json_t **quote)
{
	enum sl_status status = SL_OK;
	struct sl_fetch wanted;
	struct sl_buf body;
	char path[128];

	sl_fetch_init(&wanted);
	wanted.has_licence = pull->wish.has_licence;
	wanted.licence = pull->wish.licence;
	snprintf(
	    wanted.purpose, sizeof(wanted.purpose), "%s", pull->wish.purpose);
	for (size_t i = 0; i < pull->plan.fetch.count; i++) {
		const struct sl_holding *batch = &pull->plan.fetch.batches[i];

		for (size_t r = 0; status == SL_OK && r < batch->set.count; r++)
			status = sl_fetch_add_segments(&wanted, batch->seq,
			    batch->set.ranges[r].first,
			    batch->set.ranges[r].last);
	}
	sl_buf_init(&body, SL_FETCH_BYTES_MAX);
	if (status == SL_OK)
		status = sl_fetch_format(&body, &wanted);
	snprintf(path, sizeof(path), "/v1/datasets/%s/quote",
	    pull->options->dataset);
	if (status == SL_OK)
		status = sl_client_post(
		    pull->client, path, sl_buf_slice(&body), quote, NULL);
	sl_buf_clear(&body);
	sl_fetch_clear(&wanted);
	return status;
}

enum sl_status
sl_plan(struct sl_client *client, const struct sl_pull_options *options,
    struct sl_pull_result *result, json_t **quote, struct sl_error *err)
{
	struct pull pull = {
	    .client = client, .options = options, .result = result};
	enum sl_status status = SL_ERR_NOT_FOUND;

	*quote = NULL;
	pull.mirror.root = pull.mirror.meta = pull.mirror.lock = -1;
	if (options->dir != NULL)
		status = sl_mirror_open(
		    &pull.mirror, options->dir, SL_MIRROR_LOOK, err);
	if (status == SL_ERR_NOT_FOUND)
		status = sl_error_clear(err);
	if (status == SL_OK)
		status = make_wish(&pull, err);
	if (status == SL_OK)
		status = load_heads(&pull, false, err);
	if (pull.intake.heads.is_damaged)
		status = sl_shelf_advise(
		    err, "pull", options->dataset, options->dir);
	if (status == SL_OK)
		status = update_heads(&pull, false, err);
	if (status == SL_OK)
		status = make_plan(&pull, err);
	result->is_complete = status == SL_OK && is_unchanged(&pull);
	if (status == SL_OK && pull.plan.fetch.count > 0 &&
	    ask_quote(&pull, quote) != SL_OK)
		*quote = NULL;
	pull_clear(&pull);
	return status;
}
