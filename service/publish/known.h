/* What has been published: every episode's latest state, from the database,
 * and its files, from the indices of the batches that hold them. */
#ifndef SL_PUBLISH_KNOWN_H
#define SL_PUBLISH_KNOWN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/index.h"
#include "sluice/objects/objects.h"

struct sl_db;

struct known_layer {
	const char *name;
	uint32_t seq;
	uint32_t ordinal;
};

struct known_episode {
	uint32_t number;
	struct sl_uuid id;
	uint32_t revision;
	bool retracted;
	const char *site;
	const char *key;
	unsigned char digest[32];
	struct known_layer *layers; /* by name */
	size_t layer_count;
	/* Plan's mark: the episode is accounted for. */
	bool claimed;
};

struct known_batch {
	uint32_t seq;
	struct sl_uuid publication;
	struct sl_index *index; /* NULL until it is asked for */
};

struct known {
	json_t *rows; /* owns the texts */
	const char *dataset;
	struct sl_objects *objects;
	struct known_episode *episodes; /* by number */
	size_t episode_count;
	struct known_episode **by_key; /* by site, then key */
	struct known_batch *batches;   /* seq 1 is at 0 */
	size_t batch_count;
};

/* `publications` is the dataset's list.  Borrows dataset and objects. */
SL_MUST_CHECK enum sl_status known_load(struct known *out, struct sl_db *db,
    struct sl_objects *objects, const char *dataset, const json_t *publications,
    struct sl_error *err);
void known_clear(struct known *known);

/* NULL if there is none; the pseudo-episode is number 0 only. */
struct known_episode *known_find(
    const struct known *known, const char *site, const char *key);
struct known_episode *known_find_number(
    const struct known *known, uint64_t number);
const struct known_layer *known_find_layer(
    const struct known_episode *episode, const char *layer);

/* Number, id, "site/key", or a key that only one episode has.
 * SL_ERR_NOT_FOUND, SL_ERR_INVALID if several have it. */
SL_MUST_CHECK enum sl_status known_resolve(struct known_episode **out,
    const struct known *known, const char *name, struct sl_error *err);

/* The index of a batch, read and checked against its manifest on first use. */
SL_MUST_CHECK enum sl_status known_index(const struct sl_index **out,
    struct known *known, uint32_t seq, struct sl_error *err);

/* A layer's files: *files has *count items, borrowed. */
SL_MUST_CHECK enum sl_status known_files(const struct sl_index_file **files,
    size_t *count, struct known *known, const struct known_layer *layer,
    struct sl_error *err);

#endif /* SL_PUBLISH_KNOWN_H */
