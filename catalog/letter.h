/* Characters that a path may have beyond ASCII, and their lower case.  Kept
 * small on purpose; sluice/catalog/path.h says what it is for. */
#ifndef SLUICE_CATALOG_LETTER_PRIVATE_H
#define SLUICE_CATALOG_LETTER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the UTF-8 sequence at `text` (1 … 4) and its character, or 0 if it
 * is malformed, overlong, a surrogate or cut off. */
size_t sl_letter_decode(uint32_t *out, const unsigned char *text, size_t len);

/* Assigned, visible, a starter, unchanged by NFC, and never the second part
 * of a composition: a string of these alone is in NFC. */
bool sl_letter_is_plain(uint32_t letter);

/* Simple case folding within ASCII and the plain characters. */
uint32_t sl_letter_fold(uint32_t letter);

#endif /* SLUICE_CATALOG_LETTER_PRIVATE_H */
