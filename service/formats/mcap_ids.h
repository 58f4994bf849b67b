/* What an owner keeps for each id of a schema or channel.
 *
 * Ids have 16 bits and a file uses few of them, so there is a page only for
 * those 256 of which one is used.  Zeros are an empty one; what it points to
 * stays the owner's. */
#ifndef SL_FORMATS_MCAP_IDS_H
#define SL_FORMATS_MCAP_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/status.h"

struct mcap_ids {
	void **pages[256];
};

/* NULL if nothing was put there. */
static inline void *
mcap_ids_get(const struct mcap_ids *ids, uint16_t id)
{
	void *const *page = ids->pages[id >> 8];

	return page == NULL ? NULL : page[id & 0xff];
}

SL_MUST_CHECK enum sl_status mcap_ids_put(
    struct mcap_ids *ids, uint16_t id, void *value);
void mcap_ids_clear(struct mcap_ids *ids);

#endif /* SL_FORMATS_MCAP_IDS_H */
