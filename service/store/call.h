/* The two ways to call one function of sql/: asynchronously, and waiting.
 * Parameters are taken in any case. */
#ifndef SLUICE_STORE_CALL_PRIVATE_H
#define SLUICE_STORE_CALL_PRIVATE_H

#include "sluice/db/db.h"
#include "sluice/store/reply.h"

/* The text of a multirange; `numbers` NULL is the empty one. */
struct sl_multirange;
void sl_call_ranges(
    struct sl_params *params, const struct sl_multirange *numbers);

/* jsonb; NULL gives SQL's NULL. */
void sl_call_json_param(struct sl_params *params, const json_t *value);

/* A number that may be left out; 0 is SQL's NULL. */
void sl_call_number_param(struct sl_params *params, int64_t number);

/* A jsonb value, parsed; the caller owns it. */
SL_MUST_CHECK enum sl_status sl_call_parse(
    json_t **out, const struct sl_rows *rows, int row, int column);

/* A short text into a fixed array; SL_ERR_INTEGRITY if it does not fit. */
SL_MUST_CHECK enum sl_status sl_call_copy(
    char *out, size_t size, const struct sl_rows *rows, int row, int column);

/* What to say when an answer is not what the function promises. */
void sl_call_bad_answer(struct sl_error *err, enum sl_status status);

/* One row with one jsonb column. */
SL_MUST_CHECK enum sl_status sl_call_json(struct sl_db *db,
    const struct sl_query *query, struct sl_params *params, sl_json_fn *fn,
    void *ctx, struct sl_error *err);

/* The same for functions that take nothing but ids: as many as the query has
 * parameters, NULL for SQL's NULL. */
SL_MUST_CHECK enum sl_status sl_call_ids(struct sl_db *db,
    const struct sl_query *query, const struct sl_uuid *const *ids,
    sl_json_fn *fn, void *ctx, struct sl_error *err);

/* Nothing but whether it went well; fn may be NULL. */
SL_MUST_CHECK enum sl_status sl_call_done(struct sl_db *db,
    const struct sl_query *query, struct sl_params *params, sl_done_fn *fn,
    void *ctx, struct sl_error *err);

/* A call whose answer `on_rows` turns into the caller's reply: the closure
 * keeps the reply's function and context. */
struct sl_closure {
	void (*fn)(void); /* cast back to the reply's type */
	void *ctx;
};
SL_MUST_CHECK enum sl_status sl_call_closure(struct sl_db *db,
    const struct sl_query *query, struct sl_params *params,
    sl_db_done_fn *on_rows, void (*fn)(void), void *ctx, struct sl_error *err);

/* Copies the closure out and frees it. */
struct sl_closure sl_closure_take(void *ctx);

/* The same two, waiting; the caller owns the answer. */
SL_MUST_CHECK enum sl_status sl_wait_json(json_t **out, struct sl_db *db,
    const struct sl_query *query, struct sl_params *params,
    struct sl_error *err);
/* For functions that take nothing but texts: as many as the query has
 * parameters, NULL for SQL's NULL. */
SL_MUST_CHECK enum sl_status sl_wait_texts(json_t **out, struct sl_db *db,
    const struct sl_query *query, const char *const *texts,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_wait_done(struct sl_db *db,
    const struct sl_query *query, struct sl_params *params,
    struct sl_error *err);

/* One publication_state. */
struct sl_publication;
SL_MUST_CHECK enum sl_status sl_wait_publication(struct sl_publication *out,
    struct sl_db *db, const struct sl_query *query, struct sl_params *params,
    struct sl_error *err);

#endif /* SLUICE_STORE_CALL_PRIVATE_H */
