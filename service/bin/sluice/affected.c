/* affected: which runs used what was withdrawn since. */
#include <inttypes.h>

#include "commands.h"
#include "count.h"
#include "pin_key.h"
#include "sluice/base/clock.h"
#include "sluice/client/pin.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

static const struct sl_option affected_options[] = {
    {.name = "retracted",
        .kind = SL_VALUE_FLAG,
        .help = "only retractions, not corrected episodes"},
    {.name = "key",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the public key of who signed; without it your own"},
    {0},
};

struct report {
	struct sl_run *run;
	struct sl_table *table;
	enum sl_status status;
	uint64_t told;
	bool retracted_only;
};

static void
on_event(void *ctx, const struct sl_pin_event *event)
{
	struct report *report = ctx;
	char id[SL_UUID_TEXT_LEN + 1];
	char at[SL_TIME_TEXT_MAX];

	if (report->status != SL_OK ||
	    (report->retracted_only && event->op != SL_ENTRY_RETRACT))
		return;
	sl_uuid_format(id, &event->id);
	sl_time_format(at, event->published_us);
	report->told++;
	report->status = sl_table_add(report->table,
	    json_pack("{s:s, s:s, s:I, s:s, s:I, s:s, s:I, s:s?, s:I, s:s}",
	        "pin", event->pin, "dataset", event->dataset, "number",
	        (json_int_t)event->number, "id", id, "pinned_revision",
	        (json_int_t)event->pinned_revision, "change",
	        event->op == SL_ENTRY_RETRACT ? "retracted" : "revised",
	        "revision", (json_int_t)event->revision, "reason",
	        event->reason[0] == '\0' ? NULL : event->reason, "seq",
	        (json_int_t)event->seq, "published", at));
}

/* Who has no key yet may have no pin. */
static bool
has_no_pins(const char *dir)
{
	struct sl_error ignored = {0};
	char **names = NULL;
	size_t count = 0;
	bool is_empty =
	    sl_pin_names(&names, &count, dir, &ignored) == SL_OK && count == 0;

	sl_pin_names_free(names, count);
	return is_empty;
}

static enum sl_status
run_affected(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"pin", "Pin", SL_COLUMN_TEXT},
	    {"number", "Episode", SL_COLUMN_COUNT},
	    {"id", "Id", SL_COLUMN_TEXT},
	    {"change", "Change", SL_COLUMN_TEXT},
	    {"reason", "Reason", SL_COLUMN_TEXT},
	    {"seq", "Batch", SL_COLUMN_COUNT},
	    {"published", "Since", SL_COLUMN_TEXT},
	    {0},
	};
	struct report report = {
	    .run = run, .retracted_only = sl_run_flag(run, "retracted")};
	struct sl_verify_key key;
	struct sl_affected_options options = {
	    .dir = sl_run_arg(run, 0),
	    .name = sl_run_arg(run, 1),
	    .key = &key,
	    .on_event = on_event,
	    .ctx = &report,
	};
	struct sl_affected found;
	enum sl_status status = pin_key(run, &key, err);

	if (status == SL_ERR_NOT_FOUND && has_no_pins(options.dir)) {
		options.key = NULL;
		status = sl_error_clear(err);
	}
	if (status == SL_OK && sl_table_new(&report.table, columns) != SL_OK)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (status == SL_OK)
		status = sl_affected_find(&found, &options, err);
	if (status == SL_OK && report.status != SL_OK)
		status = sl_error_set(err, report.status, "out of memory");
	if (status == SL_OK) {
		if (report.told > 0 || sl_run_is_json(run) ||
		    sl_run_is_csv(run))
			sl_table_print(report.table, run, "nothing");
		sl_run_say(run,
		    "%" COUNT " looked at, up to batch %" PRIu32
		    ": %s changed since",
		    COUNTED(found.pins, "pin"), found.seq,
		    report.told == 0 ? "nothing" : "data of theirs");
	}
	sl_table_free(report.table);
	if (status == SL_OK && report.told > 0)
		return SL_ERR_PARTIAL;
	return pin_answer(run, status, err);
}

const struct sl_command cmd_affected = {
    .name = "affected",
    .summary = "say which pinned runs used what was retracted or revised since",
    .arguments = "DIR [NAME]",
    .args_min = 1,
    .args_max = 2,
    .options = affected_options,
    .details =
        "Looks at the pin NAME, or at all, in every batch that the mirror "
        "knows; pull first to know the newest.  Works offline.  Exit code 0 "
        "if no run is affected, 3 if one is.",
    .run = run_affected,
};
