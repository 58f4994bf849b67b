/* What a server would send, from a bundle: heads and fetches. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "bundle_store.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/catalog/fetch.h"
#include "sluice/pack/chunk.h"
#include "sluice/pack/frame.h"

/* Decoded bytes of one piece of a head. */
#define PIECE_BYTES ((size_t)256 * 1024)

struct place {
	uint32_t seq;
	uint32_t chunk;
	const struct sl_bundle_chunk *where;
};

struct sl_bundle_body {
	struct sl_bundle *bundle;
	bool is_head;
	bool is_over;
	/* Of a head. */
	uint64_t from;
	bool has_trust; /* it asks for proofs, as of a server */
	uint64_t trust;
	uint64_t known;
	size_t member;
	uint64_t offset; /* in it */
	bool is_open;    /* its tar header is written */
	struct sl_buf raw;
	/* Of a fetch. */
	struct place *places;
	size_t place_count;
	size_t place;
	struct sl_buf out;
};

void
sl_bundle_body_free(struct sl_bundle_body *body)
{
	if (body == NULL)
		return;
	sl_buf_clear(&body->raw);
	sl_buf_clear(&body->out);
	free(body->places);
	free(body);
}

/* -- head -- */

/* A number of the query; `fallback` where it is not there. */
static uint64_t
query_number(const char *path, const char *key, uint64_t fallback)
{
	size_t len = strlen(key);
	const char *at = strchr(path, '?');
	char digits[24];
	uint64_t value;
	size_t count;

	for (; at != NULL; at = strchr(at, '&')) {
		at++;
		if (strncmp(at, key, len) != 0 || at[len] != '=')
			continue;
		count = strspn(at + len + 1, "0123456789");
		if (count == 0 || count >= sizeof(digits))
			return fallback;
		memcpy(digits, at + len + 1, count);
		digits[count] = '\0';
		return sl_parse_u64(digits, INT64_MAX, &value) ? value
		                                               : fallback;
	}
	return fallback;
}

/* "000012/…" is 12; what is no number is no version that anybody knows. */
static uint64_t
version_of(const char *path)
{
	size_t len = strspn(path, "0123456789");
	char digits[24] = "";
	uint64_t value;

	if (len == 0 || len >= sizeof(digits))
		return UINT64_MAX;
	memcpy(digits, path, len);
	return sl_parse_u64(digits, UINT64_MAX, &value) ? value : UINT64_MAX;
}

/* Does the answer to this question have the member? */
static bool
is_asked(
    const struct sl_bundle_body *body, const struct sl_bundle_member *member)
{
	static const char trust[] = ".sluice/trust/";
	const struct sl_bundle *bundle = body->bundle;

	if (member->seq > 0)
		return member->seq >= body->from;
	if (!body->has_trust)
		return strcmp(member->path, ".sluice/grant.json") == 0;
	if (strncmp(member->path, trust, sizeof(trust) - 1) == 0)
		return version_of(member->path + sizeof(trust) - 1) >
		    body->trust;
	if (strcmp(member->path, ".sluice/consistency") == 0)
		return body->known > 0 && body->known + 1 == bundle->first_seq;
	return true;
}

/* Where the mirror is, and where the bundle begins. */
static enum sl_status
check_place(const struct sl_bundle_body *body, struct sl_error *err)
{
	const struct sl_bundle *bundle = body->bundle;
	uint64_t held = body->from - 1;

	if (bundle->first_seq > 0 && held + 1 < bundle->first_seq)
		return sl_error_code(err, SL_ERR_CONFLICT, "bundle_gap",
		    "%s begins with batch %" PRIu32
		    ", and the mirror holds %" PRIu64
		    " batches: ask for one written with --after %" PRIu64,
		    bundle->path, bundle->first_seq, held, held);
	if (body->known > 0 && body->known + 1 != bundle->first_seq &&
	    body->known < bundle->log_size)
		return sl_error_code(err, SL_ERR_CONFLICT, "bundle_gap",
		    "%s proves that its log goes on from batch %" PRIu32
		    ", and the mirror's checkpoint is of %" PRIu64
		    ": ask for one written with --after %" PRIu64,
		    bundle->path, bundle->first_seq - 1, body->known,
		    body->known);
	return SL_OK;
}

static enum sl_status
begin_member(struct sl_bundle_body *body, const struct sl_bundle_member *member)
{
	struct sl_tar_layout layout;
	enum sl_status status = sl_tar_layout(&layout,
	    sl_slice_text(member->path), member->bytes, member->mtime_us);

	if (status != SL_OK)
		return status;
	body->is_open = true;
	body->offset = 0;
	return sl_buf_append(&body->raw, layout.header, layout.header_len);
}

