#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"
#include "sluice/catalog/name.h"
#include "sluice/command/run.h"

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
		status = sl_sign_key_load(out, path, err);
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
