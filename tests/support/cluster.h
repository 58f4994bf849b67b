/* A private PostgreSQL for a test program, through tests/support/pg-cluster.
 * Started once before the tests, stopped after them; its state is shared by the
 * tests' processes.  Every failure ends the program. */
#ifndef SLUICE_TESTS_SUPPORT_CLUSTER_H
#define SLUICE_TESTS_SUPPORT_CLUSTER_H

/* Make and start it in a new folder. */
void cluster_begin(void);

/* Stop it and remove the folder. */
void cluster_end(void);

/* As a crash would end the server; and start it again. */
void cluster_kill(void);
void cluster_start(void);

/* Path of a source file: cluster_source("sql"). Static memory. */
const char *cluster_source(const char *name);

/* A connection string; static memory, valid until the next call. */
const char *cluster_conninfo(const char *user, const char *database);

/* Run SQL as superuser; a failure ends the program. */
void cluster_sql(const char *database, const char *sql);

/* The one value of a query, as text; static memory. */
const char *cluster_value(const char *database, const char *sql);

/* psql -f FILE, with the file's \-commands. */
void cluster_file(const char *database, const char *file);

#endif /* SLUICE_TESTS_SUPPORT_CLUSTER_H */
