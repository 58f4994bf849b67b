#include "sluice/simulation/simulation.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/progress.h"
#include "sluice/command/run.h"

#include "commands.h"

struct numbers {
	uint32_t *items;
	size_t count;
};

static bool
add_range(struct numbers *list, uint64_t first, uint64_t last)
{
	uint32_t *items;

	if (first == 0 || first > last || last > SL_SIMULATE_EPISODE_MAX)
		return false;
	items = reallocarray(list->items,
	    list->count + (size_t)(last - first) + 1, sizeof(*items));
	if (items == NULL)
		return false;
	list->items = items;
	for (uint64_t i = first; i <= last; i++)
		list->items[list->count++] = (uint32_t)i;
	return true;
}

/* "3,7,10-20" */
static bool
parse_numbers(struct numbers *list, char *text)
{
	char *rest = text;
	char *word;

	while ((word = strsep(&rest, ",")) != NULL) {
		char *last = strchr(word, '-');
		uint64_t a;
		uint64_t b;

		if (last != NULL)
			*last++ = '\0';
		if (!sl_parse_u64(word, SL_SIMULATE_EPISODE_MAX, &a) ||
		    !sl_parse_u64(last == NULL ? word : last,
		        SL_SIMULATE_EPISODE_MAX, &b) ||
		    !add_range(list, a, b))
			return false;
	}
	return true;
}

static enum sl_status
read_revise(struct numbers *list, struct sl_run *run, struct sl_error *err)
{
	const char *text = sl_run_text(run, "revise");
	char *copy;
	bool good;

	if (text == NULL)
		return SL_OK;
	copy = strdup(text);
	if (copy == NULL)
		return SL_ERR_NOMEM;
	good = parse_numbers(list, copy);
	free(copy);
	if (!good)
		return sl_run_usage(run, err,
		    "--revise %s: give numbers such as 3,7,10-20", text);
	return SL_OK;
}

static const char *const formats[] = {
    [SL_SIMULATE_FILES] = "files",
    [SL_SIMULATE_MCAP] = "mcap",
    [SL_SIMULATE_LEROBOT] = "lerobot",
};

static enum sl_status
read_format(struct sl_simulate_options *options, struct sl_run *run,
    struct sl_error *err)
{
	const char *text = sl_run_text(run, "format");

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (text == NULL || strcmp(text, formats[i]) == 0) {
			options->format = (enum sl_simulate_format)i;
			return SL_OK;
		}
	}
	return sl_run_usage(
	    run, err, "--format \"%.40s\": use files, mcap or lerobot", text);
}

static bool
on_progress(void *ctx, const struct sl_simulate_progress *progress)
{
	struct sl_progress *bar = ctx;

	sl_progress_total(bar, 0, progress->total);
	sl_progress_set(bar, progress->bytes, progress->episodes);
	return !sl_interrupt_seen();
}

static void
print_result(struct sl_run *run, const struct sl_simulate_options *options,
    const struct sl_simulate_result *result)
{
	if (result->no_ffmpeg)
		sl_run_warn(run,
		    "ffmpeg is not installed, so there are no clips; to have "
		    "them, install it and simulate into a new folder");
	sl_run_print(run,
	    "%s: %u episodes written (%u did not reach their goal), %u "
	    "revised, %u in all",
	    options->dir, result->written, result->failures, result->revised,
	    result->total);
	sl_run_json(run,
	    json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b}", "dir",
	        options->dir, "format", formats[options->format], "written",
	        (json_int_t)result->written, "failures",
	        (json_int_t)result->failures, "revised",
	        (json_int_t)result->revised, "total", (json_int_t)result->total,
	        "bytes", (json_int_t)result->bytes, "no_ffmpeg",
	        result->no_ffmpeg));
}

static enum sl_status
simulate(struct sl_run *run, struct sl_simulate_options *options,
    struct sl_error *err)
{
	struct sl_simulate_result result;
	struct sl_progress *bar = NULL;
	enum sl_status status;

