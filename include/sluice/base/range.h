/* A run of whole numbers, both ends included. */
#ifndef SLUICE_BASE_RANGE_H
#define SLUICE_BASE_RANGE_H

#include <stdint.h>

struct sl_range {
	uint32_t first;
	uint32_t last; /* >= first, < INT32_MAX */
};

#endif /* SLUICE_BASE_RANGE_H */
