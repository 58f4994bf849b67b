/* What of an interrupted pull can be believed. */
#ifndef SL_CLIENT_RESUME_H
#define SL_CLIENT_RESUME_H

#include "heads.h"
#include "journal.h"
#include "mirror.h"
#include "stage.h"

/* Open the journal and drop records of segments that are in the tree or that
 * nothing is known of; after a restart of the machine also those whose staged
 * bytes do not prove right. */
SL_MUST_CHECK enum sl_status sl_resume(struct sl_journal **out,
    struct sl_mirror *mirror, const struct sl_heads *heads,
    struct sl_stage *stage, struct sl_error *err);

/* Before an apply: hash the staged files of those of the segments `whole` of
 * which an earlier run staged chunks, since anything may have happened to them
 * in between.  Wrong ones are removed, and SL_ERR_INTEGRITY with code
 * staging_damaged tells that sl_resume() is to be asked again. */
SL_MUST_CHECK enum sl_status sl_resume_prove(const struct sl_journal *journal,
    const struct sl_heads *heads, struct sl_stage *stage,
    const struct sl_holdings *whole, struct sl_error *err);

/* Forget staged bytes and records: all is applied. */
SL_MUST_CHECK enum sl_status sl_resume_forget(
    struct sl_mirror *mirror, struct sl_error *err);

/* SHA-256 of `bytes` bytes of an open file, compared; SL_ERR_INTEGRITY if it
 * differs or the file has another length. */
SL_MUST_CHECK enum sl_status sl_file_hash_check(
    int fd, const struct sl_index_file *info, struct sl_error *err);

#endif /* SL_CLIENT_RESUME_H */
