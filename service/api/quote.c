/* What a fetch would charge, without charging it. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "query.h"
#include "sluice/catalog/fetch.h"
#include "sluice/session/access.h"
#include "sluice/store/licence.h"

struct quote_state {
	struct sl_fetch fetch;
	struct sl_quota quota;
	struct sl_quota used; /* in all, or in this month */
	struct sl_uuid licence;
};

static void
state_free(void *arg)
{
	struct quote_state *state = arg;

	sl_fetch_clear(&state->fetch);
	free(state);
}

/* What is left of a quota; null where there is none. */
static json_t *
remaining(uint64_t quota, uint64_t used)
{
	if (quota == SL_QUOTA_NONE)
		return json_null();
	return json_integer(
	    quota > used ? (json_int_t)(quota - used) : (json_int_t)0);
}

static json_t *
remaining_seconds(uint64_t quota_ms, uint64_t used_ms)
{
	if (quota_ms == SL_QUOTA_NONE)
		return json_null();
	return json_real(
	    quota_ms > used_ms ? (double)(quota_ms - used_ms) / 1000.0 : 0.0);
}

static void
on_quote(void *ctx, enum sl_status status, const struct sl_quote *quote,
    const struct sl_error *err)
{
	struct request *request = ctx;
	struct quote_state *state;
	char licence[SL_UUID_TEXT_LEN + 1];
	json_t *value;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	state = request->state;
	sl_uuid_format(licence, &state->licence);
	value = json_pack("{s:s,s:{s:I,s:f,s:I},s:{s:I,s:I},s:{s:o,s:o,s:o}}",
	    "licence", licence, "new", "episodes",
	    (json_int_t)quote->new_episodes, "duration_s",
	    (double)quote->new_duration_ms / 1000.0, "bytes",
	    (json_int_t)quote->new_bytes, "held", "segments",
	    (json_int_t)quote->held_segments, "bytes",
	    (json_int_t)quote->held_bytes, "remaining", "episodes",
	    remaining(state->quota.episodes, state->used.episodes),
	    "duration_s",
	    remaining_seconds(
	        state->quota.duration_ms, state->used.duration_ms),
	    "bytes", remaining(state->quota.bytes, state->used.bytes));
	request_respond_json(request, value);
	json_decref(value);
}

static enum sl_status
ask_quote(struct request *request, struct sl_error *err)
{
	struct quote_state *state = request->state;
	size_t count = state->fetch.batch_count;
	struct sl_quote_want *wants = calloc(count + 1, sizeof(*wants));
	struct sl_quote_request asked = {.licence = state->licence,
	    .dataset = request->dataset.id,
	    .want_count = count};
	enum sl_status status;

	if (wants == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		wants[i].seq = state->fetch.batches[i].seq;
		wants[i].ordinals = &state->fetch.batches[i].segments;
	}
	asked.wants = wants;
	status =
	    sl_store_quote(request_db(request), &asked, on_quote, request, err);
	free(wants);
	return status;
}

static void
on_access(void *ctx, enum sl_status status, struct sl_access *access,
    const struct sl_error *err)
{
	struct request *request = ctx;
	struct quote_state *state;
	struct sl_error words = *err;

	if (!request_reply(request))
		return;
	if (status == SL_OK) {
		state = request->state;
		state->licence = access->licence;
		state->quota = access->terms.quota;
		state->used = access->state.used;
		status = ask_quote(request, &words);
	}
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &words);
}

/* Chunks belong to segments that are held already or are charged whole, so a
 * quote is for segments. */
static enum sl_status
check_fetch(const struct sl_fetch *fetch, struct sl_error *err)
{
	for (size_t i = 0; i < fetch->batch_count; i++)
		if (fetch->batches[i].chunks.count > 0)
			return sl_error_code(err, SL_ERR_INVALID, "bad_body",
			    "A quote names segments, not chunks.");
	return SL_OK;
}

void
handle_quote(struct request *request)
{
	struct quote_state *state = calloc(1, sizeof(*state));
	struct sl_access_request asked = {.account = &request->account,
	    .dataset = request->dataset.name,
	    .dataset_id = request->dataset.id,
	    .address = sl_exchange_peer_address(request->exchange)};
	struct sl_error err = {0};
	enum sl_status status;

	if (state == NULL) {
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	sl_fetch_init(&state->fetch);
	request->state = state;
	request->state_free = state_free;
	status = query_body(request, &state->fetch, &err);
	if (status == SL_OK)
		status = check_fetch(&state->fetch, &err);
	if (status == SL_OK) {
		if (state->fetch.has_licence)
			asked.licence = &state->fetch.licence;
		asked.purpose = state->fetch.purpose;
		asked.seq = sl_fetch_last_seq(&state->fetch);
		status = sl_access_choose(
		    request_db(request), &asked, on_access, request, &err);
	}
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &err);
}
