#include <stdlib.h>

#include "commands.h"
#include "credentials.h"
#include "sluice/client/machine.h"
#include "sluice/command/command.h"
#include "sluice/command/exit.h"

static const struct sl_option options[] = {
    {.name = "profile",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .env = "SLUICE_PROFILE",
        .help = "use this profile instead of the one of login"},
    {.name = "ca",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "trust only the certificates in this PEM file"},
    {.name = "max-age",
        .kind = SL_VALUE_DURATION,
        .argument = "DUR",
        .env = "SLUICE_MAX_AGE",
        .help = "how old the witnesses' newest statement may be (24h)"},
    {0},
};

static const struct sl_variable variables[] = {
    {"XDG_CONFIG_HOME", "where the profile is kept, in sluice/credentials"},
    {"XDG_STATE_HOME",
        "where heads of ledgers and the highest versions of trust files are "
        "kept, in sluice/ledger and sluice/trust"},
    {"SSL_CERT_FILE", "certificates to trust, if the profile has none"},
    {"https_proxy", "and the other proxy variables of libcurl"},
    {"NO_COLOR", "no colours, no bars"},
    {0},
};

static const struct sl_command *const commands[] = {
    &cmd_login,
    &cmd_logout,
    &cmd_whoami,
    &cmd_list,
    &cmd_show,
    &cmd_plan,
    &cmd_pull,
    &cmd_watch,
    &cmd_verify,
    &cmd_repair,
    &cmd_status,
    &cmd_compare,
    &cmd_log,
    &cmd_diff,
    &cmd_provenance,
    &cmd_export,
    &cmd_pin,
    &cmd_pin_list,
    &cmd_pin_show,
    &cmd_pin_verify,
    &cmd_affected,
    &cmd_usage,
    &cmd_usage_verify,
    &cmd_receipt_send,
    &cmd_receipt_show,
    &cmd_certify_deletion,
    &cmd_licence_list,
    &cmd_licence_show,
    &cmd_licence_terms,
    &cmd_licence_accept,
    &cmd_licence_explain,
    &cmd_request,
    &cmd_request_list,
    NULL,
};

static const struct sl_program program = {
    .name = "sluice",
    .summary = "pull, verify and follow datasets for Physical AI",
    .version = PACKAGE_VERSION,
    .options = options,
    .commands = commands,
    .variables = variables,
};

int
main(int argc, char **argv)
{
	char *trust = credentials_state_path("trust");
	int code;

	/* Without it an old trust file would pass for the newest. */
	if (trust == NULL)
		return SL_EXIT_GENERAL;
	sl_machine_use(trust);
	code = sl_main(&program, argc, argv);
	free(trust);
	return code;
}
