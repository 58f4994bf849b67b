#include "sluice/catalog/terms.h"

#include <string.h>

#include "scope_json.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "terms_json.h"

#define US_PER_S 1000000

static const char *const duty_names[] = {
    [SL_DUTY_NONE] = "none",
    [SL_DUTY_DELETE] = "delete",
    [SL_DUTY_CERTIFY] = "certify",
};

const char *
sl_expiry_duty_name(enum sl_expiry_duty duty)
{
	return duty_names[duty];
}

enum sl_status
sl_expiry_duty_by_name(enum sl_expiry_duty *out, struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(duty_names) / sizeof(duty_names[0]);
	     i++) {
		if (sl_slice_is_text(name, duty_names[i])) {
			*out = (enum sl_expiry_duty)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

void
sl_terms_init(struct sl_terms *terms)
{
	memset(terms, 0, sizeof(*terms));
	sl_scope_init(&terms->scope);
	memcpy(terms->class_name, "standard", sizeof("standard"));
	terms->allow.all = true;
	sl_territory_set_all(&terms->territory);
	terms->quota =
	    (struct sl_quota){SL_QUOTA_NONE, SL_QUOTA_NONE, SL_QUOTA_NONE};
	terms->duty_days = 30;
}

void
sl_terms_clear(struct sl_terms *terms)
{
	sl_scope_clear(&terms->scope);
	memset(terms, 0, sizeof(*terms));
}

/* A slug; "" where that is allowed. */
static enum sl_status
read_label(char out[SL_SLUG_MAX + 1], bool may_be_empty, const json_t *object,
    const char *key, struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status != SL_OK)
		return status;
	if (!(may_be_empty && text[0] == '\0') &&
	    !sl_slug_is_valid(sl_slice_text(text)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%s\" is not a word of a-z, 0-9, '.', '_' and '-'", key);
	memcpy(out, text, strlen(text) + 1);
	return SL_OK;
}

/* The text of a member that one of our tables of words knows. */
static enum sl_status
read_word(struct sl_slice *out, const json_t *object, const char *key,
    struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	*out = sl_slice_text(text);
	return status;
}

static enum sl_status
unknown_word(const char *key, struct sl_error *err)
{
	return sl_error_set(
	    err, SL_ERR_INVALID, "\"%s\" is not a word known here", key);
}

static enum sl_status
read_time(int64_t *out_us, const json_t *object, const char *key,
    struct sl_error *err)
{
	enum sl_status status = sl_json_need_time(out_us, object, key, err);

	if (status == SL_OK && *out_us % US_PER_S != 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"%s\" is not a whole second", key);
	return status;
}

static enum sl_status
read_term(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"from", "until", "grace_s", NULL};
	json_t *term;
	enum sl_status status = sl_json_need_object(&term, object, "term", err);

	if (status == SL_OK)
		status = sl_json_only_keys(term, keys, err);
	if (status == SL_OK)
		status = read_time(&terms->from_us, term, "from", err);
	if (status == SL_OK)
		status = read_time(&terms->until_us, term, "until", err);
	if (status == SL_OK && terms->until_us <= terms->from_us)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"term\" ends before it begins");
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &terms->grace_s, term, "grace_s", SL_GRACE_S_MAX, err);
	return status;
}

static enum sl_status
read_fields(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"allow", "deny", NULL};
	json_t *fields;
	json_t *allow;
	json_t *deny;
	enum sl_status status =
	    sl_json_need_object(&fields, object, "fields", err);

	if (status == SL_OK)
		status = sl_json_only_keys(fields, keys, err);
	if (status == SL_OK)
		status = sl_json_need_array(&allow, fields, "allow", err);
	if (status == SL_OK)
		status = sl_json_need_array(&deny, fields, "deny", err);
	if (status == SL_OK)
		status = sl_fields_from_json(&terms->allow, allow, err);
	if (status == SL_OK)
		status = sl_fields_from_json(&terms->deny, deny, err);
	return status;
}

static enum sl_status
read_use(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	struct sl_slice use;
	json_t *territory;
	enum sl_status status = read_word(&use, object, "use", err);

	if (status == SL_OK && sl_use_by_name(&terms->use, use) != SL_OK)
		status = unknown_word("use", err);
	if (status == SL_OK)
		status = read_fields(terms, object, err);
	if (status == SL_OK)
		status =
		    sl_json_need_object(&territory, object, "territory", err);
	if (status == SL_OK)
		status =
		    sl_territory_from_json(&terms->territory, territory, err);
	return status;
}

static enum sl_status
read_quota(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "episodes", "duration_ms", "bytes", "per", "overage_percent", NULL};
	struct sl_slice per;
	json_t *quota;
	enum sl_status status =
	    sl_json_need_object(&quota, object, "quota", err);

	if (status == SL_OK)
		status = sl_json_only_keys(quota, keys, err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &terms->quota.episodes, quota, "episodes", err);
	if (status == SL_OK)
		status = sl_quota_read(
		    &terms->quota.duration_ms, quota, "duration_ms", err);
	if (status == SL_OK)
		status =
		    sl_quota_read(&terms->quota.bytes, quota, "bytes", err);
	if (status == SL_OK)
		status = read_word(&per, quota, "per", err);
	if (status == SL_OK && sl_quota_per_by_name(&terms->per, per) != SL_OK)
		status = unknown_word("per", err);
	if (status == SL_OK)
		status = sl_json_need_u32(&terms->overage_percent, quota,
		    "overage_percent", SL_OVERAGE_MAX, err);
	return status;
}

