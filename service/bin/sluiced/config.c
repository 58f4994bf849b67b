#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen.h"
#include "sluice/base/secret.h"
#include "sluice/command/run.h"
#include "sluice/crypto/token.h"
#include "sluice/net/tls.h"
#include "sluice/objects/objects.h"
#include "sluice/session/counters.h"

const struct sl_setting config_schema[] = {
    {.key = "listen",
        .kind = SL_VALUE_TEXT,
        .fallback = "localhost:8443",
        .help = "addresses for customers: HOST:PORT, with commas"},
    {.key = "admin_listen",
        .kind = SL_VALUE_TEXT,
        .fallback = "127.0.0.1:8480",
        .help = "address of /livez, /readyz, /metrics (plain HTTP); off: none"},
    {.key = "db",
        .kind = SL_VALUE_TEXT,
        .fallback = "",
        .env = "SLUICE_DB",
        .help = "PostgreSQL conninfo; else the PG* variables"},
    {.key = "objects",
        .kind = SL_VALUE_TEXT,
        .env = "SLUICE_OBJECTS",
        .help = "folder of published batches"},
    {.key = "cert", .kind = SL_VALUE_TEXT, .help = "certificate chain, PEM"},
    {.key = "key", .kind = SL_VALUE_TEXT, .help = "private key, PEM"},
    {.key = "pepper_file",
        .kind = SL_VALUE_TEXT,
        .env = "SLUICE_PEPPER_FILE",
        .help = "32 secret bytes that tokens are hashed with"},
    {.key = "user",
        .kind = SL_VALUE_TEXT,
        .help = "user to become once the sockets are bound"},
    {.key = "workers",
        .kind = SL_VALUE_U64,
        .fallback = "0",
        .max = SL_WORKERS_MAX,
        .help = "worker processes; 0: one per core"},
    {.key = "db_connections",
        .kind = SL_VALUE_U64,
        .fallback = "3",
        .min = 1,
        .max = 64,
        .help = "PostgreSQL connections per worker"},
    {.key = "connections_max",
        .kind = SL_VALUE_U64,
        .fallback = "10000",
        .min = 1,
        .max = 1000000,
        .help = "client connections per worker; more wait"},
    {.key = "lease_seconds",
        .kind = SL_VALUE_U64,
        .fallback = "15",
        .min = 2,
        .max = 600,
        .help = "a delivery ends that PostgreSQL has not renewed for so long"},
    {.key = "db_wait",
        .kind = SL_VALUE_DURATION,
        .fallback = "10s",
        .help = "how long to try to reach PostgreSQL at the start"},
    {.key = "drain",
        .kind = SL_VALUE_DURATION,
        .fallback = "10s",
        .max = 3600000,
        .help = "how long deliveries may take to end on SIGTERM"},
    {.key = "log_level",
        .kind = SL_VALUE_TEXT,
        .fallback = "info",
        .help = "error, warning, info or debug"},
    {0},
};

static enum sl_status
apply_flags(
    struct sl_settings *settings, struct sl_run *run, struct sl_error *err)
{
	for (size_t i = 0; config_schema[i].key != NULL; i++) {
		const char *key = config_schema[i].key;
		char flag[32];
		size_t len;

		/* "pepper_file" is --pepper-file */
		snprintf(flag, sizeof(flag), "%s", key);
		len = strlen(flag);
		for (size_t j = 0; j < len; j++)
			if (flag[j] == '_')
				flag[j] = '-';
		if (sl_run_text(run, flag) == NULL)
			continue;
		if (sl_settings_set(
		        settings, key, sl_run_text(run, flag), err) != SL_OK)
			return sl_run_blame(run, err->status);
	}
	return SL_OK;
}

static enum sl_status
take_values(struct config *out, struct sl_error *err)
{
	const struct sl_settings *settings = out->settings;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	out->listen = sl_settings_text(settings, "listen");
	out->admin_listen = sl_settings_text(settings, "admin_listen");
	if (strcmp(out->admin_listen, "off") == 0)
		out->admin_listen = "";
	out->db = sl_settings_text(settings, "db");
	out->objects = sl_settings_text(settings, "objects");
	out->cert = sl_settings_text(settings, "cert");
	out->key = sl_settings_text(settings, "key");
	out->pepper_file = sl_settings_text(settings, "pepper_file");
	out->user = sl_settings_text(settings, "user");
	out->worker_count = (unsigned)sl_settings_number(settings, "workers");
	if (out->worker_count == 0)
		out->worker_count = cores < 1 ? 1 : (unsigned)cores;
	if (out->worker_count > SL_WORKERS_MAX)
		out->worker_count = SL_WORKERS_MAX;
	out->db_connections =
	    (unsigned)sl_settings_number(settings, "db_connections");
	out->connections_max =
	    (unsigned)sl_settings_number(settings, "connections_max");
	out->lease_seconds =
	    (unsigned)sl_settings_number(settings, "lease_seconds");
	out->db_wait_ms = sl_settings_number(settings, "db_wait");
	out->drain_ms = sl_settings_number(settings, "drain");
	if (sl_log_parse_level(&out->log_level,
	        sl_settings_text(settings, "log_level")) != SL_OK)
		return sl_error_set(err, SL_ERR_INVALID,
		    "log_level is error, warning, info or debug");
	return SL_OK;
}

enum sl_status
config_load(struct config *out, struct sl_run *run, struct sl_error *err)
{
	static const char standard[] = SL_SYSCONF_DIR "/sluiced.conf";
	const char *path = sl_run_text(run, "config");
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	status = sl_settings_new(&out->settings, config_schema, err);
	if (status == SL_OK && path == NULL && access(standard, F_OK) == 0)
		path = standard;
	if (status == SL_OK && path != NULL)
		status = sl_settings_read(out->settings, path, err);
	if (status == SL_OK)
		status = apply_flags(out->settings, run, err);
	if (status == SL_OK)
		status = take_values(out, err);
	if (status != SL_OK)
		config_clear(out);
	return status;
}

static enum sl_status
check_listen(const char *key, const char *addresses, struct sl_error *err)
{
	enum sl_status status = listen_check(addresses, err);

	return status == SL_OK ? SL_OK
	                       : sl_error_prefix(err, status, "%s", key);
}

enum sl_status
config_check(const struct config *config, struct sl_error *err)
{
	static const char *const needed[] = {
	    "objects", "cert", "key", "pepper_file"};
	struct sl_tls_context *tls = NULL;
	struct sl_objects *objects = NULL;
	struct sl_secret pepper = {0};
	enum sl_status status;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!sl_settings_has(config->settings, needed[i]))
			return sl_error_set(err, SL_ERR_INVALID,
			    "the setting %s is missing", needed[i]);
	status = check_listen("listen", config->listen, err);
	if (status == SL_OK && config->admin_listen[0] != '\0')
		status =
		    check_listen("admin_listen", config->admin_listen, err);
	if (status == SL_OK)
		status = sl_pepper_load(&pepper, config->pepper_file, err);
	if (status == SL_OK)
		status = sl_objects_open(&objects, config->objects, err);
	if (status == SL_OK)
		status = sl_tls_context_new(
		    &tls, config->cert, config->key, NULL, err);
	sl_tls_context_free(tls);
	sl_objects_close(objects);
	sl_secret_clear(&pepper);
	return status;
}

void
config_clear(struct config *config)
{
	sl_settings_free(config->settings);
	memset(config, 0, sizeof(*config));
}
