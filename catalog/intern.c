#include "intern.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Offsets are 32 bits. */
#define BYTES_MAX ((size_t)1 << 31)

static uint32_t
hash_text(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	hash ^= hash >> 15;
	hash *= 0x2c1b3c6dU;
	return hash ^ hash >> 12;
}

/* The slot that has the string, or the empty one where it would go. */
static uint32_t *
locate(const struct sl_intern *intern, const char *text)
{
	uint32_t mask = intern->slot_count - 1;
	uint32_t at = hash_text(text) & mask;

	while (intern->slots[at] != 0 &&
	    strcmp(sl_intern_text(intern, intern->slots[at] - 1), text) != 0)
		at = (at + 1) & mask;
	return &intern->slots[at];
}

static enum sl_status
grow_slots(struct sl_intern *intern)
{
	struct sl_intern grown = *intern;

	if (intern->slot_count / 2 > intern->count)
		return SL_OK;
	grown.slot_count =
	    intern->slot_count == 0 ? 64 : intern->slot_count * 2;
	grown.slots = calloc(grown.slot_count, sizeof(*grown.slots));
	if (grown.slots == NULL)
		return SL_ERR_NOMEM;
	for (uint32_t i = 0; i < intern->count; i++)
		*locate(&grown, sl_intern_text(intern, i)) = i + 1;
	free(intern->slots);
	*intern = grown;
	return SL_OK;
}

static enum sl_status
grow_text(struct sl_intern *intern, size_t size)
{
	if (intern->count == intern->offset_capacity) {
		uint32_t capacity = intern->count == 0 ? 64 : intern->count * 2;
		uint32_t *offsets =
		    realloc(intern->offsets, capacity * sizeof(*offsets));

		if (offsets == NULL)
			return SL_ERR_NOMEM;
		intern->offsets = offsets;
		intern->offset_capacity = capacity;
	}
	if (intern->capacity - intern->used < size) {
		size_t capacity = intern->capacity * 2 + size + 1024;
		char *bytes;

		if (capacity > BYTES_MAX)
			return SL_ERR_LIMIT;
		bytes = realloc(intern->bytes, capacity);
		if (bytes == NULL)
			return SL_ERR_NOMEM;
		intern->bytes = bytes;
		intern->capacity = capacity;
	}
	return SL_OK;
}

enum sl_status
sl_intern_add(struct sl_intern *intern, const char *text, uint32_t *out)
{
	size_t size = strlen(text) + 1;
	uint32_t *slot;
	enum sl_status status = grow_slots(intern);

	if (status != SL_OK)
		return status;
	slot = locate(intern, text);
	if (*slot != 0) {
		*out = *slot - 1;
		return SL_OK;
	}
	status = grow_text(intern, size);
	if (status != SL_OK)
		return status;
	memcpy(intern->bytes + intern->used, text, size);
	intern->offsets[intern->count] = (uint32_t)intern->used;
	intern->used += size;
	*out = intern->count++;
	*slot = *out + 1;
	return SL_OK;
}

uint32_t
sl_intern_number(const struct sl_intern *intern, const char *text)
{
	const uint32_t *slot = locate(intern, text);

	assert(*slot != 0);
	return *slot - 1;
}

const char *
sl_intern_text(const struct sl_intern *intern, uint32_t number)
{
	return intern->bytes + intern->offsets[number];
}

void
sl_intern_clear(struct sl_intern *intern)
{
	free(intern->bytes);
	free(intern->offsets);
	free(intern->slots);
	memset(intern, 0, sizeof(*intern));
}
