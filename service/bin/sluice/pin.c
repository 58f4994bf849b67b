/* pin: which data a training run was given. */
#include "sluice/client/pin.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "count.h"
#include "customer_key.h"
#include "pin_key.h"
#include "sluice/base/base64.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/command/value.h"

/* -- what a pin says -- */

static json_t *
where_json(const struct sl_pin *pin)
{
	json_t *value = NULL;
	struct sl_buf text;

	if (pin->where == NULL)
		return json_null();
	sl_buf_init(&text, SL_WHERE_TEXT_MAX + 1);
	if (sl_where_format(&text, pin->where) == SL_OK)
		value = json_string(sl_buf_text(&text));
	sl_buf_clear(&text);
	return value;
}

static json_t *
checkpoint_json(const struct sl_pin *pin)
{
	char root[SL_BASE64_LEN(sizeof(pin->log_root)) + 1];

	sl_base64_encode(root, pin->log_root, sizeof(pin->log_root));
	return json_pack("{s:s, s:I, s:s}", "log", pin->log, "size",
	    (json_int_t)pin->log_size, "root", root);
}

static json_t *
episodes_json(const struct sl_pin *pin)
{
	json_t *episodes = json_array();
	char id[SL_UUID_TEXT_LEN + 1];

	for (size_t i = 0; i < pin->episode_count; i++) {
		const struct sl_pin_episode *episode = &pin->episodes[i];

		sl_uuid_format(id, &episode->id);
		json_array_append_new(episodes,
		    json_pack("{s:I, s:s, s:I}", "number",
		        (json_int_t)episode->number, "id", id, "revision",
		        (json_int_t)episode->revision));
	}
	return episodes;
}

/* Without the episodes. */
static json_t *
pin_json(const struct sl_pin *pin)
{
	char tree[2 * sizeof(pin->tree) + 1];
	char licence[SL_UUID_TEXT_LEN + 1];
	char created[SL_TIME_TEXT_MAX];

	sl_hex_encode(tree, pin->tree, sizeof(pin->tree));
	sl_uuid_format(licence, &pin->licence);
	sl_time_format(created, pin->created_us);
	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:I, "
	                 "s:I, s:I, s:s}",
	    "name", pin->name, "dataset", pin->dataset, "seq",
	    (json_int_t)pin->seq, "licence", licence, "created", created,
	    "purpose", pin->purpose, "layers", sl_layers_to_json(&pin->layers),
	    "where", where_json(pin), "checkpoint", checkpoint_json(pin),
	    "files", (json_int_t)pin->files, "bytes", (json_int_t)pin->bytes,
	    "episode_count", (json_int_t)pin->episode_count, "tree_sha256",
	    tree);
}

static void
print_pin(struct sl_run *run, const struct sl_pin *pin)
{
	json_t *object = pin_json(pin), *layers = NULL;
	char bytes[SL_VALUE_SHOW_MAX];
	const char *where = NULL;
	struct sl_buf text;

	layers = json_object_get(object, "layers");
	where = json_string_value(json_object_get(object, "where"));
	sl_buf_init(&text, 4096);
	sl_value_show_bytes(bytes, pin->bytes);
	sl_run_print(run, "Pin         %s, made %s", pin->name,
	    json_string_value(json_object_get(object, "created")));
	sl_run_print(
	    run, "Dataset     %s, batch %" PRIu32, pin->dataset, pin->seq);
	sl_run_print(run, "Licence     %s%s%s",
	    json_string_value(json_object_get(object, "licence")),
	    pin->purpose[0] == '\0' ? "" : ", for ", pin->purpose);
	if (layers != NULL && sl_layers_format(&text, &pin->layers) == SL_OK)
		sl_run_print(run, "Layers      %s", sl_buf_text(&text));
	sl_run_print(
	    run, "Where       %s", where == NULL ? "(no filter)" : where);
	sl_run_print(run, "Contains    %" COUNT ", %" COUNT ", %s",
	    COUNTED(pin->episode_count, "episode"), COUNTED(pin->files, "file"),
	    bytes);
	sl_run_print(
	    run, "Log         %s, size %" PRIu64, pin->log, pin->log_size);
	sl_run_print(run, "Tree        %s",
	    json_string_value(json_object_get(object, "tree_sha256")));
	sl_buf_clear(&text);
	json_decref(object);
}

/* -- pin -- */

