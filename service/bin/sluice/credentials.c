#include "credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/buf.h"
#include "sluice/base/file.h"
#include "sluice/base/secret.h"
#include "sluice/command/run.h"

/* The folder, or with `name` a file in it; the caller frees. */
static char *
path_below(const char *variable, const char *fallback, const char *name)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");
	bool is_set = base != NULL && base[0] == '/';
	char *path;

	if (asprintf(&path, "%s%s/sluice%s%s",
	        is_set             ? base
	            : home != NULL ? home
	                           : "/root",
	        is_set ? "" : fallback, name[0] == '\0' ? "" : "/", name) < 0)
		return NULL;
	return path;
}

char *
credentials_path(const char *name)
{
	return path_below("XDG_CONFIG_HOME", "/.config", name);
}

char *
credentials_state_path(const char *name)
{
	return path_below("XDG_STATE_HOME", "/.local/state", name);
}

bool
credentials_is_garbled(const struct sl_error *err)
{
	return strcmp(err->code, "token_garbled") == 0;
}

static enum sl_status
read_profile(const char *path, struct sl_profile *out, struct sl_error *err)
{
	struct sl_secret text = {0};
	enum sl_status status;

	status = sl_secret_read_file(&text, path, SL_PROFILE_BYTES_MAX, err);
	if (status == SL_OK) {
		status = sl_profile_parse(out, sl_secret_slice(&text), err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "%s", path);
	}
	sl_secret_clear(&text);
	/* Others could have read it, or it is no token. */
	if (status == SL_ERR_DENIED || credentials_is_garbled(err)) {
		err->status = SL_ERR_AUTH;
		status = SL_ERR_AUTH;
	}
	return status;
}

enum sl_status
credentials_load(
    struct sl_run *run, struct sl_profile *out, struct sl_error *err)
{
	const char *given = sl_run_text(run, "profile");
	enum sl_status status;
	char *path;

	if (given != NULL)
		return read_profile(given, out, err);
	path = credentials_path("credentials");
	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = read_profile(path, out, err);
	free(path);
	if (status != SL_ERR_NOT_FOUND)
		return status;
	sl_run_hint(run,
	    "log in: sluice login --profile-file FILE, or --activate LINK");
	return sl_error_code(
	    err, SL_ERR_AUTH, "not_logged_in", "you are not logged in");
}

enum sl_status
credentials_kept(struct sl_profile *out)
{
	char *path = credentials_path("credentials");
	struct sl_error ignored = {0};
	enum sl_status status =
	    path == NULL ? SL_ERR_NOMEM : read_profile(path, out, &ignored);

	free(path);
	return status;
}

enum sl_status
credentials_make_folder(struct sl_error *err)
{
	char *folder = credentials_path("");
	enum sl_status status;

	if (folder == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_make_dirs(folder, err);
	if (status == SL_OK && chmod(folder, 0700) != 0)
		status = sl_error_errno(err, "%s", folder);
	free(folder);
	return status;
}

enum sl_status
credentials_save(const struct sl_profile *profile, struct sl_error *err)
{
	char *path = credentials_path("credentials");
	enum sl_status status = SL_ERR_NOMEM;
	struct sl_buf text;

	sl_buf_init(&text, SL_PROFILE_BYTES_MAX);
	if (path != NULL)
		status = sl_profile_format(&text, profile);
	if (status != SL_OK)
		sl_error_set(err, status, "credentials");
	if (status == SL_OK)
		status = credentials_make_folder(err);
	if (status == SL_OK)
		status = sl_file_replace(path, sl_buf_slice(&text), 0600, err);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	sl_buf_clear(&text);
	free(path);
	return status;
}

enum sl_status
credentials_remove(struct sl_error *err)
{
	char *path = credentials_path("credentials");
	enum sl_status status = SL_OK;

	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (unlink(path) != 0)
		status = sl_error_errno(err, "%s", path);
	free(path);
	return status;
}
