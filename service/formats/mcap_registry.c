#include "mcap_registry.h"

#include <stdlib.h>

#include "sluice/base/array.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"
#include "mcap_ids.h"

/* Either kind, with its texts behind it. */
struct definition {
	struct sl_mcap_record record;
	unsigned char bytes[];
};

struct table {
	struct mcap_ids by_id;
	struct definition **all; /* in the order of their coming */
	size_t count;
};

struct mcap_registry {
	struct table schemas;
	struct table channels;
	size_t bytes;
};

enum sl_status
mcap_registry_new(struct mcap_registry **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? SL_ERR_NOMEM : SL_OK;
}

static void
clear_table(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->all[i]);
	free(table->all);
	mcap_ids_clear(&table->by_id);
}

void
mcap_registry_free(struct mcap_registry *registry)
{
	if (registry == NULL)
		return;
	clear_table(&registry->schemas);
	clear_table(&registry->channels);
	free(registry);
}

static enum sl_status
add(struct mcap_registry *registry, struct table *table, uint16_t id,
    const struct sl_mcap_record *record, const struct sl_slice *const texts[3])
{
	struct definition *definition;
	struct definition **all;
	size_t len = sizeof(*definition);
	size_t at = 0;

	for (size_t i = 0; i < 3; i++)
		len += texts[i]->len; /* each at most a record's bytes */
	if (len > SL_MCAP_DEFINITIONS_BYTES_MAX - registry->bytes)
		return SL_ERR_LIMIT;
	all = sl_array_room(table->all, table->count, sizeof(*all));
	if (all == NULL)
		return SL_ERR_NOMEM;
	table->all = all;
	definition = malloc(len);
	if (definition == NULL)
		return SL_ERR_NOMEM;
	if (mcap_ids_put(&table->by_id, id, definition) != SL_OK) {
		free(definition);
		return SL_ERR_NOMEM;
	}
	definition->record = *record;
	for (size_t i = 0; i < 3; i++) {
		size_t place =
		    (size_t)((const char *)texts[i] - (const char *)record);
		struct sl_slice *text =
		    (void *)((char *)&definition->record + place);

		if (text->len > 0)
			memcpy(definition->bytes + at, text->data, text->len);
		text->data = definition->bytes + at;
		at += text->len;
	}
	registry->bytes += len;
	table->all[table->count++] = definition;
	return SL_OK;
}

static enum sl_status
limit_error(struct sl_error *err, enum sl_status status)
{
	if (status != SL_ERR_LIMIT)
		return status;
	return sl_error_set(err, SL_ERR_LIMIT,
	    "schemas and channels take more than %u bytes",
	    SL_MCAP_DEFINITIONS_BYTES_MAX);
}

enum sl_status
mcap_registry_add_schema(struct mcap_registry *registry,
    const struct sl_mcap_schema *schema, bool *is_new, struct sl_error *err)
{
	const struct sl_mcap_schema *known =
	    mcap_registry_schema(registry, schema->id);
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_SCHEMA, .as.schema = *schema};
	const struct sl_slice *const texts[3] = {&record.as.schema.name,
	    &record.as.schema.encoding, &record.as.schema.data};

	*is_new = known == NULL;
	if (schema->id == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "Schema: id 0 stands for no schema");
	if (known == NULL)
		return limit_error(err,
		    add(registry, &registry->schemas, schema->id, &record,
		        texts));
	if (!sl_slice_is(known->name, schema->name) ||
	    !sl_slice_is(known->encoding, schema->encoding) ||
	    !sl_slice_is(known->data, schema->data))
		return sl_error_set(err, SL_ERR_CONFLICT,
		    "schema %u is defined a second time, differently",
		    schema->id);
	return SL_OK;
}

enum sl_status
mcap_registry_add_channel(struct mcap_registry *registry,
    const struct sl_mcap_channel *channel, bool *is_new, struct sl_error *err)
{
	const struct sl_mcap_channel *known =
	    mcap_registry_channel(registry, channel->id);
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_CHANNEL, .as.channel = *channel};
	const struct sl_slice *const texts[3] = {&record.as.channel.topic,
	    &record.as.channel.message_encoding, &record.as.channel.metadata};

	*is_new = known == NULL;
	if (channel->schema_id != 0 &&
	    mcap_registry_schema(registry, channel->schema_id) == NULL)
		return sl_error_set(err, SL_ERR_NOT_FOUND,
		    "channel %u (%.*s) names schema %u, which is not there",
		    channel->id, mcap_width(channel->topic),
		    (const char *)channel->topic.data, channel->schema_id);
	if (known == NULL)
		return limit_error(err,
		    add(registry, &registry->channels, channel->id, &record,
		        texts));
	if (known->schema_id != channel->schema_id ||
	    !sl_slice_is(known->topic, channel->topic) ||
	    !sl_slice_is(known->message_encoding, channel->message_encoding) ||
	    !sl_slice_is(known->metadata, channel->metadata))
		return sl_error_set(err, SL_ERR_CONFLICT,
		    "channel %u is defined a second time, differently",
		    channel->id);
	return SL_OK;
}

const struct sl_mcap_schema *
mcap_registry_schema(const struct mcap_registry *registry, uint16_t id)
{
	const struct definition *found =
	    mcap_ids_get(&registry->schemas.by_id, id);

	return found == NULL ? NULL : &found->record.as.schema;
}

const struct sl_mcap_channel *
mcap_registry_channel(const struct mcap_registry *registry, uint16_t id)
{
	const struct definition *found =
	    mcap_ids_get(&registry->channels.by_id, id);

	return found == NULL ? NULL : &found->record.as.channel;
}

size_t
mcap_registry_schema_count(const struct mcap_registry *registry)
{
	return registry->schemas.count;
}

const struct sl_mcap_schema *
mcap_registry_schema_at(const struct mcap_registry *registry, size_t at)
{
	return &registry->schemas.all[at]->record.as.schema;
}

size_t
mcap_registry_channel_count(const struct mcap_registry *registry)
{
	return registry->channels.count;
}

const struct sl_mcap_channel *
mcap_registry_channel_at(const struct mcap_registry *registry, size_t at)
{
	return &registry->channels.all[at]->record.as.channel;
}
