#include "stored.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "range.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"

unsigned
stored_select(struct request *request, const char *etag, uint64_t total,
    uint64_t *from, uint64_t *until, char content_range[CONTENT_RANGE_MAX])
{
	enum range_answer range = RANGE_WHOLE;
	struct sl_slice header;
	struct sl_slice condition;

	*from = 0;
	*until = total;
	if (sl_http_request_header(request->http, "if-none-match", &header) &&
	    (sl_slice_is_text(header, "*") ||
	        memmem(header.data, header.len, etag, strlen(etag)) != NULL))
		return 304;
	if (sl_http_request_header(request->http, "range", &header) &&
	    (!sl_http_request_header(request->http, "if-range", &condition) ||
	        sl_slice_is_text(condition, etag)))
		range = range_parse(header, total, from, until);
	switch (range) {
	case RANGE_WHOLE:
		break;
	case RANGE_PART:
		snprintf(content_range, CONTENT_RANGE_MAX,
		    "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, *from, *until - 1,
		    total);
		request_field(request, "Content-Range", content_range);
		return 206;
	case RANGE_UNSATISFIABLE:
		snprintf(content_range, CONTENT_RANGE_MAX, "bytes */%" PRIu64,
		    total);
		request_field(request, "Content-Range", content_range);
		return 416;
	}
	return 200;
}

void
stored_init(struct stored *stored)
{
	memset(stored, 0, sizeof(*stored));
	stored->fd = -1;
}

void
stored_clear(struct stored *stored)
{
	if (stored->fd >= 0)
		close(stored->fd);
	stored->fd = -1;
	sl_buf_clear(&stored->bytes);
}

static enum sl_body_turn
pull_file(void *ctx, struct sl_body_piece *piece)
{
	struct stored *stored = ctx;

	if (stored->is_given || stored->from == stored->until)
		return SL_BODY_END;
	stored->is_given = true;
	piece->fd = stored->fd;
	piece->offset = stored->from;
	piece->len = stored->until - stored->from;
	return SL_BODY_FILE;
}

static void
on_file_closed(void *ctx, enum sl_close_reason reason)
{
	(void)ctx;
	(void)reason;
}

static void
send_file(struct request *request, struct stored *stored, unsigned status)
{
	static const struct sl_body_source source = {
	    .pull = pull_file, .closed = on_file_closed};
	const struct sl_response response = {.status = status,
	    .fields = request->fields,
	    .field_count = request->field_count,
	    .content_len = stored->until - stored->from};

	request->status = status;
	if (sl_exchange_begin(request->exchange, &response, &source, stored) !=
	    SL_OK)
		sl_exchange_abort(request->exchange);
}

static enum sl_status
make_etag(struct stored *stored)
{
	unsigned char hash[SL_SHA256_BYTES];
	char hex[2 * SL_SHA256_BYTES + 1];
	enum sl_status status =
	    sl_sha256_of(hash, sl_buf_slice(&stored->bytes));

	if (status != SL_OK)
		return status;
	sl_hex_encode(hex, hash, sizeof(hash));
	snprintf(stored->etag, sizeof(stored->etag), "\"%s\"", hex);
	return SL_OK;
}

void
stored_answer(struct request *request, struct stored *stored)
{
	struct sl_error err = {0};
	unsigned status;

	if (stored->fd < 0)
		stored->total = stored->bytes.len;
	if (stored->etag[0] == '\0' && make_etag(stored) != SL_OK) {
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	request_field(request, "ETag", stored->etag);
	request_field(request, "Accept-Ranges", "bytes");
	request_field(request, "Cache-Control", stored->cache_control);
	if (strncmp(stored->cache_control, "private", 7) == 0)
		request_field(request, "Vary", "Authorization");
	status = stored_select(request, stored->etag, stored->total,
	    &stored->from, &stored->until, stored->content_range);
	if (status == 304 || status == 416) {
		request_respond(request, status, NULL, sl_slice_of(NULL, 0));
		return;
	}
	if (stored->fd < 0) {
		request_respond(request, status, stored->media_type,
		    sl_slice_of(stored->bytes.data + stored->from,
		        (size_t)(stored->until - stored->from)));
		return;
	}
	request_field(request, "Content-Type", stored->media_type);
	send_file(request, stored, status);
}

const char *
stored_for_ever(bool is_public)
{
	return is_public ? "public, max-age=31536000, immutable"
	                 : "private, max-age=31536000, immutable";
}

const char *
stored_for_now(bool is_public)
{
	return is_public ? "public, no-cache" : "private, no-cache";
}
