/* What this side has seen of a licence's ledger: its heads, as grants, end
 * records and answers about usage told them.
 *
 * One file per licence in a folder, LICENCE.heads, one line per head:
 * "NUMBER HEAD TIME SOURCE\n".  A line is fsynced before the call returns, the
 * same head is kept once, and of many old ones every second is let go, so the
 * file stays small.  The heads prove later what a statement must agree with;
 * two heads for one number prove that the provider's ledger was forked.
 *
 * Several programs may use a folder at once.  Nothing is held open between
 * calls. */
#ifndef SLUICE_CLIENT_BOOK_H
#define SLUICE_CLIENT_BOOK_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/crypto/sha256.h"

/* Of the folder `.sluice` of a mirror, and of the state folder of a user. */
#define SL_BOOK_FOLDER "ledger"
/* Heads kept of one licence. */
#define SL_BOOK_HEADS_MAX 8192
/* The letters of a source: "grant", "end", "usage", "answer", "statement". */
#define SL_BOOK_SOURCE_MAX 15

struct sl_book_head {
	uint64_t number;
	unsigned char head[SL_SHA256_BYTES];
	int64_t at_us; /* by our clock */
	char source[SL_BOOK_SOURCE_MAX + 1];
};

/* Keep a head; number 0 says nothing and is not kept.  The folder is made if
 * need be.  SL_ERR_INTEGRITY with code ledger_fork if another head is kept for
 * the number: then LICENCE.fork-NUMBER.json in the folder has both, and the
 * words name it. */
SL_MUST_CHECK enum sl_status sl_book_keep(const char *folder,
    const struct sl_uuid *licence, const struct sl_book_head *head,
    struct sl_error *err);

/* The heads of one licence, ascending by number; the caller frees *out.  No
 * such file is none. */
SL_MUST_CHECK enum sl_status sl_book_read(const char *folder,
    const struct sl_uuid *licence, struct sl_book_head **out, size_t *count,
    struct sl_error *err);

/* Keep what another folder has of a licence in this one, too. */
SL_MUST_CHECK enum sl_status sl_book_merge(const char *folder,
    const char *other, const struct sl_uuid *licence, struct sl_error *err);

#endif /* SLUICE_CLIENT_BOOK_H */
