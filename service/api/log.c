/* The log of a dataset: checkpoint, tiles, proofs of inclusion.  Who sees the
 * dataset's page sees its checkpoint and the tiles of hashes; leaves and proofs
 * are of batches that are released to the caller. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sluice/base/checked.h"
#include "sluice/catalog/note.h"
#include "sluice/catalog/tile.h"
#include "sluice/catalog/trust.h"
#include "sluice/objects/objects.h"
#include "sluice/session/access.h"
#include "sluice/session/logbook.h"
#include "stored.h"

/* Proof, checkpoint and the lines around. */
#define PORTABLE_MAX (SL_LOG_PROOF_TEXT_MAX + SL_NOTE_BYTES_MAX + 128)

struct log_state {
	struct stored stored;
	struct sl_logbook logbook;
	/* What is made once the checkpoint is there. */
	void (*next)(struct request *request);
	uint32_t seq; /* INCLUSION; of the last leaf in a bundle */
	uint32_t epoch;
	struct sl_tile tile;
	struct sl_uuid licence;
	/* What is made once the caller may have it. */
	void (*allowed)(struct request *request);
	bool needs_licence;
};

static void
state_free(void *arg)
{
	struct log_state *state = arg;

	stored_clear(&state->stored);
	sl_logbook_clear(&state->logbook);
	free(state);
}

static struct sl_objects *
objects_of(const struct request *request)
{
	return sl_session_parts(request->api->session)->objects;
}

static bool
is_public(const struct request *request)
{
	return request->dataset.visibility != SL_VISIBILITY_PRIVATE;
}

static void
fail_not_found(struct request *request, const char *what)
{
	struct sl_error err = {0};

	sl_error_code(
	    &err, SL_ERR_NOT_FOUND, "not_found", "There is no such %s.", what);
	request_fail(request, &err);
}

static void
on_checkpoint(void *ctx, enum sl_status status, const struct sl_log_head *head,
    const struct sl_error *err)
{
	struct request *request = ctx;
	struct log_state *state;
	struct sl_error words = *err;

	if (!request_reply(request))
		return;
	state = request->state;
	if (status == SL_OK)
		status = sl_logbook_set(&state->logbook, objects_of(request),
		    request->dataset.name, head, &words);
	if (status != SL_OK)
		request_fail(request, &words);
	else if (head == NULL)
		fail_not_found(request, "log");
	else
		state->next(request);
}

/* The handler's state, or NULL after having answered. */
static struct log_state *
begin(struct request *request)
{
	struct log_state *state = calloc(1, sizeof(*state));
	struct sl_error err = {0};

	if (state == NULL) {
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return NULL;
	}
	stored_init(&state->stored);
	sl_logbook_init(&state->logbook);
	state->stored.media_type = "text/plain; charset=utf-8";
	state->stored.cache_control = stored_for_now(is_public(request));
	request->state = state;
	request->state_free = state_free;
	return state;
}

static void
ask(struct request *request, void (*next)(struct request *request))
{
	struct log_state *state = request->state;
	struct sl_error err = {0};

	state->next = next;
	request_called(request,
	    sl_store_log_checkpoint(request_db(request), request->dataset.id,
	        on_checkpoint, request, &err),
	    &err);
}

/* ---- the checkpoint ---- */

/* Moved out of the logbook. */
static void
answer_text(struct request *request, struct sl_buf *text)
{
	struct log_state *state = request->state;

	state->stored.bytes = *text;
	sl_buf_init(text, 0);
	stored_answer(request, &state->stored);
}

static void
answer_note(struct request *request)
{
	struct log_state *state = request->state;

	answer_text(request, &state->logbook.note);
}

static void
answer_body(struct request *request)
{
	struct log_state *state = request->state;

	answer_text(request, &state->logbook.body);
}

static void
answer_minisig(struct request *request)
{
	struct log_state *state = request->state;

	answer_text(request, &state->logbook.minisig);
}

void
handle_checkpoint(struct request *request)
{
	if (begin(request) != NULL)
		ask(request, answer_note);
}

void
handle_checkpoint_text(struct request *request)
{
	if (begin(request) != NULL)
		ask(request, answer_body);
}

void
handle_checkpoint_minisig(struct request *request)
{
	if (begin(request) != NULL)
		ask(request, answer_minisig);
}

/* ---- what is of certain batches ---- */

static void
on_access(void *ctx, enum sl_status status, struct sl_access *access,
    const struct sl_error *err)
{
	struct request *request = ctx;
	struct log_state *state;

	(void)access;
	if (!request_reply(request))
		return;
	state = request->state;
	if (status == SL_OK)
		state->allowed(request);
	else if (status == SL_ERR_DENIED &&
	    state->seq > request->dataset.released_seq)
		fail_not_found(request, "batch");
	else
		request_fail(request, err);
}

static enum sl_status
check_token(const struct request *request, struct sl_error *err)
{
	if (!request->has_account)
		return sl_error_code(err, SL_ERR_AUTH, "unauthorized",
		    "This needs a token: 'Authorization: Bearer …'.");
	if ((request->account.scopes & SL_SCOPE_DELIVER) == 0)
		return sl_error_code(err, SL_ERR_DENIED, "scope_missing",
		    "The token does not have the scope for this.");
	return SL_OK;
}

/* Go on if batch state->seq is the caller's to see: what is released to
 * everybody, or to its licence. */
