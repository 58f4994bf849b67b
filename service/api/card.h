/* What the list and the dataset's own page say of a dataset in the same way. */
#ifndef SL_API_CARD_H
#define SL_API_CARD_H

#include <jansson.h>
#include <stdint.h>

/* Members of a JSON object from the store; "" or 0 where there is none. */
const char *card_text(const json_t *object, const char *key);
uint64_t card_count(const json_t *object, const char *key);
double card_seconds(const json_t *object, const char *key);

/* Put the dataset's names and figures, as words, into `values`; false when out
 * of memory. */
int card_fill(json_t *values, const json_t *dataset);

/* Set a text; 0 on success, as jansson. */
int card_set(json_t *values, const char *key, const char *text);

/* "Task" for task. */
const char *card_facet_label(const char *facet);
/* How a facet's value is shown. */
const char *card_facet_value(const char *facet, const char *value);

#endif /* SL_API_CARD_H */
