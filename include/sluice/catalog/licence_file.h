/* The licence file: one licence as a document, signed by the billing key.
 * JSON, version 1, one line:
 *
 *   {"version":1,"type":"licence","licence":U,"licence_version":n,
 *    "customer":{"name":NAME,"title":T},
 *    "agreement":{"name":NAME,"from":T,"until":T,"currency":"EUR",
 *      "ceiling":{"episodes":n|null,"duration_ms":n|null,"bytes":n|null,
 *        "money_micro":n|null}}|null,
 *    "dataset":{"name":D,"title":T,"publisher":NAME},"status":"active",
 *    "terms":{…},"issued":T,"issuer":LOGIN} */
#ifndef SLUICE_CATALOG_LICENCE_FILE_H
#define SLUICE_CATALOG_LICENCE_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/decide.h"
#include "sluice/catalog/terms.h"

#define SL_LICENCE_FILE_BYTES_MAX (128 * 1024)
#define SL_TITLE_MAX              255
#define SL_LOGIN_MAX              63

/* The owner embeds it and calls clear. */
struct sl_licence_file {
	struct sl_uuid licence;
	uint32_t licence_version;
	char customer[SL_SLUG_MAX + 1];
	char customer_title[SL_TITLE_MAX + 1];
	bool has_agreement;
	char agreement[SL_SLUG_MAX + 1];
	int64_t agreement_from_us;
	int64_t agreement_until_us;
	char currency[4];
	struct sl_ceiling ceiling;
	char dataset_title[SL_TITLE_MAX + 1];
	char publisher[SL_SLUG_MAX + 1];
	enum sl_licence_status status;
	struct sl_terms terms; /* has the dataset's name */
	int64_t issued_us;
	char issuer[SL_LOGIN_MAX + 1];
};

void sl_licence_file_init(struct sl_licence_file *file);
void sl_licence_file_clear(struct sl_licence_file *file);

/* Strict, key order is free; *out must be initialised and is replaced on
 * success only. */
SL_MUST_CHECK enum sl_status sl_licence_file_from_json(
    struct sl_licence_file *out, const json_t *object, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_licence_file_parse(
    struct sl_licence_file *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_licence_file_format(
    struct sl_buf *buf, const struct sl_licence_file *file);

#endif /* SLUICE_CATALOG_LICENCE_FILE_H */
