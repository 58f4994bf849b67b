/* From what is granted, asked for and held: what to fetch and what to drop. */
#ifndef SL_CLIENT_PLAN_H
#define SL_CLIENT_PLAN_H

#include <stdint.h>

#include "heads.h"
#include "holdings.h"
#include "sluice/base/error.h"
#include "sluice/catalog/path.h"
#include "sluice/client/pull.h"
#include "sluice/client/wish.h"

/* The owner embeds it and calls clear. */
struct sl_plan {
	uint32_t seq;
	struct sl_holdings target; /* segments that the tree shall have */
	struct sl_holdings fetch;  /* of them, those that it has not */
	struct sl_holdings drop;   /* held, but not in the target */
	struct sl_multirange joined;
	struct sl_multirange revised;
	struct sl_multirange left;
	struct sl_multirange retracted;
	uint64_t episodes;
};

/* SL_ERR_DENIED if a layer is asked for that the grant does not cover,
 * SL_ERR_INTEGRITY if two files of the target clash. */
SL_MUST_CHECK enum sl_status sl_plan_compute(struct sl_plan *plan,
    const struct sl_heads *heads, const struct sl_wish *wish,
    const struct sl_holdings *held, struct sl_error *err);
void sl_plan_clear(struct sl_plan *plan);

/* After a refusal: the largest target made of whole episodes that are held or
 * whose new segments are all in `staged`.  Episodes whose new revision did not
 * come keep the old one, unless they are retracted. */
SL_MUST_CHECK enum sl_status sl_plan_reduce(struct sl_plan *plan,
    const struct sl_heads *heads, const struct sl_holdings *held,
    const struct sl_holdings *staged, struct sl_error *err);

/* Every path of the segments, judged against all others; owner: seq. */
SL_MUST_CHECK enum sl_status sl_plan_paths(struct sl_path_set **out,
    const struct sl_heads *heads, const struct sl_holdings *segments,
    struct sl_error *err);

/* Fill the numbers of a report. */
SL_MUST_CHECK enum sl_status sl_plan_report(const struct sl_plan *plan,
    const struct sl_heads *heads, struct sl_pull_result *result);

/* Call `on_segment` for each segment of a set. */
typedef enum sl_status sl_segment_fn(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_plan_each(const struct sl_heads *heads,
    const struct sl_holdings *segments, sl_segment_fn *on_segment, void *ctx,
    struct sl_error *err);

#endif /* SL_CLIENT_PLAN_H */
