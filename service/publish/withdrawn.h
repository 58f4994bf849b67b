/* The content of retracted episodes: what must not come back, under whatever
 * key. */
#ifndef SL_PUBLISH_WITHDRAWN_H
#define SL_PUBLISH_WITHDRAWN_H

#include "sluice/catalog/draft.h"

#include "known.h"

struct withdrawn {
	unsigned char (*hashes)[32]; /* sorted */
	size_t count;
};

/* Files that retracted episodes had in any batch and no live one has.  Reads
 * all indices if there is a retracted episode. */
SL_MUST_CHECK enum sl_status withdrawn_load(
    struct withdrawn *out, struct known *known, struct sl_error *err);
void withdrawn_clear(struct withdrawn *withdrawn);

bool withdrawn_has_file_of(
    const struct withdrawn *withdrawn, const struct sl_draft_episode *episode);

#endif /* SL_PUBLISH_WITHDRAWN_H */
