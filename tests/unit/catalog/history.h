/* A dataset that grows at random: a plain model to compare with. */
#ifndef TEST_CATALOG_HISTORY_H
#define TEST_CATALOG_HISTORY_H

#include <stdbool.h>

#include "sluice/catalog/entry.h"

#define HISTORY_EPISODES 60
#define HISTORY_LAYERS   5

/* The layers an episode of the model may have, in the order of their names. */
extern const char *const history_layers[HISTORY_LAYERS];

struct history_episode {
	uint32_t revision; /* 0: there is none yet */
	uint32_t first_seq;
	bool retracted;
	struct sl_facets facets;
	bool has[HISTORY_LAYERS];
	uint32_t seq[HISTORY_LAYERS];
	uint32_t ordinal[HISTORY_LAYERS];
};

struct history {
	uint32_t seq;
	uint32_t max_number;
	struct history_episode episodes[HISTORY_EPISODES + 1];
	struct sl_entry batch[HISTORY_EPISODES + 1];
	size_t batch_count;
};

/* All zero. */
void history_init(struct history *history);

/* Make the next batch at random (rand()) and apply it to the model; the
 * entries are in batch[0 … batch_count). */
void history_step(struct history *history);

void history_clear(struct history *history);

#endif /* TEST_CATALOG_HISTORY_H */
