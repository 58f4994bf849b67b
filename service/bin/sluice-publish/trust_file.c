#include "trust_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/command/run.h"
#include "sluice/crypto/minisig.h"
#include "sluice/store/trust.h"

#include "place.h"

#define SIGNATURE_SUFFIX ".minisig"

void
trust_file_init(struct trust_file *file)
{
	memset(file, 0, sizeof(*file));
	sl_trust_init(&file->trust);
	sl_buf_init(&file->text, SL_TRUST_BYTES_MAX);
}

void
trust_file_clear(struct trust_file *file)
{
	for (size_t i = 0; i < file->signature_count; i++)
		sl_buf_clear(&file->files[i]);
	sl_buf_clear(&file->text);
	sl_trust_clear(&file->trust);
	file->signature_count = 0;
}

/* A new empty signature at the end; NULL, with words, if there are too many. */
static struct sl_buf *
next_signature(struct trust_file *file, struct sl_error *err)
{
	struct sl_buf *buf;

	if (file->signature_count == SL_TRUST_SIGNATURES_MAX) {
		(void)sl_error_set(err, SL_ERR_LIMIT, "more than %d signatures",
		    SL_TRUST_SIGNATURES_MAX);
		return NULL;
	}
	buf = &file->files[file->signature_count++];
	sl_buf_init(buf, SL_MINISIG_MAX);
	return buf;
}

static bool
is_signature(const char *name)
{
	size_t len = strlen(name);
	size_t suffix = strlen(SIGNATURE_SUFFIX);

	return len > suffix &&
	    strcmp(name + len - suffix, SIGNATURE_SUFFIX) == 0;
}

static enum sl_status
read_signature(struct trust_file *file, const char *folder, const char *name,
    struct sl_error *err)
{
	struct sl_minisig minisig;
	struct sl_buf *buf = next_signature(file, err);
	char *path;
	enum sl_status status;

	if (buf == NULL)
		return SL_ERR_LIMIT;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_read(buf, path, err);
	if (status == SL_OK) {
		status = sl_minisig_parse(&minisig, sl_buf_slice(buf), err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "%s", path);
	}
	file->signatures[file->signature_count - 1] = sl_buf_slice(buf);
	free(path);
	return status;
}

static enum sl_status
read_signatures(
    struct trust_file *file, const char *folder, struct sl_error *err)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);
	enum sl_status status = SL_OK;

	if (dir == NULL)
		return sl_error_errno(err, "%s", folder);
	while (status == SL_OK && (entry = readdir(dir)) != NULL)
		if (is_signature(entry->d_name))
			status =
			    read_signature(file, folder, entry->d_name, err);
	closedir(dir);
	return status;
}

