/* Figures as people read them on pages. */
#ifndef SL_API_WORDS_H
#define SL_API_WORDS_H

#include <stdint.h>

#define WORDS_MAX 48

void words_count(char out[WORDS_MAX], uint64_t count);    /* 1,234,567 */
void words_bytes(char out[WORDS_MAX], uint64_t bytes);    /* 1.4 GB */
void words_duration(char out[WORDS_MAX], double seconds); /* 12.5 h */
/* "21 Nov 2026" of "2026-11-21T01:15:00Z"; "" for anything else. */
void words_date(char out[WORDS_MAX], const char *time);
/* "true" as "Success" and so on; other values as they are. */
const char *words_outcome(const char *value);

#endif /* SL_API_WORDS_H */
