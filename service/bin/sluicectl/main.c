#include <stddef.h>

#include "commands.h"
#include "sluice/command/command.h"

static const struct sl_option options[] = {
    {.name = "db",
        .kind = SL_VALUE_TEXT,
        .argument = "CONNINFO",
        .env = "SLUICE_DB",
        .help = "database, as libpq keywords; else the PG* variables"},
    {0},
};

static const struct sl_variable variables[] = {
    {"PGHOST", "and the other variables of libpq"},
    {"NO_COLOR", "no colours, no bars"},
    {0},
};

static const struct sl_command *const commands[] = {
    &ctl_db_init,
    &ctl_db_migrate,
    &ctl_db_check,
    &ctl_publisher_add,
    &ctl_publisher_list,
    &ctl_key_revoke,
    &ctl_dataset_list,
    &ctl_customer_add,
    &ctl_customer_list,
    &ctl_customer_show,
    &ctl_licence_grant,
    &ctl_licence_list,
    &ctl_licence_show,
    &ctl_licence_suspend,
    &ctl_licence_reinstate,
    &ctl_licence_revoke,
    &ctl_token_issue,
    &ctl_token_list,
    &ctl_token_revoke,
    &ctl_usage_report,
    &ctl_audit_log,
    &ctl_server_status,
    &ctl_server_sessions,
    &ctl_server_kick,
    &ctl_setting_list,
    &ctl_setting_set,
    NULL,
};

static const struct sl_program program = {
    .name = "sluicectl",
    .summary = "administer Sluice: customers, licences, tokens, use, sessions",
    .version = PACKAGE_VERSION,
    .options = options,
    .commands = commands,
    .variables = variables,
};

int
main(int argc, char **argv)
{
	return sl_main(&program, argc, argv);
}
