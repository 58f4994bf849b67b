/* The objects of a batch: strong ETag, ranges; a pack is a delivery. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "query.h"
#include "sluice/base/base64.h"
#include "sluice/base/checked.h"
#include "sluice/base/hex.h"
#include "sluice/objects/objects.h"
#include "sluice/session/access.h"
#include "sluice/session/delivery.h"
#include "stored.h"

static const struct {
	const char *name;
	const char *media_type;
} kinds[SL_BATCH_OBJECTS] = {
    [SL_BATCH_MANIFEST] = {"manifest", "text/plain; charset=utf-8"},
    [SL_BATCH_MINISIG] = {"manifest.minisig", "text/plain; charset=utf-8"},
    [SL_BATCH_INDEX] = {"index.json", "application/json"},
    [SL_BATCH_FILES] = {"files.sha256", "text/plain; charset=utf-8"},
    [SL_BATCH_QUALITY] = {"quality.json", "application/json"},
    [SL_BATCH_PACK] = {"pack.tar.zst", "application/zstd"},
};

struct object_state {
	struct sl_uuid licence;
	bool has_licence;
	const char *purpose; /* NULL for none */
	enum sl_batch_object_kind kind;
	struct sl_batch batch;
	int fd;
	uint64_t from;
	uint64_t until;
	bool is_given;
	char etag[2 * 32 + 3];
	char digest[64];
	char content_range[CONTENT_RANGE_MAX];
};

static void
state_free(void *arg)
{
	struct object_state *state = arg;

	if (state->fd >= 0)
		close(state->fd);
	free(state);
}

static bool
find_kind(struct sl_slice name, enum sl_batch_object_kind *out)
{
	for (int i = 0; i < SL_BATCH_OBJECTS; i++) {
		if (sl_slice_is_text(name, kinds[i].name)) {
			*out = (enum sl_batch_object_kind)i;
			return true;
		}
	}
	return false;
}

/* In the words for a batch that is not released to the licence. */
static void
fail_not_found(struct request *request)
{
	struct sl_error err = {0};

	sl_error_code(
	    &err, SL_ERR_NOT_FOUND, "not_found", "There is no such batch.");
	request_fail(request, &err);
}

static enum sl_body_turn
pull_file(void *ctx, struct sl_body_piece *piece)
{
	struct request *request = ctx;
	struct object_state *state = request->state;

	if (state->is_given || state->from == state->until)
		return SL_BODY_END;
	state->is_given = true;
	piece->fd = state->fd;
	piece->offset = state->from;
	piece->len = state->until - state->from;
	return SL_BODY_FILE;
}

static void
on_file_closed(void *ctx, enum sl_close_reason reason)
{
	(void)ctx;
	(void)reason;
}

static void
send_file(struct request *request, unsigned status)
{
	static const struct sl_body_source source = {
	    .pull = pull_file, .closed = on_file_closed};
	struct object_state *state = request->state;
	const struct sl_object_name name = {.dataset = request->dataset.name,
	    .publication = state->batch.publication,
	    .name = kinds[state->kind].name};
	const struct sl_response response = {.status = status,
	    .fields = request->fields,
	    .field_count = request->field_count,
	    .content_len = state->until - state->from};
	struct sl_error err = {0};
	uint64_t bytes;
	enum sl_status result =
	    sl_objects_get(sl_session_parts(request->api->session)->objects,
	        &name, &state->fd, &bytes, &err);

	if (result == SL_OK && bytes != state->batch.objects[state->kind].bytes)
		result = sl_error_set(&err, SL_ERR_INTEGRITY,
		    "%s has another length than was published", name.name);
	if (result == SL_OK) {
		request->status = status;
		result = sl_exchange_begin(
		    request->exchange, &response, &source, request);
	}
	if (result == SL_OK)
		return;
	err.status = SL_ERR_INTEGRITY;
	request->field_count = 2;
	request_fail(request, &err);
}

