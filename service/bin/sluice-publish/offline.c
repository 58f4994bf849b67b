#include "offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"
#include "sluice/catalog/manifest.h"
#include "sluice/command/run.h"
#include "sluice/crypto/minisig.h"

#include "place.h"

/* HOME/requests/DATASET-SEQ.manifest; the caller frees. */
static enum sl_status
request_path(char **out, struct sl_run *run, const struct sl_manifest *manifest,
    struct sl_error *err)
{
	char *home;
	char *folder = NULL;
	enum sl_status status = place_home(&home, run, err);

	*out = NULL;
	if (status != SL_OK)
		return status;
	if (asprintf(&folder, "%s/requests", home) < 0 ||
	    asprintf(out, "%s/%s-%u.manifest", folder, manifest->dataset,
	        manifest->seq) < 0)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	else
		status = sl_file_make_dirs(folder, err);
	free(folder);
	free(home);
	return status;
}

enum sl_status
offline_ask(struct sl_run *run, const struct offline *offline,
    const struct sl_buf *text, struct sl_error *err)
{
	struct sl_manifest manifest;
	char *path = NULL;
	enum sl_status status =
	    sl_manifest_parse(&manifest, sl_buf_slice(text), err);

	if (status != SL_OK)
		return status;
	if (offline->request == NULL)
		status = request_path(&path, run, &manifest, err);
	else if ((path = strdup(offline->request)) == NULL)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (status == SL_OK)
		status = sl_file_replace(path, sl_buf_slice(text), 0644, err);
	if (status == SL_OK)
		sl_run_print(run,
		    "%s batch %u waits for its signature: take %s to the "
		    "machine with the key,\n'sluice-publish sign' it there, "
		    "then 'sluice-publish publish --signature FILE %s'",
		    manifest.dataset, manifest.seq, path, manifest.dataset);
	free(path);
	return status;
}

enum sl_status
offline_take(struct sl_run *run, const struct offline *offline,
    const struct sl_publish_options *options, struct sl_error *err)
{
	struct sl_buf minisig;
	enum sl_status status;

	sl_buf_init(&minisig, SL_MINISIG_MAX);
	status = sl_file_read(&minisig, offline->signature, err);
	if (status == SL_OK)
		status = sl_publish_take_signature(
		    options, sl_buf_slice(&minisig), err);
	if (strcmp(err->code, "no_request") == 0)
		sl_run_hint(run,
		    "if it was sealed already, 'sluice-publish publish %s' "
		    "completes it",
		    options->dataset);
	sl_buf_clear(&minisig);
	return status;
}
