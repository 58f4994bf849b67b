/* Policies that are accepted are written the same for ever, and the terms that
 * they make are terms that are read. */
#include <jansson.h>

#include "fuzz.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/policy.h"

static void
write_policy(struct sl_buf *buf, const struct sl_policy *policy)
{
	json_t *json = sl_policy_to_json(policy);

	FUZZ_ASSERT(json != NULL);
	FUZZ_ASSERT(sl_json_dump(buf, json) == SL_OK);
	json_decref(json);
}

static void
make_terms(const struct sl_policy *policy, uint32_t seq, int64_t now_us)
{
	struct sl_terms terms;
	struct sl_terms again;
	json_t *json;

	sl_terms_init(&terms);
	sl_terms_init(&again);
	if (sl_policy_terms(&terms, policy, "ds", seq, now_us, NULL) == SL_OK) {
		json = sl_terms_to_json(&terms);
		FUZZ_ASSERT(json != NULL);
		FUZZ_ASSERT(sl_terms_from_json(&again, json, NULL) == SL_OK);
		FUZZ_ASSERT(again.from_us == terms.from_us &&
		    again.until_us == terms.until_us);
		FUZZ_ASSERT(terms.scope.window_until == 0 ||
		    terms.scope.window_until >= terms.scope.window_from);
		json_decref(json);
	}
	sl_terms_clear(&terms);
	sl_terms_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_policy policy;
	struct sl_buf first;
	struct sl_buf second;

	sl_policy_init(&policy);
	sl_buf_init(&first, SL_TERMS_BYTES_MAX);
	sl_buf_init(&second, SL_TERMS_BYTES_MAX);
	if (sl_policy_parse(&policy, sl_slice_of(data, size), NULL) == SL_OK) {
		make_terms(&policy, 0, 0);
		make_terms(&policy, 90, INT64_C(1795223700000001));
		make_terms(&policy, SL_SEQ_MAX, INT64_MAX);
		write_policy(&first, &policy);
		FUZZ_ASSERT(sl_policy_parse(
		                &policy, sl_buf_slice(&first), NULL) == SL_OK);
		write_policy(&second, &policy);
		FUZZ_ASSERT(
		    sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	}
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_policy_clear(&policy);
	return 0;
}
