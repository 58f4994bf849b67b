#include "profile.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/crypto/token.h"
#include "sluice/db/db.h"
#include "sluice/store/publisher.h"
#include "sluice/store/trust.h"

#define CA_BYTES_MAX 131072

enum sl_status
ctl_load_pepper(struct sl_secret *out, struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "pepper-file");

	if (path == NULL)
		return sl_run_usage(run, err,
		    "--pepper-file FILE (or SLUICE_PEPPER_FILE) is missing: "
		    "the secret that sluiced hashes tokens with");
	return sl_pepper_load(out, path, err);
}

/* Better asked now than after the token was made. */
static enum sl_status
check_place(const char *profile, struct sl_error *err)
{
	const char *slash = strrchr(profile, '/');
	char folder[PATH_MAX] = ".";

	if (access(profile, F_OK) == 0)
		return sl_error_code(err, SL_ERR_EXISTS, "profile_exists",
		    "%s exists already", profile);
	if (slash != NULL)
		snprintf(folder, sizeof(folder), "%.*s",
		    slash == profile ? 1 : (int)(slash - profile), profile);
	return access(folder, W_OK) == 0 ? SL_OK
	                                 : sl_error_errno(err, "%s", folder);
}

enum sl_status
ctl_check_endpoint(struct sl_run *run, struct sl_error *err)
{
	const char *endpoint = sl_run_text(run, "endpoint");

	if (endpoint == NULL)
		return SL_OK;
	if (strncmp(endpoint, "https://", 8) != 0)
		return sl_run_usage(run, err,
		    "--endpoint: '%.80s' does not begin with https://",
		    endpoint);
	if (strlen(endpoint) > SL_PROFILE_URL_MAX)
		return sl_run_usage(run, err, "--endpoint is too long");
	return SL_OK;
}

enum sl_status
ctl_check_profile(struct sl_run *run, struct sl_error *err)
{
	const char *endpoint = sl_run_text(run, "endpoint");
	const char *profile = sl_run_text(run, "out-profile");
	enum sl_status status;

	if (profile != NULL && endpoint == NULL)
		return sl_run_usage(
		    run, err, "--out-profile needs --endpoint URL");
	if (profile == NULL && (endpoint != NULL || sl_run_has(run, "ca")))
		return sl_run_usage(
		    run, err, "--endpoint and --ca go with --out-profile");
	status = ctl_check_endpoint(run, err);
	if (status != SL_OK)
		return status;
	return profile == NULL ? SL_OK : check_place(profile, err);
}

static enum sl_status
copy_keys(char to[][SL_PROFILE_ROOT_LEN + 1], size_t *count, const json_t *keys,
    struct sl_error *err)
{
	json_t *key;
	size_t i;

	if (json_array_size(keys) > SL_PROFILE_ROOTS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "more than %d keys",
		    SL_PROFILE_ROOTS_MAX);
	json_array_foreach (keys, i, key)
		snprintf(to[(*count)++], SL_PROFILE_ROOT_LEN + 1, "%s",
		    json_string_value(key));
	return SL_OK;
}

static enum sl_status
add_billing(struct sl_profile *profile, struct sl_db *db, struct sl_error *err)
{
	json_t *active = json_array();
	json_t *rows;
	json_t *row;
	size_t i;
	enum sl_status status = sl_store_billing_key_list(&rows, db, err);

	if (status == SL_OK) {
		json_array_foreach (rows, i, row) {
			if (strcmp(ctl_text(row, "status"), "active") == 0)
				json_array_append(
				    active, json_object_get(row, "public_key"));
		}
		json_decref(rows);
		status = copy_keys(
		    profile->billing, &profile->billing_count, active, err);
	}
	json_decref(active);
	return status;
}

static enum sl_status
add_ca(struct sl_profile *profile, const char *path, struct sl_error *err)
{
	struct sl_buf pem;
	enum sl_status status;

	sl_buf_init(&pem, CA_BYTES_MAX);
	status = sl_file_read(&pem, path, err);
	if (status == SL_OK && pem.len > 0)
		profile->ca = strndup((const char *)pem.data, pem.len);
	if (status == SL_OK && profile->ca == NULL)
		status = sl_error_set(err, SL_ERR_INVALID, "%s is empty", path);
	sl_buf_clear(&pem);
	return status;
}

enum sl_status
ctl_fill_profile(struct sl_profile *profile, struct sl_run *run,
    struct sl_db *db, struct sl_error *err)
{
	const char *ca = sl_run_text(run, "ca");
	enum sl_status status;

	if (sl_run_text(run, "out-profile") == NULL)
		return SL_OK;
	snprintf(profile->endpoint, sizeof(profile->endpoint), "%s",
	    sl_run_text(run, "endpoint"));
	status = sl_store_trust_pin(&profile->pin, db, err);
	if (status == SL_OK)
		status = add_billing(profile, db, err);
	if (status == SL_OK && profile->pin.version == 0)
		sl_run_warn(run,
		    "no trust file is installed, so this profile pins no root "
		    "keys and nothing can be pulled with it: `sluicectl trust "
		    "install` first");
	if (status == SL_OK && ca != NULL)
		status = add_ca(profile, ca, err);
	return status;
}

enum sl_status
ctl_write_profile(struct sl_profile *profile, struct sl_run *run,
    const json_t *token, struct sl_error *err)
{
	struct sl_buf text;
	enum sl_status status;

	status = sl_time_parse(
	    &profile->expires_us, sl_slice_text(ctl_text(token, "expires")));
	if (status != SL_OK)
		return sl_error_set(err, status, "the expiry cannot be read");
	sl_buf_init(&text, SL_PROFILE_BYTES_MAX);
	status = sl_profile_format(&text, profile);
	if (status == SL_OK)
		status = sl_file_replace(sl_run_text(run, "out-profile"),
		    sl_buf_slice(&text), 0600, err);
	else
		sl_error_set(err, status, "the profile cannot be written");
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	sl_buf_clear(&text);
	return status;
}
