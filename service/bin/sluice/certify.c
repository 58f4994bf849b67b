/* certify-deletion: what is no longer here, signed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "confirm.h"
#include "connect.h"
#include "count.h"
#include "credentials.h"
#include "customer_key.h"
#include "sluice/client/deletion.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"

static const struct sl_option certify_options[] = {
    {.name = "episode",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .help = "of this episode only: its UUID or number"},
    {.name = "delete",
        .kind = SL_VALUE_FLAG,
        .help = "delete what is still there, after asking"},
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .help = "without a mirror: all that this licence brought is gone"},
    {.name = "yes", .letter = 'y', .kind = SL_VALUE_FLAG, .help = "do not ask"},
    {0},
};

static enum sl_status
check_options(struct sl_run *run, struct sl_error *err)
{
	bool has_dir = sl_run_arg(run, 0) != NULL;

	if (has_dir == sl_run_has(run, "licence"))
		return sl_run_usage(
		    run, err, "name the mirror DIR, or else --licence ID");
	if (!has_dir &&
	    (sl_run_has(run, "episode") || sl_run_flag(run, "delete")))
		return sl_run_usage(
		    run, err, "--episode and --delete go with a mirror DIR");
	if (!sl_run_flag(run, "yes") && !confirm_is_possible(run))
		return sl_run_usage(run, err,
		    "a certificate is signed after a question at a terminal, "
		    "or with --yes");
	return SL_OK;
}

/* What is about to be signed. */
static enum sl_status
ask(struct sl_run *run, const struct sl_deletion *found, struct sl_error *err)
{
	char bytes[SL_VALUE_SHOW_MAX];
	char question[512];

	if (sl_run_flag(run, "yes"))
		return SL_OK;
	sl_value_show_bytes(bytes, found->bytes);
	if (found->files > 0)
		sl_run_say(run,
		    "%" COUNT ", %s, will be deleted from %s for good.",
		    COUNTED(found->files, "file"), bytes, sl_run_arg(run, 0));
	if (found->extra > 0)
		sl_run_say(run,
		    "Files in %s that are not the dataset's: %" PRIu64
		    "; look at them yourself.",
		    sl_run_arg(run, 0), found->extra);
	snprintf(question, sizeof(question),
	    "You certify that you have no copy left of %s%s, here or "
	    "elsewhere.\nType 'yes' to sign: ",
	    found->is_all ? "anything that the licence brought" : "the episode",
	    found->is_all ? "" : ", of any revision");
	return confirm_yes(question, err);
}

static void
report(struct sl_run *run, const struct sl_deletion *done, uint64_t deleted)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	char episode[SL_UUID_TEXT_LEN + 1] = "*";

	sl_uuid_format(licence, &done->licence);
	if (!done->is_all)
		sl_uuid_format(episode, &done->episode);
	sl_run_print(run,
	    "Certified: nothing is left of %s%s of %s; receipt %" PRIu64
	    " of licence %s.",
	    done->is_all ? "what came" : "episode ",
	    done->is_all ? "" : episode, done->dataset, done->receipt, licence);
	sl_run_json(run,
	    json_pack("{s:s, s:s, s:s, s:I, s:I}", "licence", licence,
	        "dataset", done->dataset, "episode", episode, "deleted_files",
	        (json_int_t)deleted, "receipt", (json_int_t)done->receipt));
}

static enum sl_status
certify_mirror(struct sl_run *run, struct sl_client *client,
    const struct sl_sign_key *key, struct sl_error *err)
{
	const struct sl_deletion_options options = {
	    .dir = sl_run_arg(run, 0),
	    .episode = sl_run_text(run, "episode"),
	    .key = key,
	};
	bool may_remove = sl_run_flag(run, "delete");
	struct sl_deletion found, done;
	enum sl_status status;

	status = sl_deletion_look(&options, &found, err);
	if (status == SL_OK && (found.files == 0 || may_remove))
		status = ask(run, &found, err);
	if (status == SL_OK)
		status = sl_deletion_certify(
		    client, &options, may_remove, &done, err);
	if (strcmp(err->code, "data_present") == 0)
		sl_run_hint(run, "with --delete they are deleted");
	if (status == SL_OK)
		report(run, &done, found.files);
	return status;
}

static enum sl_status
certify_licence(struct sl_run *run, struct sl_client *client,
    const struct sl_sign_key *key, struct sl_error *err)
{
	const char *text = sl_run_text(run, "licence");
	char *folder = credentials_state_path("");
	struct sl_deletion done = {.is_all = true};
	struct sl_uuid licence;
	enum sl_status status = SL_OK;

	if (folder == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (sl_uuid_parse(&licence, sl_slice_text(text)) != SL_OK)
		status = sl_run_usage(
		    run, err, "--licence: '%s' is no licence's ID", text);
	if (status == SL_OK)
		status = ask(run, &done, err);
	if (status == SL_OK)
		status = sl_deletion_declare(
		    client, &licence, folder, key, &done, err);
	if (status == SL_OK)
		report(run, &done, 0);
	free(folder);
	return status;
}

static enum sl_status
run_certify(struct sl_run *run, struct sl_error *err)
{
	struct sl_client *client = NULL;
	struct sl_sign_key *key = NULL;
	enum sl_status status = check_options(run, err);
	bool is_new;

	if (status == SL_OK)
		status = customer_key_make(&key, &is_new, err);
	if (status == SL_OK)
		status = connect_client(run, &client, err);
	if (status == SL_OK && sl_run_arg(run, 0) != NULL)
		status = certify_mirror(run, client, key, err);
	else if (status == SL_OK)
		status = certify_licence(run, client, key, err);
	sl_client_free(client);
	sl_sign_key_free(key);
	return status;
}

const struct sl_command cmd_certify_deletion = {
    .name = "certify-deletion",
    .summary = "sign that data are gone: a licence has ended, or a recall",
    .arguments = "[DIR]",
    .args_max = 1,
    .options = certify_options,
    .details =
        "Makes sure that nothing of it is left in the mirror, or with "
        "--delete deletes it after asking; then signs a receipt that says so "
        "and hands it to the provider.  Copies elsewhere are yours to find.  "
        "An episode is not fetched into this mirror again.  Exit code 11 if "
        "something is still there.",
    .run = run_certify,
};
