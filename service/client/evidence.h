/* Two statements of a log that contradict each other, as one file for a third
 * party:
 *
 *   sluice-fork/v1
 *   <signed note>
 *   --
 *   <signed note>
 *   --                        only if a proof came with the second
 *   <base64 hashes, one a line>
 */
#ifndef SL_CLIENT_EVIDENCE_H
#define SL_CLIENT_EVIDENCE_H

#include <stdbool.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/note.h"

#define SL_EVIDENCE_BYTES_MAX \
	(2 * SL_NOTE_BYTES_MAX + SL_LOG_PROOF_TEXT_MAX + 32)
/* "log/fork-N" */
#define SL_EVIDENCE_NAME_MAX 32

/* Parts of a parsed file, borrowed from its text. */
struct sl_evidence {
	struct sl_slice notes[2];
	bool has_proof;
	struct sl_slice proof;
};

SL_MUST_CHECK enum sl_status sl_evidence_format(
    struct sl_buf *buf, const struct sl_evidence *evidence);
/* The form only; notes and proof are the caller's to parse. */
SL_MUST_CHECK enum sl_status sl_evidence_parse(
    struct sl_evidence *out, struct sl_slice text, struct sl_error *err);

/* Keep it as .sluice/log/fork-N, N from 1; the same is kept once.  `meta` is
 * a descriptor of .sluice. */
SL_MUST_CHECK enum sl_status sl_evidence_keep(int meta,
    const struct sl_evidence *evidence, char name[SL_EVIDENCE_NAME_MAX],
    struct sl_error *err);

#endif /* SL_CLIENT_EVIDENCE_H */
