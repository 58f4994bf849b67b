#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../support/cluster.h"
#include "sluice/db/db.h"
#include "sluice/db/migrations.h"
#include "suites.h"

struct sl_db *
world_connect(const char *user)
{
	struct sl_error err = {0};
	struct sl_db *db;

	if (sl_db_connect(&db, cluster_conninfo(user, WORLD), &err) != SL_OK)
		ck_abort_msg("%s: %s", user, err.text);
	return db;
}

const char *
world_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	ck_assert_msg(text != NULL, "no string %s", key);
	return text;
}

struct sl_uuid
world_licence(const char *quota_json)
{
	struct sl_uuid licence;
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT sluice.licence_grant('acme', 'kitting', "
	    "t.terms('kitting', '%s'), NULL, 'test') ->> 'id'",
	    quota_json);
	ck_assert_int_eq(
	    sl_uuid_parse(&licence, sl_slice_text(cluster_value(WORLD, sql))),
	    SL_OK);
	return licence;
}

static void
make_world(void)
{
	struct sl_migration_report report;
	struct sl_error err = {0};

	cluster_sql("postgres", "CREATE DATABASE " WORLD);
	if (sl_migrations_init(&report, cluster_conninfo("postgres", WORLD),
	        cluster_source("sql"), &err) != SL_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	cluster_file(WORLD, cluster_source("tests/sql/fixture.sql"));
}

int
main(void)
{
	SRunner *runner;
	int failed;

	cluster_begin();
	make_world();
	runner = srunner_create(catalog_suite());
	srunner_add_suite(runner, licensing_suite());
	srunner_add_suite(runner, log_suite());
	srunner_add_suite(runner, publication_suite());
	srunner_add_suite(runner, admin_suite());
	srunner_add_suite(runner, contract_suite());
	srunner_add_suite(runner, account_suite());
	srunner_add_suite(runner, money_suite());
	srunner_add_suite(runner, usage_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	cluster_end();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
