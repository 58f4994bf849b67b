#include "sluice/formats/film.h"

#include <stdlib.h>

#include "sluice/base/file.h"

#include "mp4_box.h"
#include "mp4_codec.h"
#include "mp4_samples.h"

#define NANO INT64_C(1000000000)
/* Of a film: a year. */
#define SECONDS_MAX (INT64_C(366) * 86400)
/* That parameter sets may add to what the file has. */
#define SETS_ROOM (64u << 20)

struct sl_film {
	int fd;
	struct mp4_film tables;
	struct mp4_codec codec;
	struct sl_buf stored;
	struct sl_buf picture;
	size_t next;
	size_t hidden;
	int64_t first; /* the earliest that is shown, or 0 */
	bool is_reordered;
};

static int64_t
shown_at(const struct sl_film *film, size_t at)
{
	const struct mp4_sample *sample = &film->tables.samples[at];

	return sample->decoded_at + sample->shift - film->tables.start;
}

static void
find_order(struct sl_film *film)
{
	int64_t length = film->tables.length;

	for (size_t i = 0; i < film->tables.sample_count; i++) {
		int64_t begin = shown_at(film, i);
		int64_t end = begin + film->tables.samples[i].duration;

		film->is_reordered = film->is_reordered ||
		    (i > 0 && begin < shown_at(film, i - 1));
		film->hidden +=
		    (begin < 0 && end <= 0) || (length > 0 && begin >= length);
		if (begin < film->first)
			film->first = begin;
	}
}

/* Would parameter sets, which are there once and come before each key frame,
 * make much more of it than it is? */
static bool
is_swollen(const struct sl_film *film, uint64_t file_bytes)
{
	uint64_t keys = 0;

	for (size_t i = 0; i < film->tables.sample_count; i++)
		keys += film->tables.samples[i].is_key;
	return keys * film->codec.sets.len > file_bytes + SETS_ROOM;
}

/* The box, which is kept with its head, without it. */
static struct sl_slice
body_of(struct sl_slice whole)
{
	struct mp4_box box = {0};

	return mp4_next_box(&whole, &box) ? box.body : sl_slice_of(NULL, 0);
}

enum sl_status
sl_film_open(
    struct sl_film **out, int fd, uint64_t file_bytes, struct sl_error *err)
{
	struct sl_film *film = calloc(1, sizeof(*film));
	enum sl_status status;

	*out = NULL;
	if (film == NULL)
		return SL_ERR_NOMEM;
	film->fd = fd;
	sl_buf_init(&film->stored, SL_FILM_PICTURE_MAX);
	/* Lengths of units may grow, from one byte to four. */
	sl_buf_init(&film->picture, 4 * (size_t)SL_FILM_PICTURE_MAX);
	status = mp4_film_read(&film->tables, fd, file_bytes, err);
	if (status == SL_OK)
		status = mp4_codec_read(
		    &film->codec, body_of(film->tables.stsd), err);
	if (status == SL_OK && film->tables.sample_count == 0)
		status = sl_error_set(err, SL_ERR_INVALID,
		    "mp4: no frames in its tables (a fragmented mp4?)");
	if (status == SL_OK && is_swollen(film, file_bytes))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "mp4: its parameter sets are larger than its frames");
	if (status != SL_OK) {
		sl_film_free(film);
		return status;
	}
	find_order(film);
	*out = film;
	return SL_OK;
}

void
sl_film_free(struct sl_film *film)
{
	if (film == NULL)
		return;
	mp4_film_clear(&film->tables);
	mp4_codec_clear(&film->codec);
	sl_buf_clear(&film->stored);
	sl_buf_clear(&film->picture);
	free(film);
}

const char *
sl_film_format(const struct sl_film *film)
{
	return mp4_codec_format(&film->codec);
}

bool
sl_film_is_reordered(const struct sl_film *film)
{
	return film->is_reordered;
}

size_t
sl_film_hidden(const struct sl_film *film)
{
	return film->hidden;
}

static bool
to_ns(const struct sl_film *film, int64_t time, int64_t *out)
{
	int64_t scale = film->tables.scale;
	int64_t half = time < 0 ? -scale / 2 : scale / 2;

	if (time / scale > SECONDS_MAX || time / scale < -SECONDS_MAX)
		return false;
	*out = time / scale * NANO + (time % scale * NANO + half) / scale;
	return true;
}

static bool
find_times(const struct sl_film *film, struct sl_film_picture *out)
{
	int64_t shown = shown_at(film, film->next);
	int64_t sent = shown;

	if (film->is_reordered) {
		sent = film->tables.samples[film->next].decoded_at;
		if (film->tables.start < 0)
			sent -= film->tables.start;
		sent += film->first;
	}
	return to_ns(film, shown, &out->shown_ns) &&
	    to_ns(film, sent, &out->sent_ns);
}

static enum sl_status
read_stored(
    struct sl_film *film, const struct mp4_sample *sample, struct sl_error *err)
{
	enum sl_status status;

	if (sample->bytes == 0 || sample->bytes > SL_FILM_PICTURE_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: frame %zu has %u bytes", film->next, sample->bytes);
	sl_buf_reset(&film->stored);
	status = sl_buf_reserve(&film->stored, sample->bytes);
	if (status == SL_OK)
		status = sl_file_read_at(film->fd, film->stored.data,
		    sample->bytes, sample->offset, err);
	if (status == SL_OK)
		film->stored.len = sample->bytes;
	return status;
}

enum sl_status
sl_film_next(struct sl_film *film, bool *is_there, struct sl_film_picture *out,
    struct sl_error *err)
{
	const struct mp4_sample *sample = &film->tables.samples[film->next];
	enum sl_status status;

	*is_there = film->next < film->tables.sample_count;
	if (!*is_there)
		return SL_OK;
	*out = (struct sl_film_picture){.is_key = sample->is_key};
	if (!find_times(film, out))
		return sl_error_set(err, SL_ERR_INVALID,
		    "mp4: frame %zu is more than a year from the first",
		    film->next);
	status = read_stored(film, sample, err);
	sl_buf_reset(&film->picture);
	if (status == SL_OK)
		status =
		    mp4_codec_picture(&film->codec, sl_buf_slice(&film->stored),
		        sample->is_key, &film->picture, err);
	if (status != SL_OK)
		return status;
	out->data = sl_buf_slice(&film->picture);
	film->next++;
	return SL_OK;
}
