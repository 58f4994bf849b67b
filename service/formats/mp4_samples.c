#include "mp4_samples.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"

#include "mp4_box.h"

#define BOXES_MAX 100000

/* The body of a box, within the moov. */
struct tables {
	struct sl_slice stts;
	struct sl_slice ctts;
	struct sl_slice stsc;
	struct sl_slice stsz;
	struct sl_slice stco;
	struct sl_slice co64;
	struct sl_slice stss;
};

static enum sl_status
film_error(struct sl_error *err, const char *what)
{
	return sl_error_set(err, SL_ERR_INVALID, "mp4: %s", what);
}

/* Read the heads at the top until moov is found. */
static enum sl_status
read_moov(
    struct mp4_film *film, int fd, uint64_t file_bytes, struct sl_error *err)
{
	uint64_t at = 0;
	enum sl_status status;

	for (unsigned i = 0; i < BOXES_MAX && file_bytes - at >= 8; i++) {
		unsigned char head[16] = {0};
		size_t want = file_bytes - at < 16 ? 8 : 16;
		uint64_t head_bytes = 8;
		uint64_t size;

		status = sl_file_read_at(fd, head, want, at, err);
		if (status != SL_OK)
			return status;
		size = mp4_u32(head);
		if (size == 1) {
			size = mp4_u64(head + 8);
			head_bytes = 16;
		} else if (size == 0) {
			size = file_bytes - at;
		}
		if (size < head_bytes || size > file_bytes - at)
			return film_error(err, "a box is longer than the file");
		if (memcmp(head + 4, "ftyp", 4) == 0 &&
		    size <= sizeof(film->ftyp_bytes)) {
			status = sl_file_read_at(
			    fd, film->ftyp_bytes, (size_t)size, at, err);
			if (status != SL_OK)
				return status;
			film->ftyp =
			    sl_slice_of(film->ftyp_bytes, (size_t)size);
		}
		if (memcmp(head + 4, "moov", 4) == 0) {
			size -= head_bytes;
			if (size > MP4_MOOV_MAX)
				return film_error(err, "moov is too large");
			if (sl_buf_reserve(&film->moov, (size_t)size) != SL_OK)
				return SL_ERR_NOMEM;
			film->moov.len = (size_t)size;
			return sl_file_read_at(fd, film->moov.data,
			    (size_t)size, at + head_bytes, err);
		}
		at += size;
	}
	return film_error(err, "no moov box");
}

/* Time scale of mvhd or mdhd, a whole box. */
static uint32_t
read_scale(struct sl_slice whole)
{
	if (whole.len < 8 + 20)
		return 0;
	if (whole.data[8] == 1)
		return whole.len < 8 + 32 ? 0 : mp4_u32(whole.data + 8 + 20);
	return mp4_u32(whole.data + 8 + 12);
}

static enum sl_status
find_track(struct mp4_film *film, struct sl_slice *out, struct sl_error *err)
{
	struct sl_slice in = sl_buf_slice(&film->moov);
	struct mp4_box box;
	unsigned count = 0;

	for (unsigned i = 0; i < BOXES_MAX; i++) {
		struct sl_slice media;
		struct sl_slice hdlr;

		if (!mp4_next_box(&in, &box))
			break;
		if (memcmp(box.type, "trak", 4) != 0)
			continue;
		media = mp4_find_box(box.body, "mdia").body;
		hdlr = mp4_find_box(media, "hdlr").body;
		if (hdlr.len < 12 || memcmp(hdlr.data + 8, "vide", 4) != 0)
			continue;
		*out = box.body;
		count++;
	}
	if (count != 1)
		return film_error(
		    err, count == 0 ? "no video track" : "two video tracks");
	return SL_OK;
}

