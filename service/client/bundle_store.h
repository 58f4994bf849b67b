/* The inside of a bundle, for bundle.c (reading the file) and bundle_body.c
 * (answers from it). */
#ifndef SL_CLIENT_BUNDLE_STORE_H
#define SL_CLIENT_BUNDLE_STORE_H

#include "bundle.h"
#include "sluice/catalog/grant.h"
#include "sluice/crypto/blake2b.h"
#include "sluice/pack/end_record.h"
#include "sluice/pack/tar.h"

struct sl_bundle_chunk {
	unsigned char hash[SL_BLAKE2B_BYTES];
	uint64_t offset;
	uint32_t bytes;
};

struct sl_bundle_member {
	char path[SL_TAR_PATH_MAX + 1];
	uint32_t seq; /* of .sluice/batches/SEQ/…, else 0 */
	uint64_t bytes;
	int64_t mtime_us;
	uint64_t offset; /* in the spool */
};

struct sl_bundle {
	char *path;
	int fd;
	int spool; /* decoded contents of members; a file without a name */
	uint64_t spool_bytes;
	struct sl_bundle_member *members; /* of the head, in their order */
	size_t member_count;
	struct sl_bundle_chunk *chunks; /* by hash */
	size_t chunk_count;
	struct sl_end_record end;
	struct sl_grant grant;
	uint32_t first_seq; /* of its batches; 0: none */
	uint32_t last_seq;
	uint64_t log_size;            /* of its checkpoint; 0: none */
	const struct sl_heads *heads; /* borrowed, or NULL */
};

/* NULL if it is not there. */
const struct sl_bundle_chunk *sl_bundle_find(
    const struct sl_bundle *bundle, const unsigned char hash[SL_BLAKE2B_BYTES]);

#endif /* SL_CLIENT_BUNDLE_STORE_H */
