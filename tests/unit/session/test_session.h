/* The suites of this program. */
#ifndef TEST_SESSION_H
#define TEST_SESSION_H

#include <check.h>

Suite *suite_access(void);
Suite *suite_plan(void);

#endif /* TEST_SESSION_H */
