/* export: a mirror as a training tool reads it. */
#include "sluice/export/export.h"

#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "count.h"
#include "sluice/catalog/where.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/run.h"

static const struct sl_option export_options[] = {
    {.name = "layout",
        .kind = SL_VALUE_TEXT,
        .argument = "LAYOUT",
        .is_required = true,
        .help = "what to make: lerobot-v2.1, lerobot-v3, mcap or webdataset"},
    {.name = "where",
        .kind = SL_VALUE_TEXT,
        .argument = "FILTER",
        .help = "only episodes that match, of those that are held"},
    {.name = "link",
        .kind = SL_VALUE_FLAG,
        .help = "hard links to the mirror's videos; this is what is done "
                "unless told otherwise"},
    {.name = "copy",
        .kind = SL_VALUE_FLAG,
        .help = "copy the videos, as across file systems"},
    {.name = "shard-bytes",
        .kind = SL_VALUE_SIZE,
        .argument = "SIZE",
        .help = "of webdataset: a shard ends before the episode that would "
                "make it larger (default: 1 GB)"},
    {0},
};

static void
on_warning(void *ctx, const char *text)
{
	sl_run_warn(ctx, "%s", text);
}

static void
report(struct sl_run *run, const struct sl_export_result *result)
{
	const char *out = sl_run_arg(run, 1);

	sl_run_print(run, "Exported %s batch %" PRIu32 " as %s: %" COUNT,
	    result->dataset, result->seq, sl_run_text(run, "layout"),
	    COUNTED(result->episodes, "episode"));
	if (result->frames > 0)
		sl_run_print(run, "Frames   %" PRIu64, result->frames);
	sl_run_print(run,
	    "Files    %" PRIu64 " written, %" PRIu64 " %s, %" PRIu64
	    " kept, %" PRIu64 " removed",
	    result->written, result->linked,
	    sl_run_flag(run, "copy") ? "copied" : "linked", result->kept,
	    result->removed);
	if (result->left_out > 0)
		sl_run_print(run, "Left out %" COUNT,
		    COUNTED(result->left_out, "episode"));
	sl_run_json(run,
	    json_pack("{s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	        "dataset", result->dataset, "seq", (json_int_t)result->seq,
	        "layout", sl_run_text(run, "layout"), "out", out, "episodes",
	        (json_int_t)result->episodes, "frames",
	        (json_int_t)result->frames, "written",
	        (json_int_t)result->written, "linked",
	        (json_int_t)result->linked, "kept", (json_int_t)result->kept,
	        "removed", (json_int_t)result->removed, "left_out",
	        (json_int_t)result->left_out));
}

static enum sl_status
run_export(struct sl_run *run, struct sl_error *err)
{
	struct sl_export_options options = {.dir = sl_run_arg(run, 0),
	    .out = sl_run_arg(run, 1),
	    .layout = sl_run_text(run, "layout"),
	    .may_copy = sl_run_flag(run, "copy"),
	    .shard_bytes = sl_run_number(run, "shard-bytes", 0),
	    .is_cancelled = sl_interrupt_seen,
	    .on_warning = on_warning,
	    .ctx = run};
	struct sl_export_result result;
	struct sl_where *where = NULL;
	enum sl_status status;

	if (options.may_copy && sl_run_flag(run, "link"))
		return sl_run_usage(
		    run, err, "--link and --copy exclude each other");
	if (options.shard_bytes > 0 &&
	    strcmp(options.layout, "webdataset") != 0)
		return sl_run_usage(
		    run, err, "--shard-bytes is for --layout webdataset");
	status = sl_where_parse(
	    &where, sl_slice_text(sl_run_text(run, "where")), err);
	if (status != SL_OK)
		return sl_run_blame(run, status);
	options.where = where;
	sl_interrupt_catch();
	status = sl_export_run(&result, &options, err);
	sl_where_free(where);
	if (status != SL_OK && strcmp(err->code, "unknown_layout") == 0)
		return sl_run_blame(run, status);
	if (status != SL_OK)
		return status;
	report(run, &result);
	return SL_OK;
}

const struct sl_command cmd_export = {
    .name = "export",
    .summary = "make a dataset for a training tool of what a mirror holds",
    .details =
        "OUT becomes a dataset of the episodes that DIR holds.  As LeRobot, "
        "for a mirror that came as LeRobot, indices count from 0, tables, totals and statistics are made anew.  "
        "As mcap, an episode is one file: its MCAP layers, joints, wrench and "
        "other columns, films and annotations, by time.  As webdataset, OUT "
        "has tar shards of which an episode is a sample: NAME.json, what is "
        "known of it, and NAME.LAYER.EXT, its files; no shard has episodes of "
        "two batches.  Run it again after a pull: only what is new or has "
        "moved is written, what is "
        "gone is removed.  OUT must not lie in DIR.  Works offline.",
    .arguments = "DIR OUT",
    .args_min = 2,
    .args_max = 2,
    .options = export_options,
    .run = run_export,
};
