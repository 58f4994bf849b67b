#include <stddef.h>
#include <string.h>

#include "sluice/command/command.h"
#include "sluice/command/run.h"

#include "commands.h"

static const struct sl_option options[] = {
    {.name = "home",
        .kind = SL_VALUE_TEXT,
        .argument = "DIR",
        .env = "SLUICE_PUBLISH_HOME",
        .help = "where drafts and keys are kept"},
    {.name = "objects",
        .kind = SL_VALUE_TEXT,
        .argument = "DIR",
        .env = "SLUICE_OBJECTS",
        .help = "where batches are stored"},
    {.name = "db",
        .kind = SL_VALUE_TEXT,
        .argument = "CONNINFO",
        .env = "SLUICE_DB",
        .help = "how to reach the database (libpq)"},
    {.name = "passphrase-file",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .env = "SLUICE_PASSPHRASE_FILE",
        .help = "passphrase of the secret key; asked for at a terminal"},
    {0},
};

static const struct sl_variable variables[] = {
    {"XDG_STATE_HOME", "parent of the home folder when --home is not given"},
    {NULL, NULL},
};

static const struct sl_command *const commands[] = {
    &command_key_generate,
    &command_key_register,
    &command_key_list,
    &command_key_export,
    &command_key_rotate,
    &command_key_retire,
    &command_key_revoke,
    &command_ceremony,
    &command_trust_edit,
    &command_trust_show,
    &command_trust_check,
    &command_sign,
    &command_dataset_create,
    &command_dataset_list,
    &command_dataset_show,
    &command_ingest,
    &command_draft_list,
    &command_draft_show,
    &command_draft_prune,
    &command_publish,
    &command_log_run,
    &command_log_status,
    &command_log_adopt,
    &command_witness,
    &command_retract,
    &command_erase,
    &command_bundle,
    &command_status,
    &command_simulate,
    NULL,
};

static void
advise(struct sl_run *run, const struct sl_error *err)
{
	if (strcmp(err->code, "database_rights") == 0)
		sl_run_hint(run,
		    "that takes a login of the role sluice_publisher (log: "
		    "sluice_log, witness: sluice_witness, bundle: "
		    "sluice_bundle): --db 'user=…', SLUICE_DB or PGUSER says who logs in");
}

int
main(int argc, char **argv)
{
	static const struct sl_program program = {
	    .name = "sluice-publish",
	    .summary = "publish robot data as signed, incremental batches",
	    .version = PACKAGE_VERSION,
	    .options = options,
	    .commands = commands,
	    .variables = variables,
	    .advise = advise,
	};

	return sl_main(&program, argc, argv);
}
