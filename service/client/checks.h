/* .sluice/checks/SEQ: four bytes for each chunk that was received, the
 * checksum at the end of its zstd frame (the low half of XXH64 of the decoded
 * bytes, RFC 8878, section 3.1.1).
 *
 * Only a hint: it lets a repair find which chunks of a large file are damaged.
 * What is put together with its help is still compared with the signed
 * SHA-256.  0 means unknown. */
#ifndef SL_CLIENT_CHECKS_H
#define SL_CLIENT_CHECKS_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* The owner embeds it and calls close. */
struct sl_checks {
	int folder;
	int *batches; /* descriptors by seq - 1, or -1 */
	size_t count;
};

/* `meta` is .sluice, `count` how many batches there are. */
SL_MUST_CHECK enum sl_status sl_checks_open(
    struct sl_checks *checks, int meta, size_t count, struct sl_error *err);
void sl_checks_close(struct sl_checks *checks);

/* Before the first use of a batch; one thread. */
SL_MUST_CHECK enum sl_status sl_checks_prepare(
    struct sl_checks *checks, uint32_t seq, struct sl_error *err);

/* Any thread; failures are of no consequence. */
void sl_checks_note(const struct sl_checks *checks, uint32_t seq,
    uint32_t chunk, struct sl_slice stored);
uint32_t sl_checks_get(
    const struct sl_checks *checks, uint32_t seq, uint32_t chunk);

/* What sl_checks_get() gives for these decoded bytes. */
uint32_t sl_checks_of(struct sl_slice decoded);

#endif /* SL_CLIENT_CHECKS_H */
