#include "show_pull.h"

#include "count.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"

#define NUMBERS_MAX (1024 * 1024)

static json_t *
numbers_json(const struct sl_multirange *numbers)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < numbers->count; i++) {
		for (uint32_t n = numbers->ranges[i].first;
		     n <= numbers->ranges[i].last; n++) {
			if (json_array_append_new(array, json_integer(n)) !=
			    0) {
				json_decref(array);
				return NULL;
			}
		}
	}
	return array;
}

json_t *
show_pull_json(
    const struct sl_pull_options *options, const struct sl_pull_result *result)
{
	json_t *object = json_pack("{s:s, s:s?, s:I, s:I, s:b, s:I, s:I, s:I}",
	    "dataset", options->dataset, "dir", options->dir, "seq_before",
	    (json_int_t)result->seq_before, "seq", (json_int_t)result->seq,
	    "complete", (int)result->is_complete, "episodes",
	    (json_int_t)result->episodes, "files", (json_int_t)result->files,
	    "content_bytes", (json_int_t)result->content_bytes);
	json_t *more = json_pack("{s:o, s:o, s:o, s:o}", "joined",
	    numbers_json(&result->joined), "revised",
	    numbers_json(&result->revised), "left", numbers_json(&result->left),
	    "retracted", numbers_json(&result->retracted));
	json_t *work =
	    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	        "segments", (json_int_t)result->segments, "fetch_segments",
	        (json_int_t)result->fetch_segments, "fetch_chunks",
	        (json_int_t)result->fetch_chunks, "fetch_bytes",
	        (json_int_t)result->fetch_bytes, "resumed_chunks",
	        (json_int_t)result->resumed_chunks, "received_chunks",
	        (json_int_t)result->received_chunks, "received_bytes",
	        (json_int_t)result->received_bytes, "added_files",
	        (json_int_t)result->added_files, "removed_files",
	        (json_int_t)result->removed_files, "ledger_number",
	        (json_int_t)result->ledger_number);

	if (object == NULL || more == NULL || work == NULL ||
	    json_object_update(object, more) != 0 ||
	    json_object_update(object, work) != 0) {
		json_decref(object);
		object = NULL;
	}
	json_decref(more);
	json_decref(work);
	return object;
}

void
show_numbers(
    struct sl_run *run, const char *what, const struct sl_multirange *numbers)
{
	struct sl_buf text;

	if (numbers->count == 0)
		return;
	sl_buf_init(&text, NUMBERS_MAX);
	if (sl_multirange_format(&text, numbers) == SL_OK)
		sl_run_print(
		    run, "%-10s  episodes %s", what, sl_buf_text(&text));
	sl_buf_clear(&text);
}

void
show_pull(struct sl_run *run, const struct sl_pull_options *options,
    const struct sl_pull_result *result)
{
	char content[SL_VALUE_SHOW_MAX], received[SL_VALUE_SHOW_MAX];
	bool is_same = result->is_complete &&
	    result->seq == result->seq_before && result->added_files == 0 &&
	    result->removed_files == 0;

	sl_value_show_bytes(content, result->content_bytes);
	sl_value_show_bytes(received, result->received_bytes);
	sl_run_print(run,
	    "%s: batch %" PRIu32 "%s, %" COUNT ", %" COUNT ", %s in %s (%s%s)",
	    options->dataset, result->seq,
	    result->is_complete ? "" : " in part",
	    COUNTED(result->episodes, "episode"),
	    COUNTED(result->files, "file"), content, options->dir,
	    is_same ? "nothing new" : "received ", is_same ? "" : received);
	if (result->seq_before > 0) {
		show_numbers(run, "new", &result->joined);
		show_numbers(run, "revised", &result->revised);
	}
	show_numbers(run, "left", &result->left);
	show_numbers(run, "retracted", &result->retracted);
	if (result->removed_files > 0)
		sl_run_print(run, "removed     %" COUNT,
		    COUNTED(result->removed_files, "file"));
	if (result->is_complete && result->episodes == 0)
		sl_run_warn(run,
		    "no episode of %s is both wanted and covered by the "
		    "licence",
		    options->dataset);
}
