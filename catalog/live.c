#include "sluice/catalog/live.h"

#include <stdlib.h>
#include <string.h>

#include "live_store.h"

enum sl_status
sl_live_new(struct sl_live **out)
{
	struct sl_live *live = calloc(1, sizeof(*live));

	uint32_t none;

	*out = NULL;
	if (live == NULL)
		return SL_ERR_NOMEM;
	/* Number 0 has its place from the start. */
	live->record_capacity = 64;
	live->records = calloc(live->record_capacity, sizeof(*live->records));
	live->id_slots = 256;
	live->ids = calloc(live->id_slots, sizeof(*live->ids));
	/* Text 0 is the empty one: no facet, no reason. */
	if (live->records == NULL || live->ids == NULL ||
	    sl_intern_add(&live->texts, "", &none) != SL_OK) {
		sl_live_free(live);
		return SL_ERR_NOMEM;
	}
	*out = live;
	return SL_OK;
}

void
sl_live_free(struct sl_live *live)
{
	if (live == NULL)
		return;
	free(live->records);
	free(live->places);
	free(live->ids);
	sl_intern_clear(&live->texts);
	sl_intern_clear(&live->layer_names);
	free(live);
}

/* -- ids: open addressing by the random tail of a UUIDv7 -- */

static size_t
hash_id(const struct sl_uuid *id)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof(id->bytes); i++)
		hash = (hash ^ id->bytes[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32);
}

static uint32_t *
locate_id(const struct sl_live *live, uint32_t *ids, size_t slots,
    const struct sl_uuid *id)
{
	size_t at = hash_id(id) & (slots - 1);

	while (ids[at] != 0 && !sl_uuid_is(&live->records[ids[at]].id, id))
		at = (at + 1) & (slots - 1);
	return &ids[at];
}

static enum sl_status
reserve_ids(struct sl_live *live, size_t more)
{
	size_t need = ((size_t)live->max_number + more) * 2;
	size_t slots = live->id_slots;
	uint32_t *ids;

	while (slots < need)
		slots *= 2;
	if (slots == live->id_slots)
		return SL_OK;
	ids = calloc(slots, sizeof(*ids));
	if (ids == NULL)
		return SL_ERR_NOMEM;
	for (uint32_t i = 1; i <= live->max_number; i++)
		*locate_id(live, ids, slots, &live->records[i].id) = i;
	free(live->ids);
	live->ids = ids;
	live->id_slots = slots;
	return SL_OK;
}

/* -- checking an entry against the state -- */

static enum sl_status
refuse(const struct sl_entry *entry, const char *why, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "history_invalid",
	    "episode %u: %s", entry->number, why);
}

static const char *
place_name(const struct sl_live *live, const struct sl_live_place *place)
{
	return sl_intern_text(&live->layer_names, place->layer);
}

/* Both lists are sorted by layer name: walk them side by side. */
static enum sl_status
check_layers(const struct sl_live *live, const struct sl_live_record *record,
    const struct sl_entry *entry, struct sl_error *err)
{
	size_t at = 0;

	for (size_t i = 0; i < entry->layer_count; i++) {
		const struct sl_entry_layer *layer = &entry->layers[i];
		const struct sl_live_place *held = NULL;
		int order = 1;

		if (at < record->place_count) {
			held = &live->places[record->place_first + at];
			order = strcmp(place_name(live, held), layer->name);
		}
		if (order < 0)
			return refuse(entry,
			    "a layer is neither new, kept nor dropped", err);
		if (order == 0)
			at++;
		if (order != 0 && layer->kind != SL_LAYER_NEW)
			return refuse(entry,
			    "a kept or dropped layer was not there", err);
		if (layer->kind == SL_LAYER_KEPT &&
		    (held->seq != layer->seq ||
		        held->ordinal != layer->ordinal))
			return refuse(entry,
			    "a kept layer is not the one that is held", err);
	}
	if (at < record->place_count)
		return refuse(
		    entry, "a layer is neither new, kept nor dropped", err);
	return SL_OK;
}

static enum sl_status
check_add(const struct sl_live *live, const struct sl_entry *entry,
    uint32_t next_number, struct sl_error *err)
{
	if (entry->number == 0)
		return live->records[0].revision == 0
		    ? SL_OK
		    : refuse(entry, "is there already", err);
	if (entry->number != next_number)
		return refuse(entry, "is not the next number", err);
	if (*locate_id(live, live->ids, live->id_slots, &entry->id) != 0)
		return refuse(entry, "its id is another episode's", err);
	return SL_OK;
}

static enum sl_status
check_change(const struct sl_live *live, const struct sl_entry *entry,
    struct sl_error *err)
{
	const struct sl_live_record *record;

