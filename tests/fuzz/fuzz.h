/* What every fuzzer is made of. */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's entry: any bytes, must return 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion that stays in every build. */
#define FUZZ_ASSERT(what)                                                      \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(                                               \
			    stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			abort();                                               \
		}                                                              \
	} while (0)

#endif /* TEST_FUZZ_H */
