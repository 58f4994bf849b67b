/* CDR as ROS 2 writes it (OMG DDS-XTypes 1.3, 7.4.3: XCDR version 1, plain):
 * four bytes of encapsulation, then values aligned to their own size from
 * there.
 *
 * Each read gives zero once something did not fit; `failed` says so at the
 * end.  Nothing is allocated for a count that the bytes cannot hold. */
#ifndef SL_FORMATS_CDR_H
#define SL_FORMATS_CDR_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

struct cdr {
	struct sl_slice body; /* behind the encapsulation */
	size_t at;
	bool is_big; /* byte order */
	bool failed;
};

SL_MUST_CHECK enum sl_status cdr_begin(
    struct cdr *cdr, struct sl_slice message, struct sl_error *err);

uint32_t cdr_u32(struct cdr *cdr);
double cdr_f64(struct cdr *cdr);
void cdr_f64s(struct cdr *cdr, double *out, size_t count);
/* u8 and bool */
uint8_t cdr_u8(struct cdr *cdr);
/* Without its NUL. */
struct sl_slice cdr_text(struct cdr *cdr);
struct sl_slice cdr_bytes(struct cdr *cdr);

/* The count of a sequence whose items take `item_bytes` or more each. */
size_t cdr_count(struct cdr *cdr, size_t item_bytes);

/* A sequence of doubles, allocated; NULL if it is empty or failed. */
SL_MUST_CHECK enum sl_status cdr_doubles(
    struct cdr *cdr, double **out, size_t *count);

/* SL_ERR_INVALID if something did not fit or more than padding is left. */
SL_MUST_CHECK enum sl_status cdr_end(
    const struct cdr *cdr, const char *what, struct sl_error *err);

#endif /* SL_FORMATS_CDR_H */
