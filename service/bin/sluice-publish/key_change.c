/* key rotate|retire|revoke: requests for the next trust file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/command/run.h"
#include "sluice/store/publication.h"

#include "commands.h"
#include "place.h"
#include "trust_next.h"

/* What waits beside NAME until the trust file has it. */
#define NEXT_SUFFIX  ".next"
#define KEY_NAME_MAX (SL_SLUG_MAX + sizeof(NEXT_SUFFIX))

/* ---- rotate ---- */

struct rotation {
	struct sl_run *run;
	const char *name;
	char next_name[KEY_NAME_MAX];
	struct sl_verify_key old;
	struct sl_verify_key new;
	struct trust_next next;
};

static enum sl_status
load_public(struct sl_verify_key *out, struct sl_run *run, const char *name,
    struct sl_error *err)
{
	char *path;
	enum sl_status status = place_key_path(&path, run, name, "pub", err);

	if (status == SL_OK)
		status = sl_verify_key_load(out, path, err);
	free(path);
	return status;
}

/* Made once; a second run finds it. */
static enum sl_status
make_next(struct rotation *r, struct sl_error *err)
{
	char *secret = NULL;
	char *public = NULL;
	enum sl_status status;

	status = place_key_path(&secret, r->run, r->next_name, "key", err);
	if (status == SL_OK)
		status =
		    place_key_path(&public, r->run, r->next_name, "pub", err);
	if (status == SL_OK && access(public, F_OK) != 0)
		status = place_make_key(NULL, r->run, secret, public,
		    r->next_name, sl_run_flag(r->run, "no-passphrase"), err);
	if (status == SL_OK)
		status = sl_verify_key_load(&r->new, public, err);
	free(secret);
	free(public);
	return status;
}

/* The new key next to the old one, in all its roles. */
static enum sl_status
add_next(struct rotation *r, struct sl_error *err)
{
	struct sl_trust *trust = &r->next.trust;
	bool is_listed = false;

	for (size_t i = 0; i < SL_TRUST_ROLE_COUNT; i++) {
		enum sl_trust_role role = (enum sl_trust_role)i;
		const struct sl_trust_key *line =
		    sl_trust_find(trust, role, &r->old);
		struct sl_trust_key copy;

		if (line == NULL)
			continue;
		copy = *line;
		copy.key = r->new;
		copy.until_us = 0;
		is_listed = true;
		if (sl_trust_add_key(trust, role, &copy) != SL_OK)
			return sl_error_set(err, SL_ERR_LIMIT,
			    "too many %s keys", sl_trust_role_name(role));
	}
	return is_listed
	    ? SL_OK
	    : sl_error_code(err, SL_ERR_NOT_FOUND, "key_not_found",
	          "the trust file has no key %s that counts", r->name);
}

static bool
has_both(const struct rotation *r)
{
	for (size_t i = 0; i < SL_TRUST_ROLE_COUNT; i++)
		if (sl_trust_find(&r->next.base.trust, (enum sl_trust_role)i,
		        &r->new) != NULL)
			return true;
	return false;
}

/* FROM.key and FROM.pub become TO's, which must not be there. */
static enum sl_status
rename_pair(
    struct sl_run *run, const char *from, const char *to, struct sl_error *err)
{
	static const char *const extensions[] = {"key", "pub"};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < 2; i++) {
		char *old = NULL;
		char *new = NULL;

		status = place_key_path(&old, run, from, extensions[i], err);
		if (status == SL_OK)
			status =
			    place_key_path(&new, run, to, extensions[i], err);
		/* The other half may have gone before a crash. */
		if (status == SL_OK && access(old, F_OK) == 0 &&
		    renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE) !=
		        0)
			status = sl_error_errno(err, "%s", new);
		free(old);
		free(new);
	}
	return status;
}

static enum sl_status
take_over(struct rotation *r, struct sl_error *err)
{
	char id[SL_KEY_ID_TEXT_LEN + 1];
	char old_name[KEY_NAME_MAX + SL_KEY_ID_TEXT_LEN];
	enum sl_status status;

	sl_verify_key_format_id(id, &r->old);
	for (char *at = id; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'F')
			*at = (char)(*at - 'A' + 'a');
	(void)snprintf(old_name, sizeof(old_name), "old-%s", id);
	status = rename_pair(r->run, r->name, old_name, err);
	if (status == SL_OK)
		status = rename_pair(r->run, r->next_name, r->name, err);
	if (status != SL_OK)
		return status;
	sl_run_print(r->run, "%s is the new key from now on; the old one is %s",
	    r->name, old_name);
	sl_run_print(r->run,
	    "next: a publisher's old key: 'key retire %s'; a log's: once the "
	    "next batch is\nlogged, 'trust edit --remove %s'",
	    old_name, old_name);
	sl_run_json(
	    r->run, json_pack("{s:s, s:s}", "key", r->name, "old", old_name));
	return SL_OK;
}

/* Only publishers' keys are known to the database. */
static enum sl_status
register_next(struct rotation *r, struct sl_error *err)
{
	char text[SL_KEY_TEXT_LEN + 1];
	struct sl_db *db;
	json_t *row = NULL;
	enum sl_status status;

	if (sl_trust_find(&r->next.base.trust, SL_TRUST_PUBLISHER, &r->old) ==
	        NULL ||
	    sl_run_flag(r->run, "offline"))
		return SL_OK;
	status = place_connect(&db, r->run, err);
	if (status != SL_OK)
		return status;
	sl_verify_key_format(text, &r->new);
	status = sl_store_key_register(&row, db, text, err);
	json_decref(row);
	sl_db_close(db);
	return status;
}

