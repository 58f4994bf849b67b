/* What clang-tidy cannot see across files: these functions give back the
 * status they are given, so a caller that returns theirs has failed.  Included
 * first in every file that the tidy gate looks at, error.c aside. */
#ifndef TEST_LINT_ANALYZER_MODEL_H
#define TEST_LINT_ANALYZER_MODEL_H

#include "sluice/base/error.h"

#define sl_error_set(err, status, ...) \
	((void)sl_error_set(err, status, __VA_ARGS__), (status))
#define sl_error_code(err, status, code, ...) \
	((void)sl_error_code(err, status, code, __VA_ARGS__), (status))
#define sl_error_prefix(err, status, ...) \
	((void)sl_error_prefix(err, status, __VA_ARGS__), (status))
#define sl_error_errno(...) ((void)sl_error_errno(__VA_ARGS__), SL_ERR_IO)

#endif /* TEST_LINT_ANALYZER_MODEL_H */
