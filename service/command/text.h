/* Text of unknown origin made fit for JSON and for a terminal. */
#ifndef SLUICE_COMMAND_TEXT_H
#define SLUICE_COMMAND_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* A flag of json_dumps: 48.217 stays 48.217 and is not 48.216999999999999. */
#define SL_JSON_REALS JSON_REAL_PRECISION(15)

/* A JSON string; bytes that are not UTF-8 become "?".  NULL: out of memory. */
json_t *sl_text_json(const char *text);

/* What came from elsewhere must not drive a terminal: control characters but
 * newline and tab become '?', those of ISO 6429 in UTF-8 (C1) as well. */
void sl_text_clean(char *text);

/* How many columns a terminal shows for these UTF-8 bytes, one per character:
 * good enough for names. */
size_t sl_text_width(const char *text);

#endif /* SLUICE_COMMAND_TEXT_H */
