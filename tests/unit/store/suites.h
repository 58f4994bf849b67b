/* The suites of this folder's one Check program, and the world they share. */
#ifndef SLUICE_TESTS_STORE_SUITES_H
#define SLUICE_TESTS_STORE_SUITES_H

#include <check.h>
#include <jansson.h>

#include "sluice/base/uuid.h"

struct sl_db;

/* The database made from tests/sql/fixture.sql. */
#define WORLD "world"

Suite *catalog_suite(void);
Suite *licensing_suite(void);
Suite *log_suite(void);
Suite *publication_suite(void);
Suite *admin_suite(void);
Suite *contract_suite(void);
Suite *account_suite(void);
Suite *money_suite(void);
Suite *usage_suite(void);

/* A blocking connection as one of the fixture's logins. */
struct sl_db *world_connect(const char *user);

/* The string at a key. */
const char *world_text(const json_t *object, const char *key);

/* A new licence of acme on kitting; its id. */
struct sl_uuid world_licence(const char *quota_json);

#endif /* SLUICE_TESTS_STORE_SUITES_H */
