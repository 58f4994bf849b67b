/* Which chunks of a damaged file are still whole in the tree? */
#ifndef SL_CLIENT_SURVIVOR_H
#define SL_CLIENT_SURVIVOR_H

#include <stdbool.h>
#include <stdint.h>

#include "checks.h"
#include "sluice/base/error.h"
#include "want.h"

struct sl_survivor {
	int root; /* of the tree */
	struct sl_checks checks;
	unsigned char *buffer; /* one decoded chunk */
};

SL_MUST_CHECK enum sl_status sl_survivor_open(struct sl_survivor *survivor,
    int root, int meta, size_t batch_count, struct sl_error *err);
void sl_survivor_close(struct sl_survivor *survivor);

/* Put the chunk together again from the tree's files and compare its checksum
 * with the one that was noted when it came.  False if that is not known. */
bool sl_survivor_has(
    struct sl_survivor *survivor, const struct sl_want *want, uint32_t chunk);

#endif /* SL_CLIENT_SURVIVOR_H */
