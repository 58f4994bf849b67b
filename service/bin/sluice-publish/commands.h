/* The commands, one file each (some share one). */
#ifndef SL_SLUICE_PUBLISH_COMMANDS_H
#define SL_SLUICE_PUBLISH_COMMANDS_H

#include "sluice/command/command.h"

extern const struct sl_command command_bundle;
extern const struct sl_command command_ceremony;
extern const struct sl_command command_dataset_create;
extern const struct sl_command command_dataset_list;
extern const struct sl_command command_dataset_show;
extern const struct sl_command command_draft_list;
extern const struct sl_command command_draft_prune;
extern const struct sl_command command_draft_show;
extern const struct sl_command command_erase;
extern const struct sl_command command_ingest;
extern const struct sl_command command_key_export;
extern const struct sl_command command_key_generate;
extern const struct sl_command command_key_list;
extern const struct sl_command command_key_register;
extern const struct sl_command command_key_retire;
extern const struct sl_command command_key_revoke;
extern const struct sl_command command_key_rotate;
extern const struct sl_command command_log_adopt;
extern const struct sl_command command_log_run;
extern const struct sl_command command_log_status;
extern const struct sl_command command_publish;
extern const struct sl_command command_retract;
extern const struct sl_command command_sign;
extern const struct sl_command command_simulate;
extern const struct sl_command command_status;
extern const struct sl_command command_trust_check;
extern const struct sl_command command_trust_edit;
extern const struct sl_command command_trust_show;
extern const struct sl_command command_witness;

#endif /* SL_SLUICE_PUBLISH_COMMANDS_H */
