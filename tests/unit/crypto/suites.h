/* One test case per module of crypto, and what they share. */
#ifndef TEST_CRYPTO_SUITES_H
#define TEST_CRYPTO_SUITES_H

#include <check.h>

#include "sluice/base/buf.h"

TCase *hash_cases(void);
TCase *key_cases(void);
TCase *minisig_cases(void);
TCase *stock_cases(void);
TCase *token_cases(void);
TCase *wycheproof_cases(void);

/* A folder of the test's own; make_folder is a fixture, as is its undoing. */
extern char folder[];
void make_folder(void);
void remove_folder(void);

/* "FOLDER/NAME", valid until the next call. */
const char *in_folder(const char *name);

void write_file(const char *name, struct sl_slice bytes);

/* Exit status of a shell command that runs in the folder. */
int run(const char *fmt, ...) SL_PRINTF(1, 2);

#endif /* TEST_CRYPTO_SUITES_H */
