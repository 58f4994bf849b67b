#include "sluice/catalog/decide.h"

#include <stdio.h>

#include "suites.h"

/* A licence that allows state and video of "ds" from 100 until 200, and of
 * each quota 10. */
static void
make_terms(struct sl_terms *terms)
{
	sl_terms_init(terms);
	(void)snprintf(terms->dataset, sizeof(terms->dataset), "ds");
	ck_assert(sl_layers_parse(&terms->scope.layers,
	              sl_slice_text("state,video"), NULL) == SL_OK);
	terms->from_us = 100;
	terms->until_us = 200;
	terms->quota = (struct sl_quota){10, 10, 10};
}

struct attempt {
	struct sl_licence_state state;
	struct sl_decide_request request;
	int64_t now_us;
};

static struct attempt
good_attempt(void)
{
	struct attempt attempt = {.now_us = 150};

	attempt.request.dataset = "ds";
	return attempt;
}

static struct sl_decision
decide(const struct attempt *attempt)
{
	struct sl_terms terms;
	struct sl_decision decision;

	make_terms(&terms);
	decision = sl_licence_decide(
	    &terms, &attempt->state, &attempt->request, attempt->now_us);
	sl_terms_clear(&terms);
	return decision;
}

static void
assert_denied(const struct attempt *attempt, enum sl_decide_check check)
{
	struct sl_decision decision = decide(attempt);

	ck_assert(!decision.allowed);
	ck_assert_str_eq(decision.code, sl_decide_code(check));
	ck_assert_str_eq(decision.sentence, sl_decide_sentence(check));
	ck_assert_uint_eq(decision.failed_count, 1);
	ck_assert(decision.failed[0] == check);
}

START_TEST(unreadable_terms_allow_nothing)
{
	struct attempt a = good_attempt();
	struct sl_decision decision =
	    sl_licence_decide(NULL, &a.state, &a.request, a.now_us);

	ck_assert(!decision.allowed);
	ck_assert_str_eq(decision.code, "licence_unreadable");
}
END_TEST

START_TEST(another_dataset_is_denied)
{
	struct attempt a = good_attempt();

	a.request.dataset = "ds2";
	assert_denied(&a, SL_DECIDE_DATASET);
	a.request.dataset = NULL;
	assert_denied(&a, SL_DECIDE_DATASET);
}
END_TEST

START_TEST(status_denies)
{
	struct attempt a = good_attempt();

	a.state.status = SL_LICENCE_SUSPENDED;
	assert_denied(&a, SL_DECIDE_SUSPENDED);
	a.state.status = SL_LICENCE_REVOKED;
	assert_denied(&a, SL_DECIDE_REVOKED);
	a.state.status = (enum sl_licence_status)77;
	assert_denied(&a, SL_DECIDE_REVOKED);
}
END_TEST

START_TEST(the_term_is_half_open)
{
	struct attempt a = good_attempt();

	a.now_us = 99;
	assert_denied(&a, SL_DECIDE_NOT_YET_VALID);
	ck_assert_int_eq(decide(&a).valid_until_us, 100);
	a.now_us = 100;
	ck_assert(decide(&a).allowed);
	ck_assert_int_eq(decide(&a).valid_until_us, 200);
	a.now_us = 199;
	ck_assert(decide(&a).allowed);
	a.now_us = 200;
	assert_denied(&a, SL_DECIDE_EXPIRED);
	ck_assert(decide(&a).valid_until_us == INT64_MAX);
	a.now_us = INT64_MIN;
	assert_denied(&a, SL_DECIDE_NOT_YET_VALID);
	a.now_us = INT64_MAX;
	assert_denied(&a, SL_DECIDE_EXPIRED);
}
END_TEST

START_TEST(layers_outside_are_denied)
{
	struct attempt a = good_attempt();
	struct sl_layers layers;

	ck_assert(sl_layers_parse(&layers, sl_slice_text("meta,video.wrist"),
	              NULL) == SL_OK);
	a.request.layers = &layers;
	ck_assert(decide(&a).allowed);
	ck_assert(sl_layers_parse(&layers, sl_slice_text("state,raw"), NULL) ==
	    SL_OK);
	assert_denied(&a, SL_DECIDE_LAYER);
	sl_layers_set_all(&layers);
	assert_denied(&a, SL_DECIDE_LAYER);
}
END_TEST

START_TEST(quotas_count_what_is_new)
{
	struct attempt a = good_attempt();

	a.state.used.episodes = 9;
	a.request.charge.episodes = 1;
	ck_assert(decide(&a).allowed);
	a.request.charge.episodes = 2;
	assert_denied(&a, SL_DECIDE_QUOTA_EPISODES);
	a = good_attempt();
	a.request.charge.duration_ms = UINT64_MAX;
	assert_denied(&a, SL_DECIDE_QUOTA_HOURS);
	a = good_attempt();
	a.state.used.bytes = UINT64_MAX;
	a.request.charge.bytes = 1;
	assert_denied(&a, SL_DECIDE_QUOTA_BYTES);
	a.request.charge.bytes = 0;
	ck_assert(decide(&a).allowed);
}
END_TEST

START_TEST(all_failed_checks_are_listed_in_order)
{
	struct attempt a = good_attempt();
	struct sl_decision decision;

	a.request.dataset = "x";
	a.state.status = SL_LICENCE_SUSPENDED;
	a.now_us = 1;
	a.request.charge = (struct sl_quota){99, 99, 99};
	decision = decide(&a);
	ck_assert_str_eq(decision.code, "dataset_not_in_scope");
	ck_assert_uint_eq(decision.failed_count, 6);
	for (size_t i = 1; i < decision.failed_count; i++)
		ck_assert(decision.failed[i - 1] < decision.failed[i]);
}
END_TEST

START_TEST(what_is_allowed_is_allowed_without_usage_or_quota)
{
	struct sl_terms terms;
	struct sl_decision decision;
	struct sl_licence_state state = {0};
	struct sl_decide_request request = {
	    .dataset = "ds", .charge = {UINT64_MAX, UINT64_MAX, UINT64_MAX}};

	make_terms(&terms);
	terms.quota =
	    (struct sl_quota){SL_QUOTA_NONE, SL_QUOTA_NONE, SL_QUOTA_NONE};
	decision = sl_licence_decide(&terms, &state, &request, 150);
	ck_assert(decision.allowed);
	ck_assert_str_eq(decision.code, "");
	ck_assert_str_eq(decision.sentence, "");
	sl_terms_clear(&terms);
}
END_TEST

TCase *
decide_cases(void)
{
	TCase *tc = tcase_create("decide");

	tcase_add_test(tc, unreadable_terms_allow_nothing);
	tcase_add_test(tc, another_dataset_is_denied);
	tcase_add_test(tc, status_denies);
	tcase_add_test(tc, the_term_is_half_open);
	tcase_add_test(tc, layers_outside_are_denied);
	tcase_add_test(tc, quotas_count_what_is_new);
	tcase_add_test(tc, all_failed_checks_are_listed_in_order);
	tcase_add_test(tc, what_is_allowed_is_allowed_without_usage_or_quota);
	return tc;
}
