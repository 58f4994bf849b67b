/* token issue|rotate: secrets are made here and shown or written once. */
#include "sluice/crypto/token.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "commands.h"
#include "profile.h"
#include "sluice/base/clock.h"
#include "sluice/store/token.h"

#define TAIL_LEN 4
/* A code is a token without the word that says so. */
#define CODE_OFFSET (sizeof(SL_TOKEN_PREFIX) - 1)
#define LINK_MAX    (SL_PROFILE_URL_MAX + 64)
#define OVERLAP_S   (7 * 86400)

/* What the secret is for, and where it goes. */
struct work {
	struct sl_profile profile; /* with the new token */
	struct sl_secret pepper;
	bool is_written; /* the profile lies there */
};

static bool
is_dry(const struct sl_run *run)
{
	return sl_run_flag(run, "dry-run");
}

/* The profile is written before the commit, so that no token is without its
 * owner; what was rolled back is taken away again. */
static enum sl_status
write_profile(struct work *work, struct sl_run *run, const json_t *token,
    struct sl_error *err)
{
	enum sl_status status;

	if (sl_run_text(run, "out-profile") == NULL || is_dry(run))
		return SL_OK;
	status = ctl_write_profile(&work->profile, run, token, err);
	work->is_written = status == SL_OK;
	return status;
}

/* After the commit: this once to standard output, unless it went to a file. */
static enum sl_status
hand_over(struct sl_run *run, const char *what, const char *secret,
    json_t *object, struct sl_error *err)
{
	if (is_dry(run) || sl_run_has(run, "out-profile"))
		return ctl_tell(run, "token", NULL, object, err);
	sl_run_say(run, "this %s is shown once; hand it over safely:", what);
	sl_run_print(run, "%s", secret);
	json_object_set_new(object, what, json_string(secret));
	sl_run_json(run, object);
	return SL_OK;
}

static enum sl_status
start(struct work *work, struct sl_run *run, struct sl_error *err)
{
	memset(work, 0, sizeof(*work));
	sl_profile_init(&work->profile);
	sl_token_make(work->profile.token);
	if (sl_run_time(run, "until", INT64_MAX) <= sl_clock_wall_us())
		return sl_run_usage(run, err, "--until %s is in the past",
		    sl_run_text(run, "until"));
	return ctl_load_pepper(&work->pepper, run, err);
}

static void
finish(struct work *work, struct sl_run *run, enum sl_status status)
{
	if (status != SL_OK && work->is_written)
		unlink(sl_run_text(run, "out-profile"));
	sl_profile_clear(&work->profile);
	sl_secret_clear(&work->pepper);
}

static void
fill_hash(const struct work *work, unsigned char mac[32], char tail[8])
{
	const char *token = work->profile.token;

	sl_token_mac(mac, &work->pepper, sl_slice_text(token));
	memcpy(tail, token + SL_TOKEN_LEN - TAIL_LEN, TAIL_LEN + 1);
}

/* ---- issue ---- */

static enum sl_status
issue(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct work *work = ctx;
	struct sl_token_new token = {
	    .customer = sl_run_text(run, "customer"),
	    .licence = sl_run_text(run, "licence"),
	    .name = sl_run_text(run, "name"),
	    .expires_us = sl_run_time(run, "until", 0),
	    .reason = sl_run_text(run, "reason"),
	};
	enum sl_status status;

	fill_hash(work, token.mac, token.tail);
	status = ctl_fill_profile(&work->profile, run, db, err);
	if (status == SL_OK)
		status = sl_store_token_issue(out, db, &token, err);
	if (status == SL_OK)
		status = write_profile(work, run, *out, err);
	return status;
}

static enum sl_status
activation(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct work *work = ctx;
	struct sl_activation_new added = {
	    .customer = sl_run_text(run, "customer"),
	    .licence = sl_run_text(run, "licence"),
	    .name = sl_run_text(run, "name"),
	    .token_expires_us = sl_run_time(run, "until", 0),
	    .reason = sl_run_text(run, "reason"),
	};

	sl_token_mac(added.code_mac, &work->pepper,
	    sl_slice_text(work->profile.token + CODE_OFFSET));
	return sl_store_activation_add(out, db, &added, err);
}

/* The code is in the fragment, which browsers and servers do not send on. */
static enum sl_status
tell_link(struct sl_run *run, const struct work *work, json_t *object,
    struct sl_error *err)
{
	const char *endpoint = sl_run_text(run, "endpoint");
	size_t len = strlen(endpoint);
	char link[LINK_MAX];
	enum sl_status status;

