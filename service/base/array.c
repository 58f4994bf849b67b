#include "sluice/base/array.h"

#include <stdlib.h>

#include "sluice/base/checked.h"

void *
sl_array_room(void *items, size_t count, size_t item_bytes)
{
	size_t room = 1;

	if ((count & (count - 1)) != 0)
		return items;
	if (count > 0 && !sl_mul_size(count, 2, &room))
		return NULL;
	return reallocarray(items, room, item_bytes);
}
