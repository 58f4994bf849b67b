/* A decision is total and says one thing: whatever the terms, the state and
 * the request are, and with less granted no failed check passes.
 *
 * An input is numbers of eight bytes each for state and request, then a
 * purpose and an address, each ended by a newline, then the terms' JSON. */
#include <string.h>

#include "fuzz.h"
#include "sluice/catalog/decide.h"
#include "sluice/catalog/explain.h"

struct input {
	struct sl_slice rest;
	struct sl_licence_state state;
	struct sl_decide_request request;
	struct sl_purpose purpose;
	struct sl_layers layers;
	char address[64];
	int64_t now_us;
};

/* The next number, 0 at the end. */
static uint64_t
next(struct input *in)
{
	uint64_t number = 0;

	if (in->rest.len < sizeof(number))
		return 0;
	memcpy(&number, in->rest.data, sizeof(number));
	in->rest.data += sizeof(number);
	in->rest.len -= sizeof(number);
	return number;
}

static struct sl_quota
next_quota(struct input *in)
{
	struct sl_quota quota;

	quota.episodes = next(in);
	quota.duration_ms = next(in);
	quota.bytes = next(in);
	return quota;
}

/* The next line, cut at the maximum. */
static void
next_line(char *out, size_t max, struct input *in)
{
	const unsigned char *end = in->rest.len == 0
	    ? NULL
	    : memchr(in->rest.data, '\n', in->rest.len);
	size_t len = end == NULL ? 0 : (size_t)(end - in->rest.data);
	size_t kept = len < max ? len : max - 1;

	memcpy(out, end == NULL ? (const void *)"" : in->rest.data, kept);
	out[kept] = '\0';
	if (end != NULL) {
		in->rest.data = end + 1;
		in->rest.len -= len + 1;
	}
}

static void
read_state(struct input *in)
{
	struct sl_licence_state *state = &in->state;
	uint64_t flags = next(in);

	state->status = (enum sl_licence_status)(flags & 3);
	state->accepted = (flags & 4) != 0;
	state->released_seq = (uint32_t)next(in);
	state->deliveries = (uint32_t)next(in);
	state->deliveries_max = (uint32_t)next(in);
	state->used = next_quota(in);
	state->agreement.has = (flags & 8) != 0;
	state->agreement.status = (enum sl_agreement_status)(flags >> 4 & 3);
	state->agreement.from_us = (int64_t)next(in);
	state->agreement.until_us = (int64_t)next(in);
	state->agreement.ceiling.quota = next_quota(in);
	state->agreement.ceiling.money_micro = next(in);
	state->agreement.used = next_quota(in);
	state->agreement.used_money_micro = (int64_t)next(in);
}

static void
read_request(struct input *in)
{
	struct sl_decide_request *request = &in->request;
	uint64_t flags = next(in);
	char purpose[128];

	in->now_us = (int64_t)next(in);
	request->seq = (uint32_t)next(in);
	request->new_delivery = (flags & 1) != 0;
	request->charge = next_quota(in);
	request->charge_money_micro = (int64_t)next(in);
	if (flags & 2) {
		in->layers.count = 1;
		memcpy(in->layers.name[0], "state", sizeof("state"));
		request->layers = &in->layers;
	}
	next_line(purpose, sizeof(purpose), in);
	if (sl_purpose_parse(&in->purpose, sl_slice_text(purpose), NULL) ==
	    SL_OK)
		request->purpose = &in->purpose;
	next_line(in->address, sizeof(in->address), in);
	if (flags & 4)
		request->address = in->address;
}

static struct sl_decision
decide(const struct sl_terms *terms, const struct input *in)
{
	struct sl_decision decision =
	    sl_licence_decide(terms, &in->state, &in->request, in->now_us);

	FUZZ_ASSERT(decision.allowed == (decision.failed_count == 0));
	FUZZ_ASSERT(decision.allowed == (decision.code[0] == '\0'));
	FUZZ_ASSERT(decision.allowed == (decision.sentence[0] == '\0'));
	FUZZ_ASSERT(decision.valid_until_us > in->now_us ||
	    decision.valid_until_us == INT64_MAX);
	FUZZ_ASSERT(decision.failed_count <= SL_DECIDE_COUNT);
	for (size_t i = 1; i < decision.failed_count; i++)
		FUZZ_ASSERT(decision.failed[i - 1] < decision.failed[i]);
	return decision;
}

/* Every check that failed before fails now. */
static void
assert_no_less(
    const struct sl_decision *before, const struct sl_decision *after)
{
	size_t at = 0;

	for (size_t i = 0; i < before->failed_count; i++) {
		while (at < after->failed_count &&
		    after->failed[at] != before->failed[i])
			at++;
		FUZZ_ASSERT(at < after->failed_count);
	}
}

static void
check_weaker(const struct sl_terms *terms, struct input *in)
{
	struct sl_decision before = decide(terms, in);
	struct sl_terms weaker = *terms;
	struct sl_decision after;

	weaker.use = SL_USE_EVALUATE;
	weaker.deny.all = true;
	weaker.territory.all_networks = false;
	weaker.territory.all_countries = false;
	weaker.quota = (struct sl_quota){0};
	weaker.grace_s = 0;
	weaker.needs_acceptance = true;
	weaker.scope.layers.all = false;
	weaker.deliveries = 1;
	after = decide(&weaker, in);
	assert_no_less(&before, &after);
	in->request.charge.episodes = in->request.charge.episodes == UINT64_MAX
	    ? UINT64_MAX
	    : in->request.charge.episodes + 1;
	in->request.new_delivery = true;
	after = decide(terms, in);
	assert_no_less(&before, &after);
	in->state.status = SL_LICENCE_REVOKED;
	FUZZ_ASSERT(!decide(terms, in).allowed);
	FUZZ_ASSERT(!decide(NULL, in).allowed);
}

static void
explain(const struct sl_terms *terms, const struct input *in)
{
	const struct sl_uuid licence = {{0}};
	struct sl_decision decision = decide(terms, in);
	json_t *json = sl_decision_to_json(&decision, terms, &licence, 1);

	FUZZ_ASSERT(json != NULL);
	FUZZ_ASSERT(json_array_size(json_object_get(json, "failed")) ==
	    decision.failed_count);
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.rest = {data, size}};
	struct sl_terms terms;

	read_state(&in);
	read_request(&in);
	sl_terms_init(&terms);
	if (sl_terms_parse(&terms, in.rest, NULL) == SL_OK) {
		in.request.dataset = terms.dataset;
		explain(&terms, &in);
		check_weaker(&terms, &in);
	}
	sl_terms_clear(&terms);
	return 0;
}
