#include "pending.h"

#include <stdlib.h>

#include "map.h"
#include "rows_private.h"
#include "sluice/base/clock.h"

struct sl_pending *
sl_pending_new(
    const struct sl_query *query, struct sl_params *params, int64_t patience_ms)
{
	struct sl_pending *call;

	call = calloc(1, sizeof(*call));
	if (call == NULL)
		return NULL;
	call->query = query;
	sl_params_init(&call->params);
	if (params != NULL) {
		call->params = *params;
		sl_params_init(params);
	}
	call->started_ms = sl_clock_monotonic_ms();
	call->deadline_ms = call->started_ms + patience_ms;
	return call;
}

void
sl_pending_free(struct sl_pending *call)
{
	sl_params_clear(&call->params);
	PQclear(call->result);
	free(call);
}

void
sl_pending_fail(struct sl_pending *call, const struct sl_error *err)
{
	sl_db_done_fn *done = call->done;

	if (done == NULL)
		return;
	call->done = NULL;
	done(call->ctx, err->status, NULL, err);
}

void
sl_pending_finish(struct sl_pending *call)
{
	struct sl_rows rows = {call->result};
	struct sl_error err = {0};
	sl_db_done_fn *done = call->done;
	ExecStatusType state = PQresultStatus(call->result);

	if (state != PGRES_TUPLES_OK && state != PGRES_COMMAND_OK) {
		(void)sl_map_result(call->result, &err);
		sl_pending_fail(call, &err);
		return;
	}
	if (done == NULL)
		return;
	call->done = NULL;
	done(call->ctx, SL_OK, &rows, &err);
}

bool
sl_pending_is_error(const PGresult *result)
{
	return result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR;
}

void
sl_pending_init(struct sl_pending_list *list)
{
	list->first = NULL;
	list->end = &list->first;
	list->count = 0;
}

void
sl_pending_push(struct sl_pending_list *list, struct sl_pending *call)
{
	call->next = NULL;
	*list->end = call;
	list->end = &call->next;
	list->count++;
}

struct sl_pending *
sl_pending_pop(struct sl_pending_list *list)
{
	struct sl_pending *call = list->first;

	if (call == NULL)
		return NULL;
	list->first = call->next;
	if (list->first == NULL)
		list->end = &list->first;
	list->count--;
	return call;
}
