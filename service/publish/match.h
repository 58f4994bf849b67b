/* Which published episode is which of the drafts?
 *
 * Identity is (site, key).  An episode whose content is found under another
 * key, because the source was renumbered, keeps its identity: it is the known
 * episode with which it shares whole layers. */
#ifndef SL_PUBLISH_MATCH_H
#define SL_PUBLISH_MATCH_H

#include "sluice/publish/publish.h"

#include "known.h"

/* An episode of a draft that has to be published. */
struct candidate {
	const struct sl_publish_draft *draft;
	const struct sl_draft_episode *episode;
	struct known_episode *known; /* NULL: new */
	bool moved;                  /* known under another key */
};

struct matches {
	struct candidate *candidates; /* by draft, then key */
	size_t count;
	size_t same_count;
	size_t withdrawn_count;
};

/* Marks known episodes that are accounted for as claimed. */
SL_MUST_CHECK enum sl_status matches_make(struct matches *out,
    struct known *known, const struct sl_publish_draft *drafts,
    size_t draft_count, struct sl_error *err);
void matches_clear(struct matches *matches);

/* Would the draft name this episode if it were still in the source? */
bool match_is_in_scope(
    const struct sl_draft *draft, const struct known_episode *episode);

#endif /* SL_PUBLISH_MATCH_H */
