/* log, diff and provenance: what the signed batches of a mirror tell. */
#include "sluice/client/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "count.h"
#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/note.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/command/value.h"

#define PROOF_MAX (SL_LOG_PROOF_TEXT_MAX + SL_NOTE_BYTES_MAX + 256)

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "(not said)" : text;
}

static uint64_t
number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

/* The rows of a member, as a table for people and with --csv. */
static enum sl_status
print_rows(struct sl_run *run, const struct sl_column *columns, json_t *rows,
    struct sl_error *err)
{
	struct sl_table *table = NULL;
	enum sl_status status = sl_table_new(&table, columns);
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (status == SL_OK)
			status = sl_table_add(table, json_incref(row));
	}
	if (status == SL_OK)
		sl_table_print(table, run, "nothing");
	sl_table_free(table);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

/* -- log -- */

static void
print_checkpoint(struct sl_run *run, const json_t *checkpoint)
{
	const json_t *witnesses = json_object_get(checkpoint, "witnesses");
	const json_t *witness;
	size_t i;

	if (!json_is_object(checkpoint)) {
		sl_run_print(run, "Checkpoint  none was kept yet");
		return;
	}
	sl_run_print(run, "Checkpoint  %s, size %" PRIu64 ", root %s",
	    text_of(checkpoint, "log"), number_of(checkpoint, "size"),
	    text_of(checkpoint, "root"));
	json_array_foreach (witnesses, i, witness)
		sl_run_print(run, "Witness     %s at %s",
		    text_of(witness, "name"), text_of(witness, "time"));
	if (json_array_size(witnesses) == 0)
		sl_run_print(run, "Witness     none");
}

static enum sl_status
run_log(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"seq", "Batch", SL_COLUMN_COUNT},
	    {"leaf", "Leaf", SL_COLUMN_COUNT},
	    {"published", "Published", SL_COLUMN_TEXT},
	    {"added", "Added", SL_COLUMN_COUNT},
	    {"revised", "Revised", SL_COLUMN_COUNT},
	    {"retracted", "Retracted", SL_COLUMN_COUNT},
	    {"bytes", "Size", SL_COLUMN_BYTES},
	    {"key", "Signed by", SL_COLUMN_TEXT},
	    {0},
	};
	const char *dir = sl_run_arg(run, 0);
	json_t *log = NULL;
	enum sl_status status =
	    sl_history_log(&log, dir == NULL ? "." : dir, err);

	if (status == SL_OK && !sl_run_is_json(run))
		status = print_rows(
		    run, columns, json_object_get(log, "batches"), err);
	if (status == SL_OK && !sl_run_is_csv(run))
		print_checkpoint(run, json_object_get(log, "checkpoint"));
	if (status == SL_OK)
		sl_run_json(run, json_incref(log));
	json_decref(log);
	return status;
}

const struct sl_command cmd_log = {
    .name = "log",
    .summary = "list the signed batches of a mirror and its checkpoint",
    .arguments = "[DIR]",
    .args_max = 1,
    .details =
        "Works offline: what each batch changed, the id of the key that "
        "signed it, its place in the log, and the newest checkpoint with the "
        "times of its witnesses.  verify checks them.",
    .run = run_log,
};

/* -- diff -- */

static enum sl_status
read_seq(struct sl_run *run, size_t arg, uint32_t *out, struct sl_error *err)
{
	const char *text = sl_run_arg(run, arg);
	uint64_t value = 0;

	if (text != NULL && !sl_parse_u64(text, SL_SEQ_MAX, &value))
		return sl_run_usage(
		    run, err, "'%s' is no number of a batch", text);
	*out = (uint32_t)value;
	return SL_OK;
}

