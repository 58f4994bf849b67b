/* Layers of an episode, and lists of them as licences and requests name them.
 *
 * A layer is one of nine words, or a word other than `meta` with a part:
 * "video.wrist".  In a list, "video" covers "video.wrist", "*" covers all, and
 * `meta` is always covered. */
#ifndef SLUICE_CATALOG_LAYER_H
#define SLUICE_CATALOG_LAYER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* "calibration." and a part of [a-z0-9][a-z0-9_-]{0,50} */
#define SL_LAYER_MAX  63
#define SL_LAYERS_MAX 32

/* The nine words in alphabetical order, NULL-terminated. */
extern const char *const sl_layer_words[];

bool sl_layer_is_valid(struct sl_slice layer);

/* "video" and "Wrist Cam" give "video.wrist-cam"; an empty part gives the
 * word alone.  SL_ERR_INVALID if the word is unknown or nothing is left of
 * the part. */
SL_MUST_CHECK enum sl_status sl_layer_make(char out[SL_LAYER_MAX + 1],
    const char *word, struct sl_slice part, struct sl_error *err);

/* A value type, sorted and without repetition. */
struct sl_layers {
	bool all;
	uint32_t count;
	char name[SL_LAYERS_MAX][SL_LAYER_MAX + 1];
};

void sl_layers_set_all(struct sl_layers *layers);

/* "state,video.wrist" or "*"; the empty text is SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_layers_parse(
    struct sl_layers *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_layers_format(
    struct sl_buf *buf, const struct sl_layers *layers);

/* ["state","video.wrist"] or ["*"] */
SL_MUST_CHECK enum sl_status sl_layers_from_json(
    struct sl_layers *out, const json_t *array, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_layers_to_json(const struct sl_layers *layers);

bool sl_layers_cover(const struct sl_layers *layers, const char *layer);

/* Can a layer named by `narrow` be outside of `wide`? Then not contained:
 * "video.wrist" is in "video", "video" is not in "video.wrist". */
bool sl_layers_contain(
    const struct sl_layers *wide, const struct sl_layers *narrow);

#endif /* SLUICE_CATALOG_LAYER_H */
