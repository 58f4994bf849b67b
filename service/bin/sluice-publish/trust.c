/* trust edit|show|check. */
#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/command/run.h"

#include "commands.h"
#include "trust_next.h"

#define WORD_MAX 4096

/* ---- edit ---- */

/* "KEY" or "KEY:REST"; `rest` is "" without one. */
static enum sl_status
split(char key[WORD_MAX], const char **rest, const char *text,
    struct sl_error *err)
{
	size_t len = strcspn(text, ":");

	if (len >= WORD_MAX)
		return sl_error_set(
		    err, SL_ERR_LIMIT, "the option is too long");
	memcpy(key, text, len);
	key[len] = '\0';
	*rest = text[len] == ':' ? text + len + 1 : "";
	return SL_OK;
}

static enum sl_status
add_one(struct trust_next *next, struct sl_run *run, enum sl_trust_role role,
    const char *text, struct sl_error *err)
{
	struct sl_trust_key line = {0};
	char name[WORD_MAX];
	char scope[WORD_MAX];
	const char *rest;
	enum sl_status status = split(name, &rest, text, err);

	if (status == SL_OK)
		status = trust_next_key(&line.key, next, run, name, err);
	if (status != SL_OK)
		return status;
	if (strlen(rest) >= sizeof(scope) ||
	    (role == SL_TRUST_WITNESS && strlen(rest) > SL_TRUST_ORIGIN_MAX))
		return sl_error_set(
		    err, SL_ERR_LIMIT, "'%.40s…' is too long", rest);
	if (role == SL_TRUST_PUBLISHER) {
		memcpy(scope, rest[0] == '\0' ? "*" : rest,
		    rest[0] == '\0' ? 2 : strlen(rest) + 1);
		line.scope = scope;
	} else if (role == SL_TRUST_WITNESS) {
		memcpy(line.name, rest, strlen(rest) + 1);
	}
	status = sl_trust_add_key(&next->trust, role, &line);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "too many %s keys",
	                             sl_trust_role_name(role));
}

static enum sl_status
add_keys(struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	static const char *const options[SL_TRUST_ROLE_COUNT] = {
	    [SL_TRUST_ROOT] = "add-root",
	    [SL_TRUST_PUBLISHER] = "add-publisher",
	    [SL_TRUST_LOG] = "add-log",
	    [SL_TRUST_WITNESS] = "add-witness",
	    [SL_TRUST_BILLING] = "add-billing",
	};

	for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++) {
		for (size_t i = 0; i < sl_run_count(run, options[role]); i++) {
			enum sl_status status =
			    add_one(next, run, (enum sl_trust_role)role,
			        sl_run_text_at(run, options[role], i), err);

			if (status != SL_OK)
				return status;
		}
	}
	return SL_OK;
}

static enum sl_status
remove_keys(struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	for (size_t i = 0; i < sl_run_count(run, "remove"); i++) {
		struct sl_verify_key key;
		bool is_gone = false;
		enum sl_status status = trust_next_key(
		    &key, next, run, sl_run_text_at(run, "remove", i), err);

		if (status != SL_OK)
			return status;
		for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++)
			is_gone |= sl_trust_drop_key(
			    &next->trust, (enum sl_trust_role)role, &key);
		if (!is_gone)
			return sl_error_code(err, SL_ERR_NOT_FOUND,
			    "key_not_found", "the trust file has no key %.80s",
			    sl_run_text_at(run, "remove", i));
	}
	return SL_OK;
}

