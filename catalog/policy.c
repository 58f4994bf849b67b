#include "sluice/catalog/policy.h"

#include <stdio.h>
#include <string.h>

#include "scope_json.h"
#include "sluice/base/checked.h"
#include "sluice/catalog/json.h"
#include "terms_json.h"

#define US_PER_S   1000000
#define US_PER_DAY (86400LL * US_PER_S)
/* 9999-12-31T23:59:59Z, the last time that has a text. */
#define TIME_MAX_US (253402300799LL * US_PER_S)
/* "from:2147483646" */
#define WINDOW_TEXT_MAX 24

void
sl_policy_init(struct sl_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	sl_terms_init(&policy->terms);
	policy->terms.use = SL_USE_COMMERCIAL_TRAIN;
	policy->days = 365;
}

void
sl_policy_clear(struct sl_policy *policy)
{
	sl_terms_clear(&policy->terms);
	memset(policy, 0, sizeof(*policy));
}

enum sl_status
sl_policy_builtin(struct sl_policy *out, struct sl_slice name)
{
	bool is_research = sl_slice_is_text(name, "research");
	bool is_trial = sl_slice_is_text(name, "trial");

	if (!is_research && !is_trial && !sl_slice_is_text(name, "standard"))
		return SL_ERR_NOT_FOUND;
	sl_policy_clear(out);
	sl_policy_init(out);
	if (is_research)
		out->terms.use = SL_USE_RESEARCH;
	if (is_trial) {
		out->terms.use = SL_USE_EVALUATE;
		out->terms.quota.episodes = 5;
		out->days = 14;
	}
	return SL_OK;
}

/* "last:12" with the prefix "last:". */
static bool
has_number(struct sl_slice text, const char *prefix, uint32_t *out)
{
	char digits[WINDOW_TEXT_MAX] = "";
	size_t len = strlen(prefix);
	uint64_t number;

	if (text.len <= len || text.len - len >= sizeof(digits) ||
	    memcmp(text.data, prefix, len) != 0 ||
	    memchr(text.data, '\0', text.len) != NULL)
		return false;
	memcpy(digits, text.data + len, text.len - len);
	if (digits[0] == '0' || !sl_parse_u64(digits, SL_SEQ_MAX, &number))
		return false;
	*out = (uint32_t)number;
	return true;
}

enum sl_status
sl_history_parse(
    struct sl_window *window, struct sl_slice text, struct sl_error *err)
{
	uint32_t number = 0;

	if (sl_slice_is_text(text, "all"))
		window->history = SL_HISTORY_ALL;
	else if (sl_slice_is_text(text, "none"))
		window->history = SL_HISTORY_NONE;
	else if (has_number(text, "last:", &number))
		window->history = SL_HISTORY_LAST;
	else if (has_number(text, "from:", &number))
		window->history = SL_HISTORY_FROM;
	else
		return sl_error_set(err, SL_ERR_INVALID,
		    "history is none of all, last:N (batches), from:SEQ and "
		    "none");
	window->history_number = number;
	return SL_OK;
}

enum sl_status
sl_future_parse(
    struct sl_window *window, struct sl_slice text, struct sl_error *err)
{
	uint32_t number = 0;

	if (sl_slice_is_text(text, "all"))
		window->future = SL_FUTURE_ALL;
	else if (sl_slice_is_text(text, "none"))
		window->future = SL_FUTURE_NONE;
	else if (has_number(text, "until:", &number))
		window->future = SL_FUTURE_UNTIL;
	else
		return sl_error_set(err, SL_ERR_INVALID,
		    "future is none of all, none and until:SEQ");
	window->future_number = number;
	return SL_OK;
}

static enum sl_status
read_window(
    struct sl_window *window, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"history", "future", NULL};
	const char *history;
	const char *future;
	json_t *value;
	enum sl_status status =
	    sl_json_need_object(&value, object, "window", err);

	if (status == SL_OK)
		status = sl_json_only_keys(value, keys, err);
	if (status == SL_OK)
		status = sl_json_need_text(&history, value, "history", err);
	if (status == SL_OK)
		status = sl_json_need_text(&future, value, "future", err);
	if (status == SL_OK)
		status = sl_history_parse(window, sl_slice_text(history), err);
	if (status == SL_OK)
		status = sl_future_parse(window, sl_slice_text(future), err);
	return status;
}

static enum sl_status
read_term(struct sl_policy *policy, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"days", "grace_s", NULL};
	json_t *term;
	enum sl_status status = sl_json_need_object(&term, object, "term", err);

	if (status == SL_OK)
		status = sl_json_only_keys(term, keys, err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &policy->days, term, "days", SL_POLICY_DAYS_MAX, err);
	if (status == SL_OK && policy->days == 0)
		status = sl_error_set(err, SL_ERR_INVALID, "\"days\" is 0");
	if (status == SL_OK)
		status = sl_json_need_u32(&policy->terms.grace_s, term,
		    "grace_s", SL_GRACE_S_MAX, err);
	return status;
}

