/* What the signed batches of a mirror tell: the log, what changed between two
 * batches, and where an episode comes from.  Offline. */
#ifndef SLUICE_CLIENT_HISTORY_H
#define SLUICE_CLIENT_HISTORY_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"

/* Each gives one JSON object that the caller owns. */

/* {"dataset","seq","known_seq","batches":[{"seq","leaf","published","added",
 * "revised","retracted","bytes","key","manifest"}],"checkpoint":{"origin",
 * "size","root","witnesses":[{"name","time"}]}|null}; `bytes` are of the files
 * that the batch brought, `key` the id of who signed its manifest. */
SL_MUST_CHECK enum sl_status sl_history_log(
    json_t **out, const char *dir, struct sl_error *err);

/* From the state after batch `from` (0: nothing) to that after `until` (0: the
 * newest): {"dataset","from","until","episodes":[{"number","id","change",
 * "revision","layers","dropped","reason","seq","files","bytes"}],"added",
 * "revised","retracted","files","bytes"}.  `change` is added, revised or
 * retracted; an episode that came and went between is not listed.
 * SL_ERR_NOT_FOUND, code batch_not_found. */
SL_MUST_CHECK enum sl_status sl_history_diff(json_t **out, const char *dir,
    uint32_t from, uint32_t until, struct sl_error *err);

/* `episode` is an id or a number: {"dataset","number","id","revision",
 * "retracted","reason","facets":{…},"collector","operator","site","robot",
 * "consent","metadata","history":[{"seq","leaf","op","revision","published",
 * "reason","manifest","key"}],"files":[{"path","bytes","sha256","seq","layer",
 * "held"}]}.
 * Who recorded it, and which consent, is in the episode's metadata file; null
 * where it does not say so or is not held.  SL_ERR_NOT_FOUND, code
 * no_such_episode. */
SL_MUST_CHECK enum sl_status sl_history_provenance(
    json_t **out, const char *dir, const char *episode, struct sl_error *err);

/* Append the proof that the batch which spoke of the episode last is in the
 * log (C2SP tlog-proof, with the mirror's checkpoint).  SL_ERR_NOT_FOUND, code
 * no_checkpoint; SL_ERR_STATE, code leaves_missing, if the checkpoint is of
 * more batches than the mirror holds; SL_ERR_INTEGRITY, code not_in_log. */
SL_MUST_CHECK enum sl_status sl_history_proof(struct sl_buf *out,
    const char *dir, const char *episode, struct sl_error *err);

#endif /* SLUICE_CLIENT_HISTORY_H */
