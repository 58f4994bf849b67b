/* trust install|show|list: the root statements that customers check. */
#include "sluice/catalog/trust.h"

#include <string.h>

#include "change.h"
#include "commands.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/crypto/minisig.h"
#include "sluice/store/trust.h"

/* A trust file as it was brought. */
struct brought {
	struct sl_trust trust;
	struct sl_buf text;
	json_t *signatures; /* {"KEYID16": the minisign file} */
};

static void
brought_init(struct brought *brought)
{
	sl_trust_init(&brought->trust);
	sl_buf_init(&brought->text, SL_TRUST_BYTES_MAX);
	brought->signatures = json_object();
}

static void
brought_clear(struct brought *brought)
{
	sl_trust_clear(&brought->trust);
	sl_buf_clear(&brought->text);
	json_decref(brought->signatures);
}

static enum sl_status
keep_signature(json_t *signatures, struct sl_buf *file, struct sl_error *err)
{
	struct sl_minisig minisig;
	struct sl_verify_key key = {0};
	char id[SL_KEY_ID_TEXT_LEN + 1];
	enum sl_status status =
	    sl_minisig_parse(&minisig, sl_buf_slice(file), err);

	if (status != SL_OK)
		return status;
	memcpy(key.id, minisig.key_id, sizeof(key.id));
	sl_verify_key_format_id(id, &key);
	return json_object_set_new(signatures, id,
	           json_stringn((const char *)file->data, file->len)) == 0
	    ? SL_OK
	    : sl_error_set(err, SL_ERR_INVALID, "it is not text");
}

static enum sl_status
read_signature(json_t *signatures, const char *path, struct sl_error *err)
{
	struct sl_buf file;
	enum sl_status status;

	sl_buf_init(&file, SL_MINISIG_MAX);
	status = sl_file_read(&file, path, err);
	if (status == SL_OK) {
		status = keep_signature(signatures, &file, err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "%s", path);
	}
	sl_buf_clear(&file);
	return status;
}

