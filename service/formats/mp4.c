#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/formats/media.h"

/* Boxes looked at in one file, all levels together: a real file has dozens,
 * a fragmented one two per second. */
#define BOXES_MAX 200000
#define DEPTH_MAX 6

struct box {
	char type[5];
	uint64_t body; /* offset of its content */
	uint64_t end;  /* offset behind it */
};

struct walk {
	int fd;
	unsigned boxes_left;
	bool has_moov;
	uint64_t track_samples;
	bool track_is_video;
	struct sl_media_info *info;
	struct sl_error *err;
};

static uint32_t
read_u32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t
read_u64(const unsigned char *bytes)
{
	return (uint64_t)read_u32(bytes) << 32 | read_u32(bytes + 4);
}

static void
copy_type(char out[5], const unsigned char *bytes)
{
	for (int i = 0; i < 4; i++)
		out[i] =
		    bytes[i] >= ' ' && bytes[i] < 127 ? (char)bytes[i] : '?';
	out[4] = '\0';
}

/* The box at `at`, which must end at or before `limit`. */
static enum sl_status
read_box(struct walk *walk, uint64_t at, uint64_t limit, struct box *out)
{
	unsigned char head[16];
	uint64_t size;
	enum sl_status status;

	if (walk->boxes_left-- == 0)
		return sl_error_set(
		    walk->err, SL_ERR_INVALID, "mp4: too many boxes");
	if (limit - at < 8)
		return sl_error_set(walk->err, SL_ERR_INVALID,
		    "mp4: %llu bytes left where a box should begin",
		    (unsigned long long)(limit - at));
	status = sl_file_read_at(walk->fd, head, 8, at, walk->err);
	if (status != SL_OK)
		return status;
	copy_type(out->type, head + 4);
	size = read_u32(head);
	out->body = at + 8;
	if (size == 1) {
		if (limit - at < 16)
			return sl_error_set(walk->err, SL_ERR_INVALID,
			    "mp4: box '%s' is cut", out->type);
		status =
		    sl_file_read_at(walk->fd, head + 8, 8, at + 8, walk->err);
		if (status != SL_OK)
			return status;
		size = read_u64(head + 8);
		out->body = at + 16;
	} else if (size == 0) {
		size = limit - at; /* to the end of the file */
	}
	if (size < out->body - at || size > limit - at)
		return sl_error_set(walk->err, SL_ERR_INVALID,
		    "mp4: box '%s' at %llu claims %llu bytes, %llu are left; "
		    "the file is damaged or cut short",
		    out->type, (unsigned long long)at, (unsigned long long)size,
		    (unsigned long long)(limit - at));
	out->end = at + size;
	return SL_OK;
}

/* Up to `len` bytes of a box's content; short boxes are malformed. */
static enum sl_status
read_body(
    struct walk *walk, const struct box *box, unsigned char *data, size_t len)
{
	if (box->end - box->body < len)
		return sl_error_set(walk->err, SL_ERR_INVALID,
		    "mp4: box '%s' is too short", box->type);
	return sl_file_read_at(walk->fd, data, len, box->body, walk->err);
}

static enum sl_status
read_movie_header(struct walk *walk, const struct box *box)
{
	unsigned char body[32];
	uint64_t timescale;
	uint64_t duration;
	enum sl_status status;

	status = read_body(walk, box, body, 20);
	if (status != SL_OK)
		return status;
	if (body[0] == 1) {
		status = read_body(walk, box, body, 32);
		if (status != SL_OK)
			return status;
		timescale = read_u32(body + 20);
		duration = read_u64(body + 24);
	} else {
		timescale = read_u32(body + 12);
		duration = read_u32(body + 16);
	}
	if (timescale == 0 || duration > UINT64_MAX / 1000)
		return SL_OK;
	walk->info->has_duration = true;
	walk->info->duration_ms = duration * 1000 / timescale;
	return SL_OK;
}

static enum sl_status
read_leaf(struct walk *walk, const struct box *box)
{
	unsigned char body[12];
	enum sl_status status;

	if (strcmp(box->type, "mvhd") == 0)
		return read_movie_header(walk, box);
	if (strcmp(box->type, "hdlr") == 0) {
		status = read_body(walk, box, body, 12);
		if (status == SL_OK)
			walk->track_is_video = memcmp(body + 8, "vide", 4) == 0;
		return status;
	}
	if (strcmp(box->type, "stsz") == 0 || strcmp(box->type, "stz2") == 0) {
		status = read_body(walk, box, body, 12);
		if (status == SL_OK)
			walk->track_samples = read_u32(body + 8);
		return status;
	}
	return SL_OK;
}

static bool
is_container(const char *type)
{
	static const char *const containers[] = {
	    "moov", "trak", "mdia", "minf", "stbl"};

	for (size_t i = 0; i < sizeof(containers) / sizeof(*containers); i++) {
		if (strcmp(type, containers[i]) == 0)
			return true;
	}
	return false;
}

static void
count_track(struct walk *walk)
{
	struct sl_media_info *info = walk->info;

	if (!walk->track_is_video)
		return;
	if (!info->has_count || info->count < walk->track_samples)
		info->count = walk->track_samples;
	info->has_count = true;
}

static enum sl_status
walk_boxes(struct walk *walk, uint64_t at, uint64_t limit, unsigned depth)
{
	struct box box;
	enum sl_status status;

	if (depth > DEPTH_MAX)
		return sl_error_set(
		    walk->err, SL_ERR_INVALID, "mp4: boxes nest too deeply");
	for (; at < limit; at = box.end) {
		status = read_box(walk, at, limit, &box);
		if (status != SL_OK)
			return status;
		if (strcmp(box.type, "trak") == 0) {
			walk->track_is_video = false;
			walk->track_samples = 0;
		}
		if (strcmp(box.type, "moov") == 0 && depth == 0)
			walk->has_moov = true;
		status = is_container(box.type)
		    ? walk_boxes(walk, box.body, box.end, depth + 1)
		    : read_leaf(walk, &box);
		if (status != SL_OK)
			return status;
		if (strcmp(box.type, "trak") == 0)
			count_track(walk);
	}
	return SL_OK;
}

enum sl_status
sl_mp4_check(struct sl_media_info *out, int fd, uint64_t file_bytes,
    struct sl_error *err)
{
	struct walk walk = {
	    .fd = fd, .boxes_left = BOXES_MAX, .info = out, .err = err};
	enum sl_status status;

	*out = (struct sl_media_info){0};
	if (file_bytes == 0)
		return sl_error_set(err, SL_ERR_INVALID, "mp4: empty file");
	status = walk_boxes(&walk, 0, file_bytes, 0);
	if (status != SL_OK)
		return status;
	if (!walk.has_moov)
		return sl_error_set(err, SL_ERR_INVALID, "mp4: no moov box");
	return SL_OK;
}
