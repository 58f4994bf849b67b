/* May this licence serve this request now?
 *
 * Pure and total: the same answer on the server, in `sluicectl licence
 * explain` and under the fuzzer.  What is not allowed is denied.  Checks run
 * in the fixed order of SL_DECIDE_LIST; all that fail are listed, the first
 * gives the code. */
#ifndef SLUICE_CATALOG_DECIDE_H
#define SLUICE_CATALOG_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/catalog/terms.h"

/* X(NAME, code, sentence) */
#define SL_DECIDE_LIST(X)                                              \
	X(UNREADABLE, "licence_unreadable",                            \
	    "The licence has terms that this server does not know.")   \
	X(DATASET, "dataset_not_in_scope",                             \
	    "The licence is for another dataset.")                     \
	X(REVOKED, "licence_revoked", "The licence is revoked.")       \
	X(SUSPENDED, "licence_suspended", "The licence is suspended.") \
	X(NOT_YET_VALID, "licence_not_yet_valid",                      \
	    "The licence's term has not begun.")                       \
	X(EXPIRED, "licence_expired", "The licence's term is over.")   \
	X(LAYER, "layer_not_in_scope",                                 \
	    "The licence does not cover a layer that was asked for.")  \
	X(QUOTA_EPISODES, "quota_episodes",                            \
	    "The licence's quota of episodes does not cover this.")    \
	X(QUOTA_HOURS, "quota_hours",                                  \
	    "The licence's quota of hours does not cover this.")       \
	X(QUOTA_BYTES, "quota_bytes",                                  \
	    "The licence's quota of bytes does not cover this.")

enum sl_decide_check {
#define X(name, code, sentence) SL_DECIDE_##name,
	SL_DECIDE_LIST(X)
#undef X
};
#define SL_DECIDE_COUNT 10

enum sl_licence_status {
	SL_LICENCE_ACTIVE,
	SL_LICENCE_SUSPENDED,
	SL_LICENCE_REVOKED,
};

/* "active", "suspended", "revoked" */
SL_MUST_CHECK enum sl_status sl_licence_status_by_name(
    enum sl_licence_status *out, struct sl_slice name);

struct sl_decide_request {
	const char *dataset;
	/* Layers asked for by name, or NULL for whatever the licence covers. */
	const struct sl_layers *layers;
	/* What would be newly held; all 0 where that is decided tranche by
	 * tranche, by the charge itself. */
	struct sl_quota charge;
};

struct sl_decision {
	bool allowed;
	const char *code;     /* of the first failed check; "" if allowed */
	const char *sentence; /* for a person; "" if allowed */
	/* When the passing of time alone changes the answer; INT64_MAX: never.
	 */
	int64_t valid_until_us;
	enum sl_decide_check failed[SL_DECIDE_COUNT];
	size_t failed_count;
};

/* `terms` NULL: unreadable, denied.  `used` is what the licence holds so far;
 * NULL means nothing yet. */
struct sl_decision sl_licence_decide(const struct sl_terms *terms,
    enum sl_licence_status status, const struct sl_decide_request *request,
    int64_t now_us, const struct sl_quota *used);

/* "licence_expired" … and its sentence; never NULL. */
const char *sl_decide_code(enum sl_decide_check check);
const char *sl_decide_sentence(enum sl_decide_check check);

#endif /* SLUICE_CATALOG_DECIDE_H */