/* The folder that `path` is in; the caller frees. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

enum sl_status
trust_file_read(struct trust_file *out, const char *path, struct sl_error *err)
{
	char *folder;
	enum sl_status status = sl_file_read(&out->text, path, err);

	if (status != SL_OK)
		return status;
	status = sl_trust_parse(&out->trust, sl_buf_slice(&out->text), err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", path);
	folder = folder_of(path);
	if (folder == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = read_signatures(out, folder, err);
	free(folder);
	return status;
}

static enum sl_status
take_version(
    struct trust_file *out, const json_t *version, struct sl_error *err)
{
	json_t *signatures = json_object_get(version, "signatures");
	const char *id;
	json_t *value;
	enum sl_status status = sl_buf_append_text(
	    &out->text, json_string_value(json_object_get(version, "text")));

	if (status == SL_OK)
		status =
		    sl_trust_parse(&out->trust, sl_buf_slice(&out->text), err);
	json_object_foreach (signatures, id, value) {
		struct sl_buf *buf =
		    status == SL_OK ? next_signature(out, err) : NULL;

		if (buf == NULL)
			return status == SL_OK ? SL_ERR_LIMIT : status;
		status = sl_buf_append_text(buf, json_string_value(value));
		out->signatures[out->signature_count - 1] = sl_buf_slice(buf);
	}
	return status;
}

enum sl_status
trust_file_installed(
    struct trust_file *out, struct sl_run *run, struct sl_error *err)
{
	struct sl_db *db;
	json_t *version = NULL;
	enum sl_status status = place_connect(&db, run, err);

	if (status != SL_OK)
		return status;
	status = sl_store_trust_latest(&version, db, err);
	if (status == SL_OK)
		status = take_version(out, version, err);
	json_decref(version);
	sl_db_close(db);
	return status;
}

/* The same bytes may be there already. */
static enum sl_status
write_once(const char *path, struct sl_slice bytes, struct sl_error *err)
{
	struct sl_buf there;
	enum sl_status status;

	sl_buf_init(&there, SL_TRUST_BYTES_MAX);
	status = sl_file_read(&there, path, NULL);
	if (status == SL_ERR_NOT_FOUND)
		status = sl_file_replace(path, bytes, 0644, err);
	else if (status != SL_OK || !sl_slice_is(sl_buf_slice(&there), bytes))
		status = sl_error_code(err, SL_ERR_EXISTS, "trust_exists",
		    "%s is there already with other contents", path);
	sl_buf_clear(&there);
	return status;
}

enum sl_status
trust_file_write(char **out, const char *folder, const struct sl_trust *trust,
    struct sl_error *err)
{
	struct sl_buf text;
	char *dir = NULL;
	enum sl_status status;

	*out = NULL;
	sl_buf_init(&text, SL_TRUST_BYTES_MAX);
	status = sl_trust_format(&text, trust, err);
	if (status == SL_OK &&
	    (asprintf(&dir, "%s/trust/%u", folder, trust->version) < 0 ||
	        asprintf(out, "%s/trust", dir) < 0))
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (status == SL_OK)
		status = sl_file_make_dirs(dir, err);
	if (status == SL_OK)
		status = write_once(*out, sl_buf_slice(&text), err);
	free(dir);
	sl_buf_clear(&text);
	if (status != SL_OK) {
		free(*out);
		*out = NULL;
	}
	return status;
}

static enum sl_status
signature_path(char **out, const char *path, const struct sl_sign_key *key)
{
	struct sl_verify_key verify;
	char id[SL_KEY_ID_TEXT_LEN + 1];
	char *folder = folder_of(path);
	int len;

	if (folder == NULL)
		return SL_ERR_NOMEM;
	sl_sign_key_public(key, &verify);
	sl_verify_key_format_id(id, &verify);
	len = asprintf(out, "%s/%s" SIGNATURE_SUFFIX, folder, id);
	free(folder);
	return len < 0 ? SL_ERR_NOMEM : SL_OK;
}

enum sl_status
trust_file_sign(char **out, const char *path, const char *to,
    struct sl_slice text, const struct sl_sign_key *key, struct sl_error *err)
{
	struct sl_buf minisig;
	enum sl_status status;

	*out = NULL;
	if (to != NULL)
		status = (*out = strdup(to)) == NULL ? SL_ERR_NOMEM : SL_OK;
	else
		status = signature_path(out, path, key);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	status = sl_minisig_write(&minisig, key, text, "sluice-trust/v1");
	if (status == SL_OK)
		status =
		    sl_file_replace(*out, sl_buf_slice(&minisig), 0644, err);
	sl_buf_clear(&minisig);
	if (status != SL_OK) {
		free(*out);
		*out = NULL;
	}
	return status;
}

/* ---- for people ---- */

static void
print_key(struct sl_run *run, const struct sl_trust *trust,
    enum sl_trust_role role, const struct sl_trust_key *key)
{
	char text[SL_KEY_TEXT_LEN + 1];
	char id[SL_KEY_ID_TEXT_LEN + 1];
	char until[SL_TIME_TEXT_MAX] = "";
	const char *rest = key->scope != NULL ? key->scope : key->name;