	if (entry->number > live->max_number)
		return refuse(entry, "was never added", err);
	record = &live->records[entry->number];
	if (record->revision == 0)
		return refuse(entry, "was never added", err);
	if (record->reason != 0)
		return refuse(entry, "is retracted for good", err);
	if (!sl_uuid_is(&record->id, &entry->id))
		return refuse(entry, "has another id", err);
	if (entry->revision != record->revision + 1)
		return refuse(entry, "is not the next revision", err);
	if (entry->op == SL_ENTRY_RETRACT)
		return SL_OK;
	return check_layers(live, record, entry, err);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct sl_entry *left = *(const struct sl_entry *const *)a;
	const struct sl_entry *right = *(const struct sl_entry *const *)b;

	return memcmp(&left->id, &right->id, sizeof(left->id));
}

/* No two entries of one batch speak of the same id. */
static enum sl_status
check_distinct_ids(
    const struct sl_entry *entries, size_t count, struct sl_error *err)
{
	const struct sl_entry **sorted = calloc(count + 1, sizeof(*sorted));
	enum sl_status status = SL_OK;

	if (sorted == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		sorted[i] = &entries[i];
	qsort(sorted, count, sizeof(*sorted), compare_ids);
	for (size_t i = 1; status == SL_OK && i < count; i++)
		if (compare_ids(&sorted[i - 1], &sorted[i]) == 0)
			status =
			    refuse(sorted[i], "its id is there twice", err);
	free(sorted);
	return status;
}

static enum sl_status
check_batch(const struct sl_live *live, uint32_t seq,
    const struct sl_entry *entries, size_t count, struct sl_error *err)
{
	uint32_t next_number = live->max_number + 1;

	if (seq != live->seq + 1 || seq > SL_SEQ_MAX)
		return sl_error_code(err, SL_ERR_INTEGRITY, "history_invalid",
		    "batch %u cannot follow batch %u", seq, live->seq);
	for (size_t i = 0; i < count; i++) {
		const struct sl_entry *entry = &entries[i];
		enum sl_status status = sl_entry_check(entry, seq, err);

		if (status != SL_OK)
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "history_invalid",
			    "batch %u contradicts itself at episode %u", seq,
			    entry->number);
		if (i > 0 && entry[-1].number >= entry->number)
			return refuse(entry, "is out of order", err);
		if (entry->op == SL_ENTRY_ADD)
			status = check_add(live, entry, next_number, err);
		else
			status = check_change(live, entry, err);
		if (status != SL_OK)
			return status;
		if (entry->op == SL_ENTRY_ADD && entry->number != 0)
			next_number++;
	}
	return check_distinct_ids(entries, count, err);
}

/* -- making room: afterwards applying cannot fail -- */

static enum sl_status
intern_texts(struct sl_live *live, const struct sl_entry *entry)
{
	uint32_t number;
	enum sl_status status =
	    sl_intern_add(&live->texts, entry->reason, &number);

	for (size_t i = 0; status == SL_OK && i < SL_FACET_COUNT; i++)
		status = sl_intern_add(
		    &live->texts, entry->facets.value[i], &number);
	for (size_t i = 0; status == SL_OK && i < entry->layer_count; i++)
		status = sl_intern_add(
		    &live->layer_names, entry->layers[i].name, &number);
	return status;
}

static enum sl_status
reserve_records(struct sl_live *live, size_t more)
{
	size_t need = (size_t)live->max_number + 1 + more;
	size_t capacity = live->record_capacity;
	struct sl_live_record *records;

	if (need <= capacity)
		return SL_OK;
	while (capacity < need)
		capacity *= 2;
	records = realloc(live->records, capacity * sizeof(*records));
	if (records == NULL)
		return SL_ERR_NOMEM;
	live->records = records;
	live->record_capacity = capacity;
	return SL_OK;
}

static enum sl_status
reserve_places(struct sl_live *live, size_t more)
{
	size_t need = live->place_count + more;
	size_t capacity =
	    live->place_capacity == 0 ? 256 : live->place_capacity;
	struct sl_live_place *places;

	if (need > UINT32_MAX)
		return SL_ERR_LIMIT;
	while (capacity < need)
		capacity *= 2;
	if (capacity == live->place_capacity)
		return SL_OK;
	places = realloc(live->places, capacity * sizeof(*places));
	if (places == NULL)
		return SL_ERR_NOMEM;
	live->places = places;
	live->place_capacity = capacity;
	return SL_OK;
}

static enum sl_status
make_room(struct sl_live *live, const struct sl_entry *entries, size_t count)
{
	size_t layers = 0;
	enum sl_status status = reserve_records(live, count);

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		layers += entries[i].layer_count;
		status = intern_texts(live, &entries[i]);
	}
	if (status == SL_OK)
		status = reserve_places(live, layers);
	if (status == SL_OK)
		status = reserve_ids(live, count);
	return status;
}

