/* One test case per module of base. */
#ifndef TEST_BASE_SUITES_H
#define TEST_BASE_SUITES_H

#include <check.h>

TCase *array_cases(void);
TCase *base64_cases(void);
TCase *buf_cases(void);
TCase *bulk_cases(void);
TCase *checked_cases(void);
TCase *clock_cases(void);
TCase *error_cases(void);
TCase *file_cases(void);
TCase *hex_cases(void);
TCase *log_cases(void);
TCase *secret_cases(void);
TCase *uuid_cases(void);
TCase *workers_cases(void);

#endif /* TEST_BASE_SUITES_H */