static void
send_object(struct request *request, unsigned status)
{
	struct object_state *state = request->state;
	struct sl_delivery_order order = {.kind = SL_DELIVERY_PACK};

	request_field(request, "Content-Type", kinds[state->kind].media_type);
	if (state->kind != SL_BATCH_PACK) {
		send_file(request, status);
		return;
	}
	order.status = status;
	order.batch = &state->batch;
	order.byte_from = state->from;
	order.byte_until = state->until;
	order.purpose = state->purpose;
	if (state->has_licence)
		order.licence = &state->licence;
	deliver(request, &order);
}

/* Which bytes are wanted, and is anything to be sent at all? */
static void
answer(struct request *request)
{
	struct object_state *state = request->state;
	unsigned status = stored_select(request, state->etag,
	    state->batch.objects[state->kind].bytes, &state->from,
	    &state->until, state->content_range);

	if (status == 304 || status == 416)
		request_respond(request, status, NULL, sl_slice_of(NULL, 0));
	else
		send_object(request, status);
}

static void
on_access(void *ctx, enum sl_status status, struct sl_access *access,
    const struct sl_error *err)
{
	struct request *request = ctx;
	struct object_state *state;
	char base64[SL_BASE64_LEN(32) + 1];
	const unsigned char *hash;

	(void)access;
	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	state = request->state;
	hash = state->batch.objects[state->kind].sha256;
	state->etag[0] = '"';
	sl_hex_encode(state->etag + 1, hash, 32);
	memcpy(state->etag + 65, "\"", 2);
	sl_base64_encode(base64, hash, 32);
	snprintf(state->digest, sizeof(state->digest), "sha-256=:%s:", base64);
	request_field(request, "ETag", state->etag);
	request_field(request, "Repr-Digest", state->digest);
	request_field(request, "Accept-Ranges", "bytes");
	request_field(request, "Cache-Control", "private, no-cache");
	answer(request);
}

static void
on_batch(void *ctx, enum sl_status status, const struct sl_batch *batches,
    size_t count, const struct sl_error *err)
{
	struct request *request = ctx;
	struct object_state *state;
	struct sl_access_request asked = {0};
	struct sl_error words = *err;

	if (!request_reply(request))
		return;
	if (status == SL_OK && count == 0) {
		fail_not_found(request);
		return;
	}
	if (status == SL_OK) {
		state = request->state;
		state->batch = batches[0];
		asked.account = &request->account;
		asked.dataset = request->dataset.name;
		asked.dataset_id = request->dataset.id;
		asked.licence = state->has_licence ? &state->licence : NULL;
		asked.seq = batches[0].seq;
		asked.purpose = state->purpose;
		asked.address = sl_exchange_peer_address(request->exchange);
		status = sl_access_choose(
		    request_db(request), &asked, on_access, request, &words);
	}
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &words);
}

void
handle_object(struct request *request)
{
	struct object_state *state = calloc(1, sizeof(*state));
	const char *seq_text = request_text(request, request->params[1]);
	struct sl_error err = {0};
	uint64_t seq;
	enum sl_status status;

	if (state == NULL || seq_text == NULL) {
		free(state);
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	state->fd = -1;
	request->state = state;
	request->state_free = state_free;
	if (!sl_parse_u64(seq_text, SL_SEQ_MAX, &seq) || seq == 0 ||
	    !find_kind(request->params[2], &state->kind)) {
		fail_not_found(request);
		return;
	}
	state->purpose = request_query(request, "purpose");
	status = query_purpose(request, &state->purpose, &err);
	if (status == SL_OK)
		status = request_uuid(request, "licence", &state->licence,
		    &state->has_licence, &err);
	if (status == SL_OK)
		status =
		    sl_store_batches(request_db(request), request->dataset.id,
		        (uint32_t)seq, (uint32_t)seq, on_batch, request, &err);
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &err);
}
