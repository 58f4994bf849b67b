/* The input is an mp4.  Read twice it gives the same pictures; they are sent in
 * the order of their times, and what is Annex B begins with a start code. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/film.h"

#define PICTURES_MAX 2000

static void
check_picture(const struct sl_film *film, const struct sl_film_picture *picture)
{
	const char *format = sl_film_format(film);

	FUZZ_ASSERT(picture->data.len > 0);
	if (format[0] == 'h')
		FUZZ_ASSERT(picture->data.len > 4 &&
		    memcmp(picture->data.data, "\0\0\0\1", 4) == 0);
	if (format[0] == 'a')
		FUZZ_ASSERT(picture->data.len >= 2 &&
		    memcmp(picture->data.data, "\x12\0", 2) == 0);
}

/* A sum of all that was said. */
static uint64_t
read_film(int fd, size_t size)
{
	struct sl_film_picture picture;
	struct sl_film *film;
	bool is_there = true;
	int64_t last = INT64_MIN;
	uint64_t sum = 0;

	if (sl_film_open(&film, fd, size, NULL) != SL_OK) {
		FUZZ_ASSERT(film == NULL);
		return 0;
	}
	for (unsigned i = 0; i < PICTURES_MAX; i++) {
		if (sl_film_next(film, &is_there, &picture, NULL) != SL_OK ||
		    !is_there)
			break;
		check_picture(film, &picture);
		FUZZ_ASSERT(picture.sent_ns >= last);
		FUZZ_ASSERT(sl_film_is_reordered(film) ||
		    picture.shown_ns == picture.sent_ns);
		last = picture.sent_ns;
		sum = sum * 31 + picture.data.len + (uint64_t)picture.shown_ns;
		for (size_t at = 0; at < picture.data.len; at += 61)
			sum = sum * 31 + picture.data.data[at];
	}
	sl_film_free(film);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(sl_file_write_all(fd, data, size, NULL) == SL_OK);
	FUZZ_ASSERT(read_film(fd, size) == read_film(fd, size));
	close(fd);
	return 0;
}
