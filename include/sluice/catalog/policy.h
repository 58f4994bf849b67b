/* A policy is a template of licence terms: everything but the dataset and the
 * dates.  Its JSON (version 1) is that of the terms without "dataset", with
 *
 *   "window":{"history":"all","future":"all"},
 *   "term":{"days":365,"grace_s":0}
 *
 * history: all | last:N (batches) | from:SEQ | none;
 * future: all | none | until:SEQ. */
#ifndef SLUICE_CATALOG_POLICY_H
#define SLUICE_CATALOG_POLICY_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/terms.h"

/* A century: more is a slip of the finger. */
#define SL_POLICY_DAYS_MAX 36500

enum sl_history {
	SL_HISTORY_ALL,
	SL_HISTORY_LAST,
	SL_HISTORY_FROM,
	SL_HISTORY_NONE,
};

enum sl_future {
	SL_FUTURE_ALL,
	SL_FUTURE_NONE,
	SL_FUTURE_UNTIL,
};

/* A value type: which batches, before a dataset is known. */
struct sl_window {
	enum sl_history history;
	uint32_t history_number; /* of LAST: batches; of FROM: seq */
	enum sl_future future;
	uint32_t future_number; /* of UNTIL: seq */
};

/* The owner embeds it and calls clear. */
struct sl_policy {
	struct sl_terms terms; /* dataset "", no term, no window */
	struct sl_window window;
	uint32_t days;
};

/* The built-in policy `standard`. */
void sl_policy_init(struct sl_policy *policy);
void sl_policy_clear(struct sl_policy *policy);

/* standard (everything, 365 days, commercial_train), research (use research),
 * trial (use evaluate, 14 days, 5 episodes); else SL_ERR_NOT_FOUND.  *out must
 * be initialised. */
SL_MUST_CHECK enum sl_status sl_policy_builtin(
    struct sl_policy *out, struct sl_slice name);

/* Strict as terms are; *out must be initialised and is replaced on success
 * only. */
SL_MUST_CHECK enum sl_status sl_policy_parse(
    struct sl_policy *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_policy_from_json(
    struct sl_policy *out, const json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_policy_to_json(const struct sl_policy *policy);

/* "last:3", "until:90" … */
SL_MUST_CHECK enum sl_status sl_history_parse(
    struct sl_window *window, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_future_parse(
    struct sl_window *window, struct sl_slice text, struct sl_error *err);

/* The batches of a dataset whose newest one is `seq`.  SL_ERR_INVALID, code
 * empty_window, if none is covered now or later. */
SL_MUST_CHECK enum sl_status sl_window_resolve(struct sl_scope *out,
    const struct sl_window *window, uint32_t seq, struct sl_error *err);

/* The terms of a licence granted now.  *out must be initialised and is
 * replaced on success only. */
SL_MUST_CHECK enum sl_status sl_policy_terms(struct sl_terms *out,
    const struct sl_policy *policy, const char *dataset, uint32_t seq,
    int64_t now_us, struct sl_error *err);

#endif /* SLUICE_CATALOG_POLICY_H */
