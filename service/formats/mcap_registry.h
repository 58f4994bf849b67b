/* The schemas and channels that a file has defined so far, by their ids. */
#ifndef SL_FORMATS_MCAP_REGISTRY_H
#define SL_FORMATS_MCAP_REGISTRY_H

#include "sluice/formats/mcap_record.h"

struct mcap_registry;

SL_MUST_CHECK enum sl_status mcap_registry_new(struct mcap_registry **out);
/* NULL is allowed. */
void mcap_registry_free(struct mcap_registry *registry);

/* Copies.  The same definition again is nothing: then *is_new is false;
 * another one under its id is SL_ERR_CONFLICT, a channel of an unknown schema
 * SL_ERR_NOT_FOUND, more than SL_MCAP_DEFINITIONS_BYTES_MAX SL_ERR_LIMIT. */
SL_MUST_CHECK enum sl_status mcap_registry_add_schema(
    struct mcap_registry *registry, const struct sl_mcap_schema *schema,
    bool *is_new, struct sl_error *err);
SL_MUST_CHECK enum sl_status mcap_registry_add_channel(
    struct mcap_registry *registry, const struct sl_mcap_channel *channel,
    bool *is_new, struct sl_error *err);

/* NULL if there is none; borrowed until the registry is freed. */
const struct sl_mcap_schema *mcap_registry_schema(
    const struct mcap_registry *registry, uint16_t id);
const struct sl_mcap_channel *mcap_registry_channel(
    const struct mcap_registry *registry, uint16_t id);

/* The same by position, in the order in which they were defined. */
size_t mcap_registry_schema_count(const struct mcap_registry *registry);
const struct sl_mcap_schema *mcap_registry_schema_at(
    const struct mcap_registry *registry, size_t at);
size_t mcap_registry_channel_count(const struct mcap_registry *registry);
const struct sl_mcap_channel *mcap_registry_channel_at(
    const struct mcap_registry *registry, size_t at);

#endif /* SL_FORMATS_MCAP_REGISTRY_H */
