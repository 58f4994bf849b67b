#include "drawing.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/workers.h"

#define THREADS_MAX 16u
/* A thread has another to draw while its last one is waited for. */
#define PICTURES_PER_THREAD 2u

struct picture {
	struct sl_job job;
	const struct drawing *drawing;
	uint32_t frame;
	uint8_t pixels[CAMERA_BYTES];
};

struct drawing {
	enum camera_view view;
	const struct rollout *rollout;
	struct sl_workers *workers;
	uint32_t frames;
	uint32_t submitted;
	uint32_t given;
	uint32_t ahead;
	struct picture *pictures; /* `ahead` of them, in turn */
};

static void
draw(struct sl_job *job)
{
	struct picture *picture = (struct picture *)(void *)job;
	const struct drawing *drawing = picture->drawing;

	camera_draw(drawing->view, drawing->rollout,
	    rollout_row(drawing->rollout, CAMERA_FPS, picture->frame),
	    picture->pixels);
}

static unsigned
count_threads(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return processors < (long)THREADS_MAX ? (unsigned)processors
	                                      : THREADS_MAX;
}

enum sl_status
drawing_new(
    struct drawing **out, enum camera_view view, const struct rollout *rollout)
{
	unsigned threads = count_threads();
	struct drawing *drawing = calloc(1, sizeof(*drawing));
	enum sl_status status = SL_ERR_NOMEM;

	_Static_assert(offsetof(struct picture, job) == 0, "draw() casts");
	*out = NULL;
	if (drawing == NULL)
		return SL_ERR_NOMEM;
	drawing->view = view;
	drawing->rollout = rollout;
	drawing->frames = rollout_rows(rollout, CAMERA_FPS);
	drawing->ahead = PICTURES_PER_THREAD * threads;
	drawing->pictures = calloc(drawing->ahead, sizeof(*drawing->pictures));
	if (drawing->pictures != NULL)
		status = sl_workers_new(&drawing->workers, threads);
	if (status != SL_OK) {
		drawing_free(drawing);
		return status;
	}
	*out = drawing;
	return SL_OK;
}

const uint8_t *
drawing_next(struct drawing *drawing)
{
	struct picture *picture;

	/* The place of the picture that was given last is free again. */
	while (drawing->submitted < drawing->frames &&
	    drawing->submitted - drawing->given < drawing->ahead) {
		picture =
		    &drawing->pictures[drawing->submitted % drawing->ahead];
		picture->job = (struct sl_job){.run = draw};
		picture->drawing = drawing;
		picture->frame = drawing->submitted++;
		sl_workers_submit(drawing->workers, &picture->job);
	}
	if (drawing->given == drawing->frames)
		return NULL;
	picture = &drawing->pictures[drawing->given++ % drawing->ahead];
	sl_workers_wait(drawing->workers, &picture->job);
	return picture->pixels;
}

void
drawing_free(struct drawing *drawing)
{
	if (drawing == NULL)
		return;
	sl_workers_free(drawing->workers);
	free(drawing->pictures);
	free(drawing);
}
