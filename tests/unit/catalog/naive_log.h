/* The tree as RFC 6962 defines it, by recursion over the leaves: slow, and
 * nothing of it is shared with catalog/log.c. */
#ifndef TEST_CATALOG_NAIVE_LOG_H
#define TEST_CATALOG_NAIVE_LOG_H

#include "sluice/catalog/log.h"

#define NAIVE_MAX 300

/* Leaf i is the text "leaf <i>"; once before anything else. */
void naive_fill(void);

/* MTH(D[begin:end]) (section 2.1). */
const struct sl_log_hash *naive_root(size_t begin, size_t end);

/* PATH(index, D[begin:end]) (section 2.1.1), appended. */
void naive_path(
    struct sl_log_proof *out, size_t index, size_t begin, size_t end);

/* SUBPROOF(size, D[begin:end], is_whole) (section 2.1.2), appended. */
void naive_subproof(struct sl_log_proof *out, size_t size, size_t begin,
    size_t end, bool is_whole);

/* For builders of proofs. */
enum sl_status naive_read(void *ctx, struct sl_log_hash *out, unsigned level,
    uint64_t index, struct sl_error *err);

#endif /* TEST_CATALOG_NAIVE_LOG_H */
