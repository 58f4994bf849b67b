/* One call on its way: waiting, or sent and waiting for its answer; and lists
 * of them in order of arrival. */
#ifndef SLUICE_DB_PENDING_PRIVATE_H
#define SLUICE_DB_PENDING_PRIVATE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "sluice/db/db.h"

/* What goes before a call's execution. */
enum sl_preparing {
	PREPARE_NOTHING = 0, /* the connection knows the statement */
	PREPARE_NAMED,       /* first use on this connection */
	PREPARE_UNNAMED,     /* just for this call */
};

struct sl_pending {
	struct sl_pending *next;
	const struct sl_query *query;
	struct sl_params params;
	sl_db_done_fn *done; /* NULL once completed */
	void *ctx;
	int64_t started_ms;
	int64_t deadline_ms;
	enum sl_preparing preparing; /* whose answer comes first */
	PGresult *result;            /* the first error, else the last answer */
};

struct sl_pending_list {
	struct sl_pending *first;
	struct sl_pending **end;
	unsigned count;
};

/* Takes the parameters (NULL for none).  NULL when out of memory. */
struct sl_pending *sl_pending_new(const struct sl_query *query,
    struct sl_params *params, int64_t patience_ms);
void sl_pending_free(struct sl_pending *call);

/* Tell the caller, unless it has been told. */
void sl_pending_fail(struct sl_pending *call, const struct sl_error *err);

/* Tell the caller what call->result says. */
void sl_pending_finish(struct sl_pending *call);

bool sl_pending_is_error(const PGresult *result);

void sl_pending_init(struct sl_pending_list *list);
void sl_pending_push(struct sl_pending_list *list, struct sl_pending *call);

/* NULL if the list is empty. */
struct sl_pending *sl_pending_pop(struct sl_pending_list *list);

#endif /* SLUICE_DB_PENDING_PRIVATE_H */