static enum sl_status
retire_keys(struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	for (size_t i = 0; i < sl_run_count(run, "retire"); i++) {
		struct sl_verify_key key;
		char name[WORD_MAX];
		const char *time;
		int64_t until = sl_clock_wall_us();
		enum sl_status status =
		    split(name, &time, sl_run_text_at(run, "retire", i), err);

		if (status == SL_OK && time[0] != '\0' &&
		    sl_time_parse(&until, sl_slice_text(time)) != SL_OK)
			return sl_run_usage(
			    run, err, "--retire: '%.40s' is no time", time);
		if (status == SL_OK)
			status = trust_next_key(&key, next, run, name, err);
		if (status == SL_OK)
			status = trust_next_retire(next, &key, until, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
revoke_keys(struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	for (size_t i = 0; i < sl_run_count(run, "revoke"); i++) {
		struct sl_verify_key key;
		char name[WORD_MAX];
		const char *reason;
		enum sl_status status =
		    split(name, &reason, sl_run_text_at(run, "revoke", i), err);

		if (status == SL_OK)
			status = trust_next_key(&key, next, run, name, err);
		if (status == SL_OK)
			status = trust_next_revoke(next, &key,
			    reason[0] == '\0' ? "unspecified" : reason, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
edit(struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	enum sl_status status = trust_next_begin(next, run, err);

	if (status == SL_OK)
		status = remove_keys(next, run, err);
	if (status == SL_OK)
		status = retire_keys(next, run, err);
	if (status == SL_OK)
		status = revoke_keys(next, run, err);
	if (status == SL_OK)
		status = add_keys(next, run, err);
	if (status == SL_OK)
		status = trust_next_points(next, run, err);
	if (status != SL_OK)
		return status;
	next->trust.root_threshold = (uint32_t)sl_run_number(
	    run, "threshold", next->trust.root_threshold);
	next->trust.witness_threshold = (uint32_t)sl_run_number(
	    run, "witness-threshold", next->trust.witness_threshold);
	return trust_next_finish(next, run, err);
}

static enum sl_status
run_edit(struct sl_run *run, struct sl_error *err)
{
	struct trust_next next;
	enum sl_status status = edit(&next, run, err);

	trust_next_clear(&next);
	return status;
}

/* ---- show ---- */

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_arg(run, 0);
	struct trust_file file;
	enum sl_status status;

	trust_file_init(&file);
	status = path == NULL ? trust_file_installed(&file, run, err)
	                      : trust_file_read(&file, path, err);
	if (status == SL_OK) {
		trust_file_print(run, &file.trust);
		sl_run_json(run,
		    json_pack("{s:I, s:s%}", "version",
		        (json_int_t)file.trust.version, "text",
		        (const char *)file.text.data, file.text.len));
	}
	trust_file_clear(&file);
	return status;
}

/* ---- check ---- */

static enum sl_status
check(const struct trust_file *file, const struct trust_file *after,
    struct sl_error *err)
{
	struct sl_slice text = sl_buf_slice(&file->text);
	enum sl_status status;

	if (after == NULL)
		status = sl_trust_verify(&file->trust, text, file->signatures,
		    file->signature_count, err);
	else
		status = sl_trust_verify_next(&after->trust, &file->trust, text,
		    file->signatures, file->signature_count, err);
	if (status != SL_OK)
		return status;
	return sl_trust_check_time(&file->trust, sl_clock_wall_us(), err);
}

static enum sl_status
run_check(struct sl_run *run, struct sl_error *err)
{
	const char *after_path = sl_run_text(run, "after");
	struct trust_file file;
	struct trust_file after;
	enum sl_status status;

	trust_file_init(&file);
	trust_file_init(&after);
	status = trust_file_read(&file, sl_run_arg(run, 0), err);
	if (status == SL_OK && after_path != NULL)
		status = trust_file_read(&after, after_path, err);
	if (status == SL_OK)
		status = check(&file, after_path == NULL ? NULL : &after, err);
	if (status == SL_OK) {
		sl_run_print(run,
		    "version %u of %s is signed by enough root keys%s",
		    file.trust.version, file.trust.origin,
		    after_path == NULL ? "" : " of both versions");
		sl_run_json(run,
		    json_pack("{s:I, s:b}", "version",
		        (json_int_t)file.trust.version, "good", 1));
	}
	trust_file_clear(&after);
	trust_file_clear(&file);
	return status;
}

#define KEYS_OPTION(option, form, words)                                   \
	{                                                                  \
		.name = (option), .kind = SL_VALUE_TEXT,                   \
		.is_repeatable = true, .argument = (form), .help = (words) \
	}

static const struct sl_option edit_options[] = {
    TRUST_NEXT_OPTIONS,
    KEYS_OPTION("add-root", "KEY", "one more root key"),
    KEYS_OPTION("add-publisher", "KEY[:DATASETS]",
        "a key that signs batches, of all or of these datasets"),
    KEYS_OPTION("add-log", "KEY", "a key that signs checkpoints"),
    KEYS_OPTION("add-witness", "KEY:NAME", "a witness and its name"),
    KEYS_OPTION("add-billing", "KEY", "a key that signs statements"),
    KEYS_OPTION("remove", "KEY", "take a key out of all its roles"),
    KEYS_OPTION("retire", "KEY[:TIME]",
        "batches by this key count up to then (default: now) only"),
    KEYS_OPTION("revoke", "KEY[:REASON]", "nothing by this key counts"),
    KEYS_OPTION("vouch", "DATASET:EPOCH:SIZE:ROOT",
        "the log up to there is good, whoever signed its batches"),
    KEYS_OPTION("epoch", "DATASET:EPOCH:SIZE:ROOT",
        "this epoch goes on where the one before it ended"),
    {.name = "threshold",
        .kind = SL_VALUE_U64,
        .argument = "K",
        .help = "how many root keys must sign"},
    {.name = "witness-threshold",
        .kind = SL_VALUE_U64,
        .argument = "K",
        .help = "how many witnesses must have cosigned"},
    {0},
};

const struct sl_command command_trust_edit = {
    .name = "trust edit",
    .summary = "make the next trust file, for root keys to sign",
    .options = edit_options,
    .details = "KEY is a public key \"RW…\", its file, the name of one in the "
               "home folder, or\nthe id of one in the trust file.",
    .run = run_edit,
};

const struct sl_command command_trust_show = {
    .name = "trust show",
    .summary = "say what a trust file says",
    .arguments = "[FILE]",
    .args_max = 1,
    .details = "Without FILE, the newest that is installed.",
    .run = run_show,
};

static const struct sl_option check_options[] = {
    {.name = "after",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the version before it, whose root keys must have signed"},
    {0},
};

const struct sl_command command_trust_check = {
    .name = "trust check",
    .summary = "check a trust file's signatures, the *.minisig beside it",
    .arguments = "FILE",
    .args_min = 1,
    .args_max = 1,
    .options = check_options,
    .run = run_check,
};