/* Edit list: the first edit that shows something, after an empty one. */
static void
read_start(struct mp4_film *film, struct sl_slice track)
{
	struct sl_slice list =
	    mp4_find_box(mp4_find_box(track, "edts").body, "elst").body;
	size_t entry;
	double delay = 0;

	if (list.len < 8)
		return;
	entry = list.data[0] == 1 ? 20 : 12;
	for (size_t at = 8; list.len - at >= entry && at < 8 + 2 * entry;
	     at += entry) {
		const unsigned char *bytes = list.data + at;
		double length = (entry == 20 ? (double)mp4_u64(bytes)
		                             : (double)mp4_u32(bytes)) /
		    film->movie_scale * film->scale;
		int64_t time = entry == 20
		    ? (int64_t)mp4_u64(bytes + 8)
		    : (int64_t)(int32_t)mp4_u32(bytes + 4);

		/* So that sums of times never overflow. */
		if (time >= 0 && time < INT64_C(1) << 60) {
			film->start = time;
			/* Of several edits there is no one end. */
			if (list.len - at < 2 * entry && length < 1e15)
				film->length = (int64_t)length;
			break;
		}
		delay += length;
	}
	if (delay < 1e15)
		film->start -= (int64_t)delay;
}

static enum sl_status
read_track(struct mp4_film *film, struct tables *tables, struct sl_error *err)
{
	struct sl_slice track = {0};
	struct sl_slice media;
	struct sl_slice info;
	struct sl_slice table;
	enum sl_status status = find_track(film, &track, err);

	if (status != SL_OK)
		return status;
	media = mp4_find_box(track, "mdia").body;
	info = mp4_find_box(media, "minf").body;
	table = mp4_find_box(info, "stbl").body;
	film->mvhd = mp4_find_box(sl_buf_slice(&film->moov), "mvhd").whole;
	film->tkhd = mp4_find_box(track, "tkhd").whole;
	film->mdhd = mp4_find_box(media, "mdhd").whole;
	film->hdlr = mp4_find_box(media, "hdlr").whole;
	film->vmhd = mp4_find_box(info, "vmhd").whole;
	film->dinf = mp4_find_box(info, "dinf").whole;
	film->stsd = mp4_find_box(table, "stsd").whole;
	tables->stts = mp4_find_box(table, "stts").body;
	tables->ctts = mp4_find_box(table, "ctts").body;
	tables->stsc = mp4_find_box(table, "stsc").body;
	tables->stsz = mp4_find_box(table, "stsz").body;
	tables->stco = mp4_find_box(table, "stco").body;
	tables->co64 = mp4_find_box(table, "co64").body;
	tables->stss = mp4_find_box(table, "stss").body;
	film->movie_scale = read_scale(film->mvhd);
	film->scale = read_scale(film->mdhd);
	if (film->movie_scale == 0 || film->scale == 0 ||
	    film->tkhd.len < 8 + 32 || film->stsd.len == 0 ||
	    film->dinf.len == 0 || film->hdlr.len == 0)
		return film_error(err, "the video track is not described");
	read_start(film, track);
	return SL_OK;
}

/* Entries of a table behind version, flags and count; false if they do not
 * fit. */
static bool
table_count(struct sl_slice table, size_t entry_bytes, uint32_t *count)
{
	*count = 0;
	if (table.len == 0)
		return true;
	if (table.len < 8)
		return false;
	*count = mp4_u32(table.data + 4);
	return *count <= (table.len - 8) / entry_bytes;
}

static enum sl_status
read_sizes(struct mp4_film *film, const struct tables *tables,
    uint64_t file_bytes, struct sl_error *err)
{
	const unsigned char *data = tables->stsz.data;
	uint64_t sum = 0;
	uint32_t same;
	uint32_t count;

	if (tables->stsz.len < 12)
		return film_error(err, "no table of sizes");
	same = mp4_u32(data + 4);
	count = mp4_u32(data + 8);
	if (count > MP4_SAMPLES_MAX ||
	    (same == 0 && count > (tables->stsz.len - 12) / 4) ||
	    (same > 0 && count > file_bytes / same))
		return film_error(err, "more frames than there can be");
	film->samples = calloc((size_t)count + 1, sizeof(*film->samples));
	if (film->samples == NULL)
		return SL_ERR_NOMEM;
	film->sample_count = count;
	for (size_t i = 0; i < count; i++) {
		film->samples[i].bytes =
		    same > 0 ? same : mp4_u32(data + 12 + 4 * i);
		sum += film->samples[i].bytes;
	}
	/* Frames that share bytes would grow without end when they are read. */
	return sum <= file_bytes
	    ? SL_OK
	    : film_error(err, "more frames than there can be");
}

