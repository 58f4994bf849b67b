#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/trust.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/store/publication.h"

#include "commands.h"
#include "place.h"

static const struct sl_column one_columns[] = {
    {"public_key", "Public key", SL_COLUMN_TEXT},
    {"key_id", "Key id", SL_COLUMN_TEXT},
    {"file", "Public key file", SL_COLUMN_TEXT},
    {"status", "Status", SL_COLUMN_TEXT},
    {NULL, NULL, SL_COLUMN_TEXT},
};

static enum sl_status
show_key(struct sl_run *run, const struct sl_verify_key *key, const char *path,
    const char *status_word)
{
	char text[SL_KEY_TEXT_LEN + 1];
	char id[SL_KEY_ID_TEXT_LEN + 1];
	json_t *object;

	sl_verify_key_format(text, key);
	sl_verify_key_format_id(id, key);
	object = json_pack("{s:s, s:s, s:s, s:s}", "public_key", text, "key_id",
	    id, "file", path, "status", status_word);
	if (object == NULL)
		return SL_ERR_NOMEM;
	sl_table_show(run, one_columns, object);
	json_decref(object);
	return SL_OK;
}

static enum sl_status
register_key(
    struct sl_run *run, const struct sl_verify_key *key, struct sl_error *err)
{
	char text[SL_KEY_TEXT_LEN + 1];
	struct sl_db *db;
	json_t *row = NULL;
	enum sl_status status;

	status = place_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	sl_verify_key_format(text, key);
	status = sl_store_key_register(&row, db, text, err);
	json_decref(row);
	sl_db_close(db);
	return status;
}

/* Only publishers' keys are known to the database. */
static bool
is_publisher(const struct sl_run *run)
{
	const char *role = sl_run_text(run, "role");

	return role == NULL || strcmp(role, "publisher") == 0;
}

static enum sl_status
make_key(struct sl_run *run, const char *path, const char *public_path,
    struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	struct sl_verify_key verify;
	struct sl_sign_key *key;
	enum sl_status status;

	status = place_make_key(&key, run, path, public_path,
	    name == NULL ? "default" : name, sl_run_flag(run, "no-passphrase"),
	    err);
	if (status == SL_ERR_EXISTS)
		sl_run_hint(run,
		    "to register it use 'sluice-publish key "
		    "register'; for another one give a NAME");
	if (status != SL_OK)
		return status;
	sl_sign_key_public(key, &verify);
	sl_sign_key_free(key);
	if (sl_run_flag(run, "offline") || !is_publisher(run))
		return show_key(run, &verify, public_path, "not registered");
	status = register_key(run, &verify, err);
	if (status != SL_OK) {
		sl_run_hint(run,
		    "the key is made; register it with "
		    "'sluice-publish key register'");
		return status;
	}
	return show_key(run, &verify, public_path, "active");
}

static enum sl_status
run_generate(struct sl_run *run, struct sl_error *err)
{
	const char *role = sl_run_text(run, "role");
	enum sl_trust_role unused;
	char *path = NULL;
	char *public_path = NULL;
	enum sl_status status;

	if (role != NULL && !sl_trust_role_parse(&unused, role))
		return sl_run_usage(run, err,
		    "--role %.40s: publisher, log, witness, root or billing",
		    role);
	status = place_key_path(&path, run, sl_run_arg(run, 0), "key", err);
	if (status == SL_OK)
		status = place_key_path(
		    &public_path, run, sl_run_arg(run, 0), "pub", err);
	if (status == SL_OK)
		status = make_key(run, path, public_path, err);
	free(path);
	free(public_path);
	return status;
}

static enum sl_status
run_register(struct sl_run *run, struct sl_error *err)
{
	struct sl_verify_key key;
	char *path = NULL;
	enum sl_status status;

	status = place_key_path(&path, run, sl_run_arg(run, 0), "pub", err);
	if (status == SL_OK)
		status = sl_verify_key_load(&key, path, err);
	if (status == SL_OK)
		status = register_key(run, &key, err);
	if (status == SL_OK)
		status = show_key(run, &key, path, "active");
	free(path);
	return status;
}

static const struct sl_option generate_options[] = {
    {.name = "offline",
        .kind = SL_VALUE_FLAG,
        .help = "do not register the public half in the database"},
    {.name = "role",
        .kind = SL_VALUE_TEXT,
        .argument = "ROLE",
        .help = "publisher (as without it), log, witness, root or billing"},
    {.name = "no-passphrase",
        .kind = SL_VALUE_FLAG,
        .help = "put it under no passphrase and do not ask for one"},
    {0},
};

const struct sl_command command_key_generate = {
    .name = "key generate",
    .summary = "make a signing key and register its public half",
    .arguments = "[NAME]",
    .args_max = 1,
    .options = generate_options,
    .details = "NAME is \"default\" unless given.  NAME.pub is a minisign "
               "public key: give it to customers.",
    .run = run_generate,
};

const struct sl_command command_key_register = {
    .name = "key register",
    .summary = "register the public half of a key made earlier",
    .arguments = "[NAME]",
    .args_max = 1,
    .run = run_register,
};
