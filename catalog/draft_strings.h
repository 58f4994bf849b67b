/* Strings that live as long as their draft. */
#ifndef SL_CATALOG_DRAFT_STRINGS_H
#define SL_CATALOG_DRAFT_STRINGS_H

struct sl_draft_strings;

/* NULL when out of memory. */
struct sl_draft_strings *draft_strings_new(void);
const char *draft_strings_add(
    struct sl_draft_strings *strings, const char *text);
void draft_strings_free(struct sl_draft_strings *strings);

#endif /* SL_CATALOG_DRAFT_STRINGS_H */
