#include "sluice/publish/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/command/run.h"
#include "sluice/command/table.h"

#include "commands.h"
#include "log_key.h"
#include "place.h"
#include "publish_run.h"

static const char *const steps[] = {
    [SL_LOG_CHECK] = "check",
    [SL_LOG_TILES] = "tiles",
    [SL_LOG_STATE] = "state",
    [SL_LOG_SIGN] = "sign",
    [SL_LOG_STORE] = "store",
    [SL_LOG_SHOW] = "show",
};

enum sl_status
log_find_key(struct sl_sign_key **out, struct sl_run *run, const char *name,
    struct sl_error *err)
{
	char *path;
	enum sl_status status;

	*out = NULL;
	status = place_key_path(&path, run, name, "key", err);
	if (status == SL_OK && access(path, F_OK) == 0)
		status = place_open_key(out, run, path, err);
	free(path);
	return status;
}

/* The key that must be there: --key, else `name`. */
static enum sl_status
need_key(struct sl_sign_key **out, struct sl_run *run, const char *name,
    struct sl_error *err)
{
	const char *named = sl_run_text(run, "key");
	char *path;
	enum sl_status status;

	*out = NULL;
	status = place_key_path(
	    &path, run, named == NULL ? name : named, "key", err);
	if (status == SL_OK)
		status = place_open_key(out, run, path, err);
	if (status == SL_ERR_NOT_FOUND)
		sl_run_hint(run,
		    "'sluice-publish ceremony' or 'key generate --role %s' "
		    "makes one",
		    name);
	free(path);
	return status;
}

/* What each of the commands works with. */
struct bench {
	char *home;
	const char *root; /* --root, or NULL */
	struct sl_sign_key *key;
	struct sl_objects *objects;
	struct sl_db *db;
};

static enum sl_status
open_bench(struct bench *bench, struct sl_run *run, const char *role,
    struct sl_error *err)
{
	enum sl_status status;

	*bench = (struct bench){.root = sl_run_text(run, "root")};
	status = place_home(&bench->home, run, err);
	if (status == SL_OK)
		status = need_key(&bench->key, run, role, err);
	if (status == SL_OK)
		status = place_objects(&bench->objects, run, err);
	if (status == SL_OK)
		status = place_connect(&bench->db, run, err);
	return status;
}

static void
close_bench(struct bench *bench)
{
	sl_db_close(bench->db);
	sl_objects_close(bench->objects);
	sl_sign_key_free(bench->key);
	free(bench->home);
}

static void
advise(struct sl_run *run, const struct sl_error *err)
{
	if (strcmp(err->code, "log_state_missing") == 0)
		sl_run_hint(run,
		    "if the state is lost, and no other log signer has it: "
		    "'sluice-publish log adopt DATASET'");
	else if (strcmp(err->code, "no_trust") == 0)
		sl_run_hint(run,
		    "'sluice-publish ceremony' makes a trust file, 'sluicectl "
		    "trust install' installs it");
	else if (strcmp(err->code, "no_root") == 0)
		sl_run_hint(run,
		    "'--root SHA256:...' says it once: the fingerprint that "
		    "the ceremony told, not what this database says");
	else if (strncmp(err->code, "trust_", strlen("trust_")) == 0)
		sl_run_hint(run,
		    "nothing is signed: the database's trust files do not "
		    "follow from the one that this home trusts; 'sluicectl "
		    "trust list' says who installed which");
	else if (strcmp(err->code, "log_state_ahead") == 0 ||
	    strcmp(err->code, "log_forked") == 0)
		sl_run_hint(run,
		    "customers may have seen the other log: bring the newer "
		    "database back, or let root begin a new epoch after the "
		    "last size that this database has ('trust edit --epoch')");
}

#define ROOT_OPTION                                                         \
	{                                                                   \
		.name = "root", .kind = SL_VALUE_TEXT,                      \
		.argument = "FINGERPRINT",                                  \
		.help =                                                     \
		    "the root keys to trust, SHA256:...; needed once in a " \
		    "home without a ceremony"                               \
	}

/* ---- log run ---- */