static bool
read_times(struct mp4_film *film, const struct tables *tables)
{
	uint32_t count;
	size_t at = 0;
	int64_t time = 0;

	if (!table_count(tables->stts, 8, &count))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t run = mp4_u32(tables->stts.data + 8 + 8 * (size_t)i);
		uint32_t delta =
		    mp4_u32(tables->stts.data + 12 + 8 * (size_t)i);

		for (; run > 0 && at < film->sample_count; run--, at++) {
			film->samples[at].decoded_at = time;
			film->samples[at].duration = delta;
			time += delta;
		}
	}
	if (at != film->sample_count || !table_count(tables->ctts, 8, &count))
		return false;
	at = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t run = mp4_u32(tables->ctts.data + 8 + 8 * (size_t)i);
		uint32_t shift =
		    mp4_u32(tables->ctts.data + 12 + 8 * (size_t)i);

		for (; run > 0 && at < film->sample_count; run--, at++)
			film->samples[at].shift = (int32_t)shift;
	}
	return true;
}

static bool
read_keys(struct mp4_film *film, const struct tables *tables)
{
	uint32_t count;

	if (!table_count(tables->stss, 4, &count))
		return false;
	for (size_t i = 0; i < film->sample_count; i++)
		film->samples[i].is_key = tables->stss.len == 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t number =
		    mp4_u32(tables->stss.data + 8 + 4 * (size_t)i);

		if (number == 0 || number > film->sample_count)
			return false;
		film->samples[number - 1].is_key = true;
	}
	return true;
}

/* Chunk by chunk: where it is, and how many samples are in it. */
static bool
read_places(
    struct mp4_film *film, const struct tables *tables, uint64_t file_bytes)
{
	bool is_wide = tables->co64.len > 0;
	struct sl_slice offsets = is_wide ? tables->co64 : tables->stco;
	uint32_t chunks;
	uint32_t runs;
	uint32_t run = 0;
	size_t at = 0;

	if (!table_count(offsets, is_wide ? 8 : 4, &chunks) ||
	    !table_count(tables->stsc, 12, &runs) || runs == 0)
		return false;
	for (uint32_t i = 0; i < chunks && at < film->sample_count; i++) {
		const unsigned char *entry = tables->stsc.data + 8;
		const unsigned char *place =
		    offsets.data + 8 + (is_wide ? 8 : 4) * (size_t)i;
		uint64_t offset = is_wide ? mp4_u64(place) : mp4_u32(place);
		uint32_t left;

		if (run + 1 < runs &&
		    mp4_u32(entry + 12 * (size_t)(run + 1)) <= i + 1)
			run++;
		left = mp4_u32(entry + 12 * (size_t)run + 4);
		for (; left > 0 && at < film->sample_count; left--, at++) {
			struct mp4_sample *sample = &film->samples[at];

			if (offset > file_bytes ||
			    sample->bytes > file_bytes - offset)
				return false;
			sample->offset = offset;
			offset += sample->bytes;
		}
	}
	return at == film->sample_count;
}

enum sl_status
mp4_film_read(
    struct mp4_film *out, int fd, uint64_t file_bytes, struct sl_error *err)
{
	struct tables tables = {0};
	enum sl_status status;

	*out = (struct mp4_film){0};
	sl_buf_init(&out->moov, MP4_MOOV_MAX);
	status = read_moov(out, fd, file_bytes, err);
	if (status == SL_OK)
		status = read_track(out, &tables, err);
	if (status == SL_OK)
		status = read_sizes(out, &tables, file_bytes, err);
	if (status == SL_OK &&
	    (!read_times(out, &tables) || !read_keys(out, &tables) ||
	        !read_places(out, &tables, file_bytes)))
		status = film_error(err, "the tables of frames are damaged");
	return status;
}

void
mp4_film_clear(struct mp4_film *film)
{
	sl_buf_clear(&film->moov);
	free(film->samples);
	film->samples = NULL;
	film->sample_count = 0;
}
