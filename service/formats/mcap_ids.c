#include "mcap_ids.h"

#include <stdlib.h>

enum sl_status
mcap_ids_put(struct mcap_ids *ids, uint16_t id, void *value)
{
	void ***page = &ids->pages[id >> 8];

	if (*page == NULL)
		*page = calloc(256, sizeof(void *));
	if (*page == NULL)
		return SL_ERR_NOMEM;
	(*page)[id & 0xff] = value;
	return SL_OK;
}

void
mcap_ids_clear(struct mcap_ids *ids)
{
	for (size_t i = 0; i < 256; i++)
		free(ids->pages[i]);
	*ids = (struct mcap_ids){0};
}
