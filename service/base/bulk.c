#include "sluice/base/bulk.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"

/* Less than this is copied into the cache faster than a disk answers. */
#define DIRECT_MIN (128u << 10)

struct piece {
	struct sl_job job; /* first: run_piece() casts back */
	struct sl_bulk *bulk;
	unsigned char *data; /* aligned to SL_BULK_ALIGN */
	size_t len;          /* filled */
};

/* With workers two pieces take turns: one is filled while the other is
 * written.  What a piece's job uses is its own until it has been waited for. */
struct sl_bulk {
	int fd;
	bool is_direct; /* fd has O_DIRECT */
	size_t piece_bytes;
	struct sl_workers *workers; /* borrowed; NULL: no thread but ours */
	bool is_writing;            /* the other piece is under way */
	enum sl_status status;      /* of the writing */
	struct sl_error err;
	unsigned current;
	struct piece pieces[2];
};

/* False where the file system does not know it. */
static bool
set_direct(struct sl_bulk *bulk, bool is_direct)
{
	int flags = fcntl(bulk->fd, F_GETFL);

	if (flags < 0)
		return false;
	flags = is_direct ? flags | O_DIRECT : flags & ~O_DIRECT;
	return fcntl(bulk->fd, F_SETFL, flags) == 0;
}

static void
leave_direct(struct sl_bulk *bulk)
{
	if (bulk->is_direct)
		bulk->is_direct = !set_direct(bulk, false);
}

/* How many bytes of the piece the disk took directly: whole blocks, or none
 * where that does not work or is not worth it. */
static size_t
write_direct(const struct sl_bulk *bulk, const struct piece *piece)
{
	size_t whole = piece->len / SL_BULK_ALIGN * SL_BULK_ALIGN;
	ssize_t put;

	if (!bulk->is_direct || whole < DIRECT_MIN)
		return 0;
	put = write(bulk->fd, piece->data, whole);
	return put < 0 ? 0 : (size_t)put;
}

/* What the disk did not take directly goes through the cache, and so does all
 * that comes after it: a page is never written both ways. */
static void
run_piece(struct sl_job *job)
{
	struct piece *piece = (struct piece *)job;
	struct sl_bulk *bulk = piece->bulk;
	size_t done = write_direct(bulk, piece);
	size_t len = piece->len;

	piece->len = 0;
	if (done == len)
		return;
	leave_direct(bulk);
	bulk->status = sl_file_write_all(
	    bulk->fd, piece->data + done, len - done, &bulk->err);
}

/* A failure is kept: nothing after it is written. */
static enum sl_status
wait_writing(struct sl_bulk *bulk, struct sl_error *err)
{
	if (bulk->is_writing)
		sl_workers_wait(
		    bulk->workers, &bulk->pieces[!bulk->current].job);
	bulk->is_writing = false;
	if (bulk->status != SL_OK && err != NULL)
		*err = bulk->err;
	return bulk->status;
}

/* Begin to write the current piece and turn to the other one. */
static enum sl_status
write_piece(struct sl_bulk *bulk, struct sl_error *err)
{
	struct piece *piece = &bulk->pieces[bulk->current];
	enum sl_status status;

	status = wait_writing(bulk, err);
	if (status != SL_OK)
		return status;
	if (bulk->workers == NULL) {
		run_piece(&piece->job);
		return wait_writing(bulk, err);
	}
	bulk->is_writing = true;
	bulk->current = !bulk->current;
	sl_workers_submit(bulk->workers, &piece->job);
	return SL_OK;
}

enum sl_status
sl_bulk_new(struct sl_bulk **out, int fd, size_t piece_bytes,
    struct sl_workers *workers)
{
	struct sl_bulk *bulk;

	*out = NULL;
	if (piece_bytes == 0 || piece_bytes % SL_BULK_ALIGN != 0)
		return SL_ERR_INVALID;
	bulk = calloc(1, sizeof(*bulk));
	if (bulk == NULL)
		return SL_ERR_NOMEM;
	for (unsigned i = 0; i < (workers == NULL ? 1 : 2); i++) {
		struct piece *piece = &bulk->pieces[i];

		piece->job.run = run_piece;
		piece->bulk = bulk;
		piece->data = aligned_alloc(SL_BULK_ALIGN, piece_bytes);
		if (piece->data == NULL) {
			sl_bulk_free(bulk);
			return SL_ERR_NOMEM;
		}
	}
	bulk->fd = fd;
	bulk->piece_bytes = piece_bytes;
	bulk->workers = workers;
	bulk->is_direct = set_direct(bulk, true);
	*out = bulk;
	return SL_OK;
}

void
sl_bulk_free(struct sl_bulk *bulk)
{
	if (bulk == NULL)
		return;
	(void)wait_writing(bulk, NULL);
	leave_direct(bulk);
	free(bulk->pieces[0].data);
	free(bulk->pieces[1].data);
	free(bulk);
}

enum sl_status
sl_bulk_room(struct sl_bulk *bulk, unsigned char **out, size_t *len,
    struct sl_error *err)
{
	struct piece *piece = &bulk->pieces[bulk->current];
	enum sl_status status;

	if (piece->len == bulk->piece_bytes) {
		status = write_piece(bulk, err);
		if (status != SL_OK)
			return status;
		piece = &bulk->pieces[bulk->current];
	}
	*out = piece->data + piece->len;
	*len = bulk->piece_bytes - piece->len;
	return SL_OK;
}

void
sl_bulk_use(struct sl_bulk *bulk, size_t len)
{
	struct piece *piece = &bulk->pieces[bulk->current];

	assert(len <= bulk->piece_bytes - piece->len);
	piece->len += len;
}

enum sl_status
sl_bulk_put(struct sl_bulk *bulk, struct sl_slice bytes, struct sl_error *err)
{
	while (bytes.len > 0) {
		enum sl_status status;
		unsigned char *room;
		size_t len;

		status = sl_bulk_room(bulk, &room, &len, err);
		if (status != SL_OK)
			return status;
		if (len > bytes.len)
			len = bytes.len;
		memcpy(room, bytes.data, len);
		sl_bulk_use(bulk, len);
		bytes.data += len;
		bytes.len -= len;
	}
	return SL_OK;
}

enum sl_status
sl_bulk_finish(struct sl_bulk *bulk, struct sl_error *err)
{
	enum sl_status status;

	status = write_piece(bulk, err);
	if (status == SL_OK)
		status = wait_writing(bulk, err);
	leave_direct(bulk);
	return status;
}
