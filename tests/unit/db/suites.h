/* The suites of this folder's one Check program. */
#ifndef SLUICE_TESTS_DB_SUITES_H
#define SLUICE_TESTS_DB_SUITES_H

#include <check.h>

Suite *params_suite(void);
Suite *rows_suite(void);
Suite *pool_suite(void);
Suite *listen_suite(void);
Suite *migrations_suite(void);
Suite *transaction_suite(void);

#endif /* SLUICE_TESTS_DB_SUITES_H */
