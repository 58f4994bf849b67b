#include "sluice/command/progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"
#include "text.h"

#define WHAT_MAX      80
#define TEXT_MAX      512
#define BAR_CELLS     20
#define BAR_CELLS_MIN 5
#define SAMPLE_MS     500 /* how often the rate is measured anew */
#define DRAW_MS       100
#define JSON_MS       500
#define PLAIN_MS      10000
#define WIDTH_MIN     20
#define WIDTH_ELSE    80

enum progress_form {
	FORM_NONE,
	FORM_BAR,
	FORM_LINES,
	FORM_JSON,
};

struct sl_progress {
	enum progress_form form;
	char what[WHAT_MAX];
	const char *unit;
	uint64_t bytes;
	uint64_t total_bytes;
	uint64_t items;
	uint64_t total_items;
	int64_t drawn_ms;
	int64_t sampled_ms;
	uint64_t sampled_bytes;
	double rate; /* bytes a second, smoothed; 0 until measured */
	bool is_shown;
};

static enum progress_form
choose_form(const struct sl_run *run)
{
	if (sl_run_is_quiet(run))
		return FORM_NONE;
	if (sl_run_is_json(run))
		return FORM_JSON;
	return sl_run_has_color(run) ? FORM_BAR : FORM_LINES;
}

enum sl_status
sl_progress_new(struct sl_progress **out, struct sl_run *run, const char *what,
    const char *unit)
{
	struct sl_progress *progress = calloc(1, sizeof(*progress));

	*out = NULL;
	if (progress == NULL)
		return SL_ERR_NOMEM;
	progress->form = choose_form(run);
	snprintf(progress->what, sizeof(progress->what), "%s", what);
	progress->unit = unit;
	progress->sampled_ms = sl_clock_monotonic_ms();
	/* The first line comes after a whole interval, a bar at once. */
	progress->drawn_ms =
	    progress->form == FORM_BAR ? 0 : progress->sampled_ms;
	*out = progress;
	return SL_OK;
}

void
sl_progress_total(struct sl_progress *progress, uint64_t bytes, uint64_t items)
{
	progress->total_bytes = bytes;
	progress->total_items = items;
}

static void
measure_rate(struct sl_progress *progress, int64_t now_ms)
{
	int64_t passed_ms = now_ms - progress->sampled_ms;
	double recent;

	if (passed_ms < SAMPLE_MS || progress->bytes < progress->sampled_bytes)
		return;
	recent = (double)(progress->bytes - progress->sampled_bytes) * 1000 /
	    (double)passed_ms;
	progress->rate =
	    progress->rate > 0 ? 0.7 * progress->rate + 0.3 * recent : recent;
	progress->sampled_ms = now_ms;
	progress->sampled_bytes = progress->bytes;
}

/* Negative when nobody can know. */
static double
seconds_left(const struct sl_progress *progress)
{
	if (progress->rate <= 0 || progress->total_bytes == 0 ||
	    progress->bytes > progress->total_bytes)
		return -1;
	return (double)(progress->total_bytes - progress->bytes) /
	    progress->rate;
}

