#include "mp4_cut.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"

#include "mp4_samples.h"

#define COPY_BYTES (1u << 20)

struct cut {
	const struct mp4_film *film;
	const struct mp4_sample *first;
	size_t count;
	uint64_t bytes;   /* of the frames */
	int64_t duration; /* in the track's time scale */
	int64_t earliest; /* shown, after the first is decoded */
	struct sl_buf out;
	enum sl_status status;
};

static int64_t
shown_at(const struct mp4_film *film, const struct mp4_sample *sample)
{
	return sample->decoded_at + sample->shift - film->start;
}

/* The frame that is shown at that time, to half its duration. */
static const struct mp4_sample *
find_first(const struct mp4_film *film, int64_t time)
{
	for (size_t i = 0; i < film->sample_count; i++) {
		const struct mp4_sample *sample = &film->samples[i];
		int64_t away = shown_at(film, sample) - time;

		if (away < 0)
			away = -away;
		if (2 * away <= sample->duration)
			return sample;
	}
	return NULL;
}

/* None of the frames may be shown before the first, or after the time that
 * all of them take. */
static bool
belong_together(struct cut *cut)
{
	const struct mp4_film *film = cut->film;
	int64_t begin = shown_at(film, cut->first);

	cut->duration = 0;
	cut->bytes = 0;
	for (size_t i = 0; i < cut->count; i++) {
		cut->duration += cut->first[i].duration;
		cut->bytes += cut->first[i].bytes;
	}
	cut->earliest = begin + film->start - cut->first->decoded_at;
	for (size_t i = 0; i < cut->count; i++) {
		int64_t shown = shown_at(film, &cut->first[i]);

		if (shown < begin || shown >= begin + cut->duration)
			return false;
	}
	return true;
}

static enum sl_status
choose(struct cut *cut, uint64_t first_us, uint64_t count, struct sl_error *err)
{
	const struct mp4_film *film = cut->film;
	double time = (double)first_us * film->scale / 1e6;
	size_t left;

	if (time > 9e15)
		time = 9e15;
	cut->first = find_first(film, (int64_t)(time + 0.5));
	if (cut->first == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: no frame is shown at %.3f s", (double)first_us / 1e6);
	left = film->sample_count - (size_t)(cut->first - film->samples);
	if (count > left)
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: %llu frames are wanted from %.3f s on, there are %zu",
		    (unsigned long long)count, (double)first_us / 1e6, left);
	cut->count = (size_t)count;
	if (!cut->first->is_key)
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: the frame at %.3f s is no key frame, so nothing can "
		    "be cut there without encoding it anew",
		    (double)first_us / 1e6);
	if (!belong_together(cut))
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: the frames from %.3f s on need others",
		    (double)first_us / 1e6);
	return SL_OK;
}

static void
put(struct cut *cut, struct sl_slice bytes)
{
	if (cut->status == SL_OK)
		cut->status = sl_buf_append(&cut->out, bytes.data, bytes.len);
}

static void
put_u32(struct cut *cut, uint64_t value)
{
	unsigned char bytes[4];

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(value >> (24 - 8 * i));
	put(cut, sl_slice_of(bytes, 4));
}

static size_t
begin_box(struct cut *cut, const char *type)
{
	size_t at = cut->out.len;

	put_u32(cut, 0);
	put(cut, sl_slice_of(type, 4));
	return at;
}

static void
end_box(struct cut *cut, size_t at)
{
	size_t len = cut->out.len - at;

	for (unsigned i = 0; i < 4 && cut->status == SL_OK; i++)
		cut->out.data[at + i] = (unsigned char)(len >> (24 - 8 * i));
}

/* A box as it is, but for the 32 or 64 bits of its duration. */
static void
put_header(struct cut *cut, struct sl_slice whole, size_t narrow_at,
    size_t wide_at, uint64_t duration)
{
	bool is_wide = whole.len > 8 && whole.data[8] == 1;
	size_t at = cut->out.len + 8 + (is_wide ? wide_at : narrow_at);
	unsigned width = is_wide ? 8 : 4;

	put(cut, whole);
	if (cut->status != SL_OK || at + width > cut->out.len)
		return;
	for (unsigned i = 0; i < width; i++)
		cut->out.data[at + i] =
		    (unsigned char)(duration >> (8 * (width - 1 - i)));
}

static uint64_t
movie_duration(const struct cut *cut)
{
	return (uint64_t)((double)cut->duration * cut->film->movie_scale /
	        cut->film->scale +
	    0.5);
}

static void
put_edits(struct cut *cut)
{
	size_t edts;
	size_t elst;

	if (cut->earliest == 0)
		return;
	edts = begin_box(cut, "edts");
	elst = begin_box(cut, "elst");
	put_u32(cut, 0);
	put_u32(cut, 1);
	put_u32(cut, movie_duration(cut));
	put_u32(cut, (uint64_t)cut->earliest);
	put_u32(cut, 0x10000);
	end_box(cut, elst);
	end_box(cut, edts);
}

static uint32_t
duration_of(const struct mp4_sample *sample)
{
	return sample->duration;
}

static uint32_t
shift_of(const struct mp4_sample *sample)
{
	return (uint32_t)sample->shift;
}

/* Runs of equal numbers. */
static void
put_runs(struct cut *cut, const char *type, unsigned version,
    uint32_t (*get)(const struct mp4_sample *sample))
{
	size_t box = begin_box(cut, type);
	size_t count_at;
	uint32_t runs = 0;

	put_u32(cut, (uint64_t)version << 24);
	count_at = cut->out.len;
	put_u32(cut, 0);
	for (size_t i = 0; i < cut->count; runs++) {
		size_t from = i;

		while (i < cut->count &&
		    get(&cut->first[i]) == get(&cut->first[from]))
			i++;
		put_u32(cut, i - from);
		put_u32(cut, get(&cut->first[from]));
	}
	for (unsigned i = 0; i < 4 && cut->status == SL_OK; i++)
		cut->out.data[count_at + i] =
		    (unsigned char)(runs >> (24 - 8 * i));
	end_box(cut, box);
}