static enum sl_status
put_member(struct sl_bundle_body *body, struct sl_error *err)
{
	static const unsigned char zeros[SL_TAR_BLOCK_BYTES];
	const struct sl_bundle_member *member =
	    &body->bundle->members[body->member];
	uint64_t left = member->bytes - body->offset;
	size_t len = PIECE_BYTES - body->raw.len;
	enum sl_status status;

	if (len > left)
		len = (size_t)left;
	status = sl_buf_reserve(&body->raw, len);
	if (status == SL_OK && len > 0)
		status = sl_file_read_at(body->bundle->spool,
		    body->raw.data + body->raw.len, len,
		    member->offset + body->offset, err);
	if (status != SL_OK)
		return status;
	body->raw.len += len;
	body->offset += len;
	if (body->offset < member->bytes)
		return SL_OK;
	body->is_open = false;
	body->member++;
	len = (size_t)(member->bytes % SL_TAR_BLOCK_BYTES);
	return sl_buf_append(
	    &body->raw, zeros, len == 0 ? 0 : SL_TAR_BLOCK_BYTES - len);
}

static enum sl_status
end_body(struct sl_bundle_body *body)
{
	body->is_over = true;
	return sl_end_record_finish(
	    &body->out, &body->bundle->end, true, sl_clock_wall_us());
}

static enum sl_status
next_of_head(struct sl_bundle_body *body, struct sl_error *err)
{
	const struct sl_bundle *bundle = body->bundle;
	enum sl_status status = SL_OK;

	sl_buf_reset(&body->raw);
	while (status == SL_OK && body->member < bundle->member_count &&
	    body->raw.len < PIECE_BYTES) {
		const struct sl_bundle_member *member =
		    &bundle->members[body->member];

		if (body->is_open)
			status = put_member(body, err);
		else if (is_asked(body, member))
			status = begin_member(body, member);
		else
			body->member++;
	}
	if (status == SL_OK && body->raw.len > 0)
		status = sl_frame_bytes(
		    &body->out, SL_LEVEL_HEAD, sl_buf_slice(&body->raw));
	else if (status == SL_OK)
		status = end_body(body);
	return status;
}

/* -- fetch -- */

/* Every chunk in the file belongs to a batch that is known, or the file was
 * changed. */
static bool
has_unknown_chunk(const struct sl_bundle *bundle)
{
	uint64_t known = 0;

	for (size_t i = 0; i < bundle->heads->count; i++) {
		const struct sl_index *index = bundle->heads->batches[i].index;

		for (uint32_t c = 0; index != NULL && c < index->chunk_count;
		     c++)
			known += sl_bundle_find(
			             bundle, index->chunks[c].blake2b) != NULL;
	}
	return known < bundle->chunk_count;
}

static enum sl_status
lacks(const struct sl_bundle *bundle, uint32_t seq, struct sl_error *err)
{
	if (has_unknown_chunk(bundle))
		return sl_error_code(err, SL_ERR_INTEGRITY, "bundle_damaged",
		    "%s: bytes of batch %" PRIu32 " are not as they were "
		    "signed; copy it again",
		    bundle->path, seq);
	return sl_error_code(err, SL_ERR_NOT_FOUND, "bundle_lacks",
	    "%s does not have all of batch %" PRIu32 " that the mirror needs: "
	    "ask for one written with a smaller --after",
	    bundle->path, seq);
}

