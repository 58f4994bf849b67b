/* One test case per module of catalog, and what they share. */
#ifndef TEST_CATALOG_SUITES_H
#define TEST_CATALOG_SUITES_H

#include <check.h>

#include "sluice/base/buf.h"

TCase *checkpoint_cases(void);
TCase *decide_cases(void);
TCase *document_cases(void);
TCase *draft_cases(void);
TCase *entry_cases(void);
TCase *fetch_cases(void);
TCase *grant_cases(void);
TCase *index_cases(void);
TCase *json_cases(void);
TCase *layer_cases(void);
TCase *live_cases(void);
TCase *log_cases(void);
TCase *manifest_cases(void);
TCase *metadata_cases(void);
TCase *multirange_cases(void);
TCase *name_cases(void);
TCase *note_cases(void);
TCase *path_cases(void);
TCase *pin_cases(void);
TCase *policy_cases(void);
TCase *price_cases(void);
TCase *profile_cases(void);
TCase *purpose_cases(void);
TCase *selection_cases(void);
TCase *statement_cases(void);
TCase *terms_cases(void);
TCase *territory_cases(void);
TCase *tile_cases(void);
TCase *trust_cases(void);
TCase *trust_verify_cases(void);
TCase *v1_cases(void);
TCase *vocabulary_cases(void);
TCase *where_cases(void);
TCase *witness_cases(void);

/* Append a file of tests/golden/; fails the test if it cannot. */
void read_golden(struct sl_buf *buf, const char *name);

/* The bytes of `buf` are those of a file of tests/golden/.  With SL_GOLDEN_NEW
 * in the environment a file that is not there is made. */
void assert_golden(const struct sl_buf *buf, const char *name);

#endif /* TEST_CATALOG_SUITES_H */