static void
put_keys(struct cut *cut)
{
	size_t box;
	uint32_t count = 0;

	for (size_t i = 0; i < cut->count; i++)
		count += cut->first[i].is_key;
	if (count == cut->count)
		return;
	box = begin_box(cut, "stss");
	put_u32(cut, 0);
	put_u32(cut, count);
	for (size_t i = 0; i < cut->count; i++) {
		if (cut->first[i].is_key)
			put_u32(cut, i + 1);
	}
	end_box(cut, box);
}

static bool
has_shift(const struct cut *cut)
{
	for (size_t i = 0; i < cut->count; i++) {
		if (cut->first[i].shift != 0)
			return true;
	}
	return false;
}

/* All frames are one chunk; its place is filled in last. */
static void
put_tables(struct cut *cut, size_t *place)
{
	size_t stbl = begin_box(cut, "stbl");
	size_t box;

	put(cut, cut->film->stsd);
	put_runs(cut, "stts", 0, duration_of);
	if (has_shift(cut))
		put_runs(cut, "ctts", 1, shift_of);
	put_keys(cut);
	box = begin_box(cut, "stsc");
	put_u32(cut, 0);
	put_u32(cut, 1);
	put_u32(cut, 1);
	put_u32(cut, cut->count);
	put_u32(cut, 1);
	end_box(cut, box);
	box = begin_box(cut, "stsz");
	put_u32(cut, 0);
	put_u32(cut, 0);
	put_u32(cut, cut->count);
	for (size_t i = 0; i < cut->count; i++)
		put_u32(cut, cut->first[i].bytes);
	end_box(cut, box);
	box = begin_box(cut, "co64");
	put_u32(cut, 0);
	put_u32(cut, 1);
	*place = cut->out.len;
	put_u32(cut, 0);
	put_u32(cut, 0);
	end_box(cut, box);
	end_box(cut, stbl);
}

static void
put_moov(struct cut *cut, size_t *place)
{
	const struct mp4_film *film = cut->film;
	size_t moov = begin_box(cut, "moov");
	size_t trak;
	size_t mdia;
	size_t minf;

	put_header(cut, film->mvhd, 16, 24, movie_duration(cut));
	trak = begin_box(cut, "trak");
	put_header(cut, film->tkhd, 20, 28, movie_duration(cut));
	put_edits(cut);
	mdia = begin_box(cut, "mdia");
	put_header(cut, film->mdhd, 16, 24, (uint64_t)cut->duration);
	put(cut, film->hdlr);
	minf = begin_box(cut, "minf");
	put(cut, film->vmhd);
	put(cut, film->dinf);
	put_tables(cut, place);
	end_box(cut, minf);
	end_box(cut, mdia);
	end_box(cut, trak);
	end_box(cut, moov);
}

static void
put_head(struct cut *cut)
{
	static const char fallback[] = "\0\0\0\x14"
	                               "ftypisom\0\0\x02\0isom";
	size_t place = 0;
	uint64_t at;

	put(cut,
	    cut->film->ftyp.len > 0
	        ? cut->film->ftyp
	        : sl_slice_of(fallback, sizeof(fallback) - 1));
	put_moov(cut, &place);
	at = cut->out.len + 16;
	for (unsigned i = 0; i < 8 && cut->status == SL_OK; i++)
		cut->out.data[place + i] = (unsigned char)(at >> (56 - 8 * i));
	put_u32(cut, 1);
	put(cut, sl_slice_text("mdat"));
	put_u32(cut, (cut->bytes + 16) >> 32);
	put_u32(cut, cut->bytes + 16);
}

static enum sl_status
copy_frames(const struct cut *cut, int to, int from, struct sl_error *err)
{
	unsigned char *room = malloc(COPY_BYTES);
	enum sl_status status = SL_OK;

	if (room == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < cut->count;) {
		uint64_t at = cut->first[i].offset;
		uint64_t end = at;

		/* Frames that follow one another are copied at once. */
		while (i < cut->count && cut->first[i].offset == end)
			end += cut->first[i++].bytes;
		while (status == SL_OK && at < end) {
			size_t part = end - at < COPY_BYTES ? (size_t)(end - at)
			                                    : COPY_BYTES;

			status = sl_file_read_at(from, room, part, at, err);
			if (status == SL_OK)
				status = sl_file_write_all(to, room, part, err);
			at += part;
		}
		if (status != SL_OK)
			break;
	}
	free(room);
	return status;
}

enum sl_status
mp4_cut(int to, int from, uint64_t from_bytes, uint64_t first_us,
    uint64_t count, struct sl_error *err)
{
	struct mp4_film film;
	struct cut cut = {.film = &film, .status = SL_OK};
	enum sl_status status;

	sl_buf_init(&cut.out, MP4_MOOV_MAX);
	status = mp4_film_read(&film, from, from_bytes, err);
	if (status == SL_OK)
		status = choose(&cut, first_us, count, err);
	if (status == SL_OK) {
		put_head(&cut);
		status = cut.status;
	}
	if (status == SL_OK)
		status = sl_file_write_all(to, cut.out.data, cut.out.len, err);
	if (status == SL_OK)
		status = copy_frames(&cut, to, from, err);
	sl_buf_clear(&cut.out);
	mp4_film_clear(&film);
	return status;
}
