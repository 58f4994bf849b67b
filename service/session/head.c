#include "head.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/objects/objects.h"
#include "sluice/pack/frame.h"

#define HEAD_OBJECTS 5u /* all but the pack */
/* A header and the padding before it may go beyond the piece. */
#define HEAD_RAW_MAX (HEAD_PIECE_BYTES + 8192u)

static const char *const object_names[] = {
    [SL_BATCH_MANIFEST] = "manifest",
    [SL_BATCH_MINISIG] = "manifest.minisig",
    [SL_BATCH_INDEX] = "index.json",
    [SL_BATCH_FILES] = "files.sha256",
    [SL_BATCH_QUALITY] = "quality.json",
};

void
head_init(struct head *head, struct sl_objects *objects, const char *dataset,
    struct sl_batch *batches, size_t batch_count)
{
	memset(head, 0, sizeof(*head));
	head->objects = objects;
	snprintf(head->dataset, sizeof(head->dataset), "%s", dataset);
	head->batches = batches;
	head->batch_count = batch_count;
	head->fd = -1;
	sl_buf_init(&head->raw, HEAD_RAW_MAX);
	sl_buf_init(&head->front, HEAD_FRONT_MAX);
	head->front_us = sl_clock_wall_us();
}

void
head_clear(struct head *head)
{
	if (head->fd >= 0)
		close(head->fd);
	head->fd = -1;
	free(head->batches);
	head->batches = NULL;
	head->batch_count = 0;
	sl_buf_clear(&head->raw);
	sl_buf_clear(&head->front);
	head->front_sent = 0;
}

bool
head_is_done(const struct head *head)
{
	return head->front_sent == head->front.len && head->fd < 0 &&
	    head->batch == head->batch_count;
}

/* A member's tar header; its content is to follow, then so much padding. */
static enum sl_status
put_header(struct sl_buf *out, const char *path, uint64_t bytes, int64_t us,
    size_t *padding_len)
{
	struct sl_tar_layout layout;
	enum sl_status status =
	    sl_tar_layout(&layout, sl_slice_text(path), bytes, us);

	if (status != SL_OK)
		return status;
	*padding_len = layout.padding_len;
	return sl_buf_append(out, layout.header, layout.header_len);
}

static enum sl_status
put_padding(struct sl_buf *out, size_t padding_len)
{
	static const unsigned char zeros[SL_TAR_BLOCK_BYTES];

	return sl_buf_append(out, zeros, padding_len);
}

enum sl_status
head_add(struct head *head, const char *path, struct sl_slice content)
{
	size_t padding_len;
	enum sl_status status = put_header(
	    &head->front, path, content.len, head->front_us, &padding_len);

	if (status == SL_OK)
		status = sl_buf_append(&head->front, content.data, content.len);
	if (status == SL_OK)
		status = put_padding(&head->front, padding_len);
	return status;
}

enum sl_status
head_add_grant(struct head *head, const struct sl_grant *grant)
{
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, SL_GRANT_BYTES_MAX);
	status = sl_grant_format(&text, grant);
	if (status == SL_OK)
		status =
		    head_add(head, ".sluice/grant.json", sl_buf_slice(&text));
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
put_front(struct head *head)
{
	size_t len = head->front.len - head->front_sent;
	enum sl_status status;

	if (len > HEAD_PIECE_BYTES)
		len = HEAD_PIECE_BYTES;
	status =
	    sl_buf_append(&head->raw, head->front.data + head->front_sent, len);
	head->front_sent += len;
	if (head->front_sent == head->front.len) {
		sl_buf_clear(&head->front);
		head->front_sent = 0;
	}
	return status;
}

/* Open the next object of the next batch. */
static enum sl_status
open_object(struct head *head, struct sl_error *err)
{
	const struct sl_batch *batch = &head->batches[head->batch];
	const char *object = object_names[head->object];
	const struct sl_object_name name = {.dataset = head->dataset,
	    .publication = batch->publication,
	    .name = object};
	char path[SL_TAR_PATH_MAX];
	uint64_t bytes;
	enum sl_status status;

	status = sl_objects_get(head->objects, &name, &head->fd, &bytes, err);
	if (status != SL_OK)
		return status;
	if (bytes != batch->objects[head->object].bytes)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "%s of batch %u has another length than was published",
		    object, batch->seq);
	snprintf(
	    path, sizeof(path), ".sluice/batches/%06u/%s", batch->seq, object);
	if (++head->object == HEAD_OBJECTS) {
		head->object = 0;
		head->batch++;
	}
	head->left = bytes;
	head->offset = 0;
	return put_header(
	    &head->raw, path, bytes, batch->published_us, &head->padding_len);
}

static enum sl_status
read_object(struct head *head, struct sl_error *err)
{
	size_t len = HEAD_PIECE_BYTES - head->raw.len;
	enum sl_status status;

	if (len > head->left)
		len = (size_t)head->left;
	status = sl_buf_reserve(&head->raw, len);
	if (status == SL_OK && len > 0)
		status = sl_file_read_at(head->fd,
		    head->raw.data + head->raw.len, len, head->offset, err);
	if (status != SL_OK)
		return status;
	head->raw.len += len;
	head->offset += len;
	head->left -= len;
	if (head->left > 0)
		return SL_OK;
	close(head->fd);
	head->fd = -1;
	return put_padding(&head->raw, head->padding_len);
}

enum sl_status
head_next(struct head *head, struct sl_buf *out, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	sl_buf_reset(&head->raw);
	if (head->front_sent < head->front.len)
		status = put_front(head);
	while (status == SL_OK && head->raw.len < HEAD_PIECE_BYTES) {
		if (head->fd >= 0)
			status = read_object(head, err);
		else if (head->batch < head->batch_count)
			status = open_object(head, err);
		else
			break;
	}
	if (status == SL_OK)
		status = sl_frame_bytes(
		    out, SL_LEVEL_HEAD, sl_buf_slice(&head->raw));
	if (status == SL_OK && head_is_done(head))
		sl_buf_clear(&head->raw);
	return status;
}