static enum sl_status
add_chunks(struct sl_bundle_body *body, uint32_t seq, uint32_t first,
    uint32_t count, struct sl_error *err)
{
	const struct sl_index *index = sl_heads_index(body->bundle->heads, seq);
	struct place *more;

	if (index == NULL || first > index->chunk_count ||
	    count > index->chunk_count - first)
		return sl_error_set(
		    err, SL_ERR_INVALID, "no such chunk of batch %u", seq);
	more = reallocarray(
	    body->places, body->place_count + count, sizeof(*more));
	if (more == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	body->places = more;
	for (uint32_t chunk = first; chunk < first + count; chunk++) {
		struct place *place = &body->places[body->place_count++];

		place->seq = seq;
		place->chunk = chunk;
		place->where =
		    sl_bundle_find(body->bundle, index->chunks[chunk].blake2b);
		if (place->where == NULL)
			return lacks(body->bundle, seq, err);
	}
	return SL_OK;
}

static enum sl_status
add_batch(struct sl_bundle_body *body, const struct sl_fetch_batch *batch,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t r = 0; r < batch->segments.count; r++) {
		const struct sl_range *range = &batch->segments.ranges[r];

		for (uint32_t at = range->first;
		     status == SL_OK && at <= range->last; at++) {
			const struct sl_index_segment *segment =
			    sl_heads_segment(
			        body->bundle->heads, batch->seq, at);

			if (segment == NULL)
				return sl_error_set(err, SL_ERR_INVALID,
				    "no such segment of batch %u", batch->seq);
			status = add_chunks(body, batch->seq,
			    segment->chunk_first, segment->chunk_count, err);
		}
	}
	for (size_t r = 0; status == SL_OK && r < batch->chunks.count; r++)
		status =
		    add_chunks(body, batch->seq, batch->chunks.ranges[r].first,
		        batch->chunks.ranges[r].last -
		            batch->chunks.ranges[r].first + 1,
		        err);
	return status;
}

static int
by_place(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;

	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	return left->chunk < right->chunk ? -1 : left->chunk > right->chunk;
}

static enum sl_status
begin_fetch(
    struct sl_bundle_body *body, struct sl_slice text, struct sl_error *err)
{
	struct sl_fetch fetch;
	enum sl_status status;

	if (body->bundle->heads == NULL)
		return sl_error_set(err, SL_ERR_STATE, "no head was read yet");
	sl_fetch_init(&fetch);
	status = sl_fetch_parse(&fetch, text, err);
	for (size_t i = 0; status == SL_OK && i < fetch.batch_count; i++)
		status = add_batch(body, &fetch.batches[i], err);
	sl_fetch_clear(&fetch);
	if (status == SL_OK && body->place_count > 0)
		qsort(body->places, body->place_count, sizeof(*body->places),
		    by_place);
	return status;
}

static enum sl_status
next_of_fetch(struct sl_bundle_body *body, struct sl_error *err)
{
	const struct sl_bundle_chunk *chunk;
	enum sl_status status;

	if (body->place == body->place_count)
		return end_body(body);
	chunk = body->places[body->place++].where;
	status = sl_buf_reserve(&body->out, chunk->bytes);
	if (status == SL_OK)
		status = sl_file_read_at(body->bundle->fd, body->out.data,
		    chunk->bytes, chunk->offset, err);
	if (status == SL_OK)
		body->out.len = chunk->bytes;
	return status;
}

/* -- both -- */

enum sl_status
sl_bundle_answer(struct sl_bundle_body **out, struct sl_bundle *bundle,
    const char *path, struct sl_slice text, struct sl_error *err)
{
	struct sl_bundle_body *body = calloc(1, sizeof(*body));
	enum sl_status status = SL_OK;
	const char *query = strchr(path, '?');
	size_t len = query == NULL ? strlen(path) : (size_t)(query - path);

	*out = NULL;
	if (body == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	body->bundle = bundle;
	sl_buf_init(&body->raw, PIECE_BYTES + 2 * SL_TAR_HEADER_MAX);
	sl_buf_init(&body->out, SL_CHUNK_STORED_MAX);
	body->is_head = len >= 5 && strncmp(path + len - 5, "/head", 5) == 0;
	if (body->is_head) {
		body->from = query_number(path, "from", 1);
		body->trust = query_number(path, "trust", 0);
		body->has_trust =
		    query_number(path, "trust", UINT64_MAX) != UINT64_MAX;
		body->known = query_number(path, "known", 0);
		if (body->from == 0)
			body->from = 1;
		status = check_place(body, err);
	} else if (len >= 6 && strncmp(path + len - 6, "/fetch", 6) == 0) {
		status = begin_fetch(body, text, err);
	} else {
		status = sl_error_code(err, SL_ERR_NOT_FOUND, "not_in_bundle",
		    "%s holds a delivery, and nothing else of the server",
		    bundle->path);
	}
	if (status != SL_OK) {
		sl_bundle_body_free(body);
		return status;
	}
	*out = body;
	return SL_OK;
}

enum sl_status
sl_bundle_next(
    struct sl_bundle_body *body, struct sl_slice *out, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	sl_buf_reset(&body->out);
	if (!body->is_over)
		status = body->is_head ? next_of_head(body, err)
		                       : next_of_fetch(body, err);
	*out = sl_buf_slice(&body->out);
	if (status != SL_OK && (err == NULL || err->text[0] == '\0'))
		sl_error_set(err, status, "%s", body->bundle->path);
	return status;
}
