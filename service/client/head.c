#include "head.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "problem.h"
#include "shelf.h"
#include "sluice/base/buf.h"
#include "sluice/crypto/minisig.h"
#include "sluice/pack/unpack.h"
#include "tree.h"

#define FIRST_PATIENCE_MS 15000
#define PATH_MAX_BYTES    1024
/* The server sends at most a thousand batches at once. */
#define BATCHES_MAX 1000
#define MEMBERS_MAX (1 + BATCHES_MAX * SL_HEAD_OBJECT_COUNT + 1)
/* Every length is in a signed parent; this only ends an endless stream. */
#define TOTAL_MAX (UINT64_C(64) << 30)

/* One response.  Members must come in the one order that there is. */
struct receiver {
	struct sl_heads *heads;
	const struct sl_mirror *mirror;
	struct sl_unpack *unpack;
	bool has_grant;
	bool in_end; /* the member .sluice/end.json, already checked */
	int object;  /* of the next batch, the one that comes or is open */
	struct sl_buf grant;
	struct sl_buf objects[SL_HEAD_OBJECT_COUNT];
	struct sl_buf *open;
	struct sl_manifest manifest;
};

static enum sl_status
refuse(struct sl_error *err, const char *path, const char *why)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "head_invalid",
	    "head: '%.240s' %s", path, why);
}

/* How long may, or must, the object be? */
static bool
is_right_length(const struct receiver *receiver, uint64_t bytes)
{
	const struct sl_manifest *manifest = &receiver->manifest;

	switch ((enum sl_head_object)receiver->object) {
	case SL_HEAD_MANIFEST:
		return bytes <= SL_MANIFEST_BYTES_MAX;
	case SL_HEAD_MINISIG:
		return bytes <= SL_MINISIG_MAX;
	case SL_HEAD_INDEX:
		return bytes <= SL_INDEX_BYTES_MAX &&
		    bytes == manifest->object[SL_MANIFEST_INDEX].bytes;
	case SL_HEAD_FILES:
		return bytes <= SL_HEAD_FILES_MAX &&
		    bytes == manifest->object[SL_MANIFEST_FILES].bytes;
	case SL_HEAD_QUALITY:
		return bytes <= SL_QUALITY_BYTES_MAX &&
		    bytes == manifest->object[SL_MANIFEST_QUALITY].bytes;
	}
	return false;
}

static enum sl_status
on_begin(void *ctx, const struct sl_unpack_member *member, struct sl_error *err)
{
	const char *path = (const char *)member->path.data;
	struct receiver *receiver = ctx;
	char expected[64];

	if (strcmp(path, SL_END_RECORD_MEMBER) == 0) {
		receiver->in_end = true;
		return SL_OK;
	}
	if (!receiver->has_grant) {
		if (strcmp(path, ".sluice/grant.json") != 0 ||
		    member->bytes > SL_GRANT_BYTES_MAX)
			return refuse(err, path, "where the grant belongs");
		receiver->open = &receiver->grant;
		return SL_OK;
	}
	snprintf(expected, sizeof(expected), ".sluice/batches/%06zu/%s",
	    receiver->heads->count + 1,
	    sl_head_object_name((enum sl_head_object)receiver->object));
	if (strcmp(path, expected) != 0)
		return refuse(err, path, "is not what comes next");
	if (!is_right_length(receiver, member->bytes))
		return refuse(err, path, "has another length than signed");
	receiver->open = &receiver->objects[receiver->object];
	return SL_OK;
}

static enum sl_status
on_bytes(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	struct receiver *receiver = ctx;
	enum sl_status status;

	if (receiver->in_end)
		return SL_OK;
	status = sl_buf_append(receiver->open, bytes.data, bytes.len);
	return status == SL_OK ? SL_OK : sl_error_set(err, status, "head");
}

static struct sl_head_objects
objects_of(const struct receiver *receiver)
{
	struct sl_head_objects objects;

	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		objects.object[i] = sl_buf_slice(&receiver->objects[i]);
	return objects;
}

