/* How the live state is kept; selection.c reads it.  Private to catalog. */
#ifndef SLUICE_CATALOG_LIVE_STORE_PRIVATE_H
#define SLUICE_CATALOG_LIVE_STORE_PRIVATE_H

#include "intern.h"
#include "sluice/catalog/live.h"

struct sl_live_place {
	uint32_t layer; /* string number in layer_names */
	uint32_t seq;
	uint32_t ordinal;
};

/* Its place in the array is its number. */
struct sl_live_record {
	struct sl_uuid id;
	uint32_t revision; /* 0: there is none (number 0 only) */
	uint32_t first_seq;
	uint32_t last_seq;
	uint32_t duration_ms;
	uint32_t facets[SL_FACET_COUNT]; /* string numbers */
	uint32_t reason;                 /* string number, 0 while live */
	uint32_t place_first;            /* in places, by layer name */
	uint16_t place_count;
	uint16_t place_capacity;
};

struct sl_live {
	uint32_t seq;
	uint32_t max_number;
	uint32_t live_count;
	uint64_t duration_ms;
	struct sl_live_record *records; /* max_number + 1 of them */
	size_t record_capacity;
	struct sl_live_place *places;
	size_t place_count;
	size_t place_capacity;
	uint32_t *ids;   /* episode numbers by hash of their id, 0 empty */
	size_t id_slots; /* a power of two */
	struct sl_intern texts;
	struct sl_intern layer_names;
};

static inline bool
sl_live_is_live(const struct sl_live_record *record)
{
	return record->revision != 0 && record->reason == 0;
}

#endif /* SLUICE_CATALOG_LIVE_STORE_PRIVATE_H */
