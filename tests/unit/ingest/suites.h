/* One test case per module of ingest. */
#ifndef TEST_INGEST_SUITES_H
#define TEST_INGEST_SUITES_H

#include <check.h>

TCase *crew_cases(void);
TCase *draft_store_cases(void);
TCase *file_cache_cases(void);
TCase *object_copy_cases(void);
TCase *scan_cache_cases(void);

#endif /* TEST_INGEST_SUITES_H */