static void
print_run(struct sl_run *run, json_t *out)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(out, "shown"), i, row)
		publish_print_batch(run,
		    json_string_value(json_object_get(row, "dataset")), row);
	json_array_foreach (json_object_get(out, "waiting"), i, row)
		sl_run_print(run,
		    "%s batch %lld is logged and waits for witnesses (%lld of "
		    "%lld)",
		    json_string_value(json_object_get(row, "dataset")),
		    (long long)json_integer_value(json_object_get(row, "seq")),
		    (long long)json_integer_value(
		        json_object_get(row, "witnesses")),
		    (long long)json_integer_value(
		        json_object_get(row, "threshold")));
	if (json_array_size(json_object_get(out, "shown")) == 0 &&
	    json_array_size(json_object_get(out, "waiting")) == 0)
		sl_run_print(run, "nothing to log");
	sl_run_json(run, json_incref(out));
}

static enum sl_status
read_step(enum sl_log_step *out, struct sl_run *run, struct sl_error *err)
{
	const char *text = sl_run_text(run, "stop-after");

	*out = SL_LOG_SHOW;
	if (text == NULL)
		return SL_OK;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (strcmp(steps[i], text) == 0) {
			*out = (enum sl_log_step)i;
			return SL_OK;
		}
	}
	return sl_run_usage(run, err,
	    "--stop-after %s: check, tiles, state, sign, store or show", text);
}

static enum sl_status
run_log_run(struct sl_run *run, struct sl_error *err)
{
	struct sl_log_options options = {.dataset = sl_run_arg(run, 0)};
	struct sl_sign_key *witness_key = NULL;
	struct bench bench = {0};
	json_t *out = NULL;
	enum sl_status status = read_step(&options.stop_after, run, err);

	if (status == SL_OK)
		status = open_bench(&bench, run, "log", err);
	if (status == SL_OK)
		status = log_find_key(&witness_key, run, "witness", err);
	if (status == SL_OK) {
		options.db = bench.db;
		options.objects = bench.objects;
		options.home = bench.home;
		options.root = bench.root;
		options.key = bench.key;
		options.witness_key = witness_key;
		status = sl_log_run(&out, &options, err);
	}
	if (status == SL_OK)
		print_run(run, out);
	else
		advise(run, err);
	json_decref(out);
	sl_sign_key_free(witness_key);
	close_bench(&bench);
	return status;
}

static const struct sl_option run_options[] = {
    {.name = "key",
        .letter = 'k',
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "the log's key (default: log)"},
    ROOT_OPTION,
    {.name = "stop-after",
        .kind = SL_VALUE_TEXT,
        .argument = "STEP",
        .help = "stop after check, tiles, state, sign or store, as a crash "
                "would"},
    {0},
};

const struct sl_command command_log_run = {
    .name = "log run",
    .summary = "put sealed batches into the log and show them",
    .arguments = "[DATASET]",
    .args_max = 1,
    .options = run_options,
    .details =
        "What is sealed becomes the next leaf of its dataset's log, the log's "
        "key signs the new checkpoint, and once as many witnesses as the "
        "trust file wants have cosigned it, the batch is visible.  With "
        "witness.key in the same home it is cosigned here.  May be run by a "
        "timer.",
    .run = run_log_run,
};

/* ---- log adopt ---- */

static enum sl_status
run_log_adopt(struct sl_run *run, struct sl_error *err)
{
	struct sl_log_options options = {.dataset = sl_run_arg(run, 0)};
	struct bench bench = {0};
	json_t *out = NULL;
	enum sl_status status = open_bench(&bench, run, "log", err);

	if (status == SL_OK) {
		options.db = bench.db;
		options.objects = bench.objects;
		options.home = bench.home;
		options.root = bench.root;
		options.key = bench.key;
		status = sl_log_adopt(&out, &options, err);
	}
	if (status == SL_OK) {
		sl_run_print(run, "%s: the log goes on here after %lld leaves",
		    options.dataset,
		    (long long)json_integer_value(
		        json_object_get(out, "size")));
		sl_run_json(run, json_incref(out));
	} else {
		advise(run, err);
	}
	json_decref(out);
	close_bench(&bench);
	return status;
}

static const struct sl_option adopt_options[] = {
    {.name = "key",
        .letter = 'k',
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "the log's key (default: log)"},
    ROOT_OPTION,
    {0},
};