	if (is_dry(run))
		return ctl_tell(run, "activation", NULL, object, err);
	if (len > 0 && endpoint[len - 1] == '/')
		len--;
	snprintf(link, sizeof(link), "%.*s/activate#%s", (int)len, endpoint,
	    work->profile.token + CODE_OFFSET);
	status = hand_over(run, "link", link, object, err);
	explicit_bzero(link, sizeof(link));
	return status;
}

static enum sl_status
check_issue(struct sl_run *run, struct sl_error *err)
{
	enum sl_status status =
	    ctl_check_id(run, "licence", sl_run_text(run, "licence"), err);

	if (status != SL_OK)
		return status;
	if (!sl_run_flag(run, "activation"))
		return ctl_check_profile(run, err);
	if (sl_run_text(run, "endpoint") == NULL ||
	    sl_run_has(run, "out-profile") || sl_run_has(run, "ca"))
		return sl_run_usage(run, err,
		    "--activation needs --endpoint URL, and goes without "
		    "--out-profile and --ca");
	return ctl_check_endpoint(run, err);
}

static enum sl_status
run_issue(struct sl_run *run, struct sl_error *err)
{
	bool is_link = sl_run_flag(run, "activation");
	struct work work;
	json_t *object = NULL;
	enum sl_status status = start(&work, run, err);

	if (status == SL_OK)
		status = check_issue(run, err);
	if (status == SL_OK)
		status = ctl_change(
		    &object, run, is_link ? activation : issue, &work, err);
	if (status == SL_OK)
		status = is_link
		    ? tell_link(run, &work, object, err)
		    : hand_over(run, "token", work.profile.token, object, err);
	finish(&work, run, status);
	return status;
}

/* ---- rotate ---- */

static enum sl_status
rotate(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct work *work = ctx;
	struct sl_token_rotate rotated = {
	    .token = sl_run_arg(run, 0),
	    .expires_us = sl_run_time(run, "until", 0),
	    .overlap_s = (uint32_t)(sl_run_number(run, "overlap",
	                                (uint64_t)OVERLAP_S * 1000) /
	        1000),
	    .reason = sl_run_text(run, "reason"),
	};
	enum sl_status status;

	fill_hash(work, rotated.mac, rotated.tail);
	status = sl_store_token_rotate(out, db, &rotated, err);
	if (status == SL_OK)
		status = ctl_fill_profile(&work->profile, run, db, err);
	if (status == SL_OK)
		status = write_profile(work, run, *out, err);
	return status;
}

static enum sl_status
run_rotate(struct sl_run *run, struct sl_error *err)
{
	struct work work;
	json_t *object = NULL;
	enum sl_status status = start(&work, run, err);

	if (status == SL_OK)
		status = ctl_check_id(run, "token", sl_run_arg(run, 0), err);
	if (status == SL_OK &&
	    sl_run_number(run, "overlap", 0) / 1000 > INT32_MAX)
		status = sl_run_usage(run, err, "--overlap is too long");
	if (status == SL_OK)
		status = ctl_check_profile(run, err);
	if (status == SL_OK)
		status = ctl_change(&object, run, rotate, &work, err);
	if (status == SL_OK)
		status =
		    hand_over(run, "token", work.profile.token, object, err);
	finish(&work, run, status);
	return status;
}

/* ---- the commands ---- */

#define UNTIL_OPTION                                                        \
	{                                                                   \
		.name = "until", .kind = SL_VALUE_TIME, .argument = "TIME", \
		.help = "when the token ends; default in one year"          \
	}

static const struct sl_option issue_options[] = {
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .is_required = true,
        .help = "whose token it is"},
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .help = "for this licence only; default all of the customer's"},
    {.name = "name",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "to tell tokens apart; at most two live ones of a name"},
    UNTIL_OPTION,
    {.name = "activation",
        .help = "print a link instead, for 'sluice login --activate': it "
                "works once, for three days"},
    CTL_PROFILE_OPTIONS,
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option rotate_options[] = {
    {.name = "overlap",
        .kind = SL_VALUE_DURATION,
        .argument = "TIME",
        .help = "how long the old one still works; default 7d"},
    UNTIL_OPTION,
    CTL_PROFILE_OPTIONS,
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_token_issue = {
    .name = "token issue",
    .summary = "make a token, a profile that holds one, or a link to one",
    .options = issue_options,
    .run = run_issue,
};

const struct sl_command ctl_token_rotate = {
    .name = "token rotate",
    .summary = "make a token in place of another, which works on for a while",
    .arguments = "TOKEN",
    .args_min = 1,
    .args_max = 1,
    .options = rotate_options,
    .run = run_rotate,
};