static enum sl_status
rotate(struct rotation *r, struct sl_error *err)
{
	enum sl_status status = trust_next_begin(&r->next, r->run, err);

	if (strlen(r->name) > SL_SLUG_MAX - sizeof(NEXT_SUFFIX))
		return sl_run_usage(r->run, err, "the name is too long");
	(void)snprintf(
	    r->next_name, sizeof(r->next_name), "%s" NEXT_SUFFIX, r->name);
	if (status == SL_OK)
		status = load_public(&r->old, r->run, r->name, err);
	if (status == SL_OK)
		status = make_next(r, err);
	if (status == SL_OK && has_both(r))
		return take_over(r, err);
	if (status == SL_OK)
		status = add_next(r, err);
	if (status == SL_OK)
		status = register_next(r, err);
	if (status == SL_OK)
		status = trust_next_finish(&r->next, r->run, err);
	if (status == SL_OK)
		sl_run_print(r->run,
		    "when it is installed, 'key rotate %s' again: then %s "
		    "takes over",
		    r->name, r->next_name);
	return status;
}

static enum sl_status
run_rotate(struct sl_run *run, struct sl_error *err)
{
	struct rotation r = {.run = run, .name = sl_run_arg(run, 0)};
	enum sl_status status = rotate(&r, err);

	trust_next_clear(&r.next);
	return status;
}

/* ---- retire, revoke ---- */

static enum sl_status
retire_key(struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	struct sl_verify_key key;
	enum sl_status status = trust_next_begin(next, run, err);

	if (status == SL_OK)
		status =
		    trust_next_key(&key, next, run, sl_run_arg(run, 0), err);
	if (status == SL_OK)
		status = trust_next_retire(next, &key,
		    sl_run_time(run, "until", sl_clock_wall_us()), err);
	return status == SL_OK ? trust_next_finish(next, run, err) : status;
}

static enum sl_status
run_retire(struct sl_run *run, struct sl_error *err)
{
	struct trust_next next;
	enum sl_status status = retire_key(&next, run, err);

	trust_next_clear(&next);
	return status;
}

static enum sl_status
revoke_key(struct trust_next *next, struct sl_run *run, struct sl_error *err)
{
	struct sl_verify_key key;
	bool was_publisher = false;
	enum sl_status status = trust_next_begin(next, run, err);

	if (status == SL_OK)
		status =
		    trust_next_key(&key, next, run, sl_run_arg(run, 0), err);
	if (status == SL_OK) {
		was_publisher = sl_trust_find(&next->trust, SL_TRUST_PUBLISHER,
		                    &key) != NULL;
		status = trust_next_revoke(
		    next, &key, sl_run_text(run, "reason"), err);
	}
	if (status == SL_OK)
		status = trust_next_points(next, run, err);
	if (status == SL_OK)
		status = trust_next_finish(next, run, err);
	if (status == SL_OK && was_publisher && !sl_run_has(run, "vouch"))
		sl_run_warn(run,
		    "customers will refuse every batch that this key signed; "
		    "--vouch says which log is good nevertheless");
	return status;
}

static enum sl_status
run_revoke(struct sl_run *run, struct sl_error *err)
{
	struct trust_next next;
	enum sl_status status = revoke_key(&next, run, err);

	trust_next_clear(&next);
	return status;
}

static const struct sl_option rotate_options[] = {
    TRUST_NEXT_OPTIONS,
    {.name = "offline",
        .kind = SL_VALUE_FLAG,
        .help = "do not register a publisher's new key in the database"},
    {.name = "no-passphrase",
        .kind = SL_VALUE_FLAG,
        .help = "put the new key under no passphrase"},
    {0},
};

const struct sl_command command_key_rotate = {
    .name = "key rotate",
    .summary = "replace a key, in two runs: before and after the trust file",
    .arguments = "NAME",
    .args_min = 1,
    .args_max = 1,
    .options = rotate_options,
    .details = "The first run makes NAME.next and a trust file that has both "
               "keys, for root\nkeys to sign.  Once that is installed, the "
               "second lets the new key take the name.",
    .run = run_rotate,
};

static const struct sl_option retire_options[] = {
    TRUST_NEXT_OPTIONS,
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "batches published up to then count (default: now)"},
    {0},
};

const struct sl_command command_key_retire = {
    .name = "key retire",
    .summary = "let a publisher's key sign nothing new; for root keys to sign",
    .arguments = "KEY",
    .args_min = 1,
    .args_max = 1,
    .options = retire_options,
    .run = run_retire,
};

static const struct sl_option revoke_options[] = {
    TRUST_NEXT_OPTIONS,
    {.name = "reason",
        .kind = SL_VALUE_TEXT,
        .argument = "CODE",
        .is_required = true,
        .help = "one word, such as key_compromised"},
    {.name = "vouch",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "DATASET:EPOCH:SIZE:ROOT",
        .help = "the log up to there is good, whoever signed its batches"},
    {.name = "epoch",
        .kind = SL_VALUE_TEXT,
        .is_repeatable = true,
        .argument = "DATASET:EPOCH:SIZE:ROOT",
        .help = "this epoch goes on where the one before it ended"},
    {0},
};

const struct sl_command command_key_revoke = {
    .name = "key revoke",
    .summary = "let a key count for nothing any more; for root keys to sign",
    .arguments = "KEY",
    .args_min = 1,
    .args_max = 1,
    .options = revoke_options,
    .details = "For a key that somebody else has.  What it signed before is "
               "refused as well,\nunless root vouches for it.",
    .run = run_revoke,
};
