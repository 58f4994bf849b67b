/* What one batch says about one episode.
 *
 * The same struct comes from an index and from rows of PostgreSQL.  The owner
 * embeds it and calls clear. */
#ifndef SLUICE_CATALOG_ENTRY_H
#define SLUICE_CATALOG_ENTRY_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/facet.h"
#include "sluice/catalog/layer.h"
#include "sluice/catalog/name.h"

/* Layers of one episode, dropped ones included. */
#define SL_ENTRY_LAYERS_MAX 64

enum sl_entry_op {
	SL_ENTRY_ADD,
	SL_ENTRY_REVISE,
	SL_ENTRY_RETRACT,
};

enum sl_entry_layer_kind {
	SL_LAYER_NEW,     /* the segment is in this batch */
	SL_LAYER_KEPT,    /* the segment of an earlier batch stays */
	SL_LAYER_DROPPED, /* the layer is gone since the last revision */
};

struct sl_entry_layer {
	char name[SL_LAYER_MAX + 1];
	enum sl_entry_layer_kind kind;
	/* Where the segment is; for NEW, seq is the batch's own; both are 0 for
	 * DROPPED. */
	uint32_t seq;
	uint32_t ordinal;
};

struct sl_entry {
	enum sl_entry_op op;
	struct sl_uuid id;
	uint32_t number; /* 0: the dataset's own files */
	uint32_t revision;
	struct sl_facets facets; /* empty for a retraction */
	/* Sorted by name; none for a retraction. */
	struct sl_entry_layer *layers;
	size_t layer_count;
	char reason[SL_SLUG_MAX + 1]; /* of a retraction, else "" */
};

/* "add", "revise", "retract" */
const char *sl_entry_op_name(enum sl_entry_op op);
SL_MUST_CHECK enum sl_status sl_entry_op_by_name(
    enum sl_entry_op *out, struct sl_slice name);

/* All zero: an entry without layers. */
void sl_entry_init(struct sl_entry *entry);
void sl_entry_clear(struct sl_entry *entry);

/* Keeps the order.  SL_ERR_INVALID for a bad layer name, SL_ERR_EXISTS if the
 * layer is there already, SL_ERR_LIMIT for too many. */
SL_MUST_CHECK enum sl_status sl_entry_add_layer(struct sl_entry *entry,
    const struct sl_entry_layer *layer, struct sl_error *err);

/* NULL if the entry has no such layer; borrowed. */
const struct sl_entry_layer *sl_entry_find_layer(
    const struct sl_entry *entry, const char *layer);

/* {"meta":{"new":0},"force":{"kept":"3.17"},"audio":{"dropped":true}}, the
 * "layers" object of an index and of the column episode_entry.layers; `seq`
 * is the batch's.  Adds to entry->layers. */
SL_MUST_CHECK enum sl_status sl_entry_layers_from_json(struct sl_entry *entry,
    const json_t *object, uint32_t seq, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_entry_layers_to_json(const struct sl_entry *entry);

/* The rules that need no history: number 0 has the zero id, only the layer
 * `meta` and is never retracted; an add has revision 1 (others at least 2) and
 * nothing kept or dropped; add and revise have a layer that is not dropped;
 * kept layers are of earlier batches; a retraction has a reason and no layer.
 * SL_ERR_INVALID in words. */
SL_MUST_CHECK enum sl_status sl_entry_check(
    const struct sl_entry *entry, uint32_t seq, struct sl_error *err);

#endif /* SLUICE_CATALOG_ENTRY_H */
