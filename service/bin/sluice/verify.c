/* verify and repair. */
#include "sluice/client/verify.h"

#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "count.h"
#include "credentials.h"
#include "hint.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/progress.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/command/value.h"
#include "trust_words.h"

static const struct sl_option options_of_verify[] = {
    {.name = "quick",
        .kind = SL_VALUE_FLAG,
        .help = "compare sizes and times only"},
    {0},
};

/* What the callbacks see. */
struct report {
	struct sl_run *run;
	struct sl_progress *progress;
	json_t *damage;
};

static void
on_damage(void *ctx, enum sl_damage damage, const char *path)
{
	struct report *report = ctx;

	sl_progress_hide(report->progress);
	sl_run_print(report->run, "%-8s %s", sl_damage_name(damage), path);
	json_array_append_new(report->damage,
	    json_pack(
	        "{s:s, s:s}", "path", path, "damage", sl_damage_name(damage)));
}

static void
on_progress(void *ctx, uint64_t bytes, uint64_t total, uint64_t files)
{
	struct report *report = ctx;

	sl_progress_total(report->progress, total, 0);
	sl_progress_set(report->progress, bytes, files);
}

static json_t *
result_json(const struct sl_verify_options *options,
    const struct sl_verify_result *result, const struct report *report)
{
	return json_pack(
	    "{s:s, s:s, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O, s:o}",
	    "dir", options->dir, "dataset", result->dataset, "seq",
	    (json_int_t)result->seq, "complete", (int)result->is_complete,
	    "files", (json_int_t)result->files, "bytes",
	    (json_int_t)result->bytes, "damaged", (json_int_t)result->damaged,
	    "extra", (json_int_t)result->extra, "repaired_files",
	    (json_int_t)result->repaired_files, "received_chunks",
	    (json_int_t)result->received_chunks, "received_bytes",
	    (json_int_t)result->received_bytes, "damage", report->damage,
	    "trust", trust_json(&result->trust));
}

static void
print_result(struct sl_run *run, const struct sl_verify_result *result)
{
	char bytes[SL_VALUE_SHOW_MAX], received[SL_VALUE_SHOW_MAX];

	sl_value_show_bytes(bytes, result->bytes);
	sl_value_show_bytes(received, result->received_bytes);
	if (result->repaired_files > 0)
		sl_run_print(run,
		    "%s: batch %" PRIu32 ", %" COUNT " put right, %s received",
		    result->dataset, result->seq,
		    COUNTED(result->repaired_files, "file"), received);
	else if (result->damaged + result->extra == 0)
		sl_run_print(run,
		    "%s: batch %" PRIu32 ", %" COUNT
		    ", %s: all good, in the log up to batch %" PRIu32
		    " by trust file %" PRIu32 "%s",
		    result->dataset, result->seq,
		    COUNTED(result->files, "file"), bytes, result->trust.proven,
		    result->trust.version,
		    result->is_complete ? ""
		                        : ", but not complete: pull again");
}

/* What on_damage told a person line by line, as one table. */
static void
print_damage(struct sl_run *run, json_t *damage)
{
	static const struct sl_column columns[] = {
	    {"damage", "Damage", SL_COLUMN_TEXT},
	    {"path", "File", SL_COLUMN_TEXT},
	    {0},
	};
	struct sl_table *table = NULL;
	json_t *row;
	size_t i;
	enum sl_status status = sl_table_new(&table, columns);

	json_array_foreach (damage, i, row) {
		if (status == SL_OK)
			status = sl_table_add(table, json_incref(row));
	}
	if (status == SL_OK)
		sl_table_print(table, run, "");
	sl_table_free(table);
}

