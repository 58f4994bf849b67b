/* The commands of sluicectl, one file per aggregate. */
#ifndef SLUICECTL_COMMANDS_H
#define SLUICECTL_COMMANDS_H

#include "sluice/command/command.h"

extern const struct sl_command ctl_agreement_add;
extern const struct sl_command ctl_agreement_amend;
extern const struct sl_command ctl_agreement_end;
extern const struct sl_command ctl_agreement_list;
extern const struct sl_command ctl_agreement_reinstate;
extern const struct sl_command ctl_agreement_show;
extern const struct sl_command ctl_agreement_suspend;
extern const struct sl_command ctl_audit_log;
extern const struct sl_command ctl_audit_verify;
extern const struct sl_command ctl_customer_add;
extern const struct sl_command ctl_customer_disable;
extern const struct sl_command ctl_customer_enable;
extern const struct sl_command ctl_customer_list;
extern const struct sl_command ctl_customer_rename;
extern const struct sl_command ctl_customer_set;
extern const struct sl_command ctl_customer_show;
extern const struct sl_command ctl_dataset_hide;
extern const struct sl_command ctl_dataset_list;
extern const struct sl_command ctl_dataset_notice;
extern const struct sl_command ctl_dataset_notices;
extern const struct sl_command ctl_dataset_price;
extern const struct sl_command ctl_dataset_recall;
extern const struct sl_command ctl_dataset_releases;
extern const struct sl_command ctl_dataset_unhide;
extern const struct sl_command ctl_db_backup;
extern const struct sl_command ctl_db_check;
extern const struct sl_command ctl_db_init;
extern const struct sl_command ctl_db_login_add;
extern const struct sl_command ctl_db_login_list;
extern const struct sl_command ctl_db_login_remove;
extern const struct sl_command ctl_db_migrate;
extern const struct sl_command ctl_db_restore_check;
extern const struct sl_command ctl_key_generate;
extern const struct sl_command ctl_key_list;
extern const struct sl_command ctl_key_revoke;
extern const struct sl_command ctl_licence_amend;
extern const struct sl_command ctl_licence_explain;
extern const struct sl_command ctl_licence_export;
extern const struct sl_command ctl_licence_grant;
extern const struct sl_command ctl_licence_list;
extern const struct sl_command ctl_licence_reinstate;
extern const struct sl_command ctl_licence_renew;
extern const struct sl_command ctl_licence_revoke;
extern const struct sl_command ctl_licence_show;
extern const struct sl_command ctl_licence_suspend;
extern const struct sl_command ctl_policy_list;
extern const struct sl_command ctl_policy_remove;
extern const struct sl_command ctl_policy_set;
extern const struct sl_command ctl_policy_show;
extern const struct sl_command ctl_publisher_add;
extern const struct sl_command ctl_publisher_list;
extern const struct sl_command ctl_publisher_login_add;
extern const struct sl_command ctl_publisher_login_remove;
extern const struct sl_command ctl_request_approve;
extern const struct sl_command ctl_request_list;
extern const struct sl_command ctl_request_reject;
extern const struct sl_command ctl_request_show;
extern const struct sl_command ctl_server_kick;
extern const struct sl_command ctl_server_sessions;
extern const struct sl_command ctl_server_status;
extern const struct sl_command ctl_setting_list;
extern const struct sl_command ctl_setting_set;
extern const struct sl_command ctl_token_issue;
extern const struct sl_command ctl_token_list;
extern const struct sl_command ctl_token_revoke;
extern const struct sl_command ctl_token_rotate;
extern const struct sl_command ctl_trust_install;
extern const struct sl_command ctl_trust_list;
extern const struct sl_command ctl_trust_show;
extern const struct sl_command ctl_witness_add;
extern const struct sl_command ctl_witness_list;
extern const struct sl_command ctl_witness_remove;
extern const struct sl_command ctl_usage_adjust;
extern const struct sl_command ctl_usage_export;
extern const struct sl_command ctl_receipt_add;
extern const struct sl_command ctl_usage_receipts;
extern const struct sl_command ctl_usage_reconcile;
extern const struct sl_command ctl_usage_report;
extern const struct sl_command ctl_usage_statement;

#endif /* SLUICECTL_COMMANDS_H */
