/* key generate|list|revoke: billing keys, and what is trusted no more. */
#include "sluice/crypto/key.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "commands.h"
#include "sluice/store/publisher.h"
#include "sluice/store/receipt.h"

/* FILE.pub, or billing.pub for billing.key. */
static enum sl_status
public_path(char out[PATH_MAX], const char *path, struct sl_error *err)
{
	size_t len = strlen(path);

	if (len > 4 && strcmp(path + len - 4, ".key") == 0)
		len -= 4;
	if (len + sizeof(".pub") > PATH_MAX)
		return sl_error_set(
		    err, SL_ERR_LIMIT, "the file's name is too long");
	snprintf(out, PATH_MAX, "%.*s.pub", (int)len, path);
	return SL_OK;
}

static enum sl_status
add(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	return sl_store_billing_key_add(
	    out, db, ctx, sl_run_text(run, "reason"), err);
}

/* A pair that is there already is registered only. */
static enum sl_status
take_key(struct sl_sign_key **key, bool *is_new, const char *path,
    struct sl_error *err)
{
	*is_new = access(path, F_OK) != 0;
	if (!*is_new)
		return sl_sign_key_load(key, path, err);
	if (sl_sign_key_generate(key) != SL_OK)
		return sl_error_set(
		    err, SL_ERR_NOMEM, "the key cannot be made");
	return SL_OK;
}

static enum sl_status
save_key(const struct sl_sign_key *key, const struct sl_verify_key *public,
    const char *path, struct sl_error *err)
{
	char pub[PATH_MAX];
	enum sl_status status = public_path(pub, path, err);

	if (status == SL_OK)
		status = sl_sign_key_save(key, path, err);
	if (status == SL_OK)
		status = sl_verify_key_save(public, pub, err);
	return status;
}

/* The files are written first: a registered key that nobody has would be
 * trusted for nothing. */
static enum sl_status
generate(struct sl_run *run, struct sl_sign_key *key, bool is_new,
    struct sl_error *err)
{
	const char *path = sl_run_text(run, "billing");
	struct sl_verify_key public;
	char text[SL_KEY_TEXT_LEN + 1];
	json_t *object = NULL;
	enum sl_status status = SL_OK;

	sl_sign_key_public(key, &public);
	sl_verify_key_format(text, &public);
	if (is_new && !sl_run_flag(run, "dry-run"))
		status = save_key(key, &public, path, err);
	if (status == SL_OK)
		status = ctl_change(&object, run, add, text, err);
	if (status != SL_OK) {
		if (is_new)
			sl_run_hint(
			    run, "the same command again registers the key");
		return status;
	}
	return ctl_tell(run, "billing key", text, object, err);
}

static enum sl_status
run_generate(struct sl_run *run, struct sl_error *err)
{
	struct sl_sign_key *key = NULL;
	bool is_new = false;
	enum sl_status status;

	status = take_key(&key, &is_new, sl_run_text(run, "billing"), err);
	if (status == SL_OK)
		status = generate(run, key, is_new, err);
	sl_sign_key_free(key);
	return status;
}

static enum sl_status
list(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	(void)run;
	(void)ctx;
	return sl_store_billing_key_list(out, db, err);
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"public_key", "Public key", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"created", "Registered", SL_COLUMN_TEXT},
	    {0},
	};

	return ctl_list(run, list, columns, "no billing keys", err);
}

static bool
is_kind(const struct sl_run *run, const char *kind)
{
	const char *text = sl_run_text(run, "kind");

	return strcmp(text == NULL ? "publisher" : text, kind) == 0;
}

static enum sl_status
revoke_key(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	const char *key = sl_run_arg(run, 0);
	const char *reason = sl_run_text(run, "reason");

	(void)ctx;
	if (is_kind(run, "billing"))
		return sl_store_billing_key_revoke(out, db, key, reason, err);
	if (is_kind(run, "customer"))
		return sl_store_customer_key_revoke(out, db, key, reason, err);
	return sl_store_key_revoke(out, db, key, reason, err);
}

static enum sl_status
run_revoke(struct sl_run *run, struct sl_error *err)
{
	if (!is_kind(run, "publisher") && !is_kind(run, "billing") &&
	    !is_kind(run, "customer"))
		return sl_run_usage(run, err,
		    "--kind: '%.40s' is none of publisher, billing and "
		    "customer",
		    sl_run_text(run, "kind"));
	return ctl_change_told(run, "key", sl_run_arg(run, 0), revoke_key, err);
}

static const struct sl_option generate_options[] = {
    {.name = "billing",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .is_required = true,
        .help = "where the secret key goes, such as billing.key; the public "
                "one goes beside it"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option revoke_options[] = {
    {.name = "kind",
        .kind = SL_VALUE_TEXT,
        .argument = "KIND",
        .help = "whose it is: publisher (as without it), billing or "
                "customer"},
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_key_generate = {
    .name = "key generate",
    .summary = "make a billing key and register it",
    .options = generate_options,
    .details = "Statements and licence files are signed with it; customers' "
               "profiles name\nit.  A key that is there already is only "
               "registered.",
    .run = run_generate,
};

const struct sl_command ctl_key_list = {
    .name = "key list",
    .summary = "list billing keys",
    .run = run_list,
};

const struct sl_command ctl_key_revoke = {
    .name = "key revoke",
    .summary = "trust a key no more",
    .arguments = "PUBLIC-KEY",
    .args_min = 1,
    .args_max = 1,
    .options = revoke_options,
    .run = run_revoke,
};