static void
put_json(const struct sl_progress *progress)
{
	double left = seconds_left(progress);
	json_t *event = json_pack("{s:s,s:o,s:I,s:I,s:I,s:I,s:I,s:o}", "event",
	    "progress", "what", sl_text_json(progress->what), "bytes",
	    (json_int_t)progress->bytes, "total_bytes",
	    (json_int_t)progress->total_bytes, "items",
	    (json_int_t)progress->items, "total_items",
	    (json_int_t)progress->total_items, "bytes_per_s",
	    (json_int_t)progress->rate, "seconds_left",
	    left < 0 ? json_null() : json_integer((json_int_t)left));

	if (event == NULL)
		return;
	json_dumpf(event, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(event);
}

/* "1.2 GB of 2.9 GB, 88 MB/s, 19 s left, 12 of 100 episodes": what a narrow
 * terminal cuts off comes last. */
static void
describe(const struct sl_progress *progress, char out[TEXT_MAX])
{
	double left = seconds_left(progress);
	char shown[SL_VALUE_SHOW_MAX];
	int used;

	sl_value_show_bytes(shown, progress->bytes);
	used = snprintf(out, TEXT_MAX, "%s", shown);
	if (progress->total_bytes > 0) {
		sl_value_show_bytes(shown, progress->total_bytes);
		used += snprintf(
		    out + used, TEXT_MAX - (size_t)used, " of %s", shown);
	}
	if (progress->rate > 0) {
		sl_value_show_bytes(shown, (uint64_t)progress->rate);
		used += snprintf(
		    out + used, TEXT_MAX - (size_t)used, ", %s/s", shown);
	}
	if (left >= 1 && left < 1e9) {
		sl_value_show_duration(shown, (uint64_t)(left * 1000));
		used += snprintf(
		    out + used, TEXT_MAX - (size_t)used, ", %s left", shown);
	}
	if (progress->unit != NULL && progress->total_items > 0)
		snprintf(out + used, TEXT_MAX - (size_t)used,
		    ", %" PRIu64 " of %" PRIu64 " %s", progress->items,
		    progress->total_items, progress->unit);
}

static size_t
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 ||
	    size.ws_col < WIDTH_MIN)
		return WIDTH_ELSE;
	return size.ws_col;
}

/* The bar gives way to the words beside it. */
static size_t
bar_cells(size_t width, size_t words)
{
	if (words + BAR_CELLS < width)
		return BAR_CELLS;
	return words + BAR_CELLS_MIN < width ? width - 1 - words
	                                     : BAR_CELLS_MIN;
}

static void
draw_bar(const struct sl_progress *progress)
{
	char bar[BAR_CELLS + 1];
	char text[TEXT_MAX];
	char line[2 * TEXT_MAX];
	double part = 0;
	size_t width = terminal_width();
	size_t cells;

	describe(progress, text);
	if (progress->total_bytes > 0)
		part = (double)progress->bytes / (double)progress->total_bytes;
	else if (progress->total_items > 0)
		part = (double)progress->items / (double)progress->total_items;
	if (part > 1)
		part = 1;
	cells = bar_cells(
	    width, strlen(progress->what) + strlen(" [] 100% ") + strlen(text));
	for (size_t i = 0; i < cells; i++)
		bar[i] = (double)i < part * (double)cells ? '#' : '.';
	bar[cells] = '\0';
	snprintf(line, sizeof(line), "%s [%s] %3d%% %s", progress->what, bar,
	    (int)(part * 100), text);
	/* One column less, so that no terminal wraps. */
	if (strlen(line) >= width)
		line[width - 1] = '\0';
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
}

static void
draw(struct sl_progress *progress)
{
	char text[TEXT_MAX];

	switch (progress->form) {
	case FORM_NONE:
		return;
	case FORM_BAR:
		draw_bar(progress);
		progress->is_shown = true;
		return;
	case FORM_LINES:
		describe(progress, text);
		fprintf(stderr, "%s: %s\n", progress->what, text);
		return;
	case FORM_JSON:
		put_json(progress);
		return;
	}
}

static int64_t
interval_ms(enum progress_form form)
{
	switch (form) {
	case FORM_BAR:
		return DRAW_MS;
	case FORM_JSON:
		return JSON_MS;
	case FORM_NONE:
	case FORM_LINES:
		break;
	}
	return PLAIN_MS;
}

void
sl_progress_set(struct sl_progress *progress, uint64_t bytes, uint64_t items)
{
	int64_t now_ms;

	progress->bytes = bytes;
	progress->items = items;
	if (progress->form == FORM_NONE)
		return;
	now_ms = sl_clock_monotonic_ms();
	measure_rate(progress, now_ms);
	if (now_ms - progress->drawn_ms < interval_ms(progress->form))
		return;
	progress->drawn_ms = now_ms;
	draw(progress);
}

void
sl_progress_hide(struct sl_progress *progress)
{
	if (!progress->is_shown)
		return;
	fprintf(stderr, "\r\033[K");
	fflush(stderr);
	progress->is_shown = false;
	progress->drawn_ms = 0;
}

void
sl_progress_free(struct sl_progress *progress)
{
	if (progress == NULL)
		return;
	sl_progress_hide(progress);
	free(progress);
}