	sl_verify_key_format(text, &key->key);
	sl_verify_key_format_id(id, &key->key);
	if (key->until_us != 0)
		sl_time_format(until, key->until_us);
	sl_run_print(run, "  %-9s %s  %s%s%s%s%s", sl_trust_role_name(role), id,
	    text, rest[0] != '\0' ? "  " : "", rest,
	    until[0] != '\0' ? "  until " : "", until);
	if (sl_trust_revoked(trust, &key->key) != NULL)
		sl_run_print(run, "            (revoked)");
}

static void
print_rest(struct sl_run *run, const struct sl_trust *trust)
{
	for (size_t i = 0; i < trust->revoked_count; i++) {
		char id[SL_KEY_ID_TEXT_LEN + 1];
		char at[SL_TIME_TEXT_MAX];

		sl_verify_key_format_id(id, &trust->revoked[i].key);
		sl_time_format(at, trust->revoked[i].at_us);
		sl_run_print(run, "  revoked   %s  since %s  %s", id, at,
		    trust->revoked[i].reason);
	}
	for (size_t i = 0; i < trust->vouch_count; i++)
		sl_run_print(run, "  vouch     %s, epoch %u, up to batch %u",
		    trust->vouches[i].dataset, trust->vouches[i].epoch,
		    trust->vouches[i].size);
	for (size_t i = 0; i < trust->epoch_count; i++)
		sl_run_print(run, "  epoch     %s, epoch %u after batch %u",
		    trust->epochs[i].dataset, trust->epochs[i].epoch,
		    trust->epochs[i].size);
}

void
trust_file_print(struct sl_run *run, const struct sl_trust *trust)
{
	char issued[SL_TIME_TEXT_MAX];
	char expires[SL_TIME_TEXT_MAX];
	char fingerprint[SL_TRUST_FINGERPRINT_LEN + 1] = "";
	struct sl_trust_pin pin;

	sl_time_format(issued, trust->issued_us);
	sl_time_format(expires, trust->expires_us);
	sl_trust_pin_of(&pin, trust);
	if (sl_trust_pin_fingerprint(fingerprint, &pin) != SL_OK)
		fingerprint[0] = '\0';
	sl_run_print(
	    run, "Trust file of %s, version %u", trust->origin, trust->version);
	sl_run_print(run, "  issued %s, expires %s", issued, expires);
	sl_run_print(run, "  root keys: %u of %zu sign, fingerprint %s",
	    pin.threshold, pin.key_count, fingerprint);
	sl_run_print(run, "  witnesses needed: %u", trust->witness_threshold);
	for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++)
		for (size_t i = 0; i < trust->key_count[role]; i++)
			print_key(run, trust, (enum sl_trust_role)role,
			    &trust->keys[role][i]);
	print_rest(run, trust);
}

/* The next line of `rest`, without its newline. */
static bool
take_line(struct sl_slice *rest, struct sl_slice *line)
{
	const unsigned char *end =
	    rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);

	if (end == NULL)
		return false;
	*line = sl_slice_of(rest->data, (size_t)(end - rest->data));
	rest->data += line->len + 1;
	rest->len -= line->len + 1;
	return true;
}

static bool
has_line(struct sl_slice text, struct sl_slice wanted)
{
	struct sl_slice line;

	while (take_line(&text, &line))
		if (sl_slice_is(line, wanted))
			return true;
	return false;
}

void
trust_file_print_changes(
    struct sl_run *run, struct sl_slice from, struct sl_slice to)
{
	struct sl_slice rest = from;
	struct sl_slice line;

	while (take_line(&rest, &line))
		if (!has_line(to, line))
			sl_run_print(run, "- %.*s", (int)line.len, line.data);
	rest = to;
	while (take_line(&rest, &line))
		if (!has_line(from, line))
			sl_run_print(run, "+ %.*s", (int)line.len, line.data);
}