static enum sl_status
report_init(struct report *report, struct sl_run *run, struct sl_error *err)
{
	memset(report, 0, sizeof(*report));
	report->run = run;
	report->damage = json_array();
	if (report->damage == NULL ||
	    sl_progress_new(&report->progress, run, "verifying", "files") !=
	        SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	sl_interrupt_catch();
	return SL_OK;
}

static void
report_clear(struct report *report)
{
	sl_progress_free(report->progress);
	json_decref(report->damage);
}

static void
report_result(struct report *report, const struct sl_verify_options *options,
    const struct sl_verify_result *result)
{
	sl_progress_free(report->progress);
	report->progress = NULL;
	if (result->dataset[0] == '\0')
		return;
	if (sl_run_is_csv(report->run))
		print_damage(report->run, report->damage);
	print_result(report->run, result);
	trust_warn(report->run, &result->trust);
	sl_run_json(report->run, result_json(options, result, report));
}

static void
hint(struct sl_run *run, const struct sl_verify_options *options,
    const struct sl_verify_result *result)
{
	if (result->damaged > 0)
		sl_run_hint(run, "`sluice repair %s` fetches what is damaged",
		    options->dir);
	else if (result->extra > 0)
		sl_run_hint(run,
		    "move what is not the dataset's out of %s, or leave it: "
		    "a pull never touches it",
		    options->dir);
}

static enum sl_status
run_verify(struct sl_run *run, struct sl_error *err)
{
	struct sl_error no_profile = {0};
	struct sl_verify_result result;
	struct sl_profile profile;
	struct report report;
	struct sl_verify_options options = {
	    .dir = sl_run_arg(run, 0),
	    .is_quick = sl_run_flag(run, "quick"),
	    .is_cancelled = sl_interrupt_seen,
	    .on_damage = on_damage,
	    .on_progress = on_progress,
	    .ctx = &report,
	};
	enum sl_status status = report_init(&report, run, err);

	sl_profile_init(&profile);
	/* Without a profile the keys pinned by the first pull are used. */
	if (sl_run_text(run, "profile") != NULL) {
		status = credentials_load(run, &profile, err);
		options.profile = &profile;
	} else if (credentials_load(run, &profile, &no_profile) == SL_OK) {
		options.profile = &profile;
	}
	if (status == SL_OK) {
		status = sl_verify(&options, &result, err);
		if (status == SL_ERR_NOT_FOUND)
			sl_run_hint(run,
			    "DIR is the folder that `sluice pull DATASET DIR` "
			    "made");
		else if (status == SL_OK || !hint_refusal(run, err))
			hint(run, &options, &result);
		report_result(&report, &options, &result);
	}
	sl_profile_clear(&profile);
	report_clear(&report);
	return status;
}

const struct sl_command cmd_verify = {
    .name = "verify",
    .summary = "check every file of a mirror against its signed batches",
    .arguments = "DIR",
    .args_min = 1,
    .args_max = 1,
    .options = options_of_verify,
    .details =
        "Works offline.  Checks the trust files from the pinned root "
        "on, also those that another mirror of this machine has "
        "brought since, the signature of every batch, that the batches are the "
        "log's first leaves, then every file.  Reports files that are "
        "changed, missing or not the dataset's, and links; exit code 7 "
        "if there is any.",
    .run = run_verify,
};

static enum sl_status
run_repair(struct sl_run *run, struct sl_error *err)
{
	struct sl_verify_result result = {0};
	struct sl_client *client = NULL;
	struct sl_profile profile;
	struct report report;
	const struct sl_verify_options options = {
	    .dir = sl_run_arg(run, 0),
	    .profile = &profile,
	    .is_cancelled = sl_interrupt_seen,
	    .on_damage = on_damage,
	    .on_progress = on_progress,
	    .ctx = &report,
	};
	enum sl_status status = report_init(&report, run, err);

	sl_profile_init(&profile);
	if (status == SL_OK)
		status = credentials_load(run, &profile, err);
	if (status == SL_OK)
		status = connect_as(run, &profile, 0, &client, err);
	if (status == SL_OK) {
		status = sl_repair(client, &options, &result, err);
		if (status == SL_OK || status == SL_ERR_PARTIAL)
			report_result(&report, &options, &result);
	}
	sl_client_free(client);
	sl_profile_clear(&profile);
	report_clear(&report);
	return status;
}

const struct sl_command cmd_repair = {
    .name = "repair",
    .summary = "fetch the chunks that cover damage and put files right",
    .arguments = "DIR",
    .args_min = 1,
    .args_max = 1,
    .details =
        "What verify finds damaged or missing is fetched, chunk by chunk, and "
        "checked; that is not charged again.  Damaged batches under .sluice "
        "come again as well.  What is not the dataset's is named and left "
        "alone; exit code 3 then.",
    .run = run_repair,
};
