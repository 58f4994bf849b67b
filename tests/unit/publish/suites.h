/* One test case per module of publish, and what they share. */
#ifndef TEST_PUBLISH_SUITES_H
#define TEST_PUBLISH_SUITES_H

#include <check.h>

#include "known.h"
#include "sluice/publish/publish.h"

TCase *match_cases(void);
TCase *plan_cases(void);

/* A dataset with one batch: episode n (from 1) of site "lab", key "ep-n", has
 * the layers state and force, one file each, with the hashes n and 100 + n. */
void make_known(struct known *out, uint32_t episodes);

/* Drafts: keys[i] has the files with the hashes state[i] and force[i]. */
struct sl_draft *make_draft(const char *const *keys, const unsigned char *state,
    const unsigned char *force, size_t count);

#endif /* TEST_PUBLISH_SUITES_H */
