/* The one judge of file paths in a mirror (DESIGN, section 3).
 *
 * A path is UTF-8 in NFC, relative, at most 240 bytes, without an empty, "."
 * or ".." component, without a ".sluice" component in any case, without
 * backslash or control character.  NFC without Unicode tables: ASCII is free,
 * other characters must be in a list of ranges in which every character is a
 * starter and stable under NFC; so a few legal names are refused, and nothing
 * that has a second spelling is let through. */
#ifndef SLUICE_CATALOG_PATH_H
#define SLUICE_CATALOG_PATH_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define SL_PATH_MAX 240

/* SL_ERR_INVALID (code "path_invalid") with the reason in words; the path in
 * the text is escaped. */
SL_MUST_CHECK enum sl_status sl_path_judge(
    struct sl_slice path, struct sl_error *err);

/* A set of paths with one owner each, in which no path is another's parent
 * and no two paths or folders differ only in case.  The owner is a number of
 * the caller's, e.g. the episode number.  One thread. */
struct sl_path_set;

SL_MUST_CHECK enum sl_status sl_path_set_new(struct sl_path_set **out);

/* Judge and add.  SL_ERR_INVALID for a bad path, SL_ERR_CONFLICT (code
 * "path_conflict") if it is there already, whoever owns it, or clashes; then
 * the set is as before. */
SL_MUST_CHECK enum sl_status sl_path_set_add(struct sl_path_set *set,
    struct sl_slice path, uint32_t owner, struct sl_error *err);

/* Is it there, and whose? */
SL_MUST_CHECK enum sl_status sl_path_set_find(
    const struct sl_path_set *set, struct sl_slice path, uint32_t *owner);

/* SL_ERR_NOT_FOUND if it is not there.  Folders go with their last path. */
SL_MUST_CHECK enum sl_status sl_path_set_remove(
    struct sl_path_set *set, struct sl_slice path);

void sl_path_set_free(struct sl_path_set *set);

#endif /* SLUICE_CATALOG_PATH_H */
