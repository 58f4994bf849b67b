/* The commands of sluice, one file each. */
#ifndef SLUICE_BIN_COMMANDS_H
#define SLUICE_BIN_COMMANDS_H

#include "sluice/command/command.h"

extern const struct sl_command cmd_login;
extern const struct sl_command cmd_logout;
extern const struct sl_command cmd_whoami;
extern const struct sl_command cmd_list;
extern const struct sl_command cmd_show;
extern const struct sl_command cmd_plan;
extern const struct sl_command cmd_pull;
extern const struct sl_command cmd_watch;
extern const struct sl_command cmd_verify;
extern const struct sl_command cmd_repair;
extern const struct sl_command cmd_status;
extern const struct sl_command cmd_compare;
extern const struct sl_command cmd_usage;
extern const struct sl_command cmd_usage_verify;
extern const struct sl_command cmd_licence_list;
extern const struct sl_command cmd_licence_show;
extern const struct sl_command cmd_licence_terms;
extern const struct sl_command cmd_licence_accept;
extern const struct sl_command cmd_licence_explain;
extern const struct sl_command cmd_request;
extern const struct sl_command cmd_request_list;
extern const struct sl_command cmd_export;
extern const struct sl_command cmd_pin;
extern const struct sl_command cmd_pin_list;
extern const struct sl_command cmd_pin_show;
extern const struct sl_command cmd_pin_verify;
extern const struct sl_command cmd_affected;
extern const struct sl_command cmd_log;
extern const struct sl_command cmd_diff;
extern const struct sl_command cmd_provenance;
extern const struct sl_command cmd_certify_deletion;
extern const struct sl_command cmd_receipt_send;
extern const struct sl_command cmd_receipt_show;

#endif /* SLUICE_BIN_COMMANDS_H */
