/* One test case per module of command. */
#ifndef TEST_COMMAND_SUITES_H
#define TEST_COMMAND_SUITES_H

#include <check.h>

TCase *exit_cases(void);
TCase *output_cases(void);
TCase *parse_cases(void);
TCase *progress_cases(void);
TCase *settings_cases(void);
TCase *value_cases(void);

#endif /* TEST_COMMAND_SUITES_H */
