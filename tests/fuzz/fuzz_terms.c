/* Terms that are accepted are written the same for ever, and the decision on
 * them is total and consistent at every time. */
#include <jansson.h>

#include "fuzz.h"
#include "sluice/catalog/decide.h"
#include "sluice/catalog/json.h"

static void
write_terms(struct sl_buf *buf, const struct sl_terms *terms)
{
	json_t *json = sl_terms_to_json(terms);

	FUZZ_ASSERT(json != NULL);
	FUZZ_ASSERT(sl_json_dump(buf, json) == SL_OK);
	json_decref(json);
}

static void
check_decision(
    const struct sl_terms *terms, enum sl_licence_status status, int64_t now_us)
{
	struct sl_decide_request request = {.dataset = terms->dataset};
	struct sl_licence_state state = {.status = status};
	struct sl_decision decision =
	    sl_licence_decide(terms, &state, &request, now_us);

	FUZZ_ASSERT(decision.allowed == (decision.failed_count == 0));
	FUZZ_ASSERT(decision.allowed == (decision.code[0] == '\0'));
	FUZZ_ASSERT(decision.allowed ==
	    (status == SL_LICENCE_ACTIVE && now_us >= terms->from_us &&
	        now_us < terms->until_us));
	FUZZ_ASSERT(decision.valid_until_us > now_us ||
	    decision.valid_until_us == INT64_MAX);
	request.dataset = "other-dataset-than-any";
	FUZZ_ASSERT(
	    !sl_licence_decide(terms, &state, &request, now_us).allowed ||
	    terms->dataset[0] == 'o');
}

static void
check_terms(const struct sl_terms *terms)
{
	const int64_t times[] = {INT64_MIN, terms->from_us - 1, terms->from_us,
	    terms->until_us - 1, terms->until_us, INT64_MAX};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		for (int status = 0; status < 4; status++)
			check_decision(
			    terms, (enum sl_licence_status)status, times[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_terms terms;
	struct sl_buf first;
	struct sl_buf second;

	sl_terms_init(&terms);
	sl_buf_init(&first, SL_TERMS_BYTES_MAX);
	sl_buf_init(&second, SL_TERMS_BYTES_MAX);
	if (sl_terms_parse(&terms, sl_slice_of(data, size), NULL) == SL_OK) {
		check_terms(&terms);
		write_terms(&first, &terms);
		FUZZ_ASSERT(sl_terms_parse(
		                &terms, sl_buf_slice(&first), NULL) == SL_OK);
		write_terms(&second, &terms);
		FUZZ_ASSERT(
		    sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	}
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_terms_clear(&terms);
	return 0;
}