static enum sl_status
bring(struct brought *brought, struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_arg(run, 0);
	enum sl_status status = sl_file_read(&brought->text, path, err);

	if (status != SL_OK)
		return status;
	status =
	    sl_trust_parse(&brought->trust, sl_buf_slice(&brought->text), err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", path);
	for (size_t i = 1; status == SL_OK && i < sl_run_arg_count(run); i++)
		status = read_signature(
		    brought->signatures, sl_run_arg(run, i), err);
	return status;
}

static size_t
gather(
    struct sl_slice out[SL_TRUST_SIGNATURES_MAX], const struct brought *brought)
{
	json_t *version = json_pack("{s:O}", "signatures", brought->signatures);
	size_t count = sl_store_trust_signatures(out, version);

	json_decref(version); /* the strings are `brought`'s still */
	return count;
}

/* What every client will check, before it is in the way of all of them. */
static enum sl_status
judge(const struct brought *brought, const struct sl_trust *before,
    struct sl_error *err)
{
	struct sl_slice signatures[SL_TRUST_SIGNATURES_MAX];
	size_t count = gather(signatures, brought);
	struct sl_slice text = sl_buf_slice(&brought->text);
	enum sl_status status;

	status = before == NULL
	    ? sl_trust_verify(&brought->trust, text, signatures, count, err)
	    : sl_trust_verify_next(
	          before, &brought->trust, text, signatures, count, err);
	return status == SL_OK
	    ? sl_trust_check_time(&brought->trust, sl_clock_wall_us(), err)
	    : status;
}

static enum sl_status
judge_after(
    const struct brought *brought, struct sl_db *db, struct sl_error *err)
{
	struct sl_trust before;
	json_t *version;
	enum sl_status status;

	if (brought->trust.version == 1)
		return judge(brought, NULL, err);
	status =
	    sl_store_trust_show(&version, db, brought->trust.version - 1, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_code(err, SL_ERR_CONFLICT, "trust_version",
		    "version %u cannot be installed before version %u",
		    brought->trust.version, brought->trust.version - 1);
	if (status != SL_OK)
		return status;
	sl_trust_init(&before);
	status = sl_trust_parse(
	    &before, sl_slice_text(ctl_text(version, "text")), err);
	if (status == SL_OK)
		status = judge(brought, &before, err);
	sl_trust_clear(&before);
	json_decref(version);
	return status;
}

static enum sl_status
install(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const struct brought *brought = ctx;
	const struct sl_trust_installation installation = {
	    .version = brought->trust.version,
	    .text = sl_buf_slice(&brought->text),
	    .signatures = brought->signatures,
	    .reason = sl_run_text(run, "reason")};
	enum sl_status status = judge_after(brought, db, err);

	return status == SL_OK
	    ? sl_store_trust_install(out, db, &installation, err)
	    : status;
}

static enum sl_status
tell_fingerprint(
    struct sl_run *run, const struct sl_trust *trust, struct sl_error *err)
{
	struct sl_trust_pin pin;
	char fingerprint[SL_TRUST_FINGERPRINT_LEN + 1];
	enum sl_status status;

	sl_trust_pin_of(&pin, trust);
	status = sl_trust_pin_fingerprint(fingerprint, &pin);
	if (status != SL_OK)
		return sl_error_set(err, status, "SHA-256 is not available");
	sl_run_print(run, "root keys: %u of %zu, fingerprint %s", pin.threshold,
	    pin.key_count, fingerprint);
	return SL_OK;
}

static enum sl_status
run_install(struct sl_run *run, struct sl_error *err)
{
	struct brought brought;
	json_t *object = NULL;
	enum sl_status status;

	brought_init(&brought);
	status = brought.signatures == NULL ? SL_ERR_NOMEM
	                                    : bring(&brought, run, err);
	if (status == SL_OK)
		status = ctl_change(&object, run, install, &brought, err);
	if (status == SL_OK)
		status = tell_fingerprint(run, &brought.trust, err);
	if (status == SL_OK) {
		status = ctl_tell(run, "trust", "file", object, err);
		object = NULL;
	}
	json_decref(object);
	brought_clear(&brought);
	return status;
}

/* ---- show, list ---- */

static enum sl_status
ask_version(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct sl_value number;
	enum sl_status status;

	(void)ctx;
	if (sl_run_arg(run, 0) == NULL)
		return sl_store_trust_latest(out, db, err);
	status = sl_value_parse(&number, SL_VALUE_U64, sl_run_arg(run, 0), err);
	if (status != SL_OK || number.number > SL_TRUST_VERSION_MAX)
		return sl_run_usage(
		    run, err, "'%.40s' is not a version", sl_run_arg(run, 0));
	return sl_store_trust_show(out, db, (uint32_t)number.number, err);
}

/* For people the file as it is: line by line, each key in its role. */
static void
print_version(struct sl_run *run, const json_t *version)
{
	const char *line = ctl_text(version, "text");
	json_t *signatures = json_object_get(version, "signatures");
	const char *id;
	json_t *value;

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		sl_run_print(run, "%.*s", (int)len, line);
		line += len + (line[len] == '\n' ? 1 : 0);
	}
	json_object_foreach (signatures, id, value)
		sl_run_print(run, "signed by %s", id);
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	struct sl_trust trust;
	json_t *version;
	enum sl_status status = ctl_ask(&version, run, ask_version, NULL, err);

	if (status != SL_OK)
		return status;
	sl_trust_init(&trust);
	status = sl_trust_parse(
	    &trust, sl_slice_text(ctl_text(version, "text")), err);
	if (status == SL_OK) {
		print_version(run, version);
		status = tell_fingerprint(run, &trust, err);
	}
	sl_trust_clear(&trust);
	sl_run_json(run, version);
	return status;
}

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_trust_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"version", "Version", SL_COLUMN_COUNT},
	    {"issued", "Issued", SL_COLUMN_TEXT},
	    {"expires", "Expires", SL_COLUMN_TEXT},
	    {"signatures", "Signatures", SL_COLUMN_COUNT},
	    {"installed", "Installed", SL_COLUMN_TEXT},
	    {"actor", "By", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no trust file is installed", err);
}

static const struct sl_option install_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_trust_install = {
    .name = "trust install",
    .summary = "install the next trust file, signed by enough root keys",
    .arguments = "FILE SIGNATURE...",
    .args_min = 2,
    .args_max = 1 + SL_TRUST_SIGNATURES_MAX,
    .options = install_options,
    .details = "The signatures are checked as customers' clients check them: "
               "version N+1\nneeds enough root keys of version N and enough "
               "of its own.  What is\ninstalled is never changed, only "
               "followed.",
    .run = run_install,
};

const struct sl_command ctl_trust_show = {
    .name = "trust show",
    .summary = "show a trust file, the newest unless a version is given",
    .arguments = "[VERSION]",
    .args_max = 1,
    .run = run_show,
};

const struct sl_command ctl_trust_list = {
    .name = "trust list",
    .summary = "list the trust files that are installed",
    .run = run_list,
};
