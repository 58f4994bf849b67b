/* Strings by number: each distinct string is kept once.  Private to catalog.
 *
 * The owner embeds the struct (zeroed) and calls clear. */
#ifndef SLUICE_CATALOG_INTERN_PRIVATE_H
#define SLUICE_CATALOG_INTERN_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/status.h"

struct sl_intern {
	char *bytes; /* the strings, each with its NUL */
	size_t used;
	size_t capacity;
	uint32_t *offsets; /* of string i */
	uint32_t count;
	uint32_t offset_capacity;
	uint32_t *slots;     /* string number + 1, 0 empty */
	uint32_t slot_count; /* a power of two */
};

/* The number of `text`, which is put in if it is not there. */
SL_MUST_CHECK enum sl_status sl_intern_add(
    struct sl_intern *intern, const char *text, uint32_t *out);

/* The number of a string that is there; an assertion otherwise. */
uint32_t sl_intern_number(const struct sl_intern *intern, const char *text);

/* Borrowed until the next add. */
const char *sl_intern_text(const struct sl_intern *intern, uint32_t number);

void sl_intern_clear(struct sl_intern *intern);

#endif /* SLUICE_CATALOG_INTERN_PRIVATE_H */
