/* A program to test with, and what it wrote. */
#ifndef TEST_COMMAND_SAMPLE_PROGRAM_H
#define TEST_COMMAND_SAMPLE_PROGRAM_H

#include <stddef.h>

#define OUTPUT_MAX 16384

/* Run "sample WORD..." (the words end with NULL) and keep what it wrote. */
int run_sample(const char *const *words);

/* Of the last run. */
const char *sample_out(void);
const char *sample_err(void);

#define RUN(...) run_sample((const char *const[]){__VA_ARGS__, NULL})

#endif /* TEST_COMMAND_SAMPLE_PROGRAM_H */
