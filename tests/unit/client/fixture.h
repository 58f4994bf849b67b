/* A small dataset, built with the publisher's libraries: signed heads and
 * packs in memory.
 *
 * Batch 1 adds episodes 1 to 3; batch 2 revises 1 (new meta, state kept),
 * retracts 2, adds 4.  Episode 1's state is larger than one chunk.  Check's
 * assertions fail the test. */
#ifndef SL_UNIT_CLIENT_FIXTURE_H
#define SL_UNIT_CLIENT_FIXTURE_H

#include "authority.h"
#include "heads.h"
#include "sluice/base/buf.h"
#include "want.h"

#define FIXTURE_BATCHES 2
#define FIXTURE_DATASET "fixture-set"

struct fixture {
	char dir[64]; /* an empty folder */
	struct authority authority;
	struct sl_trust_chain chain; /* with version 1 */
	struct sl_buf objects[FIXTURE_BATCHES][SL_HEAD_OBJECT_COUNT];
	struct sl_buf packs[FIXTURE_BATCHES];
	struct sl_heads heads; /* with nothing accepted yet */
};

void fixture_init(struct fixture *fixture);
void fixture_clear(struct fixture *fixture);

/* Accept the next batch. */
void fixture_accept(struct fixture *fixture);
struct sl_head_objects fixture_objects(struct fixture *fixture, int batch);

/* Stored bytes of a chunk. */
struct sl_slice fixture_chunk(
    struct fixture *fixture, const struct sl_want *want, uint32_t chunk);

#endif /* SL_UNIT_CLIENT_FIXTURE_H */
