#include "place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"
#include "sluice/base/secret.h"
#include "sluice/catalog/name.h"
#include "sluice/command/run.h"

#include "ask.h"

enum sl_status
place_home(char **out, struct sl_run *run, struct sl_error *err)
{
	const char *home = sl_run_text(run, "home");
	const char *state = getenv("XDG_STATE_HOME");
	const char *user = getenv("HOME");
	int len;

	*out = NULL;
	if (home != NULL && home[0] != '\0')
		len = asprintf(out, "%s", home);
	else if (state != NULL && state[0] == '/')
		len = asprintf(out, "%s/sluice-publish", state);
	else if (user != NULL && user[0] == '/')
		len = asprintf(out, "%s/.local/state/sluice-publish", user);
	else
		return sl_run_usage(run, err,
		    "no home folder: give --home or SLUICE_PUBLISH_HOME");
	if (len < 0) {
		*out = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
}

enum sl_status
place_key_path(char **out, struct sl_run *run, const char *name,
    const char *extension, struct sl_error *err)
{
	char *home;
	char *dir = NULL;
	enum sl_status status;

	*out = NULL;
	if (name == NULL)
		name = "default";
	if (!sl_slug_is_valid(sl_slice_text(name)))
		return sl_run_usage(run, err,
		    "\"%.80s\" is no key name: use a-z, 0-9, '.', '_', '-'",
		    name);
	status = place_home(&home, run, err);
	if (status != SL_OK)
		return status;
	if (asprintf(&dir, "%s/keys", home) < 0 ||
	    asprintf(out, "%s/%s.%s", dir, name, extension) < 0)
		status = SL_ERR_NOMEM;
	else
		status = sl_file_make_dirs(dir, err);
	free(dir);
	free(home);
	return status;
}

#define PASSPHRASE_MIN 8
#define PASSPHRASE_MAX 1023

/* Empty: none. */
static enum sl_status
choose_passphrase(struct sl_secret *out, struct sl_run *run, const char *what,
    bool is_plain, struct sl_error *err)
{
	const char *path = sl_run_text(run, "passphrase-file");
	char question[128];
	enum sl_status status = SL_OK;

	*out = (struct sl_secret){0};
	if (is_plain)
		return SL_OK;
	if (path != NULL) {
		status = sl_secret_read_file(out, path, PASSPHRASE_MAX, err);
		if (status == SL_OK && out->len == 0)
			status = sl_error_set(
			    err, SL_ERR_INVALID, "%s is empty", path);
	} else if (ask_can(run)) {
		(void)snprintf(question, sizeof(question),
		    "Passphrase for the %s key (empty for none)", what);
		status = ask_secret(out, question, true, err);
	}
	if (status == SL_OK && out->len > 0 && out->len < PASSPHRASE_MIN) {
		sl_secret_clear(out);
		status = sl_error_code(err, SL_ERR_INVALID, "passphrase_short",
		    "a passphrase has at least %d characters", PASSPHRASE_MIN);
	}
	return status;
}

enum sl_status
place_make_key(struct sl_sign_key **out, struct sl_run *run, const char *path,
    const char *public_path, const char *what, bool is_plain,
    struct sl_error *err)
{
	struct sl_secret passphrase;
	struct sl_verify_key verify;
	struct sl_sign_key *key;
	enum sl_status status;

	status = sl_sign_key_generate(&key);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	status = choose_passphrase(&passphrase, run, what, is_plain, err);
	if (status == SL_OK)
		status = passphrase.len == 0
		    ? sl_sign_key_save(key, path, err)
		    : sl_sign_key_save_sealed(
		          key, path, sl_secret_slice(&passphrase), err);
	sl_secret_clear(&passphrase);
	sl_sign_key_public(key, &verify);
	if (status == SL_OK)
		status = sl_verify_key_save(&verify, public_path, err);
	if (status != SL_OK || out == NULL)
		sl_sign_key_free(key);
	else
		*out = key;
	return status;
}

enum sl_status
place_open_key(struct sl_sign_key **out, struct sl_run *run, const char *path,
    struct sl_error *err)
{
	const char *file = sl_run_text(run, "passphrase-file");
	struct sl_secret passphrase = {0};
	char question[PATH_MAX + 32];
	enum sl_status status = sl_sign_key_load(out, path, err);

	if (status != SL_ERR_AUTH ||
	    strcmp(err->code, "passphrase_needed") != 0)
		return status;
	if (file == NULL && !ask_can(run)) {
		sl_run_hint(run,
		    "--passphrase-file FILE (or SLUICE_PASSPHRASE_FILE) says "
		    "where it is");
		return status;
	}
	(void)snprintf(question, sizeof(question), "Passphrase of %s", path);
	status = file != NULL
	    ? sl_secret_read_file(&passphrase, file, PASSPHRASE_MAX, err)
	    : ask_secret(&passphrase, question, false, err);
	if (status == SL_OK)
		status = sl_sign_key_load_sealed(
		    out, path, sl_secret_slice(&passphrase), err);
	sl_secret_clear(&passphrase);
	return status;
}

enum sl_status
place_load_key(
    struct sl_sign_key **out, struct sl_run *run, struct sl_error *err)
{
	char *path;
	enum sl_status status;

	*out = NULL;
	status =
	    place_key_path(&path, run, sl_run_text(run, "key"), "key", err);
	if (status == SL_OK)
		status = place_open_key(out, run, path, err);
	if (status == SL_ERR_NOT_FOUND)
		sl_run_hint(run, "make one with 'sluice-publish key generate'");
	free(path);
	return status;
}

enum sl_status
place_connect(struct sl_db **out, struct sl_run *run, struct sl_error *err)
{
	const char *conninfo = sl_run_text(run, "db");
	enum sl_status status;

	status = sl_db_connect(out, conninfo == NULL ? "" : conninfo, err);
	if (status != SL_OK)
		sl_run_hint(run,
		    "SLUICE_DB says how to reach the database, for example "
		    "\"host=/run/postgresql dbname=sluice user=lab\"");
	return status;
}

enum sl_status
place_objects(struct sl_objects **out, struct sl_run *run, struct sl_error *err)
{
	const char *root = sl_run_text(run, "objects");

	*out = NULL;
	if (root == NULL || root[0] == '\0')
		return sl_run_usage(run, err,
		    "no objects folder: give --objects or SLUICE_OBJECTS");
	return sl_objects_open(out, root, err);
}
