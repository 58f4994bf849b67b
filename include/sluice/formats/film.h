/* The pictures of an mp4's only video track, one by one, as they are sent to a
 * decoder that has no mp4: what foxglove.CompressedVideo and files without a
 * container hold.  Nothing is decoded.
 *
 *	h264, h265  Annex B; the parameter sets before each key frame
 *	vp9         as it is
 *	av1         a temporal unit of the low-overhead format, with its
 *	            delimiter; the sequence header in each key frame
 *
 * The film borrows the descriptor.  In memory are the film's tables and one
 * picture.  One thread at a time. */
#ifndef SLUICE_FORMATS_FILM_H
#define SLUICE_FORMATS_FILM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* One picture, as it is stored. */
#define SL_FILM_PICTURE_MAX (32u << 20)

struct sl_film;

struct sl_film_picture {
	int64_t sent_ns;  /* when a decoder gets it; never runs backwards */
	int64_t shown_ns; /* both since the film's beginning; below 0 if an
	                   * edit list cuts it off there */
	bool is_key;
	struct sl_slice data; /* borrowed until the next call */
};

/* SL_ERR_INVALID in plain words: no sound mp4, more than one video track, or
 * another codec. */
SL_MUST_CHECK enum sl_status sl_film_open(
    struct sl_film **out, int fd, uint64_t file_bytes, struct sl_error *err);
/* NULL is allowed. */
void sl_film_free(struct sl_film *film);

/* "h264", "h265", "vp9" or "av1": a constant. */
const char *sl_film_format(const struct sl_film *film);

/* Are pictures shown in another order than they are sent (B-frames)? */
bool sl_film_is_reordered(const struct sl_film *film);

/* How many pictures an edit list cuts off, before the beginning or behind the
 * end: players do not show them, but later ones may need the former. */
size_t sl_film_hidden(const struct sl_film *film);

/* The next picture; false in *is_there behind the last. */
SL_MUST_CHECK enum sl_status sl_film_next(struct sl_film *film, bool *is_there,
    struct sl_film_picture *out, struct sl_error *err);

#endif /* SLUICE_FORMATS_FILM_H */
