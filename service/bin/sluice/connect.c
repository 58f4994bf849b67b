#include "connect.h"

#include "credentials.h"
#include "sluice/base/clock.h"
#include "sluice/client/freshness.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"
#include "sluice/crypto/token.h"

static void
on_note(void *ctx, const char *text)
{
	sl_run_say(ctx, "%s", text);
}

/* What can be told without asking the server. */
static enum sl_status
check_token(const struct sl_profile *profile, struct sl_error *err)
{
	if (!sl_token_is_well_formed(sl_slice_text(profile->token)))
		return sl_error_code(err, SL_ERR_AUTH, "token_garbled",
		    "the token is damaged: its checksum is wrong");
	if (profile->expires_us <= sl_clock_wall_us())
		return sl_error_code(err, SL_ERR_AUTH, "token_expired",
		    "the token has expired; ask for a new profile");
	return SL_OK;
}

enum sl_status
connect_max_age(struct sl_run *run, uint64_t *out_ms, struct sl_error *err)
{
	char age[SL_VALUE_SHOW_MAX];

	*out_ms = sl_run_number(run, "max-age", SL_FRESHNESS_AGE_DEFAULT_MS);
	if (*out_ms == 0)
		return sl_run_usage(run, err, "--max-age is more than nothing");
	if (*out_ms <= SL_FRESHNESS_AGE_DEFAULT_MS)
		return SL_OK;
	sl_value_show_duration(age, *out_ms);
	sl_run_warn(run,
	    "--max-age: a server may hide for %s what is new, and which keys "
	    "are revoked",
	    age);
	return SL_OK;
}

static enum sl_status
make_client(struct sl_run *run, const struct sl_profile *profile,
    uint64_t rate_bytes, struct sl_client **out, struct sl_error *err)
{
	struct sl_client_options options = {
	    .ca_file = sl_run_text(run, "ca"),
	    .rate_bytes = rate_bytes,
	    .patience_ms = sl_run_timeout_ms(run, 0),
	    .is_cancelled = sl_interrupt_seen,
	    .on_note = on_note,
	    .note_ctx = run,
	};
	enum sl_status status = connect_max_age(run, &options.max_age_ms, err);

	sl_interrupt_catch();
	if (status == SL_OK)
		status = sl_client_new(out, profile, &options, err);
	return status;
}

enum sl_status
connect_as(struct sl_run *run, const struct sl_profile *profile,
    uint64_t rate_bytes, struct sl_client **out, struct sl_error *err)
{
	enum sl_status status = check_token(profile, err);

	*out = NULL;
	return status != SL_OK
	    ? status
	    : make_client(run, profile, rate_bytes, out, err);
}

enum sl_status
connect_to(struct sl_run *run, const struct sl_profile *server,
    struct sl_client **out, struct sl_error *err)
{
	*out = NULL;
	return make_client(run, server, 0, out, err);
}

enum sl_status
connect_client(struct sl_run *run, struct sl_client **out, struct sl_error *err)
{
	struct sl_profile profile;
	enum sl_status status;

	*out = NULL;
	sl_profile_init(&profile);
	status = credentials_load(run, &profile, err);
	if (status == SL_OK)
		status = connect_as(run, &profile, 0, out, err);
	sl_profile_clear(&profile);
	return status;
}

enum sl_status
connect_get(
    struct sl_run *run, const char *path, json_t **out, struct sl_error *err)
{
	struct sl_client *client;
	enum sl_status status;

	*out = NULL;
	status = connect_client(run, &client, err);
	if (status == SL_OK)
		status = sl_client_get(client, path, out, err);
	sl_client_free(client);
	return status;
}
