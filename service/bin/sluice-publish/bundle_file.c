#include "bundle_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/command/interrupt.h"

/* Between two of these the loop turns: leases are renewed. */
#define COPY_BYTES ((size_t)1 << 20)

static void
fail(struct bundle_file *file, enum sl_status status)
{
	if (file->status == SL_OK)
		file->status = status;
}

static enum sl_status
write_bytes(struct bundle_file *file, struct sl_slice bytes)
{
	enum sl_status status;
	size_t used;

	if (bytes.len >= 4 && sl_end_record_begins(bytes))
		file->has_end = sl_end_record_decode(
		                    &file->end, bytes, &used, NULL) == SL_OK;
	status = sl_file_write_all(file->fd, bytes.data, bytes.len, &file->err);
	file->bytes += bytes.len;
	return status;
}

static enum sl_status
copy_pack(struct bundle_file *file, const struct sl_body_piece *piece)
{
	unsigned char *buffer = malloc(COPY_BYTES);
	enum sl_status status = SL_OK;

	if (buffer == NULL)
		return sl_error_set(&file->err, SL_ERR_NOMEM, "out of memory");
	for (uint64_t at = 0; status == SL_OK && at < piece->len;) {
		uint64_t left = piece->len - at;
		size_t len = left < COPY_BYTES ? (size_t)left : COPY_BYTES;

		status = sl_file_read_at(
		    piece->fd, buffer, len, piece->offset + at, &file->err);
		if (status == SL_OK)
			status = sl_file_write_all(
			    file->fd, buffer, len, &file->err);
		file->bytes += len;
		at += len;
	}
	free(buffer);
	return status;
}

/* The source may free itself in here. */
static void
end(struct bundle_file *file, enum sl_close_reason reason)
{
	const struct sl_body_source *source = file->source;

	file->source = NULL;
	source->closed(file->source_ctx, reason);
}

static void
on_pump(void *ctx)
{
	struct bundle_file *file = ctx;
	struct sl_body_piece piece = {.fd = -1};

	if (file->source == NULL)
		return;
	if (!file->is_aborted && sl_interrupt_seen())
		fail(file,
		    sl_error_set(&file->err, SL_ERR_CANCELLED, "interrupted"));
	if (file->is_aborted || file->status != SL_OK) {
		end(file, SL_CLOSE_KICKED);
		return;
	}
	switch (file->source->pull(file->source_ctx, &piece)) {
	case SL_BODY_BYTES:
		fail(file, write_bytes(file, piece.bytes));
		break;
	case SL_BODY_FILE:
		fail(file, copy_pack(file, &piece));
		break;
	case SL_BODY_WAIT:
		file->is_waiting = true;
		return;
	case SL_BODY_END:
		if (fsync(file->fd) != 0)
			fail(file, sl_error_errno(&file->err, "fsync"));
		end(file, SL_CLOSE_DONE);
		return;
	case SL_BODY_ABORT:
		end(file, SL_CLOSE_SOURCE);
		return;
	}
	sl_timer_start(file->pump, 0);
}

static enum sl_status
begin(void *ctx, const struct sl_body_source *source, void *source_ctx)
{
	struct bundle_file *file = ctx;

	file->source = source;
	file->source_ctx = source_ctx;
	sl_timer_start(file->pump, 0);
	return SL_OK;
}

static void
resume(void *ctx)
{
	struct bundle_file *file = ctx;

	if (!file->is_waiting)
		return;
	file->is_waiting = false;
	sl_timer_start(file->pump, 0);
}

static void
abort_outlet(void *ctx)
{
	struct bundle_file *file = ctx;

	file->is_aborted = true;
	sl_timer_start(file->pump, 0);
}

static uint64_t
sent(void *ctx)
{
	const struct bundle_file *file = ctx;

	return file->bytes;
}

enum sl_status
bundle_file_open(struct bundle_file *file, struct sl_loop *loop,
    const char *path, struct sl_error *err)
{
	enum sl_status status;

	memset(file, 0, sizeof(*file));
	file->outlet = (struct sl_outlet){.ctx = file,
	    .peer = "bundle",
	    .begin = begin,
	    .resume = resume,
	    .abort = abort_outlet,
	    .sent = sent};
	file->fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return sl_error_errno(err, "%s", path);
	status = sl_timer_new(&file->pump, loop, on_pump, file);
	if (status != SL_OK) {
		bundle_file_close(file);
		return sl_error_set(err, status, "out of memory");
	}
	return SL_OK;
}

void
bundle_file_close(struct bundle_file *file)
{
	sl_timer_free(file->pump);
	file->pump = NULL;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