/* -- applying -- */

static void
set_layers(struct sl_live *live, struct sl_live_record *record,
    const struct sl_entry *entry)
{
	uint16_t count = 0;

	for (size_t i = 0; i < entry->layer_count; i++)
		if (entry->layers[i].kind != SL_LAYER_DROPPED)
			count++;
	if (count > record->place_capacity) {
		record->place_first = (uint32_t)live->place_count;
		record->place_capacity = count;
		live->place_count += count;
	}
	record->place_count = 0;
	for (size_t i = 0; i < entry->layer_count; i++) {
		const struct sl_entry_layer *layer = &entry->layers[i];

		if (layer->kind == SL_LAYER_DROPPED)
			continue;
		live->places[record->place_first + record->place_count++] =
		    (struct sl_live_place){
		        sl_intern_number(&live->layer_names, layer->name),
		        layer->seq, layer->ordinal};
	}
}

static void
set_facets(struct sl_live *live, struct sl_live_record *record,
    const struct sl_entry *entry)
{
	for (size_t i = 0; i < SL_FACET_COUNT; i++)
		record->facets[i] =
		    sl_intern_number(&live->texts, entry->facets.value[i]);
	record->duration_ms = entry->facets.duration_ms;
}

static void
apply_add(struct sl_live *live, uint32_t seq, const struct sl_entry *entry)
{
	struct sl_live_record *record = &live->records[entry->number];

	memset(record, 0, sizeof(*record));
	record->id = entry->id;
	record->first_seq = seq;
	if (entry->number == 0)
		return;
	live->max_number = entry->number;
	*locate_id(live, live->ids, live->id_slots, &entry->id) = entry->number;
	live->live_count++;
}

static void
apply_entry(struct sl_live *live, uint32_t seq, const struct sl_entry *entry)
{
	struct sl_live_record *record = &live->records[entry->number];

	if (entry->op == SL_ENTRY_ADD)
		apply_add(live, seq, entry);
	else if (entry->number != 0)
		live->duration_ms -= record->duration_ms;
	record->revision = entry->revision;
	record->last_seq = seq;
	if (entry->op == SL_ENTRY_RETRACT) {
		record->reason = sl_intern_number(&live->texts, entry->reason);
		record->place_count = 0;
		live->live_count--;
		return;
	}
	set_facets(live, record, entry);
	set_layers(live, record, entry);
	if (entry->number != 0)
		live->duration_ms += record->duration_ms;
}

enum sl_status
sl_live_apply(struct sl_live *live, uint32_t seq,
    const struct sl_entry *entries, size_t count, struct sl_error *err)
{
	enum sl_status status = check_batch(live, seq, entries, count, err);

	if (status != SL_OK)
		return status;
	status = make_room(live, entries, count);
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "live state: %s", sl_status_text(status));
	for (size_t i = 0; i < count; i++)
		apply_entry(live, seq, &entries[i]);
	live->seq = seq;
	return SL_OK;
}

/* -- reading -- */

uint32_t
sl_live_seq(const struct sl_live *live)
{
	return live->seq;
}

uint32_t
sl_live_max_number(const struct sl_live *live)
{
	return live->max_number;
}

uint32_t
sl_live_count(const struct sl_live *live)
{
	return live->live_count;
}

uint64_t
sl_live_duration_ms(const struct sl_live *live)
{
	return live->duration_ms;
}

enum sl_status
sl_live_find(
    struct sl_live_episode *out, const struct sl_live *live, uint32_t number)
{
	const struct sl_live_record *record;

	if (number > live->max_number || live->records[number].revision == 0)
		return SL_ERR_NOT_FOUND;
	record = &live->records[number];
	out->id = record->id;
	out->number = number;
	out->revision = record->revision;
	out->first_seq = record->first_seq;
	out->last_seq = record->last_seq;
	out->retracted = record->reason != 0;
	out->reason = sl_intern_text(&live->texts, record->reason);
	for (size_t i = 0; i < SL_FACET_COUNT; i++)
		out->facets[i] =
		    sl_intern_text(&live->texts, record->facets[i]);
	out->duration_ms = record->duration_ms;
	out->layer_count = record->place_count;
	return SL_OK;
}

enum sl_status
sl_live_layer(struct sl_entry_layer *out, const struct sl_live *live,
    uint32_t number, uint32_t i)
{
	const struct sl_live_place *place;
	const char *name;

	if (number > live->max_number || i >= live->records[number].place_count)
		return SL_ERR_NOT_FOUND;
	place = &live->places[live->records[number].place_first + i];
	name = place_name(live, place);
	memcpy(out->name, name, strlen(name) + 1);
	out->kind = SL_LAYER_KEPT;
	out->seq = place->seq;
	out->ordinal = place->ordinal;
	return SL_OK;
}