static void
check_release(struct request *request, void (*allowed)(struct request *request))
{
	struct log_state *state = request->state;
	struct sl_access_request asked = {0};
	struct sl_error err = {0};
	bool is_released = state->seq <= request->dataset.released_seq;
	bool has_licence = false;
	enum sl_status status;

	if (is_released && !state->needs_licence) {
		allowed(request);
		return;
	}
	if (!is_released &&
	    (!request->has_account || state->seq > request->dataset.seq)) {
		fail_not_found(request, "batch");
		return;
	}
	state->allowed = allowed;
	state->stored.cache_control =
	    strstr(state->stored.cache_control, "immutable") != NULL
	    ? stored_for_ever(false)
	    : stored_for_now(false);
	status = check_token(request, &err);
	if (status == SL_OK)
		status = request_uuid(
		    request, "licence", &state->licence, &has_licence, &err);
	asked.account = &request->account;
	asked.dataset = request->dataset.name;
	asked.dataset_id = request->dataset.id;
	asked.licence = has_licence ? &state->licence : NULL;
	asked.seq = state->seq;
	asked.address = sl_exchange_peer_address(request->exchange);
	if (status == SL_OK)
		status = sl_access_choose(
		    request_db(request), &asked, on_access, request, &err);
	request_called(request, status, &err);
}

/* ---- proofs of inclusion ---- */

static void
answer_inclusion(struct request *request)
{
	struct log_state *state = request->state;
	struct sl_log_portable portable = {.index = state->seq - 1,
	    .note = sl_buf_slice(&state->logbook.note)};
	struct sl_error err = {0};
	enum sl_status status = sl_logbook_prove_inclusion(
	    &portable.proof, &state->logbook, portable.index, &err);

	sl_buf_init(&state->stored.bytes, PORTABLE_MAX);
	if (status == SL_OK) {
		status =
		    sl_log_portable_format(&state->stored.bytes, &portable);
		if (status != SL_OK)
			sl_error_set(
			    &err, status, "the proof cannot be written");
	}
	if (status == SL_OK)
		stored_answer(request, &state->stored);
	else
		request_fail(request, &err);
}

static void
on_inclusion(struct request *request)
{
	struct log_state *state = request->state;

	if (state->seq > state->logbook.tree.size)
		fail_not_found(request, "batch");
	else
		check_release(request, answer_inclusion);
}

void
handle_inclusion(struct request *request)
{
	struct log_state *state = begin(request);
	uint64_t seq = 0;
	const char *text;

	if (state == NULL)
		return;
	text = request_text(request, request->params[1]);
	if (text == NULL || !sl_parse_u64(text, SL_SEQ_MAX, &seq) || seq == 0) {
		fail_not_found(request, "batch");
		return;
	}
	state->seq = (uint32_t)seq;
	ask(request, on_inclusion);
}

/* ---- tiles ---- */

static void
answer_tile(struct request *request)
{
	struct log_state *state = request->state;
	struct stored *stored = &state->stored;
	char path[SL_TILE_PATH_MAX];
	const struct sl_log_object name = {
	    request->dataset.name, state->epoch, path};
	struct sl_error err = {0};
	enum sl_status status;

	sl_tile_format_path(path, &state->tile);
	status = sl_objects_log_get(
	    objects_of(request), &name, &stored->fd, &stored->total, &err);
	if (status == SL_OK && !state->tile.is_entries &&
	    stored->total != (uint64_t)state->tile.width * SL_LOG_HASH_BYTES)
		status = sl_error_code(&err, SL_ERR_INTEGRITY, "log_damaged",
		    "%s of the log of %s has another length", path,
		    name.dataset);
	if (status == SL_ERR_NOT_FOUND) {
		fail_not_found(request, "tile");
		return;
	}
	if (status != SL_OK) {
		request_fail(request, &err);
		return;
	}
	/* It never changes under its name. */
	snprintf(
	    stored->etag, sizeof(stored->etag), "\"%u/%s\"", name.epoch, path);
	stored_answer(request, stored);
}

static void
on_tile(struct request *request)
{
	struct log_state *state = request->state;
	const struct sl_tile *tile = &state->tile;
	uint64_t size = state->logbook.tree.size;
	uint64_t last = tile->index * SL_TILE_WIDTH + tile->width;

	/* What is written beyond the checkpoint is not said yet; an epoch that
	 * ended says all that it had. */
	if (state->epoch > state->logbook.epoch ||
	    (state->epoch == state->logbook.epoch &&
	        tile->width > sl_tile_width(tile->level, tile->index, size)) ||
	    (tile->is_entries && last > size)) {
		fail_not_found(request, "tile");
		return;
	}
	if (!tile->is_entries) {
		answer_tile(request);
		return;
	}
	state->seq = (uint32_t)last;
	state->needs_licence =
	    request->dataset.visibility != SL_VISIBILITY_PUBLIC;
	check_release(request, answer_tile);
}

void
handle_tile(struct request *request)
{
	struct log_state *state = begin(request);
	uint64_t epoch = 0;
	const char *text;

	if (state == NULL)
		return;
	text = request_text(request, request->params[1]);
	if (text == NULL || !sl_parse_u64(text, SL_TRUST_EPOCH_MAX, &epoch) ||
	    epoch == 0 || text[0] == '0' ||
	    sl_tile_parse_path(&state->tile, request->params[2]) != SL_OK) {
		fail_not_found(request, "tile");
		return;
	}
	state->epoch = (uint32_t)epoch;
	state->stored.media_type = "application/octet-stream";
	state->stored.cache_control = stored_for_ever(is_public(request));
	ask(request, on_tile);
}