static enum sl_status
finish_batch(struct receiver *receiver, struct sl_error *err)
{
	const struct sl_head_objects objects = objects_of(receiver);
	enum sl_status status;

	status = sl_heads_accept(receiver->heads, &objects, err);
	if (status == SL_OK && receiver->mirror != NULL)
		status = sl_shelf_store(
		    receiver->heads, receiver->mirror, &objects, err);
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_clear(&receiver->objects[i]);
	receiver->object = 0;
	return status;
}

static enum sl_status
on_member_end(void *ctx, struct sl_error *err)
{
	struct receiver *receiver = ctx;

	if (receiver->in_end) {
		receiver->in_end = false;
		return SL_OK;
	}
	if (!receiver->has_grant) {
		receiver->has_grant = true;
		return sl_heads_take_grant(
		    receiver->heads, sl_buf_slice(&receiver->grant), err);
	}
	if (receiver->object == SL_HEAD_MINISIG) {
		const struct sl_head_objects objects = objects_of(receiver);
		enum sl_status status = sl_heads_check_manifest(
		    receiver->heads, &objects, &receiver->manifest, err);

		if (status != SL_OK)
			return status;
	}
	if (++receiver->object < SL_HEAD_OBJECT_COUNT)
		return SL_OK;
	return finish_batch(receiver, err);
}

static enum sl_take
on_body(struct sl_call *call, struct sl_slice bytes)
{
	struct receiver *receiver = call->ctx;

	enum sl_status status =
	    sl_unpack_push(receiver->unpack, bytes, &call->err);

	if (status == SL_OK)
		return SL_TAKE_ALL;
	/* What is beyond every limit, or malformed, is no head of ours. */
	if (status == SL_ERR_LIMIT || status == SL_ERR_INVALID)
		call->err.status = SL_ERR_INTEGRITY;
	return SL_TAKE_STOP;
}