static const struct sl_option pin_options[] = {
    {.name = "tree",
        .kind = SL_VALUE_TEXT,
        .argument = "PATH",
        .help = "make a tree of hard links there that no pull changes"},
    {.name = "copy",
        .kind = SL_VALUE_FLAG,
        .help = "with --tree: copy the bytes, as across file systems"},
    {0},
};

static void
report_pin(struct sl_run *run, const struct sl_pin *pin, bool is_new,
    const struct sl_sign_key *own)
{
	char key[SL_KEY_TEXT_LEN + 1];
	struct sl_verify_key half;
	const char *tree = sl_run_text(run, "tree");
	json_t *object = pin_json(pin);
	char bytes[SL_VALUE_SHOW_MAX];

	sl_sign_key_public(own, &half);
	sl_verify_key_format(key, &half);
	sl_value_show_bytes(bytes, pin->bytes);
	sl_run_print(run, "%s %s: %s batch %" PRIu32 ", %" COUNT ", %s",
	    is_new ? "Pinned" : "Pinned before", pin->name, pin->dataset,
	    pin->seq, COUNTED(pin->episode_count, "episode"), bytes);
	sl_run_print(run, "Signed by %s", key);
	if (tree != NULL)
		sl_run_print(run, "%s: %" COUNT ", all as they were signed",
		    tree, COUNTED(pin->files, "file"));
	if (object != NULL) {
		json_object_set_new(object, "key", json_string(key));
		json_object_set_new(object, "new", json_boolean(is_new));
		json_object_set_new(object, "tree",
		    tree == NULL ? json_null() : json_string(tree));
	}
	sl_run_json(run, object);
}

static enum sl_status
run_pin(struct sl_run *run, struct sl_error *err)
{
	struct sl_pin_options options = {
	    .dir = sl_run_arg(run, 0),
	    .name = sl_run_arg(run, 1),
	    .tree = sl_run_text(run, "tree"),
	    .may_copy = sl_run_flag(run, "copy"),
	    .is_cancelled = sl_interrupt_seen,
	};
	struct sl_sign_key *key = NULL;
	bool is_new, is_new_key;
	enum sl_status status;
	struct sl_pin pin;

	if (options.may_copy && options.tree == NULL)
		return sl_run_usage(run, err, "--copy goes with --tree PATH");
	sl_interrupt_catch();
	sl_pin_init(&pin);
	status = customer_key_make(&key, &is_new_key, err);
	options.key = key;
	if (status == SL_OK)
		status = sl_pin_make(&pin, &is_new, &options, err);
	if (status == SL_OK)
		report_pin(run, &pin, is_new, key);
	sl_sign_key_free(key);
	sl_pin_clear(&pin);
	return pin_answer(run, status, err);
}

const struct sl_command cmd_pin = {
    .name = "pin",
    .summary = "fix what a mirror holds now for a training run, signed",
    .arguments = "DIR NAME",
    .args_min = 2,
    .args_max = 2,
    .options = pin_options,
    .details =
        "Keeps DIR/.sluice/pins/NAME, a text that names every episode, "
        "revision and segment, the licence and the head of the log, and beside "
        "it NAME.minisig by your key.  Works offline.  The tree shares its "
        "files with the mirror, which replaces them and never writes into "
        "them; a program that writes into its input needs --copy.  Every file "
        "of the tree is hashed before it appears at PATH.",
    .run = run_pin,
};

/* -- pin list -- */

static enum sl_status
add_row(struct sl_run *run, struct sl_table *table, const char *dir,
    const char *name)
{
	struct sl_error why = {0};
	enum sl_status status;
	struct sl_pin pin;

	sl_pin_init(&pin);
	if (sl_pin_read(&pin, dir, name, NULL, &why) != SL_OK) {
		sl_run_warn(run, "%s", why.text);
		status = SL_OK;
	} else {
		status = sl_table_add(table, pin_json(&pin));
	}
	sl_pin_clear(&pin);
	return status;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Name", SL_COLUMN_TEXT},
	    {"dataset", "Dataset", SL_COLUMN_TEXT},
	    {"seq", "Batch", SL_COLUMN_COUNT},
	    {"episode_count", "Episodes", SL_COLUMN_COUNT},
	    {"bytes", "Size", SL_COLUMN_BYTES},
	    {"created", "Made", SL_COLUMN_TEXT},
	    {"purpose", "Purpose", SL_COLUMN_TEXT},
	    {0},
	};
	const char *dir = sl_run_arg(run, 0);
	struct sl_table *table = NULL;
	char **names = NULL;
	size_t count = 0;
	enum sl_status status;

	if (dir == NULL)
		dir = ".";
	status = sl_pin_names(&names, &count, dir, err);
	if (status == SL_OK) {
		status = sl_table_new(&table, columns);
		for (size_t i = 0; status == SL_OK && i < count; i++)
			status = add_row(run, table, dir, names[i]);
		if (status != SL_OK)
			sl_error_set(err, status, "out of memory");
	}
	if (status == SL_OK)
		sl_table_print(table, run, "nothing is pinned here");
	sl_table_free(table);
	sl_pin_names_free(names, count);
	return status;
}

