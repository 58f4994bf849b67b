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
    &ctl_db_backup,
    &ctl_db_restore_check,
    &ctl_db_login_add,
    &ctl_db_login_list,
    &ctl_db_login_remove,
    &ctl_publisher_add,
    &ctl_publisher_list,
    &ctl_publisher_login_add,
    &ctl_publisher_login_remove,
    &ctl_customer_add,
    &ctl_customer_list,
    &ctl_customer_show,
    &ctl_customer_set,
    &ctl_customer_rename,
    &ctl_customer_disable,
    &ctl_customer_enable,
    &ctl_policy_list,
    &ctl_policy_show,
    &ctl_policy_set,
    &ctl_policy_remove,
    &ctl_agreement_add,
    &ctl_agreement_list,
    &ctl_agreement_show,
    &ctl_agreement_amend,
    &ctl_agreement_suspend,
    &ctl_agreement_reinstate,
    &ctl_agreement_end,
    &ctl_licence_list,
    &ctl_licence_show,
    &ctl_licence_suspend,
    &ctl_licence_reinstate,
    &ctl_licence_revoke,
    &ctl_licence_amend,
    &ctl_licence_renew,
    &ctl_licence_explain,
    &ctl_licence_export,
    &ctl_licence_grant,
    &ctl_token_issue,
    &ctl_token_rotate,
    &ctl_token_list,
    &ctl_token_revoke,
    &ctl_request_list,
    &ctl_request_show,
    &ctl_request_approve,
    &ctl_request_reject,
    &ctl_dataset_list,
    &ctl_dataset_hide,
    &ctl_dataset_unhide,
    &ctl_dataset_price,
    &ctl_dataset_notice,
    &ctl_dataset_notices,
    &ctl_dataset_recall,
    &ctl_dataset_releases,
    &ctl_usage_report,
    &ctl_usage_export,
    &ctl_usage_reconcile,
    &ctl_usage_receipts,
    &ctl_receipt_add,
    &ctl_usage_statement,
    &ctl_usage_adjust,
    &ctl_key_generate,
    &ctl_key_list,
    &ctl_key_revoke,
    &ctl_trust_install,
    &ctl_trust_show,
    &ctl_trust_list,
    &ctl_audit_log,
    &ctl_audit_verify,
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