/* The dataset's own files are kept as number 0, and are no episode. */
static void
name_episode(json_t *episode)
{
	uint64_t number = number_of(episode, "number");

	if (number == 0) {
		json_object_set_new(
		    episode, "episode", json_string("dataset files"));
		json_object_set_new(episode, "episode_id", json_string(""));
		return;
	}
	json_object_set_new(
	    episode, "episode", json_sprintf("%" PRIu64, number));
	json_object_set(episode, "episode_id", json_object_get(episode, "id"));
}

static void
join_layers(json_t *episodes)
{
	json_t *episode;
	size_t i;

	json_array_foreach (episodes, i, episode) {
		const json_t *layers = json_object_get(episode, "layers");
		const json_t *name;
		char text[256] = "";
		size_t at, len = 0;

		json_array_foreach (layers, at, name) {
			if (len < sizeof(text))
				len += (size_t)snprintf(text + len,
				    sizeof(text) - len, "%s%s",
				    at == 0 ? "" : ",",
				    json_string_value(name));
		}
		json_object_set_new(episode, "layer_names", json_string(text));
		name_episode(episode);
	}
}

static enum sl_status
print_diff(struct sl_run *run, json_t *diff, struct sl_error *err)
{
	const bool is_csv = sl_run_is_csv(run);
	const struct sl_column columns[] = {
	    {"change", "Change", SL_COLUMN_TEXT},
	    {is_csv ? "number" : "episode", "Episode",
	        is_csv ? SL_COLUMN_COUNT : SL_COLUMN_TEXT},
	    {is_csv ? "id" : "episode_id", "Id", SL_COLUMN_TEXT},
	    {"revision", "Revision", SL_COLUMN_COUNT},
	    {"layer_names", "Layers", SL_COLUMN_TEXT},
	    {"reason", "Reason", SL_COLUMN_TEXT},
	    {"seq", "Batch", SL_COLUMN_COUNT},
	    {"files", "Files", SL_COLUMN_COUNT},
	    {"bytes", "Size", SL_COLUMN_BYTES},
	    {0},
	};
	json_t *episodes = json_object_get(diff, "episodes");
	char bytes[SL_VALUE_SHOW_MAX];
	enum sl_status status;

	join_layers(episodes);
	status = print_rows(run, columns, episodes, err);
	sl_value_show_bytes(bytes, number_of(diff, "bytes"));
	if (status == SL_OK && !is_csv)
		sl_run_print(run,
		    "%s, batch %" PRIu64 " to %" PRIu64 ": %" PRIu64
		    " added, %" PRIu64 " revised, %" PRIu64
		    " retracted; %" COUNT ", %s",
		    text_of(diff, "dataset"), number_of(diff, "from"),
		    number_of(diff, "until"), number_of(diff, "added"),
		    number_of(diff, "revised"), number_of(diff, "retracted"),
		    COUNTED(number_of(diff, "files"), "new file"), bytes);
	return status;
}

static enum sl_status
run_diff(struct sl_run *run, struct sl_error *err)
{
	uint32_t from = 0, until = 0;
	json_t *diff = NULL;
	enum sl_status status = read_seq(run, 1, &from, err);

	if (status == SL_OK)
		status = read_seq(run, 2, &until, err);
	if (status == SL_OK)
		status = sl_history_diff(
		    &diff, sl_run_arg(run, 0), from, until, err);
	if (status == SL_OK && !sl_run_is_json(run))
		status = print_diff(run, diff, err);
	if (status == SL_OK)
		sl_run_json(run, json_incref(diff));
	json_decref(diff);
	return status;
}

const struct sl_command cmd_diff = {
    .name = "diff",
    .summary = "say what changed between two batches of a mirror",
    .arguments = "DIR A [B]",
    .args_min = 2,
    .args_max = 3,
    .details =
        "From the dataset after batch A (0: from nothing) to that after batch "
        "B, the newest one if it is not given: episodes added, revised and "
        "retracted with the reason, the layers that are new, files and bytes.  "
        "An episode that came and went between the two is left out.  Works "
        "offline, and of the whole dataset, whatever was pulled of it.",
    .run = run_diff,
};

/* -- provenance -- */

