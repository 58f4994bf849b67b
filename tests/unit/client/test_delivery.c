#include "delivery.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "plan.h"
#include "suites.h"

static struct fixture fixture;
static struct sl_wants wants;
static struct sl_delivery delivery;
static struct sl_buf body;
static unsigned char buffer[SL_INDEX_STORED_MAX];

static void
append_end(enum sl_end_status status)
{
	struct sl_end_record end = {.status = status};

	ck_assert(sl_end_record_encode(&body, &end) == SL_OK);
}

static void
set_up(void)
{
	static const struct sl_holdings nothing;
	static struct sl_wish everything;
	struct sl_run_of *runs;
	struct sl_plan plan;
	size_t count;

	fixture_init(&fixture);
	fixture_accept(&fixture);
	sl_scope_init(&fixture.heads.grant.scope);
	ck_assert(sl_plan_compute(&plan, &fixture.heads, &everything, &nothing,
	              NULL) == SL_OK);
	ck_assert(sl_wants_build(&wants, &fixture.heads, &plan.fetch, &nothing,
	              NULL) == SL_OK);
	sl_plan_clear(&plan);
	ck_assert(sl_wants_take(&wants, 1 << 30, &runs, &count) == SL_OK);
	ck_assert(sl_delivery_init(&delivery, runs, count) == SL_OK);
	delivery.buffer = buffer;
	sl_buf_init(&body, 64 * 1024 * 1024);
	for (size_t r = 0; r < count; r++) {
		for (uint32_t i = 0; i < runs[r].count; i++) {
			struct sl_slice chunk = fixture_chunk(
			    &fixture, runs[r].want, runs[r].first + i);

			ck_assert(sl_buf_append(&body, chunk.data, chunk.len) ==
			    SL_OK);
		}
	}
}

static void
tear_down(void)
{
	sl_delivery_clear(&delivery);
	sl_wants_clear(&wants);
	sl_buf_clear(&body);
	fixture_clear(&fixture);
}

/* Push the body in pieces; how many chunks were right. */
static uint32_t
push(size_t len, size_t piece, enum sl_delivery_step *last)
{
	uint32_t count = 0;

	*last = SL_DELIVERY_MORE;
	for (size_t at = 0; at < len && *last == SL_DELIVERY_MORE;) {
		size_t more = len - at < piece ? len - at : piece;
		struct sl_slice bytes = sl_slice_of(body.data + at, more);
		struct sl_error err = {0};

		while ((*last = sl_delivery_push(&delivery, &bytes, true,
		            &err)) == SL_DELIVERY_FULL) {
			uint32_t chunk;
			const struct sl_want *want =
			    sl_delivery_current(&delivery, &chunk);
			struct sl_slice right =
			    fixture_chunk(&fixture, want, chunk);

			ck_assert(sl_slice_is(
			    right, sl_slice_of(delivery.buffer, delivery.len)));
			sl_delivery_next(&delivery, buffer);
			count++;
		}
		at += more;
	}
	return count;
}

START_TEST(chunks_are_found_however_the_bytes_come)
{
	static const size_t pieces[] = {1, 3, 4, 5, 1000, 16384, 1 << 26};
	enum sl_delivery_step last;

	append_end(SL_END_COMPLETE);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		ck_assert_uint_eq(push(body.len, pieces[i], &last), 8);
		ck_assert_int_eq(last, SL_DELIVERY_MORE);
		ck_assert(sl_delivery_is_done(&delivery));
		ck_assert(sl_delivery_has_end(&delivery));
		delivery.run = 0;
		delivery.chunk = 0;
		delivery.len = delivery.end_len = 0;
		delivery.phase = SL_DELIVERY_CHUNK;
	}
}
END_TEST

START_TEST(a_body_without_an_end_record_has_no_end)
{
	enum sl_delivery_step last;

	push(body.len, 16384, &last);
	ck_assert(!sl_delivery_has_end(&delivery));
}
END_TEST

START_TEST(complete_before_all_chunks_came_is_a_lie)
{
	enum sl_delivery_step last;

	body.len = delivery.runs[0].want->index->chunks[0].stored_bytes;
	append_end(SL_END_COMPLETE);
	push(body.len, 16384, &last);
	ck_assert_int_eq(last, SL_DELIVERY_WRONG);
}
END_TEST

START_TEST(an_interruption_puts_back_what_did_not_come)
{
	enum sl_delivery_step last;
	uint64_t left = 0;

	body.len = delivery.runs[0].want->index->chunks[0].stored_bytes;
	append_end(SL_END_INTERRUPTED);
	ck_assert_uint_eq(push(body.len, 100, &last), 1);
	ck_assert(sl_delivery_has_end(&delivery));
	ck_assert(sl_delivery_put_back(&delivery, &wants) == SL_OK);
	for (size_t i = 0; i < wants.run_count; i++)
		left += wants.runs[i].count;
	ck_assert_uint_eq(left, wants.chunks - 1);
}
END_TEST

START_TEST(a_chunk_is_not_finished_before_it_may_be)
{
	struct sl_slice bytes = sl_buf_slice(&body);
	uint32_t need = delivery.runs[0].want->index->chunks[0].stored_bytes;
	struct sl_error err = {0};

	ck_assert_int_eq(sl_delivery_push(&delivery, &bytes, false, &err),
	    SL_DELIVERY_ABOUT);
	ck_assert_uint_lt(delivery.len, need);
	ck_assert_int_eq(
	    sl_delivery_push(&delivery, &bytes, true, &err), SL_DELIVERY_FULL);
	ck_assert_uint_eq(body.len - bytes.len, need);
}
END_TEST

TCase *
delivery_cases(void)
{
	TCase *tc = tcase_create("delivery");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, chunks_are_found_however_the_bytes_come);
	tcase_add_test(tc, a_body_without_an_end_record_has_no_end);
	tcase_add_test(tc, complete_before_all_chunks_came_is_a_lie);
	tcase_add_test(tc, an_interruption_puts_back_what_did_not_come);
	tcase_add_test(tc, a_chunk_is_not_finished_before_it_may_be);
	return tc;
}
