#include "sluice/session/access.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/explain.h"

/* Of an IPv6 address, with or without an IPv4 one at its end. */
#define SL_ADDRESS_TEXT_MAX 45

void
sl_access_init(struct sl_access *access)
{
	memset(access, 0, sizeof(*access));
	sl_terms_init(&access->terms);
}

void
sl_access_clear(struct sl_access *access)
{
	sl_terms_clear(&access->terms);
	sl_access_init(access);
}

/* Fills `out` whatever the decision is. */
static struct sl_decision
decide_row(struct sl_access *out, const struct sl_licence_row *row,
    const struct sl_access_request *request, const struct sl_quota *charge,
    int64_t now_us)
{
	struct sl_purpose purpose = {0};
	const struct sl_decide_request asked = {.dataset = request->dataset,
	    .seq = request->seq,
	    .layers = request->layers,
	    .purpose = &purpose,
	    .address = request->address,
	    .new_delivery = request->new_delivery,
	    .charge = *charge};
	const struct sl_terms *terms = &out->terms;
	struct sl_decision decision;

	/* Whoever took the text has checked it. */
	if (request->purpose != NULL &&
	    sl_purpose_parse(&purpose, sl_slice_text(request->purpose), NULL) !=
	        SL_OK)
		purpose = (struct sl_purpose){0};
	out->licence = row->id;
	out->version = row->version;
	out->state = row->state;
	out->usage = row->usage;
	snprintf(out->class_name, sizeof(out->class_name), "%s",
	    row->class_name == NULL ? "" : row->class_name);
	out->release_seq = row->release_seq;
	out->release_at_us = row->release_at_us;
	if (sl_terms_from_json(&out->terms, row->terms, NULL) != SL_OK)
		terms = NULL;
	decision = sl_licence_decide(terms, &row->state, &asked, now_us);
	out->valid_until_us = decision.valid_until_us;
	return decision;
}

static bool
is_candidate(
    const struct sl_licence_row *row, const struct sl_access_request *request)
{
	const struct sl_account *account = request->account;

	if (request->licence != NULL && !sl_uuid_is(request->licence, &row->id))
		return false;
	return !account->has_licence || sl_uuid_is(&account->licence, &row->id);
}

enum sl_status
sl_access_pick(struct sl_access *out, const struct sl_licence_row *rows,
    size_t count, const struct sl_access_request *request, int64_t now_us,
    struct sl_error *err)
{
	static const struct sl_quota nothing;
	struct sl_decision denial = {0};
	size_t allowed = 0;

	for (size_t i = 0; i < count; i++) {
		struct sl_access access;
		struct sl_decision decision;

		if (!is_candidate(&rows[i], request))
			continue;
		sl_access_init(&access);
		decision =
		    decide_row(&access, &rows[i], request, &nothing, now_us);
		if (decision.allowed && allowed++ == 0) {
			sl_access_clear(out);
			*out = access;
			continue;
		}
		if (!decision.allowed)
			denial = decision;
		sl_access_clear(&access);
	}
	if (allowed == 1)
		return SL_OK;
	sl_access_clear(out);
	if (allowed > 1)
		return sl_error_code(err, SL_ERR_CONFLICT, "licence_ambiguous",
		    "%zu licences allow this; name one with licence=", allowed);
	if (denial.code == NULL)
		return sl_error_code(err, SL_ERR_DENIED, "licence_not_found",
		    "There is no licence for dataset %s.", request->dataset);
	/* What is not released yet is not told from what does not exist. */
	if (strcmp(denial.code, sl_decide_code(SL_DECIDE_NOT_RELEASED)) == 0)
		return sl_error_code(err, SL_ERR_NOT_FOUND, "not_found",
		    "There is no such batch.");
	return sl_error_code(
	    err, SL_ERR_DENIED, denial.code, "%s", denial.sentence);
}

/* One question under way. */
struct choosing {
	struct sl_account account;
	char dataset[SL_DATASET_NAME_MAX + 1];
	struct sl_uuid licence;
	struct sl_layers layers;
	char purpose[SL_PURPOSE_TEXT_MAX + 1];
	char address[SL_ADDRESS_TEXT_MAX + 1];
	struct sl_access_request request; /* points into this */
	sl_access_fn *fn;
	sl_access_answer_fn *answer_fn; /* instead of fn */
	void *ctx;
};