const struct sl_command command_log_adopt = {
    .name = "log adopt",
    .summary = "go on with a log whose signer's state is lost",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .options = adopt_options,
    .details =
        "Takes the database's newest checkpoint, after checking its signature "
        "and all hashes of the stored tree.  Do it only if no other signer "
        "has the state: what was signed and never reached the database is not "
        "known here.",
    .run = run_log_adopt,
};

/* ---- log status ---- */

static const struct sl_column status_columns[] = {
    {"name", "Dataset", SL_COLUMN_TEXT},
    {"epoch", "Epoch", SL_COLUMN_COUNT},
    {"size", "Signed", SL_COLUMN_COUNT},
    {"logged", "Logged", SL_COLUMN_COUNT},
    {"visible", "Visible", SL_COLUMN_COUNT},
    {"pending", "Waiting batch", SL_COLUMN_TEXT},
    {"witnesses", "Witnesses", SL_COLUMN_COUNT},
    {"threshold", "Wanted", SL_COLUMN_COUNT},
    {NULL, NULL, SL_COLUMN_TEXT},
};

static enum sl_status
run_log_status(struct sl_run *run, struct sl_error *err)
{
	struct sl_log_options options = {.dataset = sl_run_arg(run, 0)};
	struct sl_table *table = NULL;
	struct sl_db *db = NULL;
	char *home = NULL;
	json_t *rows = NULL;
	json_t *row;
	size_t i;
	enum sl_status status = place_home(&home, run, err);

	if (status == SL_OK)
		status = place_connect(&db, run, err);
	options.db = db;
	options.home = home;
	if (status == SL_OK)
		status = sl_log_status(&rows, &options, err);
	if (status == SL_OK)
		status = sl_table_new(&table, status_columns);
	json_array_foreach (rows, i, row) {
		if (status == SL_OK)
			status = sl_table_add(table, json_incref(row));
	}
	if (status == SL_OK)
		sl_table_print(table, run, "no log yet");
	else
		advise(run, err);
	sl_table_free(table);
	json_decref(rows);
	sl_db_close(db);
	free(home);
	return status;
}

const struct sl_command command_log_status = {
    .name = "log status",
    .summary = "how far each log is signed, logged, witnessed and visible",
    .arguments = "[DATASET]",
    .args_max = 1,
    .run = run_log_status,
};

/* ---- witness ---- */

static void
print_witnessed(struct sl_run *run, json_t *out)
{
	const json_t *row;
	size_t i;

	json_array_foreach (out, i, row)
		sl_run_print(run, "%s: %lld leaves cosigned at %s",
		    json_string_value(json_object_get(row, "dataset")),
		    (long long)json_integer_value(json_object_get(row, "size")),
		    json_string_value(json_object_get(row, "time")));
	if (json_array_size(out) == 0)
		sl_run_print(run, "no log to cosign");
	sl_run_json(run, json_incref(out));
}

static enum sl_status
run_witness(struct sl_run *run, struct sl_error *err)
{
	struct sl_witness_options options = {.dataset = sl_run_arg(run, 0)};
	struct bench bench = {0};
	json_t *out = NULL;
	enum sl_status status = open_bench(&bench, run, "witness", err);

	if (status == SL_OK) {
		options.db = bench.db;
		options.objects = bench.objects;
		options.home = bench.home;
		options.root = bench.root;
		options.key = bench.key;
		status = sl_witness_run(&out, &options, err);
	}
	if (status == SL_OK)
		print_witnessed(run, out);
	else
		advise(run, err);
	json_decref(out);
	close_bench(&bench);
	return status;
}

static const struct sl_option witness_options[] = {
    {.name = "key",
        .letter = 'k',
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "the witness's key (default: witness)"},
    ROOT_OPTION,
    {0},
};

const struct sl_command command_witness = {
    .name = "witness",
    .summary = "cosign the newest checkpoints with the time",
    .arguments = "[DATASET]",
    .args_max = 1,
    .options = witness_options,
    .details =
        "A checkpoint that continues what this witness saw before is "
        "cosigned: customers see by the time in it that nothing newer is "
        "kept from them.  Run it by a timer, more often than customers' "
        "--max-age (default 24 h).  A log that went back or has two forms is "
        "refused and the evidence kept in the home's witness folder.",
    .run = run_witness,
};
