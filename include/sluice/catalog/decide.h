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
#include "sluice/catalog/purpose.h"
#include "sluice/catalog/quota.h"
#include "sluice/catalog/terms.h"

/* X(NAME, code, sentence) */
#define SL_DECIDE_LIST(X)                                                    \
	X(UNREADABLE, "licence_unreadable",                                  \
	    "The licence has terms that this server does not know.")         \
	X(DATASET, "dataset_not_in_scope",                                   \
	    "The licence is for another dataset.")                           \
	X(REVOKED, "licence_revoked", "The licence is revoked.")             \
	X(SUSPENDED, "licence_suspended", "The licence is suspended.")       \
	X(NOT_YET_VALID, "licence_not_yet_valid",                            \
	    "The licence's term has not begun.")                             \
	X(EXPIRED, "licence_expired", "The licence's term is over.")         \
	X(NOT_ACCEPTED, "terms_not_accepted",                                \
	    "The text of the licence's terms has not been accepted.")        \
	X(AGREEMENT, "agreement_not_active",                                 \
	    "The agreement that the licence belongs to is not in force.")    \
	X(NOT_RELEASED, "batch_not_released",                                \
	    "A batch asked for is not released to the licence's class yet.") \
	X(LAYER, "layer_not_in_scope",                                       \
	    "The licence does not cover a layer that was asked for.")        \
	X(USE, "use_not_granted",                                            \
	    "The licence does not grant the use that was declared.")         \
	X(FIELD, "field_not_allowed",                                        \
	    "The licence does not allow the field of use, or one must be "   \
	    "declared.")                                                     \
	X(TERRITORY, "territory_not_allowed",                                \
	    "The licence does not allow the client's network or country.")   \
	X(DELIVERIES, "too_many_deliveries",                                 \
	    "The licence has as many deliveries as it may have.")            \
	X(QUOTA_EPISODES, "quota_episodes",                                  \
	    "The licence's quota of episodes does not cover this.")          \
	X(QUOTA_HOURS, "quota_hours",                                        \
	    "The licence's quota of hours does not cover this.")             \
	X(QUOTA_BYTES, "quota_bytes",                                        \
	    "The licence's quota of bytes does not cover this.")             \
	X(CEILING_EPISODES, "ceiling_episodes",                              \
	    "The agreement's ceiling of episodes does not cover this.")      \
	X(CEILING_HOURS, "ceiling_hours",                                    \
	    "The agreement's ceiling of hours does not cover this.")         \
	X(CEILING_BYTES, "ceiling_bytes",                                    \
	    "The agreement's ceiling of bytes does not cover this.")         \
	X(CEILING_MONEY, "ceiling_money",                                    \
	    "The agreement's ceiling of money does not cover this.")

enum sl_decide_check {
#define X(name, code, sentence) SL_DECIDE_##name,
	SL_DECIDE_LIST(X)
#undef X
};
#define SL_DECIDE_COUNT 21

enum sl_licence_status {
	SL_LICENCE_ACTIVE,
	SL_LICENCE_SUSPENDED,
	SL_LICENCE_REVOKED,
};

/* "active", "suspended", "revoked" */
SL_MUST_CHECK enum sl_status sl_licence_status_by_name(
    enum sl_licence_status *out, struct sl_slice name);
/* "revoked" for a value that is none of the three. */
const char *sl_licence_status_name(enum sl_licence_status status);

enum sl_agreement_status {
	SL_AGREEMENT_ACTIVE,
	SL_AGREEMENT_SUSPENDED,
	SL_AGREEMENT_ENDED,
};

/* "active", "suspended", "ended" */
SL_MUST_CHECK enum sl_status sl_agreement_status_by_name(
    enum sl_agreement_status *out, struct sl_slice name);

/* All zero bytes but for `has` deny by its term. */
struct sl_agreement_state {
	bool has; /* false: the licence stands alone, the rest is not read */
	enum sl_agreement_status status;
	int64_t from_us;
	int64_t until_us;
	struct sl_ceiling ceiling; /* SL_QUOTA_NONE where unlimited */
	struct sl_quota used;      /* over all of its licences */
	int64_t used_money_micro;  /* below 0 after credits */
};

/* What changes about a licence while its terms stay. */
struct sl_licence_state {
	enum sl_licence_status status;
	/* The text of the terms is accepted, or none has to be. */
	bool accepted;
	uint32_t released_seq;   /* newest batch its class may have */
	uint32_t deliveries;     /* running now */
	uint32_t deliveries_max; /* where the terms set none; 0: no limit */
	struct sl_quota used;    /* of the quota: in total, or this month */
	struct sl_agreement_state agreement;
};

/* All zero bytes ask for nothing of no dataset. */
struct sl_decide_request {
	const char *dataset;
	uint32_t seq; /* highest batch asked for; 0: none in particular */
	/* Layers asked for by name, or NULL for whatever the licence covers. */
	const struct sl_layers *layers;
	const struct sl_purpose *purpose; /* NULL: the empty purpose */
	const char *address; /* of the client, without port; NULL: unknown */
	bool new_delivery;   /* one more than are running now */
	/* What would be newly held and cost; all 0 where that is decided
	 * tranche by tranche, by the charge itself. */
	struct sl_quota charge;
	int64_t charge_money_micro;
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

/* `terms` NULL: unreadable, denied. */
struct sl_decision sl_licence_decide(const struct sl_terms *terms,
    const struct sl_licence_state *state,
    const struct sl_decide_request *request, int64_t now_us);

/* "licence_expired" … and its sentence; never NULL. */
const char *sl_decide_code(enum sl_decide_check check);
const char *sl_decide_sentence(enum sl_decide_check check);

#endif /* SLUICE_CATALOG_DECIDE_H */
