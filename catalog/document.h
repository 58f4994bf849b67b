/* What statements, receipts and licence files have in common as JSON.
 * Private to catalog. */
#ifndef SLUICE_CATALOG_DOCUMENT_PRIVATE_H
#define SLUICE_CATALOG_DOCUMENT_PRIVATE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/statement.h"

/* "version" is 1 and "type" is `type`. */
SL_MUST_CHECK enum sl_status sl_document_need_type(
    const json_t *object, const char *type, struct sl_error *err);

/* A slug; with `may_be_null` null gives "". */
SL_MUST_CHECK enum sl_status sl_document_need_slug(char out[SL_SLUG_MAX + 1],
    bool may_be_null, const json_t *object, const char *key,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_document_need_dataset(
    char out[SL_DATASET_NAME_MAX + 1], const json_t *object, const char *key,
    struct sl_error *err);
/* Text of at most `max` bytes without control characters. */
SL_MUST_CHECK enum sl_status sl_document_need_line(char *out, size_t max,
    const json_t *object, const char *key, struct sl_error *err);
/* A code of ISO 4217; with `may_be_null` null gives "". */
SL_MUST_CHECK enum sl_status sl_document_need_currency(char out[4],
    bool may_be_null, const json_t *object, const char *key,
    struct sl_error *err);
/* Any int64. */
SL_MUST_CHECK enum sl_status sl_document_need_i64(
    int64_t *out, const json_t *object, const char *key, struct sl_error *err);
/* {"number":n,"head":hex}; number 0 goes with zeros. */
SL_MUST_CHECK enum sl_status sl_document_need_head(struct sl_ledger_head *out,
    const json_t *object, const char *key, struct sl_error *err);

/* Each NULL when out of memory. */
json_t *sl_document_head_json(const struct sl_ledger_head *head);
json_t *sl_document_time_json(int64_t at_us);

/* Append compact text and a newline; takes `object`, NULL being out of
 * memory. */
SL_MUST_CHECK enum sl_status sl_document_write(
    struct sl_buf *buf, json_t *object);

#endif /* SLUICE_CATALOG_DOCUMENT_PRIVATE_H */