static enum sl_status
read_policy(
    struct sl_policy *policy, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "version", "window", "term", SL_TERMS_RULE_KEYS, NULL};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status =
		    sl_scope_read_filter(&policy->terms.scope, object, err);
	if (status == SL_OK)
		status = read_window(&policy->window, object, err);
	if (status == SL_OK)
		status = read_term(policy, object, err);
	if (status == SL_OK)
		status = sl_terms_read_rules(&policy->terms, object, err);
	return status;
}

enum sl_status
sl_policy_from_json(
    struct sl_policy *out, const json_t *object, struct sl_error *err)
{
	struct sl_policy policy;
	enum sl_status status;

	sl_policy_init(&policy);
	status = read_policy(&policy, object, err);
	if (status != SL_OK) {
		sl_policy_clear(&policy);
		return sl_error_prefix(err, status, "policy");
	}
	sl_policy_clear(out);
	*out = policy;
	return SL_OK;
}

enum sl_status
sl_policy_parse(
    struct sl_policy *out, struct sl_slice text, struct sl_error *err)
{
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_TERMS_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "policy");
	status = sl_policy_from_json(out, object, err);
	json_decref(object);
	return status;
}

static json_t *
window_to_json(const struct sl_window *window)
{
	static const char *const histories[] = {
	    [SL_HISTORY_ALL] = "all",
	    [SL_HISTORY_LAST] = "last:",
	    [SL_HISTORY_FROM] = "from:",
	    [SL_HISTORY_NONE] = "none",
	};
	static const char *const futures[] = {
	    [SL_FUTURE_ALL] = "all",
	    [SL_FUTURE_NONE] = "none",
	    [SL_FUTURE_UNTIL] = "until:",
	};
	char history[WINDOW_TEXT_MAX] = "";
	char future[WINDOW_TEXT_MAX] = "";

	if (window->history_number != 0)
		(void)snprintf(history, sizeof(history), "%u",
		    (unsigned)window->history_number);
	if (window->future_number != 0)
		(void)snprintf(future, sizeof(future), "%u",
		    (unsigned)window->future_number);
	return json_pack("{s:s+,s:s+}", "history", histories[window->history],
	    history, "future", futures[window->future], future);
}

json_t *
sl_policy_to_json(const struct sl_policy *policy)
{
	json_t *object = json_object();

	if (object != NULL &&
	    sl_terms_put(object, "version", json_integer(1)) &&
	    sl_terms_write_scope(object, &policy->terms) &&
	    sl_terms_put(object, "window", window_to_json(&policy->window)) &&
	    sl_terms_put(object, "term",
	        json_pack("{s:I,s:I}", "days", (json_int_t)policy->days,
	            "grace_s", (json_int_t)policy->terms.grace_s)) &&
	    sl_terms_write_rules(object, &policy->terms))
		return object;
	json_decref(object);
	return NULL;
}

static uint32_t
window_from(const struct sl_window *window, uint32_t seq)
{
	switch (window->history) {
	case SL_HISTORY_LAST:
		return window->history_number >= seq
		    ? 1
		    : seq - window->history_number + 1;
	case SL_HISTORY_FROM:
		return window->history_number;
	case SL_HISTORY_NONE:
		return seq + 1;
	case SL_HISTORY_ALL:
		break;
	}
	return 1;
}

enum sl_status
sl_window_resolve(struct sl_scope *out, const struct sl_window *window,
    uint32_t seq, struct sl_error *err)
{
	uint32_t from = window_from(window, seq);
	uint32_t until =
	    window->future == SL_FUTURE_NONE ? seq : window->future_number;

	if (from > SL_SEQ_MAX ||
	    (window->future != SL_FUTURE_ALL && until < from))
		return sl_error_code(err, SL_ERR_INVALID, "empty_window",
		    "no batch is covered, neither of the %u that there are "
		    "nor of those to come",
		    (unsigned)seq);
	out->window_from = from;
	out->window_until = window->future == SL_FUTURE_ALL ? 0 : until;
	return SL_OK;
}

/* Terms own their filter, so it is copied by way of its text. */
static enum sl_status
copy_where(
    struct sl_scope *scope, const struct sl_where *where, struct sl_error *err)
{
	struct sl_buf text;
	enum sl_status status;

	scope->where = NULL;
	sl_buf_init(&text, SL_WHERE_TEXT_MAX + 1);
	status = sl_where_format(&text, where);
	if (status == SL_OK)
		status =
		    sl_where_parse(&scope->where, sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
sl_policy_terms(struct sl_terms *out, const struct sl_policy *policy,
    const char *dataset, uint32_t seq, int64_t now_us, struct sl_error *err)
{
	struct sl_terms terms = policy->terms;
	enum sl_status status;

	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "'%.80s' is no name of a dataset", dataset);
	if (now_us < 0 || now_us > TIME_MAX_US - policy->days * US_PER_DAY)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the term is outside of known time");
	(void)snprintf(terms.dataset, sizeof(terms.dataset), "%s", dataset);
	terms.from_us = now_us - now_us % US_PER_S;
	terms.until_us = terms.from_us + policy->days * US_PER_DAY;
	status = sl_window_resolve(&terms.scope, &policy->window, seq, err);
	if (status == SL_OK)
		status =
		    copy_where(&terms.scope, policy->terms.scope.where, err);
	if (status != SL_OK)
		return status;
	sl_terms_clear(out);
	*out = terms;
	return SL_OK;
}
