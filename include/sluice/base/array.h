/* Arrays without a capacity: they grow when their count is a power of two. */
#ifndef SLUICE_BASE_ARRAY_H
#define SLUICE_BASE_ARRAY_H

#include <stddef.h>

/* Room for one more item behind `count` of `item_bytes` each; `items` is NULL
 * at first.  The array, which may have moved; NULL when out of memory, and
 * `items` is as it was. */
void *sl_array_room(void *items, size_t count, size_t item_bytes);

#endif /* SLUICE_BASE_ARRAY_H */
