/* episodes.jsonl of a source in the format files: a line per episode, by key.
 * The caller owns the list. */
#ifndef SL_SIMULATION_SOURCE_LIST_H
#define SL_SIMULATION_SOURCE_LIST_H

#include <jansson.h>
#include <stdbool.h>

#include "sluice/base/error.h"

#define SOURCE_LIST_NAME "episodes.jsonl"

struct source_list;

/* What is in the folder already; nothing if there is no list. */
SL_MUST_CHECK enum sl_status source_list_read(
    struct source_list **out, const char *dir, struct sl_error *err);

bool source_list_has(const struct source_list *list, const char *key);
size_t source_list_count(const struct source_list *list);

/* The line of an episode; it takes the place of one with the same key. */
SL_MUST_CHECK enum sl_status source_list_set(
    struct source_list *list, const char *key, const json_t *line);

/* Put the file into the place of what was there. */
SL_MUST_CHECK enum sl_status source_list_write(
    const struct source_list *list, struct sl_error *err);

/* NULL is allowed. */
void source_list_free(struct source_list *list);

#endif /* SL_SIMULATION_SOURCE_LIST_H */
