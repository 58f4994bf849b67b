/* A bundle: a delivery in a file, answering what a pull asks a server for.
 *
 * Opening reads all of it once: where the members of its head and the chunks of
 * its segments lie, by hash, and that it is whole.  Nothing in it is believed:
 * heads, proofs and chunks go through the same checks as over the network.
 * Heads are given from the batch that is asked for, fetches chunk by chunk, so
 * that a pull that was killed goes on, and one that needs less takes less.
 *
 * One thread.  The owner frees bodies before the bundle. */
#ifndef SL_CLIENT_BUNDLE_H
#define SL_CLIENT_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "heads.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

struct sl_bundle;
struct sl_bundle_body;

/* SL_ERR_INTEGRITY with code bundle_truncated (it ends before its end),
 * bundle_damaged (it is no delivery), or bundle_incomplete (its writer was
 * stopped or refused). */
SL_MUST_CHECK enum sl_status sl_bundle_open(
    struct sl_bundle **out, const char *path, struct sl_error *err);
/* NULL is allowed. */
void sl_bundle_free(struct sl_bundle *bundle);

/* Is it of this dataset and, unless NULL, for this licence?
 * SL_ERR_CONFLICT with code bundle_of_other_dataset or
 * bundle_for_other_licence. */
SL_MUST_CHECK enum sl_status sl_bundle_check(const struct sl_bundle *bundle,
    const char *dataset, const struct sl_uuid *licence, struct sl_error *err);

/* The checked batches that fetches name; borrowed until the next call. */
void sl_bundle_set_heads(
    struct sl_bundle *bundle, const struct sl_heads *heads);

/* Begin to answer `path` ("/v1/datasets/D/head?…", "…/fetch" with a body).
 * SL_ERR_CONFLICT, code bundle_gap, if the mirror is not where the bundle
 * begins; SL_ERR_NOT_FOUND, code not_in_bundle, for other paths;
 * SL_ERR_INTEGRITY, bundle_damaged, for a chunk that should be there, and
 * SL_ERR_NOT_FOUND, bundle_lacks, for one that was not written. */
SL_MUST_CHECK enum sl_status sl_bundle_answer(struct sl_bundle_body **out,
    struct sl_bundle *bundle, const char *path, struct sl_slice body,
    struct sl_error *err);
/* The next bytes, borrowed until the next call; none after the last. */
SL_MUST_CHECK enum sl_status sl_bundle_next(
    struct sl_bundle_body *body, struct sl_slice *out, struct sl_error *err);
void sl_bundle_body_free(struct sl_bundle_body *body);

#endif /* SL_CLIENT_BUNDLE_H */
