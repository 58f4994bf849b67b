/* key list|export: which keys there are, and their public halves. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/catalog/note.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/store/publication.h"
#include "sluice/store/trust.h"

#include "commands.h"
#include "place.h"

#define ROLES_MAX 128

/* What is known elsewhere of the keys that are listed. */
struct known_keys {
	json_t *registered; /* rows; NULL without a database */
	struct sl_trust trust;
	bool has_trust;
	struct sl_table *table;
};

static const struct sl_column key_columns[] = {
    {"file", "Name", SL_COLUMN_TEXT},
    {"id", "Key id", SL_COLUMN_TEXT},
    {"name", "Public key", SL_COLUMN_TEXT},
    {"roles", "Role", SL_COLUMN_TEXT},
    {"trust", "Trust file", SL_COLUMN_TEXT},
    {"status", "Registered", SL_COLUMN_TEXT},
    {NULL, NULL, SL_COLUMN_TEXT},
};

/* The roles of a key in the trust file, and whether it counts there. */
static const char *
describe(char roles[ROLES_MAX], const struct known_keys *known,
    const struct sl_verify_key *key)
{
	const char *word = "not listed";
	size_t len = 0;

	roles[0] = '\0';
	if (!known->has_trust)
		return "";
	for (size_t i = 0; i < SL_TRUST_ROLE_COUNT; i++) {
		enum sl_trust_role role = (enum sl_trust_role)i;
		const struct sl_trust_key *line =
		    sl_trust_find(&known->trust, role, key);

		if (line == NULL)
			continue;
		len += (size_t)snprintf(roles + len, ROLES_MAX - len, "%s%s",
		    len > 0 ? "," : "", sl_trust_role_name(role));
		word = line->until_us != 0 ? "retired" : "good";
	}
	return sl_trust_revoked(&known->trust, key) != NULL ? "revoked" : word;
}

/* The database's row of this key, taken off its list; NULL if none. */
static const json_t *
find_registered(const struct known_keys *known, const char *text)
{
	const json_t *row;
	size_t i;

	json_array_foreach (known->registered, i, row) {
		const char *name =
		    json_string_value(json_object_get(row, "public_key"));

		if (name != NULL && strcmp(name, text) == 0)
			return row;
	}
	return NULL;
}

static enum sl_status
add_row(
    struct known_keys *known, const char *file, const struct sl_verify_key *key)
{
	char text[SL_KEY_TEXT_LEN + 1];
	char id[SL_KEY_ID_TEXT_LEN + 1];
	char roles[ROLES_MAX];
	const char *word = describe(roles, known, key);
	const json_t *row;
	const char *registered;

	sl_verify_key_format(text, key);
	sl_verify_key_format_id(id, key);
	row = find_registered(known, text);
	registered = json_string_value(json_object_get(row, "status"));
	return sl_table_add(known->table,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", text,
	        "public_key", text, "file", file, "id", id, "roles", roles,
	        "trust", word, "status", registered != NULL ? registered : ""));
}

