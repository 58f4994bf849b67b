/* Whose checkpoint is it, and may they sign for this log now?  By the newest
 * trust file; nothing here knows what was seen before. */
#ifndef SL_CLIENT_SEAL_H
#define SL_CLIENT_SEAL_H

#include "sluice/base/base64.h"
#include "sluice/base/error.h"
#include "sluice/catalog/checkpoint.h"
#include "sluice/catalog/trust.h"

#define SL_SEAL_ROOT_TEXT (SL_BASE64_LEN(SL_LOG_HASH_BYTES) + 1)

/* A root hash for people. */
void sl_seal_show_root(
    char out[SL_SEAL_ROOT_TEXT], const struct sl_log_hash *root);

/* Origin, dataset, size and epoch.  SL_ERR_INTEGRITY with code wrong_log,
 * bad_checkpoint or epoch_unproven. */
SL_MUST_CHECK enum sl_status sl_seal_check_name(const struct sl_trust *trust,
    const char *dataset, const struct sl_checkpoint *checkpoint,
    struct sl_error *err);

/* The log's own line.  SL_ERR_INTEGRITY with code checkpoint_unsigned,
 * bad_signature or revoked_key. */
SL_MUST_CHECK enum sl_status sl_seal_check_line(const struct sl_trust *trust,
    const struct sl_checkpoint *checkpoint, const struct sl_note *note,
    struct sl_error *err);

#endif /* SL_CLIENT_SEAL_H */
