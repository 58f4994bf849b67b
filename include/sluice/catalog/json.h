/* Strict JSON: parsing that refuses what two readers could understand
 * differently, getters that name the key in the error, compact output.
 *
 * Values are jansson's; ownership follows jansson (a get borrows).  A getter
 * fails with SL_ERR_INVALID and the key's name; the caller puts the place in
 * front with sl_error_prefix(err, status, "episodes[%zu]", i). */
#ifndef SLUICE_CATALOG_JSON_H
#define SLUICE_CATALOG_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"

/* Nesting of objects and arrays. */
#define SL_JSON_DEPTH_MAX 32
/* Values in one text, at about 100 bytes of memory each; where max_bytes is
 * above 32 MiB, one value for every 16 of max_bytes. */
#define SL_JSON_VALUES_MAX 2000000

/* One object or array, nothing after it but one optional newline or spaces.
 * Refused: more than max_bytes (SL_ERR_LIMIT), too deep or too many values
 * (SL_ERR_LIMIT), duplicate keys, bad UTF-8, a NUL, NaN and infinities,
 * numbers that do not fit.  The caller owns *out (json_decref). */
SL_MUST_CHECK enum sl_status sl_json_parse(
    json_t **out, struct sl_slice text, size_t max_bytes, struct sl_error *err);

/* Must-have members of `object`: missing, null or of another type fails. */
SL_MUST_CHECK enum sl_status sl_json_need_text(const char **out,
    const json_t *object, const char *key, struct sl_error *err);
/* An integer 0 … max. */
SL_MUST_CHECK enum sl_status sl_json_need_u64(uint64_t *out,
    const json_t *object, const char *key, uint64_t max, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_need_u32(uint32_t *out,
    const json_t *object, const char *key, uint32_t max, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_need_bool(
    bool *out, const json_t *object, const char *key, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_need_object(
    json_t **out, const json_t *object, const char *key, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_need_array(
    json_t **out, const json_t *object, const char *key, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_need_uuid(struct sl_uuid *out,
    const json_t *object, const char *key, struct sl_error *err);
/* "2026-11-21T01:15:00Z" */
SL_MUST_CHECK enum sl_status sl_json_need_time(int64_t *out_us,
    const json_t *object, const char *key, struct sl_error *err);
/* Lower-case hexadecimal of exactly `len` bytes. */
SL_MUST_CHECK enum sl_status sl_json_need_hex(void *out, size_t len,
    const json_t *object, const char *key, struct sl_error *err);

/* Optional members: missing or null gives NULL or *present false. */
SL_MUST_CHECK enum sl_status sl_json_maybe_text(const char **out,
    const json_t *object, const char *key, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_maybe_u64(bool *present, uint64_t *out,
    const json_t *object, const char *key, uint64_t max, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_maybe_object(
    json_t **out, const json_t *object, const char *key, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_json_maybe_array(
    json_t **out, const json_t *object, const char *key, struct sl_error *err);

/* Is it an object whose keys are all in the NULL-terminated list? */
SL_MUST_CHECK enum sl_status sl_json_only_keys(
    const json_t *object, const char *const keys[], struct sl_error *err);

/* "version" must be this integer. */
SL_MUST_CHECK enum sl_status sl_json_need_version(
    const json_t *object, uint64_t version, struct sl_error *err);

/* A string as sl_json_parse would accept it: SL_ERR_INVALID for a NUL and for
 * what is not UTF-8.  The caller owns *out. */
SL_MUST_CHECK enum sl_status sl_json_text(
    json_t **out, struct sl_slice text, struct sl_error *err);

/* Append compact text: keys in insertion order, or sorted (canonical). */
SL_MUST_CHECK enum sl_status sl_json_dump(
    struct sl_buf *buf, const json_t *value);
SL_MUST_CHECK enum sl_status sl_json_dump_canonical(
    struct sl_buf *buf, const json_t *value);

/* Append `text` (UTF-8) as a quoted and escaped JSON string. */
SL_MUST_CHECK enum sl_status sl_json_append_string(
    struct sl_buf *buf, struct sl_slice text);

#endif /* SLUICE_CATALOG_JSON_H */
