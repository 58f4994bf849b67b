/* The signed text that binds a batch by hash (DESIGN, section 3). */
#ifndef SLUICE_CATALOG_MANIFEST_H
#define SLUICE_CATALOG_MANIFEST_H

#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"

#define SL_MANIFEST_BYTES_MAX (60 * 1024)
/* A line of files.sha256 is shorter than the file's part of the index. */
#define SL_FILES_BYTES_MAX   (16 * 1024 * 1024)
#define SL_QUALITY_BYTES_MAX (16 * 1024 * 1024)

/* The three objects that a manifest names, in this order. */
enum sl_manifest_object {
	SL_MANIFEST_INDEX,
	SL_MANIFEST_FILES,
	SL_MANIFEST_QUALITY,
};
#define SL_MANIFEST_OBJECT_COUNT 3

/* A value type. */
struct sl_manifest {
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t seq;
	unsigned char previous[32]; /* zeros for seq 1 */
	int64_t published_us;       /* whole seconds */
	uint32_t added;             /* without the pseudo-episode 0 */
	uint32_t revised;
	uint32_t retracted;
	uint64_t duration_ms; /* of the episodes added */
	uint64_t content_bytes;
	uint64_t pack_bytes; /* with the end-of-archive frame */
	struct {
		uint64_t bytes;
		unsigned char sha256[32];
	} object[SL_MANIFEST_OBJECT_COUNT];
};

/* "index.json", "files.sha256", "quality.json" */
const char *sl_manifest_object_name(enum sl_manifest_object object);

/* Only the bytes that sl_manifest_format() writes are accepted. */
SL_MUST_CHECK enum sl_status sl_manifest_parse(
    struct sl_manifest *out, struct sl_slice text, struct sl_error *err);

/* SL_ERR_INVALID for values that parse would refuse. */
SL_MUST_CHECK enum sl_status sl_manifest_format(struct sl_buf *buf,
    const struct sl_manifest *manifest, struct sl_error *err);

/* SHA-256 of the manifest's bytes: `previous` of the next one. */
SL_MUST_CHECK enum sl_status sl_manifest_hash(
    unsigned char out[32], struct sl_slice text);

/* Are these the bytes of the object that the manifest names?  SL_ERR_INTEGRITY
 * if not. */
SL_MUST_CHECK enum sl_status sl_manifest_check_object(
    const struct sl_manifest *manifest, enum sl_manifest_object object,
    struct sl_slice bytes, struct sl_error *err);

#endif /* SLUICE_CATALOG_MANIFEST_H */
