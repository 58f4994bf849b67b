/* A checkpoint: what a log says of itself at one size (C2SP tlog-checkpoint).
 *
 *   <origin>/<dataset>/<epoch>
 *   <size>
 *   <base64 root>
 *
 * is the body, three lines and no more; as a signed note it has a line of the
 * log, named as the first line is, and lines of witnesses.  Parsing accepts
 * only what format writes.  Pure; any thread. */
#ifndef SLUICE_CATALOG_CHECKPOINT_H
#define SLUICE_CATALOG_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/catalog/log.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/note.h"
#include "sluice/catalog/trust.h"

/* "<origin>/<dataset>/<epoch>" and a NUL. */
#define SL_CHECKPOINT_NAME_MAX (SL_TRUST_ORIGIN_MAX + SL_DATASET_NAME_MAX + 12)
#define SL_CHECKPOINT_BODY_MAX (SL_CHECKPOINT_NAME_MAX + 20 + 46)

/* A value type. */
struct sl_checkpoint {
	char origin[SL_TRUST_ORIGIN_MAX + 1];
	char dataset[SL_DATASET_NAME_MAX + 1];
	uint32_t epoch; /* 1 … SL_TRUST_EPOCH_MAX */
	struct sl_log_tree tree;
};

/* The body. */
SL_MUST_CHECK enum sl_status sl_checkpoint_parse(
    struct sl_checkpoint *out, struct sl_slice body, struct sl_error *err);

/* SL_ERR_INVALID for values that parse would refuse. */
SL_MUST_CHECK enum sl_status sl_checkpoint_format(struct sl_buf *buf,
    const struct sl_checkpoint *checkpoint, struct sl_error *err);

/* The name of the log's key and line: the body's first line. */
void sl_checkpoint_name(
    char out[SL_CHECKPOINT_NAME_MAX], const struct sl_checkpoint *checkpoint);

/* Note and body at once; the note borrows `text`.  Nothing is verified. */
SL_MUST_CHECK enum sl_status sl_checkpoint_parse_note(struct sl_checkpoint *out,
    struct sl_note *note, struct sl_slice text, struct sl_error *err);

/* Is there a good line of the log by one of `keys`?  `signer` (NULL is
 * allowed) becomes the index of the key.  SL_ERR_INTEGRITY with code
 * "checkpoint_unsigned" or, if a line of one of them is not good,
 * "bad_signature". */
SL_MUST_CHECK enum sl_status sl_checkpoint_check_log(
    const struct sl_checkpoint *checkpoint, const struct sl_note *note,
    const struct sl_verify_key *keys, size_t key_count, size_t *signer,
    struct sl_error *err);

/* What the log signs as a note: body, empty line, its line; and the same 64
 * bytes as a minisign file over the body.  Both are appended. */
SL_MUST_CHECK enum sl_status sl_checkpoint_sign(struct sl_buf *note,
    struct sl_buf *minisig, const struct sl_checkpoint *checkpoint,
    const struct sl_sign_key *key, struct sl_error *err);

#endif /* SLUICE_CATALOG_CHECKPOINT_H */
