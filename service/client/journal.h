/* Which chunks are staged: an append-only text file, one record a line.
 *
 *   sluice-journal/v1 boot=<boot id>
 *   chunk <seq> <number> <CRC-32 of what is before it, 8 hex digits>
 *
 * It lies in the folder of what it speaks of, so that they go together.
 * A record is appended after the chunk's bytes were written, in one write(2).
 * Reading stops at the first line that is not whole; open rewrites the file
 * without what follows.  If the boot id differs, the machine was restarted
 * since and the page cache with it, so `is_doubtful` tells the caller to
 * check staged bytes before believing a record. */
#ifndef SL_CLIENT_JOURNAL_H
#define SL_CLIENT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "holdings.h"
#include "sluice/base/error.h"

/* In .sluice. */
#define SL_JOURNAL_PLACE "staging/journal"

struct sl_journal;

/* `path` of the file, created if it is not there. */
SL_MUST_CHECK enum sl_status sl_journal_open(
    struct sl_journal **out, const char *path, struct sl_error *err);

/* NULL is allowed. */
void sl_journal_close(struct sl_journal *journal);

/* Any thread. */
SL_MUST_CHECK enum sl_status sl_journal_append(struct sl_journal *journal,
    uint32_t seq, uint32_t chunk, struct sl_error *err);

/* What was recorded when it was opened: chunk numbers by batch. */
const struct sl_holdings *sl_journal_chunks(const struct sl_journal *journal);
bool sl_journal_is_doubtful(const struct sl_journal *journal);

/* Keep only these records, under this boot's id. */
SL_MUST_CHECK enum sl_status sl_journal_rewrite(struct sl_journal *journal,
    const struct sl_holdings *keep, struct sl_error *err);

/* Records in `text` up to the first that is not whole; for status and
 * tests. */
SL_MUST_CHECK enum sl_status sl_journal_replay(struct sl_holdings *out,
    char boot[64], struct sl_slice text, struct sl_error *err);

#endif /* SL_CLIENT_JOURNAL_H */
