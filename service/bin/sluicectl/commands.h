/* The commands of sluicectl, one file per aggregate. */
#ifndef SLUICECTL_COMMANDS_H
#define SLUICECTL_COMMANDS_H

#include "sluice/command/command.h"

extern const struct sl_command ctl_audit_log;
extern const struct sl_command ctl_customer_add;
extern const struct sl_command ctl_customer_list;
extern const struct sl_command ctl_customer_show;
extern const struct sl_command ctl_dataset_list;
extern const struct sl_command ctl_db_check;
extern const struct sl_command ctl_db_init;
extern const struct sl_command ctl_db_migrate;
extern const struct sl_command ctl_key_revoke;
extern const struct sl_command ctl_licence_grant;
extern const struct sl_command ctl_licence_list;
extern const struct sl_command ctl_licence_reinstate;
extern const struct sl_command ctl_licence_revoke;
extern const struct sl_command ctl_licence_show;
extern const struct sl_command ctl_licence_suspend;
extern const struct sl_command ctl_publisher_add;
extern const struct sl_command ctl_publisher_list;
extern const struct sl_command ctl_server_kick;
extern const struct sl_command ctl_server_sessions;
extern const struct sl_command ctl_server_status;
extern const struct sl_command ctl_setting_list;
extern const struct sl_command ctl_setting_set;
extern const struct sl_command ctl_token_issue;
extern const struct sl_command ctl_token_list;
extern const struct sl_command ctl_token_revoke;
extern const struct sl_command ctl_usage_report;

#endif /* SLUICECTL_COMMANDS_H */
