#include <stdio.h>

#include "config.h"
#include "master.h"
#include "sluice/command/command.h"
#include "sluice/command/run.h"

static const struct sl_option options[] = {
    {.name = "config",
        .letter = 'c',
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "settings file; default: the system's sluiced.conf, if any"},
    {.name = "check-config",
        .letter = 'n',
        .kind = SL_VALUE_FLAG,
        .help = "check the settings and the files they name, then exit"},
    {.name = "print-config",
        .kind = SL_VALUE_FLAG,
        .help = "print the settings in force, then exit"},
    {.name = "listen",
        .kind = SL_VALUE_TEXT,
        .argument = "ADDRESS",
        .help = "addresses for customers: HOST:PORT, with commas"},
    {.name = "admin-listen",
        .kind = SL_VALUE_TEXT,
        .argument = "ADDRESS",
        .help = "address of /livez, /readyz, /metrics; off for none"},
    {.name = "db",
        .kind = SL_VALUE_TEXT,
        .argument = "CONNINFO",
        .help = "PostgreSQL connection string"},
    {.name = "objects",
        .kind = SL_VALUE_TEXT,
        .argument = "DIR",
        .help = "folder of published batches"},
    {.name = "cert",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "certificate chain, PEM"},
    {.name = "key",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "private key, PEM"},
    {.name = "pepper-file",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "32 secret bytes that tokens are hashed with"},
    {.name = "user",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "user to become once the sockets are bound"},
    {.name = "workers",
        .kind = SL_VALUE_TEXT,
        .argument = "COUNT",
        .help = "worker processes; 0: one per core"},
    {.name = "db-connections",
        .kind = SL_VALUE_TEXT,
        .argument = "COUNT",
        .help = "PostgreSQL connections per worker"},
    {.name = "connections-max",
        .kind = SL_VALUE_TEXT,
        .argument = "COUNT",
        .help = "client connections per worker"},
    {.name = "lease-seconds",
        .kind = SL_VALUE_TEXT,
        .argument = "COUNT",
        .help = "how long a delivery may go unrenewed"},
    {.name = "db-wait",
        .kind = SL_VALUE_TEXT,
        .argument = "TIME",
        .help = "how long to try to reach PostgreSQL at the start"},
    {.name = "drain",
        .kind = SL_VALUE_TEXT,
        .argument = "TIME",
        .help = "how long deliveries may take to end on SIGTERM"},
    {.name = "log-level",
        .kind = SL_VALUE_TEXT,
        .argument = "LEVEL",
        .help = "error, warning, info or debug"},
    {0},
};

static enum sl_status
run_sluiced(struct sl_run *run, struct sl_error *err)
{
	struct config config;
	enum sl_status status = config_load(&config, run, err);

	if (status != SL_OK)
		return status;
	if (sl_run_flag(run, "print-config")) {
		sl_settings_print(config.settings, stdout);
	} else if (sl_run_flag(run, "check-config")) {
		status = config_check(&config, err);
		if (status == SL_OK)
			sl_run_say(run, "the settings are good");
	} else {
		status = master_run(&config, run, err);
	}
	config_clear(&config);
	return status;
}

static const struct sl_command serve = {
    .name = "",
    .summary = "serve datasets to licensed customers",
    .options = options,
    .run = run_sluiced,
};

static const struct sl_command *const commands[] = {&serve, NULL};

static const struct sl_variable variables[] = {
    {"SLUICE_DB", "PostgreSQL connection string, if db is not set"},
    {"SLUICE_OBJECTS", "folder of batches, if objects is not set"},
    {"SLUICE_PEPPER_FILE", "pepper, if pepper_file is not set"},
    {NULL, NULL},
};

static const struct sl_program program = {
    .name = "sluiced",
    .summary = "delivery server for Physical-AI data",
    .version = PACKAGE_VERSION,
    .commands = commands,
    .variables = variables,
};

int
main(int argc, char **argv)
{
	return sl_main(&program, argc, argv);
}
