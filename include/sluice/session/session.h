/* What one worker knows of who is connected: the deliveries under way, their
 * leases, and what they share.
 *
 * Loop thread only.  Borrows its parts, which must outlive it. */
#ifndef SLUICE_SESSION_SESSION_H
#define SLUICE_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/store/account.h"

struct sl_loop;
struct sl_db;
struct sl_objects;
struct sl_secret;
struct sl_counters;
struct sl_session;

struct sl_session_parts {
	struct sl_loop *loop;
	struct sl_db *db;
	struct sl_objects *objects;
	const struct sl_secret *pepper;
	struct sl_counters *counters;
	const char *worker;     /* "host:pid", for the lease table */
	unsigned lease_seconds; /* without renewal a delivery sends so long */
};

SL_MUST_CHECK enum sl_status sl_session_new(
    struct sl_session **out, const struct sl_session_parts *parts);

/* After the servers and the pool are closed.  NULL is allowed. */
void sl_session_free(struct sl_session *session);

const struct sl_session_parts *sl_session_parts(
    const struct sl_session *session);

/* Who sends this "Authorization" header?  SL_ERR_AUTH with code unauthorized
 * at once for another scheme and for what is not a well-formed token; the
 * database is asked about well-formed ones only. */
SL_MUST_CHECK enum sl_status sl_session_identify(struct sl_session *session,
    struct sl_slice authorization, sl_account_fn *fn, void *ctx,
    struct sl_error *err);

/* A licence changed or a delivery is to end (NOTIFY): ask PostgreSQL now, not
 * at the next second.  The deliveries that `what` names, by their own or their
 * licence's id, send nothing until the answer is there; NULL names none. */
void sl_session_notice(struct sl_session *session, const char *what);

/* End every delivery `interrupted` at its next chunk boundary, and refuse new
 * ones. */
void sl_session_drain(struct sl_session *session);
bool sl_session_is_draining(const struct sl_session *session);

size_t sl_session_delivery_count(const struct sl_session *session);

#endif /* SLUICE_SESSION_SESSION_H */
