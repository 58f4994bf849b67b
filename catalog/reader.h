/* Reading a text of fixed form: each take moves on, or fails for good.  What a
 * failed take gives is empty or zero. */
#ifndef SL_CATALOG_READER_H
#define SL_CATALOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"

struct sl_reader {
	struct sl_slice rest; /* not yet read */
	bool failed;
};

/* Exactly these bytes come next. */
void sl_reader_text(struct sl_reader *reader, const char *text);

/* Are they next?  Taken if so; it is no failure if not. */
bool sl_reader_maybe(struct sl_reader *reader, const char *text);

/* Everything before the next `end`, which is taken as well. */
struct sl_slice sl_reader_until(struct sl_reader *reader, char end);

/* Digits before `end`, at most `max`. */
uint64_t sl_reader_number(struct sl_reader *reader, char end, uint64_t max);

/* RFC 3339 before `end`, in microseconds. */
int64_t sl_reader_time(struct sl_reader *reader, char end);

/* 64 hexadecimal digits before `end`. */
void sl_reader_hex(struct sl_reader *reader, char end, unsigned char out[32]);

/* The base64 of 32 bytes before `end`. */
void sl_reader_base64(
    struct sl_reader *reader, char end, unsigned char out[32]);

/* A dataset's name before `end`. */
void sl_reader_dataset(
    struct sl_reader *reader, char end, char out[SL_DATASET_NAME_MAX + 1]);

#endif /* SL_CATALOG_READER_H */