const struct sl_command cmd_pin_list = {
    .name = "pin list",
    .summary = "list the pins of a mirror",
    .arguments = "[DIR]",
    .args_max = 1,
    .run = run_list,
};

/* -- pin show -- */

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	struct sl_pin pin;
	enum sl_status status;

	sl_pin_init(&pin);
	status = sl_pin_read(
	    &pin, sl_run_arg(run, 0), sl_run_arg(run, 1), NULL, err);
	if (status == SL_OK) {
		json_t *object = sl_run_is_json(run) ? pin_json(&pin) : NULL;

		print_pin(run, &pin);
		if (object != NULL)
			json_object_set_new(
			    object, "episodes", episodes_json(&pin));
		sl_run_json(run, object);
	}
	sl_pin_clear(&pin);
	return pin_answer(run, status, err);
}

const struct sl_command cmd_pin_show = {
    .name = "pin show",
    .summary = "show what a pin names",
    .arguments = "DIR NAME",
    .args_min = 2,
    .args_max = 2,
    .details = "With --json also every episode.  Nothing is checked; pin "
               "verify does that.",
    .run = run_show,
};

/* -- pin verify -- */

static const struct sl_option verify_options[] = {
    {.name = "tree",
        .kind = SL_VALUE_TEXT,
        .argument = "PATH",
        .help = "hash this folder as well: just the pinned files, all right?"},
    {.name = "key",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the public key of who signed; without it your own"},
    {0},
};

struct damage {
	struct sl_run *run;
	json_t *list;
};

static void
on_damage(void *ctx, const char *what, const char *path)
{
	struct damage *damage = ctx;

	sl_run_print(damage->run, "%-8s %s", what, path);
	json_array_append_new(damage->list,
	    json_pack("{s:s, s:s}", "path", path, "damage", what));
}

static enum sl_status
run_verify(struct sl_run *run, struct sl_error *err)
{
	struct damage damage = {.run = run};
	struct sl_pin_check found = {0};
	struct sl_verify_key key;
	const struct sl_pin_verify_options options = {
	    .dir = sl_run_arg(run, 0),
	    .name = sl_run_arg(run, 1),
	    .key = &key,
	    .tree = sl_run_text(run, "tree"),
	    .is_cancelled = sl_interrupt_seen,
	    .on_damage = on_damage,
	    .ctx = &damage,
	};
	enum sl_status status = pin_key(run, &key, err);

	sl_interrupt_catch();
	damage.list = json_array();
	if (status == SL_OK)
		status = sl_pin_verify(&found, &options, err);
	if (status == SL_OK) {
		sl_run_print(run, "%s: signed, as the batches say%s",
		    options.name,
		    found.is_in_log ? ", and in the log"
		                    : "; this mirror does not hold all of the "
		                      "log it names");
		if (options.tree != NULL)
			sl_run_print(run, "%s: %" COUNT ": all good",
			    options.tree, COUNTED(found.files, "file"));
	}
	if (status == SL_OK || json_array_size(damage.list) > 0)
		sl_run_json(run,
		    json_pack("{s:s, s:b, s:b, s:b, s:I, s:O}", "name",
		        options.name, "valid", (int)(status == SL_OK), "in_log",
		        (int)found.is_in_log, "current", (int)found.is_current,
		        "files", (json_int_t)found.files, "damage",
		        damage.list));
	json_decref(damage.list);
	return pin_answer(run, status, err);
}

const struct sl_command cmd_pin_verify = {
    .name = "pin verify",
    .summary = "check a pin against the signed batches, and a tree against it",
    .arguments = "DIR NAME",
    .args_min = 2,
    .args_max = 2,
    .options = verify_options,
    .details =
        "Works offline: the customer's signature, the manifests that the pin "
        "names, the tree's hash, and the root of the log.  Exit code 7 if one "
        "of them, or with --tree a file, is another one.",
    .run = run_verify,
};