	status = sl_progress_new(&bar, run, "simulating", "episodes");
	if (status != SL_OK)
		return status;
	sl_interrupt_catch();
	options->on_progress = on_progress;
	options->ctx = bar;
	status = sl_simulate(&result, options, err);
	sl_progress_free(bar);
	if (status == SL_OK)
		print_result(run, options, &result);
	return status;
}

/* What is too large for the simulation stays so. */
static uint32_t
read_number(struct sl_run *run, const char *name, uint32_t absent)
{
	uint64_t value = sl_run_number(run, name, absent);

	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static enum sl_status
run_simulate(struct sl_run *run, struct sl_error *err)
{
	struct numbers revise = {0};
	struct sl_simulate_options options = {
	    .dir = sl_run_text(run, "out"),
	    .seed = sl_run_number(run, "seed", 1),
	    .state_hz = read_number(run, "state-hz", 0),
	    .wrench_hz = read_number(run, "wrench-hz", 0),
	    .has_camera = sl_run_flag(run, "camera"),
	    .has_scene_camera = sl_run_flag(run, "scene-camera"),
	    .payload_bytes = sl_run_number(run, "payload-bytes", 0),
	    .annotation_bytes = sl_run_number(run, "annotation-bytes", 0),
	};
	enum sl_status status = read_format(&options, run, err);

	if (status == SL_OK)
		status = read_revise(&revise, run, err);
	if (status != SL_OK)
		return status;
	options.revise = revise.items;
	options.revise_count = revise.count;
	options.first = read_number(run, "start", 1);
	options.count = read_number(run, "episodes", revise.count > 0 ? 0 : 10);
	status = simulate(run, &options, err);
	free(revise.items);
	return status;
}

static const struct sl_option simulate_options[] = {
    {.name = "out",
        .letter = 'o',
        .kind = SL_VALUE_TEXT,
        .is_required = true,
        .argument = "DIR",
        .help = "the source to write; grows if it is there already"},
    {.name = "format",
        .letter = 'f',
        .kind = SL_VALUE_TEXT,
        .argument = "FORMAT",
        .help = "what to write: files (default), mcap or lerobot (v2.1)"},
    {.name = "camera",
        .kind = SL_VALUE_FLAG,
        .help =
            "render what the wrist camera sees, H.264 by ffmpeg if installed"},
    {.name = "scene-camera",
        .kind = SL_VALUE_FLAG,
        .help = "render what a camera before the table sees"},
    {.name = "episodes",
        .letter = 'n',
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "how many to write (default: 10; 0 with --revise)"},
    {.name = "start",
        .kind = SL_VALUE_U64,
        .argument = "K",
        .help = "number of the first one (default: 1)"},
    {.name = "revise",
        .kind = SL_VALUE_TEXT,
        .argument = "LIST",
        .help = "annotate these existing episodes anew: 3,7,10-20"},
    {.name = "seed",
        .kind = SL_VALUE_U64,
        .argument = "N",
        .help = "same seed, same bytes (default: 1)"},
    {.name = "state-hz",
        .kind = SL_VALUE_U64,
        .argument = "HZ",
        .help = "rows of joint state per second (default: 125; LeRobot: 25)"},
    {.name = "wrench-hz",
        .kind = SL_VALUE_U64,
        .argument = "HZ",
        .help =
            "rows of force and torque per second (default: 500; LeRobot: 25)"},
    {.name = "payload-bytes",
        .kind = SL_VALUE_SIZE,
        .argument = "SIZE",
        .help =
            "random bytes in place of a clip, for load tests; format files"},
    {.name = "annotation-bytes",
        .kind = SL_VALUE_SIZE,
        .argument = "SIZE",
        .help = "annotation of at least this size per episode; format files"},
    {0},
};

const struct sl_command command_simulate = {
    .name = "simulate",
    .summary = "write a source of simulated demonstrations",
    .options = simulate_options,
    .details = "Run it again with --start to let the source grow, with "
               "--revise to change episodes.",
    .run = run_simulate,
};
