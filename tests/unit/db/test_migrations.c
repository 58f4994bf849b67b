#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/cluster.h"
#include "sluice/base/file.h"
#include "sluice/db/migrations.h"
#include "suites.h"

#define DATABASE "migrating"

static char folder[256];
static struct sl_migration_report report;
static struct sl_error err;

static const char *
conninfo(void)
{
	return cluster_conninfo("postgres", DATABASE);
}

static void
put(const char *name, const char *text)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(
	    sl_file_replace(path, sl_slice_text(text), 0644, &err), SL_OK);
}

static void
setup(void)
{
	struct sl_buf roles;
	char path[512];

	memset(&err, 0, sizeof(err));
	cluster_sql("postgres", "DROP DATABASE IF EXISTS " DATABASE);
	cluster_sql("postgres", "CREATE DATABASE " DATABASE);
	(void)snprintf(folder, sizeof(folder), "/tmp/sluice-sql.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/migrations", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	sl_buf_init(&roles, 65536);
	ck_assert_int_eq(
	    sl_file_read(&roles, cluster_source("sql/roles.sql"), &err), SL_OK);
	put("roles.sql", sl_buf_text(&roles));
	sl_buf_clear(&roles);
	put("migrations/0001_one.sql", "CREATE TABLE sluice.one (a int);");
}

static void
teardown(void)
{
	static const char *const names[] = {"migrations/0001_one.sql",
	    "migrations/0002_two.sql", "migrations/0003_three.sql",
	    "migrations", "roles.sql", ""};
	char path[512];
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)remove(path);
	}
	cluster_sql("postgres", "DROP DATABASE " DATABASE);
}

START_TEST(init_makes_roles_schema_and_tables_and_may_run_again)
{
	ck_assert_int_eq(sl_migrations_init(
	                     &report, conninfo(), cluster_source("sql"), &err),
	    SL_OK);
	ck_assert_uint_gt(report.applied, 0);
	ck_assert_uint_eq(report.version, report.newest);
	ck_assert_str_eq(
	    cluster_value(DATABASE,
	        "SELECT tableowner FROM pg_tables WHERE tablename = 'ledger'"),
	    "sluice_owner");
	ck_assert_int_eq(sl_migrations_init(
	                     &report, conninfo(), cluster_source("sql"), &err),
	    SL_OK);
	ck_assert_uint_eq(report.applied, 0);
}
END_TEST

START_TEST(migrate_applies_only_what_is_new)
{
	ck_assert_int_eq(
	    sl_migrations_init(&report, conninfo(), folder, &err), SL_OK);
	ck_assert_uint_eq(report.applied, 1);
	put("migrations/0002_two.sql", "CREATE TABLE sluice.two (a int);");
	ck_assert_int_eq(
	    sl_migrations_run(&report, conninfo(), folder, true, &err), SL_OK);
	ck_assert_uint_eq(report.applied, 0);
	ck_assert_uint_eq(report.version, 1);
	ck_assert_uint_eq(report.newest, 2);
	ck_assert_int_eq(
	    sl_migrations_run(&report, conninfo(), folder, false, &err), SL_OK);
	ck_assert_uint_eq(report.applied, 1);
	ck_assert_uint_eq(report.version, 2);
}
END_TEST

START_TEST(the_first_warning_is_kept)
{
	put("migrations/0002_two.sql",
	    "DO $$ BEGIN RAISE NOTICE 'nothing'; RAISE WARNING 'first'; "
	    "RAISE WARNING 'second'; END $$");
	ck_assert_int_eq(
	    sl_migrations_init(&report, conninfo(), folder, &err), SL_OK);
	ck_assert_str_eq(report.warning, "first");
	ck_assert_int_eq(
	    sl_migrations_init(&report, conninfo(), folder, &err), SL_OK);
	ck_assert_str_eq(report.warning, "");
}
END_TEST

/* A database of a version that needed less. */
START_TEST(what_only_init_can_give_is_told)
{
	cluster_file(DATABASE, cluster_source("sql/roles.sql"));
	cluster_sql(DATABASE, "REVOKE pg_signal_backend FROM sluice_owner");
	ck_assert_int_eq(sl_migrations_run(&report, conninfo(),
	                     cluster_source("sql"), false, &err),
	    SL_OK);
	ck_assert_uint_eq(report.version, report.newest);
	ck_assert_ptr_nonnull(strstr(report.warning, "sluicectl db init"));
	ck_assert_int_eq(sl_migrations_init(
	                     &report, conninfo(), cluster_source("sql"), &err),
	    SL_OK);
	ck_assert_str_eq(report.warning, "");
	ck_assert_str_eq(
	    cluster_value(DATABASE, "SELECT sluice.turn_rights()"), "t");
}
END_TEST

START_TEST(a_failing_migration_leaves_nothing_behind)
{
	put("migrations/0002_two.sql",
	    "CREATE TABLE sluice.two (a int); SELECT 1 / 0;");
	ck_assert_int_ne(
	    sl_migrations_init(&report, conninfo(), folder, &err), SL_OK);
	ck_assert_ptr_nonnull(strstr(err.text, "0002_two.sql"));
	ck_assert_str_eq(
	    cluster_value(DATABASE,
	        "SELECT count(*) FROM pg_tables WHERE tablename = 'two'"),
	    "0");
	put("migrations/0002_two.sql", "CREATE TABLE sluice.two (a int);");
	ck_assert_int_eq(
	    sl_migrations_run(&report, conninfo(), folder, false, &err), SL_OK);
	ck_assert_uint_eq(report.version, 2);
}
END_TEST

START_TEST(a_changed_migration_is_refused)
{
	ck_assert_int_eq(
	    sl_migrations_init(&report, conninfo(), folder, &err), SL_OK);
	put("migrations/0001_one.sql", "CREATE TABLE sluice.one (a int8);");
	ck_assert_int_eq(
	    sl_migrations_run(&report, conninfo(), folder, false, &err),
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "migration_changed");
}
END_TEST

START_TEST(a_gap_and_a_missing_folder_are_refused)
{
	put("migrations/0003_three.sql", "SELECT 1;");
	ck_assert_int_eq(sl_migrations_init(&report, conninfo(), folder, &err),
	    SL_ERR_INTEGRITY);
	ck_assert_int_eq(
	    sl_migrations_init(&report, conninfo(), "/nonexistent", &err),
	    SL_ERR_NOT_FOUND);
}
END_TEST

START_TEST(migrate_without_init_says_what_to_run)
{
	ck_assert_int_eq(
	    sl_migrations_run(&report, conninfo(), folder, false, &err),
	    SL_ERR_STATE);
	ck_assert_str_eq(err.code, "database_not_initialised");
}
END_TEST

Suite *
migrations_suite(void)
{
	Suite *suite = suite_create("migrations");
	TCase *tests = tcase_create("migrations");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, init_makes_roles_schema_and_tables_and_may_run_again);
	tcase_add_test(tests, migrate_applies_only_what_is_new);
	tcase_add_test(tests, the_first_warning_is_kept);
	tcase_add_test(tests, what_only_init_can_give_is_told);
	tcase_add_test(tests, a_failing_migration_leaves_nothing_behind);
	tcase_add_test(tests, a_changed_migration_is_refused);
	tcase_add_test(tests, a_gap_and_a_missing_folder_are_refused);
	tcase_add_test(tests, migrate_without_init_says_what_to_run);
	suite_add_tcase(suite, tests);
	return suite;
}
