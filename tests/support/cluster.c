#include "cluster.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX 4096

static char folder[TEXT_MAX / 8];

static void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "cluster: %s: %s\n", what, why);
	exit(1);
}

const char *
cluster_source(const char *name)
{
	static char path[TEXT_MAX];
	const char *root = getenv("SL_SRCDIR");

	(void)snprintf(
	    path, sizeof(path), "%s/%s", root == NULL ? "." : root, name);
	return path;
}

/* Run a program and wait for it; its output goes to standard error. */
static void
run(const char *const *argv)
{
	pid_t pid;
	int state;

	pid = fork();
	if (pid < 0)
		die(argv[0], "fork");
	if (pid == 0) {
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		(void)execvp(argv[0], (char *const *)(unsigned long)argv);
		_exit(127);
	}
	if (waitpid(pid, &state, 0) != pid || state != 0)
		die(argv[0], argv[1]);
}

static void
run_verb(const char *verb)
{
	char script[TEXT_MAX];
	const char *argv[] = {script, verb, folder, NULL};

	(void)snprintf(script, sizeof(script), "%s",
	    cluster_source("tests/support/pg-cluster"));
	run(argv);
}

void
cluster_begin(void)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(folder, sizeof(folder), "%s/sluice-test.XXXXXX",
	    base == NULL ? "/tmp" : base);
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
		die(folder, "cannot be made");
	cluster_start();
}

void
cluster_start(void)
{
	run_verb("start");
}

void
cluster_kill(void)
{
	run_verb("kill");
}

void
cluster_end(void)
{
	const char *argv[] = {"rm", "-rf", folder, NULL};

	run_verb("stop");
	run(argv);
}

const char *
cluster_conninfo(const char *user, const char *database)
{
	static char text[TEXT_MAX];

	(void)snprintf(text, sizeof(text), "host=%s/socket user=%s dbname=%s",
	    folder, user, database);
	return text;
}

static PGconn *
open_as_superuser(const char *database)
{
	PGconn *pg;

	pg = PQconnectdb(cluster_conninfo("postgres", database));
	if (PQstatus(pg) != CONNECTION_OK)
		die(database, PQerrorMessage(pg));
	(void)PQsetErrorVerbosity(pg, PQERRORS_TERSE);
	PQclear(PQexec(pg, "SET client_min_messages = warning"));
	return pg;
}

void
cluster_sql(const char *database, const char *sql)
{
	PGconn *pg = open_as_superuser(database);
	PGresult *result = PQexec(pg, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK &&
	    PQresultStatus(result) != PGRES_TUPLES_OK)
		die(sql, PQerrorMessage(pg));
	PQclear(result);
	PQfinish(pg);
}

const char *
cluster_value(const char *database, const char *sql)
{
	static char text[TEXT_MAX];
	PGconn *pg = open_as_superuser(database);
	PGresult *result = PQexec(pg, sql);

	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
		die(sql, PQerrorMessage(pg));
	(void)snprintf(text, sizeof(text), "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	PQfinish(pg);
	return text;
}

void
cluster_file(const char *database, const char *file)
{
	const char *argv[] = {"psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d",
	    cluster_conninfo("postgres", database), "-f", file, NULL};

	run(argv);
}
