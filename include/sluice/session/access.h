/* Which licence serves a request.
 *
 * A request may name its licence, a token may be bound to one; without either
 * the only licence of the customer on the dataset that allows the request is
 * taken, and several are a conflict. */
#ifndef SLUICE_SESSION_ACCESS_H
#define SLUICE_SESSION_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/decide.h"
#include "sluice/catalog/terms.h"
#include "sluice/store/account.h"
#include "sluice/store/licence.h"

struct sl_access_request {
	const struct sl_account *account;
	const char *dataset;
	int64_t dataset_id;
	const struct sl_uuid *licence;  /* named by the request, or NULL */
	const struct sl_layers *layers; /* asked for by name, or NULL */
	uint32_t seq;                   /* newest batch asked for, or 0 */
	const char *purpose;            /* its text; NULL or "" for none */
	const char *address;            /* of the client; NULL: unknown */
	bool new_delivery;              /* a lease is to follow */
};

/* A licence that allows the request.  The owner embeds it and calls clear. */
struct sl_access {
	struct sl_uuid licence;
	uint32_t version;
	struct sl_terms terms;
	struct sl_licence_state state; /* when it was decided */
	struct sl_usage_total usage;
	char class_name[SL_SLUG_MAX + 1];
	uint32_t release_seq; /* the class's next batch to come, 0 for none */
	int64_t release_at_us;
	int64_t valid_until_us;
};

void sl_access_init(struct sl_access *access);
void sl_access_clear(struct sl_access *access);

/* The rule itself, on rows of sl_store_licences(): SL_ERR_DENIED with the code
 * of sl_licence_decide() or licence_not_found, SL_ERR_NOT_FOUND for a batch
 * that is not released to the licence, SL_ERR_CONFLICT with code
 * licence_ambiguous.  *out must be initialised; filled on success only. */
SL_MUST_CHECK enum sl_status sl_access_pick(struct sl_access *out,
    const struct sl_licence_row *rows, size_t count,
    const struct sl_access_request *request, int64_t now_us,
    struct sl_error *err);

/* `access` is NULL unless SL_OK; the receiver may move it out and leave an
 * initialised one behind. */
typedef void sl_access_fn(void *ctx, enum sl_status status,
    struct sl_access *access, const struct sl_error *err);

/* Why a licence would serve a new delivery of something new, or not.
 * Borrowed until the return. */
struct sl_access_answer {
	struct sl_uuid licence;
	uint32_t version;
	const struct sl_terms *terms; /* NULL: unreadable */
	struct sl_decision decision;
};

/* `answer` is NULL unless SL_OK; SL_ERR_NOT_FOUND, code licence_not_found. */
typedef void sl_access_answer_fn(void *ctx, enum sl_status status,
    const struct sl_access_answer *answer, const struct sl_error *err);

/* Ask about the request's licence, which it must name; its dataset is the
 * licence's own.  What `request` points to is copied. */
SL_MUST_CHECK enum sl_status sl_access_explain(struct sl_db *db,
    const struct sl_access_request *request, sl_access_answer_fn *fn, void *ctx,
    struct sl_error *err);

/* Ask PostgreSQL, then pick.  What `request` points to is copied. */
SL_MUST_CHECK enum sl_status sl_access_choose(struct sl_db *db,
    const struct sl_access_request *request, sl_access_fn *fn, void *ctx,
    struct sl_error *err);

#endif /* SLUICE_SESSION_ACCESS_H */