static const struct sl_option provenance_options[] = {
    {.name = "proof",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "write the proof that its batch is in the log"},
    {0},
};

static void
print_history(struct sl_run *run, const json_t *told)
{
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(told, "history"), i, event) {
		const char *reason =
		    json_string_value(json_object_get(event, "reason"));

		sl_run_print(run,
		    "Batch       %" PRIu64 " of %s, signed by %s: %s, revision "
		    "%" PRIu64 "%s%s",
		    number_of(event, "seq"), text_of(event, "published"),
		    text_of(event, "key"), text_of(event, "op"),
		    number_of(event, "revision"), reason == NULL ? "" : ", ",
		    reason == NULL ? "" : reason);
	}
	json_array_foreach (json_object_get(told, "files"), i, event)
		sl_run_print(run, "File        %s  %s%s",
		    text_of(event, "sha256"), text_of(event, "path"),
		    json_is_true(json_object_get(event, "held"))
		        ? ""
		        : " (not held)");
}

static void
print_provenance(struct sl_run *run, const json_t *told)
{
	const json_t *facets = json_object_get(told, "facets");

	sl_run_print(run, "Episode     %" PRIu64 " of %s, %s",
	    number_of(told, "number"), text_of(told, "dataset"),
	    text_of(told, "id"));
	sl_run_print(run, "Revision    %" PRIu64 "%s%s",
	    number_of(told, "revision"),
	    json_is_true(json_object_get(told, "retracted")) ? ", retracted: "
	                                                     : "",
	    json_is_true(json_object_get(told, "retracted"))
	        ? text_of(told, "reason")
	        : "");
	sl_run_print(run, "Recorded    %s by %s, operator %s",
	    text_of(facets, "recorded"), text_of(told, "collector"),
	    text_of(told, "operator"));
	sl_run_print(run, "Robot       %s at site %s", text_of(told, "robot"),
	    text_of(told, "site"));
	sl_run_print(run, "Task        %s, source %s", text_of(facets, "task"),
	    text_of(facets, "source"));
	sl_run_print(run, "Consent     %s", text_of(told, "consent"));
	print_history(run, told);
}

static enum sl_status
write_proof(struct sl_run *run, const char *file, struct sl_error *err)
{
	struct sl_buf proof;
	enum sl_status status;

	sl_buf_init(&proof, PROOF_MAX);
	status = sl_history_proof(
	    &proof, sl_run_arg(run, 0), sl_run_arg(run, 1), err);
	if (status == SL_OK)
		status = sl_file_replace(file, sl_buf_slice(&proof), 0644, err);
	if (status == SL_OK)
		sl_run_print(run, "Proof       in %s", file);
	sl_buf_clear(&proof);
	return status;
}

static enum sl_status
run_provenance(struct sl_run *run, struct sl_error *err)
{
	const char *file = sl_run_text(run, "proof");
	json_t *told = NULL;
	enum sl_status status = sl_history_provenance(
	    &told, sl_run_arg(run, 0), sl_run_arg(run, 1), err);

	if (status == SL_OK) {
		print_provenance(run, told);
		if (file != NULL)
			status = write_proof(run, file, err);
	}
	if (status == SL_OK)
		sl_run_json(run, json_incref(told));
	json_decref(told);
	return status;
}

const struct sl_command cmd_provenance = {
    .name = "provenance",
    .summary = "say where an episode comes from, and prove its batch",
    .arguments = "DIR EPISODE",
    .args_min = 2,
    .args_max = 2,
    .options = provenance_options,
    .details =
        "EPISODE is a number or an id.  Who recorded it, with which robot, at "
        "which site, under which consent; its batches and revisions; its files "
        "with their hashes.  Collector, operator and consent are in the "
        "episode's metadata file, and said only if that is held.  The proof is "
        "a C2SP tlog-proof of the batch that spoke of it last, with the "
        "checkpoint.  Works offline.",
    .run = run_provenance,
};