static bool
is_public(const char *name, size_t *stem)
{
	size_t len = strlen(name);

	if (len <= 4 || strcmp(name + len - 4, ".pub") != 0)
		return false;
	*stem = len - 4;
	return true;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Of this home; `seen` gets their texts. */
static enum sl_status
add_local(struct known_keys *known, struct sl_run *run, json_t *seen,
    struct sl_error *err)
{
	struct dirent **entries = NULL;
	char *path;
	int count;
	enum sl_status status = place_key_path(&path, run, NULL, "pub", err);

	if (status != SL_OK)
		return status;
	*strrchr(path, '/') = '\0';
	count = scandir(path, &entries, NULL, by_name);
	free(path);
	for (int i = 0; i < count; i++) {
		char text[SL_KEY_TEXT_LEN + 1];
		struct sl_verify_key key;
		size_t stem;

		if (status == SL_OK && is_public(entries[i]->d_name, &stem)) {
			entries[i]->d_name[stem] = '\0';
			status = place_key_path(
			    &path, run, entries[i]->d_name, "pub", err);
			if (status == SL_OK)
				status = sl_verify_key_load(&key, path, err);
			free(path);
			if (status == SL_OK) {
				status =
				    add_row(known, entries[i]->d_name, &key);
				sl_verify_key_format(text, &key);
				json_object_set_new(seen, text, json_true());
			}
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

/* Registered, but their files are elsewhere. */
static enum sl_status
add_others(struct known_keys *known, const json_t *seen)
{
	const json_t *row;
	size_t i;
	enum sl_status status = SL_OK;

	json_array_foreach (known->registered, i, row) {
		const char *text =
		    json_string_value(json_object_get(row, "public_key"));
		struct sl_verify_key key;

		if (status == SL_OK && text != NULL &&
		    json_object_get(seen, text) == NULL &&
		    sl_verify_key_parse(&key, sl_slice_text(text)) == SL_OK)
			status = add_row(known, "", &key);
	}
	return status;
}

static enum sl_status
ask_database(struct known_keys *known, struct sl_run *run, struct sl_error *err)
{
	struct sl_db *db;
	enum sl_status status = place_connect(&db, run, err);

	if (status != SL_OK)
		return status;
	status = sl_store_key_list(&known->registered, db, err);
	if (status == SL_OK) {
		status = sl_store_trust_load(&known->trust, db, err);
		known->has_trust = status == SL_OK;
		if (status == SL_ERR_STATE)
			status = sl_error_clear(err); /* none is installed */
	}
	sl_db_close(db);
	return status;
}

static enum sl_status
list(struct known_keys *known, struct sl_run *run, struct sl_error *err)
{
	json_t *seen = json_object();
	enum sl_status status = sl_table_new(&known->table, key_columns);

	if (status == SL_OK && !sl_run_flag(run, "offline"))
		status = ask_database(known, run, err);
	if (status == SL_OK)
		status = add_local(known, run, seen, err);
	if (status == SL_OK)
		status = add_others(known, seen);
	if (status == SL_OK)
		sl_table_print(known->table, run, "there is no key");
	json_decref(seen);
	return status;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	struct known_keys known = {0};
	enum sl_status status = list(&known, run, err);

	sl_table_free(known.table);
	sl_trust_clear(&known.trust);
	json_decref(known.registered);
	return status;
}

/* ---- export ---- */

static enum sl_status
export_note(
    struct sl_run *run, const struct sl_verify_key *key, struct sl_error *err)
{
	const char *name = sl_run_text(run, "note");
	char text[SL_NOTE_VKEY_MAX];

	if (sl_note_format_vkey(
	        text, key, name, sl_run_flag(run, "cosigner")) != SL_OK)
		return sl_run_usage(
		    run, err, "--note: '%.80s' is no name of a note", name);
	sl_run_print(run, "%s", text);
	sl_run_json(run, json_pack("{s:s}", "vkey", text));
	return SL_OK;
}

static enum sl_status
run_export(struct sl_run *run, struct sl_error *err)
{
	struct sl_verify_key key;
	char text[SL_KEY_TEXT_LEN + 1];
	char id[SL_KEY_ID_TEXT_LEN + 1];
	char pem[SL_KEY_PEM_LEN + 1];
	char *path;
	enum sl_status status;

	status = place_key_path(&path, run, sl_run_arg(run, 0), "pub", err);
	if (status == SL_OK)
		status = sl_verify_key_load(&key, path, err);
	free(path);
	if (status != SL_OK)
		return status;
	if (sl_run_has(run, "note"))
		return export_note(run, &key, err);
	sl_verify_key_format(text, &key);
	sl_verify_key_format_id(id, &key);
	sl_verify_key_format_pem(pem, &key);
	pem[SL_KEY_PEM_LEN - 1] = '\0';
	if (sl_run_flag(run, "pem")) {
		const char *line = pem;

		for (size_t len; *line != '\0'; line += len) {
			len = strcspn(line, "\n");
			sl_run_print(run, "%.*s", (int)len, line);
			len += line[len] == '\n' ? 1 : 0;
		}
	} else {
		sl_run_print(
		    run, "untrusted comment: minisign public key %s", id);
		sl_run_print(run, "%s", text);
	}
	sl_run_json(run,
	    json_pack("{s:s, s:s, s:s}", "public_key", text, "key_id", id,
	        "pem", pem));
	return SL_OK;
}

static const struct sl_option list_options[] = {
    {.name = "offline",
        .kind = SL_VALUE_FLAG,
        .help = "only the files of the home folder; no database"},
    {0},
};

const struct sl_command command_key_list = {
    .name = "key list",
    .summary = "list keys: files here, what the trust file says, registered",
    .options = list_options,
    .run = run_list,
};

static const struct sl_option export_options[] = {
    {.name = "pem", .kind = SL_VALUE_FLAG, .help = "as openssl reads it"},
    {.name = "note",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "as a verifier key of signed notes by this name"},
    {.name = "cosigner",
        .kind = SL_VALUE_FLAG,
        .help = "with --note: a witness' key (cosignature/v1)"},
    {0},
};

const struct sl_command command_key_export = {
    .name = "key export",
    .summary = "print a public key, as minisign and signify read it",
    .arguments = "[NAME]",
    .args_max = 1,
    .options = export_options,
    .run = run_export,
};
