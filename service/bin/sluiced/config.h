/* The settings of sluiced: one schema for file, environment and flags. */
#ifndef SLUICED_CONFIG_H
#define SLUICED_CONFIG_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/log.h"
#include "sluice/command/settings.h"

struct sl_run;

/* Texts are borrowed from `settings`. */
struct config {
	struct sl_settings *settings;
	const char *listen;
	const char *admin_listen; /* "" for none */
	const char *db;
	const char *objects;
	const char *cert;
	const char *key;
	const char *pepper_file;
	const char *user; /* NULL: stay who we are */
	unsigned worker_count;
	unsigned db_connections;
	unsigned connections_max;
	unsigned lease_seconds;
	uint64_t db_wait_ms;
	uint64_t drain_ms;
	enum sl_log_level log_level;
};

extern const struct sl_setting config_schema[];

/* Defaults, environment, the file of --config, then flags.  SL_ERR_INVALID
 * names file and line. */
SL_MUST_CHECK enum sl_status config_load(
    struct config *out, struct sl_run *run, struct sl_error *err);

/* Can what the settings name be read?  Nothing is changed. */
SL_MUST_CHECK enum sl_status config_check(
    const struct config *config, struct sl_error *err);

void config_clear(struct config *config);

#endif /* SLUICED_CONFIG_H */