static enum sl_status
read_deliveries(
    struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	enum sl_status status;

	if (json_is_null(json_object_get(object, "deliveries"))) {
		terms->deliveries = 0;
		return SL_OK;
	}
	status = sl_json_need_u32(
	    &terms->deliveries, object, "deliveries", SL_DELIVERIES_MAX, err);
	if (status == SL_OK && terms->deliveries == 0)
		status = sl_error_set(err, SL_ERR_INVALID,
		    "\"deliveries\" is 0; suspend the licence instead");
	return status;
}

static enum sl_status
read_expiry(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"duty", "days", NULL};
	struct sl_slice duty;
	json_t *expiry;
	enum sl_status status =
	    sl_json_need_object(&expiry, object, "on_expiry", err);

	if (status == SL_OK)
		status = sl_json_only_keys(expiry, keys, err);
	if (status == SL_OK)
		status = read_word(&duty, expiry, "duty", err);
	if (status == SL_OK &&
	    sl_expiry_duty_by_name(&terms->duty, duty) != SL_OK)
		status = unknown_word("duty", err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &terms->duty_days, expiry, "days", SL_EXPIRY_DAYS_MAX, err);
	return status;
}

static enum sl_status
read_sha256(struct sl_terms *terms, const json_t *text, struct sl_error *err)
{
	unsigned char hash[SL_TEXT_SHA256_DIGITS / 2];
	enum sl_status status;

	if (json_is_null(json_object_get(text, "sha256"))) {
		terms->text_sha256[0] = '\0';
		return SL_OK;
	}
	status = sl_json_need_hex(hash, sizeof(hash), text, "sha256", err);
	if (status == SL_OK)
		sl_hex_encode(terms->text_sha256, hash, sizeof(hash));
	return status;
}

static enum sl_status
read_text(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"sha256", "acceptance", NULL};
	struct sl_slice acceptance;
	json_t *text;
	enum sl_status status = sl_json_need_object(&text, object, "text", err);

	if (status == SL_OK)
		status = sl_json_only_keys(text, keys, err);
	if (status == SL_OK)
		status = read_sha256(terms, text, err);
	if (status == SL_OK)
		status = read_word(&acceptance, text, "acceptance", err);
	if (status != SL_OK)
		return status;
	terms->needs_acceptance = sl_slice_is_text(acceptance, "required");
	if (!terms->needs_acceptance && !sl_slice_is_text(acceptance, "none"))
		return unknown_word("acceptance", err);
	if (terms->needs_acceptance && terms->text_sha256[0] == '\0')
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"acceptance\" is required, but there is no text");
	return SL_OK;
}

static enum sl_status
read_price(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	json_t *price;
	enum sl_status status;

	terms->has_price = false;
	if (json_is_null(json_object_get(object, "price")))
		return SL_OK;
	status = sl_json_need_object(&price, object, "price", err);
	if (status == SL_OK)
		status = sl_price_from_json(&terms->price, price, err);
	terms->has_price = status == SL_OK;
	return status;
}

enum sl_status
sl_terms_read_rules(
    struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	enum sl_status status =
	    read_label(terms->class_name, false, object, "class", err);

	if (status == SL_OK)
		status = read_label(
		    terms->programme, true, object, "programme", err);
	if (status == SL_OK)
		status = read_use(terms, object, err);
	if (status == SL_OK)
		status = read_quota(terms, object, err);
	if (status == SL_OK)
		status = read_deliveries(terms, object, err);
	if (status == SL_OK)
		status = read_expiry(terms, object, err);
	if (status == SL_OK)
		status = read_text(terms, object, err);
	if (status == SL_OK)
		status = read_price(terms, object, err);
	return status;
}

static enum sl_status
read_terms(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "version", "dataset", "window", "term", SL_TERMS_RULE_KEYS, NULL};
	const char *dataset;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status = sl_json_need_text(&dataset, object, "dataset", err);
	if (status == SL_OK &&
	    !sl_dataset_name_is_valid(sl_slice_text(dataset)))
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"dataset\" is not a dataset's name");
	if (status == SL_OK)
		memcpy(terms->dataset, dataset, strlen(dataset) + 1);
	if (status == SL_OK)
		status = sl_scope_read(&terms->scope, object, err);
	if (status == SL_OK)
		status = read_term(terms, object, err);
	if (status == SL_OK)
		status = sl_terms_read_rules(terms, object, err);
	return status;
}

enum sl_status
sl_terms_from_json(
    struct sl_terms *out, const json_t *object, struct sl_error *err)
{
	struct sl_terms terms;
	enum sl_status status;

	sl_terms_init(&terms);
	status = read_terms(&terms, object, err);
	if (status != SL_OK) {
		sl_terms_clear(&terms);
		return sl_error_prefix(err, status, "licence terms");
	}
	sl_terms_clear(out);
	*out = terms;
	return SL_OK;
}

enum sl_status
sl_terms_parse(struct sl_terms *out, struct sl_slice text, struct sl_error *err)
{
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_TERMS_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "licence terms");
	status = sl_terms_from_json(out, object, err);
	json_decref(object);
	return status;
}
