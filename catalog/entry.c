#include "sluice/catalog/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/catalog/json.h"

static const char *const op_names[] = {
    [SL_ENTRY_ADD] = "add",
    [SL_ENTRY_REVISE] = "revise",
    [SL_ENTRY_RETRACT] = "retract",
};

const char *
sl_entry_op_name(enum sl_entry_op op)
{
	return op_names[op];
}

enum sl_status
sl_entry_op_by_name(enum sl_entry_op *out, struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(op_names) / sizeof(op_names[0]); i++) {
		if (sl_slice_is_text(name, op_names[i])) {
			*out = (enum sl_entry_op)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

void
sl_entry_init(struct sl_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
}

void
sl_entry_clear(struct sl_entry *entry)
{
	free(entry->layers);
	memset(entry, 0, sizeof(*entry));
}

enum sl_status
sl_entry_add_layer(struct sl_entry *entry, const struct sl_entry_layer *layer,
    struct sl_error *err)
{
	struct sl_entry_layer *layers;
	size_t at = 0;

	if (memchr(layer->name, '\0', sizeof(layer->name)) == NULL ||
	    !sl_layer_is_valid(sl_slice_text(layer->name)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.64s\" is not a layer", layer->name);
	while (at < entry->layer_count &&
	    strcmp(entry->layers[at].name, layer->name) < 0)
		at++;
	if (at < entry->layer_count &&
	    strcmp(entry->layers[at].name, layer->name) == 0)
		return sl_error_set(
		    err, SL_ERR_EXISTS, "layer %s is there twice", layer->name);
	if (entry->layer_count == SL_ENTRY_LAYERS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "an episode of more than %d layers", SL_ENTRY_LAYERS_MAX);
	layers =
	    realloc(entry->layers, (entry->layer_count + 1) * sizeof(*layers));
	if (layers == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	memmove(layers + at + 1, layers + at,
	    (entry->layer_count - at) * sizeof(*layers));
	layers[at] = *layer;
	entry->layers = layers;
	entry->layer_count++;
	return SL_OK;
}

const struct sl_entry_layer *
sl_entry_find_layer(const struct sl_entry *entry, const char *layer)
{
	for (size_t i = 0; i < entry->layer_count; i++)
		if (strcmp(entry->layers[i].name, layer) == 0)
			return &entry->layers[i];
	return NULL;
}

/* "3.17", in the one way it is written. */
static bool
parse_place(const char *text, uint32_t *seq, uint32_t *ordinal)
{
	char parts[2][12] = {"", ""};
	char canonical[24];
	const char *dot = strchr(text, '.');
	uint64_t value[2];

	if (dot == NULL || dot - text > 11 || strlen(dot + 1) > 11)
		return false;
	memcpy(parts[0], text, (size_t)(dot - text));
	memcpy(parts[1], dot + 1, strlen(dot + 1));
	if (!sl_parse_u64(parts[0], SL_SEQ_MAX, &value[0]) ||
	    !sl_parse_u64(parts[1], UINT32_MAX, &value[1]) || value[0] == 0)
		return false;
	*seq = (uint32_t)value[0];
	*ordinal = (uint32_t)value[1];
	(void)snprintf(canonical, sizeof(canonical), "%u.%u", *seq, *ordinal);
	return strcmp(canonical, text) == 0;
}

static enum sl_status
layer_from_json(struct sl_entry_layer *layer, const json_t *value, uint32_t seq,
    struct sl_error *err)
{
	const json_t *ordinal = json_object_get(value, "new");
	const json_t *kept = json_object_get(value, "kept");

	if (json_object_size(value) == 1 && json_is_integer(ordinal)) {
		layer->kind = SL_LAYER_NEW;
		layer->seq = seq;
		return sl_json_need_u32(
		    &layer->ordinal, value, "new", UINT32_MAX, err);
	}
	if (json_object_size(value) == 1 && json_is_string(kept) &&
	    parse_place(
	        json_string_value(kept), &layer->seq, &layer->ordinal)) {
		layer->kind = SL_LAYER_KEPT;
		return SL_OK;
	}
	if (json_object_size(value) == 1 &&
	    json_is_true(json_object_get(value, "dropped"))) {
		layer->kind = SL_LAYER_DROPPED;
		return SL_OK;
	}
	return sl_error_set(err, SL_ERR_INVALID,
	    "layer %s is none of new, kept (\"seq.ordinal\") and dropped (true)",
	    layer->name);
}

enum sl_status
sl_entry_layers_from_json(struct sl_entry *entry, const json_t *object,
    uint32_t seq, struct sl_error *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"layers\" is not an object");
	json_object_foreach ((json_t *)object, name, value) {
		struct sl_entry_layer layer = {0};
		enum sl_status status;

		if (!sl_layer_is_valid(sl_slice_text(name)))
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"%.64s\" is not a layer", name);
		memcpy(layer.name, name, strlen(name) + 1);
		status = layer_from_json(&layer, value, seq, err);
		if (status == SL_OK)
			status = sl_entry_add_layer(entry, &layer, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static json_t *
layer_to_json(const struct sl_entry_layer *layer)
{
	switch (layer->kind) {
	case SL_LAYER_NEW:
		return json_pack("{s:I}", "new", (json_int_t)layer->ordinal);
	case SL_LAYER_KEPT: {
		char place[24];

		(void)snprintf(
		    place, sizeof(place), "%u.%u", layer->seq, layer->ordinal);
		return json_pack("{s:s}", "kept", place);
	}
	case SL_LAYER_DROPPED:
		return json_pack("{s:b}", "dropped", 1);
	}
	return NULL;
}

json_t *
sl_entry_layers_to_json(const struct sl_entry *entry)
{
	json_t *object = json_object();

	for (size_t i = 0; object != NULL && i < entry->layer_count; i++) {
		if (json_object_set_new(object, entry->layers[i].name,
		        layer_to_json(&entry->layers[i])) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static enum sl_status
fault(const struct sl_entry *entry, const char *why, struct sl_error *err)
{
	return sl_error_set(
	    err, SL_ERR_INVALID, "episode %u: %s", entry->number, why);
}

static enum sl_status
check_layers(const struct sl_entry *entry, uint32_t seq, struct sl_error *err)
{
	size_t present = 0;

	for (size_t i = 0; i < entry->layer_count; i++) {
		const struct sl_entry_layer *layer = &entry->layers[i];

		if (layer->kind != SL_LAYER_DROPPED)
			present++;
		if (entry->op == SL_ENTRY_ADD && layer->kind != SL_LAYER_NEW)
			return fault(
			    entry, "an added episode has only new layers", err);
		if (layer->kind == SL_LAYER_NEW && layer->seq != seq)
			return fault(
			    entry, "a new layer is in another batch", err);
		if (layer->kind == SL_LAYER_KEPT &&
		    (layer->seq == 0 || layer->seq >= seq))
			return fault(entry,
			    "a kept layer is not of an earlier batch", err);
		if (entry->number == 0 && strcmp(layer->name, "meta") != 0)
			return fault(entry,
			    "the dataset's own files have the layer meta only",
			    err);
	}
	return present > 0 ? SL_OK : fault(entry, "no layer", err);
}

enum sl_status
sl_entry_check(const struct sl_entry *entry, uint32_t seq, struct sl_error *err)
{
	static const struct sl_uuid no_id;
	bool is_add = entry->op == SL_ENTRY_ADD;

	if (entry->number > SL_NUMBER_MAX || entry->revision > SL_NUMBER_MAX)
		return fault(entry, "a number is too great", err);
	if ((entry->number == 0) != sl_uuid_is(&entry->id, &no_id))
		return fault(
		    entry, "id zero belongs to number 0, and only to it", err);
	if (is_add != (entry->revision == 1) || entry->revision == 0)
		return fault(
		    entry, "revision 1 belongs to an add, and only to it", err);
	if (entry->op != SL_ENTRY_RETRACT)
		return entry->reason[0] == '\0'
		    ? check_layers(entry, seq, err)
		    : fault(entry, "a reason without a retraction", err);
	if (entry->number == 0)
		return fault(
		    entry, "the dataset's own files are not retracted", err);
	if (entry->layer_count > 0)
		return fault(entry, "a retraction has no layers", err);
	if (!sl_slug_is_valid(sl_slice_text(entry->reason)))
		return fault(entry, "a retraction needs a reason", err);
	return SL_OK;
}
