#include "sluice/ingest/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
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

static enum sl_status
run_simulate(struct sl_run *run, struct sl_error *err)
{
	struct numbers revise = {0};
	struct sl_simulate_result result;
	struct sl_simulate_options options = {
	    .dir = sl_run_text(run, "out"),
	    .seed = sl_run_number(run, "seed", 1),
	    .state_hz = (uint32_t)sl_run_number(run, "state-hz", 0),
	    .wrench_hz = (uint32_t)sl_run_number(run, "wrench-hz", 0),
	    .payload_bytes = sl_run_number(run, "payload-bytes", 0),
	    .annotation_bytes = sl_run_number(run, "annotation-bytes", 0),
	};
	enum sl_status status;

	status = read_revise(&revise, run, err);
	if (status != SL_OK)
		return status;
	options.revise = revise.items;
	options.revise_count = revise.count;
	options.first = (uint32_t)sl_run_number(run, "start", 1);
	options.count =
	    (uint32_t)sl_run_number(run, "episodes", revise.count > 0 ? 0 : 10);
	status = sl_simulate(&result, &options, err);
	free(revise.items);
	if (status != SL_OK)
		return status;
	sl_run_print(run, "%s: %u episodes written, %u revised, %u in all",
	    options.dir, result.written, result.revised, result.total);
	sl_run_json(run,
	    json_pack("{s:s, s:I, s:I, s:I, s:I}", "dir", options.dir,
	        "written", (json_int_t)result.written, "revised",
	        (json_int_t)result.revised, "total", (json_int_t)result.total,
	        "bytes", (json_int_t)result.bytes));
	return SL_OK;
}

static const struct sl_option simulate_options[] = {
    {.name = "out",
        .letter = 'o',
        .kind = SL_VALUE_TEXT,
        .is_required = true,
        .argument = "DIR",
        .help = "the source to write; grows if it is there already"},
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
        .help = "rows of joint state per second (default: 50)"},
    {.name = "wrench-hz",
        .kind = SL_VALUE_U64,
        .argument = "HZ",
        .help = "rows of force and torque per second (default: 200)"},
    {.name = "payload-bytes",
        .kind = SL_VALUE_SIZE,
        .argument = "SIZE",
        .help = "add a layer video.wrist of bytes that do not compress"},
    {.name = "annotation-bytes",
        .kind = SL_VALUE_SIZE,
        .argument = "SIZE",
        .help = "annotation of at least this size per episode"},
    {0},
};

const struct sl_command command_simulate = {
    .name = "simulate",
    .summary = "write a source of simulated demonstrations (format files)",
    .options = simulate_options,
    .details = "Run it again with --start to let the source grow, with "
               "--revise to change episodes.",
    .run = run_simulate,
};