static enum sl_status
receiver_init(struct receiver *receiver, struct sl_heads *heads,
    const struct sl_mirror *mirror, struct sl_error *err)
{
	static const size_t max[SL_HEAD_OBJECT_COUNT] = {SL_MANIFEST_BYTES_MAX,
	    SL_MINISIG_MAX, SL_INDEX_BYTES_MAX, SL_HEAD_FILES_MAX,
	    SL_QUALITY_BYTES_MAX};
	const struct sl_unpack_limits limits = {
	    SL_HEAD_FILES_MAX, MEMBERS_MAX, TOTAL_MAX};
	const struct sl_unpack_handler handler = {
	    on_begin, on_bytes, on_member_end, receiver};
	enum sl_status status;

	memset(receiver, 0, sizeof(*receiver));
	receiver->heads = heads;
	receiver->mirror = mirror;
	sl_buf_init(&receiver->grant, SL_GRANT_BYTES_MAX);
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_init(&receiver->objects[i], max[i]);
	status = sl_unpack_new(&receiver->unpack, &limits, &handler);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

static void
receiver_clear(struct receiver *receiver)
{
	sl_unpack_free(receiver->unpack);
	sl_buf_clear(&receiver->grant);
	for (int i = 0; i < SL_HEAD_OBJECT_COUNT; i++)
		sl_buf_clear(&receiver->objects[i]);
}

/* After a body that was received to its end. */
static enum sl_status
check_end(struct receiver *receiver, bool *transient, struct sl_error *err)
{
	const struct sl_end_record *end;
	enum sl_status status = sl_unpack_finish(receiver->unpack, err);

	end = sl_unpack_end_record(receiver->unpack);
	*transient = end == NULL || end->status == SL_END_INTERRUPTED;
	if (end == NULL)
		return sl_error_code(err, SL_ERR_NETWORK, "incomplete",
		    "the head ended before its end");
	if (end->status != SL_END_COMPLETE)
		return sl_error_code(err,
		    sl_problem_status(end->code, SL_ERR_NETWORK), end->code,
		    "head: %s", end->text);
	if (status != SL_OK)
		return status;
	if (!receiver->has_grant || receiver->object != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "head_invalid",
		    "the head says it is complete, but it is not");
	return SL_OK;
}

static enum sl_status
receive(struct sl_client *client, struct sl_heads *heads,
    const struct sl_mirror *mirror, struct sl_call *call, struct sl_error *err)
{
	struct receiver receiver;
	enum sl_status status;

	status = receiver_init(&receiver, heads, mirror, err);
	if (status != SL_OK)
		return status;
	call->accept = "application/zstd";
	call->on_body = on_body;
	call->ctx = &receiver;
	status = sl_transport_run(client->transport, call, err);
	if (status == SL_OK)
		status = check_end(&receiver, &call->is_transient, err);
	receiver_clear(&receiver);
	return status;
}

static enum sl_status
format_path(struct sl_buf *out, const struct sl_heads *heads,
    const struct sl_wish *wish)
{
	char licence[SL_UUID_TEXT_LEN + 1] = "";
	enum sl_status status;

	if (wish->has_licence)
		sl_uuid_format(licence, &wish->licence);
	status = sl_buf_printf(out, "/v1/datasets/%s/head?from=%zu%s%s%s",
	    heads->dataset, heads->count + 1,
	    wish->has_licence ? "&licence=" : "", licence,
	    wish->purpose[0] == '\0' ? "" : "&purpose=");
	return status == SL_OK ? sl_client_escape(out, wish->purpose) : status;
}

static enum sl_status
store_grant(int meta, const struct sl_heads *heads, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;
	int fd;

	sl_buf_init(&text, SL_GRANT_BYTES_MAX);
	status = sl_grant_format(&text, &heads->grant);
	if (status != SL_OK) {
		sl_buf_clear(&text);
		return sl_error_set(err, status, "grant.json");
	}
	fd = openat(meta, "grant.json.new",
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
	    fsync(fd) != 0 ||
	    renameat(meta, "grant.json.new", meta, "grant.json") != 0)
		status = sl_error_errno(err, ".sluice/grant.json");
	if (fd >= 0)
		close(fd);
	sl_buf_clear(&text);
	return status;
}

/* The head came to its end. */
static enum sl_status
keep(struct sl_heads *heads, const struct sl_mirror *mirror,
    struct sl_error *err)
{
	if (heads->is_damaged) {
		enum sl_status status = sl_shelf_trim(heads, mirror, err);

		if (status != SL_OK)
			return status;
		heads->is_damaged = false;
	}
	return store_grant(mirror->meta, heads, err);
}

static enum sl_status
ask(struct sl_client *client, struct sl_heads *heads,
    const struct sl_head_options *options, struct sl_call *call,
    struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf path;

	sl_buf_init(&path, PATH_MAX_BYTES);
	status = format_path(&path, heads, options->wish);
	if (status != SL_OK) {
		sl_error_set(err, status, "out of memory");
	} else {
		call->path = sl_buf_text(&path);
		status = receive(client, heads, options->mirror, call, err);
	}
	call->path = NULL;
	sl_buf_clear(&path);
	return status;
}

enum sl_status
sl_head_update(struct sl_client *client, struct sl_heads *heads,
    const struct sl_head_options *options, uint64_t *received,
    struct sl_error *err)
{
	uint64_t patience =
	    sl_transport_patience(client->transport, FIRST_PATIENCE_MS);
	struct sl_backoff backoff = {0};
	enum sl_status status;

	for (;;) {
		struct sl_call call = {0};
		size_t before = heads->count;

		status = ask(client, heads, options, &call, err);
		*received += call.received_bytes;
		if (status == SL_OK && heads->count >= heads->grant.seq)
			break;
		if (heads->count > before) {
			sl_backoff_progress(&backoff);
			if (status == SL_OK)
				continue;
		}
		if (status == SL_OK)
			return sl_error_code(err, SL_ERR_INTEGRITY, "withheld",
			    "the server has batch %u, but withholds batch %zu",
			    heads->grant.seq, heads->count + 1);
		if (!call.is_transient ||
		    !sl_backoff_fail(&backoff, patience, call.retry_after_ms))
			return status;
		sl_transport_note(
		    client->transport, "%s; trying again", err->text);
		status = sl_transport_pause(client->transport, &backoff, err);
		if (status != SL_OK)
			return status;
	}
	return options->mirror == NULL ? SL_OK
	                               : keep(heads, options->mirror, err);
}
