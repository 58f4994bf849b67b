/* One test case per module of pack, and what they share. */
#ifndef TEST_PACK_SUITES_H
#define TEST_PACK_SUITES_H

#include <check.h>

#include "sluice/base/buf.h"

TCase *chunk_cases(void);
TCase *end_record_cases(void);
TCase *frame_cases(void);
TCase *pack_writer_cases(void);
TCase *segment_reader_cases(void);
TCase *stock_cases(void);
TCase *tar_cases(void);
TCase *unpack_cases(void);

/* 2026-11-21T01:15:00Z */
#define PUBLISHED_US INT64_C(1795223700000000)

/* The bytes must be those of tests/golden/pack/NAME, for ever.  With
 * SL_GOLDEN_WRITE set, a missing file is written first. */
void assert_golden(const char *name, struct sl_slice bytes);

/* Append tests/golden/pack/NAME. */
void read_golden(struct sl_buf *out, const char *name);

/* Bytes that look random and are always the same. */
void fill_noise(unsigned char *out, size_t len, unsigned seed);

/* Append text that compresses. */
void append_text(struct sl_buf *out, size_t len);

#endif /* TEST_PACK_SUITES_H */
