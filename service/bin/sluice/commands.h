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
extern const struct sl_command cmd_usage;

#endif /* SLUICE_BIN_COMMANDS_H */