static void
on_licences(void *ctx, enum sl_status status, const struct sl_licence_row *rows,
    size_t count, const struct sl_error *err)
{
	struct choosing *choosing = ctx;
	struct sl_error words = *err;
	struct sl_access access;

	sl_access_init(&access);
	if (status == SL_OK)
		status = sl_access_pick(&access, rows, count,
		    &choosing->request, sl_clock_wall_us(), &words);
	choosing->fn(
	    choosing->ctx, status, status == SL_OK ? &access : NULL, &words);
	sl_access_clear(&access);
	free(choosing);
}

static void
explain_row(struct choosing *choosing, const struct sl_licence_row *row)
{
	static const struct sl_quota least = SL_EXPLAIN_CHARGE;
	struct sl_access_request request = choosing->request;
	struct sl_access_answer answer = {
	    .licence = row->id, .version = row->version};
	struct sl_error err = {0};
	struct sl_access access;

	sl_access_init(&access);
	request.dataset = row->dataset;
	answer.decision =
	    decide_row(&access, row, &request, &least, sl_clock_wall_us());
	if (access.terms.dataset[0] != '\0')
		answer.terms = &access.terms;
	choosing->answer_fn(choosing->ctx, SL_OK, &answer, &err);
	sl_access_clear(&access);
}

static void
on_licence(void *ctx, enum sl_status status, const struct sl_licence_row *rows,
    size_t count, const struct sl_error *err)
{
	struct choosing *choosing = ctx;
	struct sl_error words = *err;

	if (status == SL_OK &&
	    (count == 0 || !is_candidate(&rows[0], &choosing->request)))
		status = sl_error_code(&words, SL_ERR_NOT_FOUND,
		    "licence_not_found", "There is no such licence.");
	if (status == SL_OK)
		explain_row(choosing, &rows[0]);
	else
		choosing->answer_fn(choosing->ctx, status, NULL, &words);
	free(choosing);
}

/* A copy of the request and of all that it points to. */
static struct choosing *
choosing_new(const struct sl_access_request *request)
{
	struct choosing *choosing = calloc(1, sizeof(*choosing));

	if (choosing == NULL)
		return NULL;
	choosing->account = *request->account;
	choosing->request = *request;
	choosing->request.account = &choosing->account;
	snprintf(choosing->dataset, sizeof(choosing->dataset), "%s",
	    request->dataset == NULL ? "" : request->dataset);
	choosing->request.dataset = choosing->dataset;
	snprintf(choosing->purpose, sizeof(choosing->purpose), "%s",
	    request->purpose == NULL ? "" : request->purpose);
	choosing->request.purpose = choosing->purpose;
	snprintf(choosing->address, sizeof(choosing->address), "%s",
	    request->address == NULL ? "" : request->address);
	choosing->request.address = choosing->address;
	if (request->licence != NULL) {
		choosing->licence = *request->licence;
		choosing->request.licence = &choosing->licence;
	}
	if (request->layers != NULL) {
		choosing->layers = *request->layers;
		choosing->request.layers = &choosing->layers;
	}
	return choosing;
}

enum sl_status
sl_access_choose(struct sl_db *db, const struct sl_access_request *request,
    sl_access_fn *fn, void *ctx, struct sl_error *err)
{
	struct choosing *choosing = choosing_new(request);
	enum sl_status status;

	if (choosing == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	choosing->fn = fn;
	choosing->ctx = ctx;
	status = sl_store_licences(db, &choosing->account.customer,
	    request->dataset_id, choosing->request.licence, on_licences,
	    choosing, err);
	if (status != SL_OK)
		free(choosing);
	return status;
}

enum sl_status
sl_access_explain(struct sl_db *db, const struct sl_access_request *request,
    sl_access_answer_fn *fn, void *ctx, struct sl_error *err)
{
	struct choosing *choosing = choosing_new(request);
	enum sl_status status;

	if (choosing == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	choosing->answer_fn = fn;
	choosing->ctx = ctx;
	status = sl_store_licences(db, &choosing->account.customer, 0,
	    choosing->request.licence, on_licence, choosing, err);
	if (status != SL_OK)
		free(choosing);
	return status;
}
