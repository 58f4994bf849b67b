#include <inttypes.h>

#include "commands.h"
#include "connect.h"
#include "count.h"
#include "hint.h"
#include "show_pull.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"
#include "wish_options.h"

static const struct sl_option options_of_plan[] = {WISH_OPTIONS, {0}};

static void
print_quote(struct sl_run *run, const json_t *quote)
{
	const json_t *new = json_object_get(quote, "new");
	char bytes[SL_VALUE_SHOW_MAX], duration[SL_VALUE_SHOW_MAX];
	double seconds = json_number_value(json_object_get(new, "duration_s"));

	if (new == NULL)
		return;
	sl_value_show_duration(
	    duration, seconds > 0 ? (uint64_t)(seconds * 1000) : 0);
	sl_value_show_bytes(
	    bytes, (uint64_t)json_integer_value(json_object_get(new, "bytes")));
	sl_run_print(run, "Would charge  %" COUNT ", %s, %s",
	    COUNTED(json_integer_value(json_object_get(new, "episodes")),
	        "episode"),
	    duration, bytes);
}

static void
print_plan(struct sl_run *run, const struct sl_pull_options *options,
    const struct sl_pull_result *result, const json_t *quote)
{
	char fetch[SL_VALUE_SHOW_MAX], content[SL_VALUE_SHOW_MAX];

	sl_value_show_bytes(fetch, result->fetch_bytes);
	sl_value_show_bytes(content, result->fetch_content);
	sl_run_print(run,
	    "%s: batch %" PRIu32 " (here: %" PRIu32 "), %" COUNT ", %" COUNT,
	    options->dataset, result->seq, result->seq_before,
	    COUNTED(result->episodes, "episode"),
	    COUNTED(result->files, "file"));
	sl_run_print(run,
	    "To fetch      %" COUNT ", %s; %" COUNT ", %s on disk",
	    COUNTED(result->fetch_segments, "segment"), fetch,
	    COUNTED(result->added_files, "file"), content);
	sl_run_print(run, "To remove     %" COUNT,
	    COUNTED(result->removed_files, "file"));
	print_quote(run, quote);
	show_numbers(run, "new", &result->joined);
	show_numbers(run, "revised", &result->revised);
	show_numbers(run, "left", &result->left);
	show_numbers(run, "retracted", &result->retracted);
}

static enum sl_status
run_plan(struct sl_run *run, struct sl_error *err)
{
	struct sl_pull_options options = {0};
	struct sl_wish_options change;
	struct sl_pull_result result;
	struct sl_client *client = NULL;
	json_t *quote = NULL;
	json_t *object;
	enum sl_status status;

	sl_pull_result_init(&result);
	status = wish_read(run, &options, &change, false, err);
	if (status == SL_OK)
		status = connect_client(run, &client, err);
	if (status == SL_OK)
		status = sl_plan(client, &options, &result, &quote, err);
	if (status != SL_OK)
		hint_refusal(run, err);
	if (status == SL_OK) {
		print_plan(run, &options, &result, quote);
		object = show_pull_json(&options, &result);
		if (object != NULL && quote != NULL)
			json_object_set(object, "quote", quote);
		sl_run_json(run, object);
	}
	json_decref(quote);
	sl_client_free(client);
	sl_pull_result_clear(&result);
	return status;
}

const struct sl_command cmd_plan = {
    .name = "plan",
    .summary = "say what a pull would fetch, remove and charge",
    .arguments = "DATASET [DIR]",
    .args_min = 1,
    .args_max = 2,
    .options = options_of_plan,
    .details = "DIR is the mirror to compare with, by default a folder of the "
               "dataset's name; it need not exist.  Nothing is changed.",
    .run = run_plan,
};
