#include <stdlib.h>

#include "plan.h"
#include "test_session.h"

static const uint32_t sizes[] = {100, 200, 300, 400};
static struct sl_scope scope;
static struct plan plan;
static struct tranche *first;
static struct tranche **tail;

static void
setup(void)
{
	sl_scope_init(&scope);
	first = NULL;
	tail = &first;
}

static void
teardown(void)
{
	while (first != NULL) {
		struct tranche *next = first->next;

		tranche_free(first);
		first = next;
	}
	plan_drop(&plan);
	sl_scope_clear(&scope);
}

/* Segment `ordinal` of batch 1: two chunks of 100 and 200 bytes. */
static struct sl_segment_row
make_row(uint32_t ordinal)
{
	return (struct sl_segment_row){.seq = 1,
	    .ordinal = ordinal,
	    .number = ordinal + 1,
	    .first_seq = 1,
	    .chunk_first = ordinal * 2,
	    .chunk_count = 2,
	    .chunk_sizes = sizes,
	    .pack_offset = (uint64_t)ordinal * 300,
	    .stored_bytes = 300,
	    .layer = "state"};
}

static void
plan_segments(uint32_t from, uint32_t to)
{
	struct sl_fetch fetch;

	sl_fetch_init(&fetch);
	ck_assert_int_eq(sl_fetch_add_segments(&fetch, 1, from, to), SL_OK);
	plan_init(&plan, &fetch);
	ck_assert_int_eq(plan_ask(&plan), SL_OK);
}

static void
plan_chunks(uint32_t from, uint32_t to)
{
	struct sl_fetch fetch;

	sl_fetch_init(&fetch);
	ck_assert_int_eq(sl_fetch_add_chunks(&fetch, 1, from, to), SL_OK);
	plan_init(&plan, &fetch);
	ck_assert_int_eq(plan_ask(&plan), SL_OK);
}

static void
answer(const struct sl_segment_row *rows, size_t count)
{
	ck_assert_int_eq(plan_answer(&plan, &scope, rows, count, &tail), SL_OK);
}

START_TEST(whole_segments_become_one_tranche)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1), make_row(2)};

	plan_segments(0, 2);
	ck_assert_uint_eq(plan.want_count, 1);
	answer(rows, 3);
	ck_assert(plan_is_done(&plan));
	ck_assert_str_eq(plan.stop_code, "");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(first->next);
	ck_assert_uint_eq(first->run_count, 3);
	ck_assert_uint_eq(first->stored_bytes, 900);
	ck_assert_uint_eq(sl_multirange_count(&first->ordinals), 3);
	ck_assert(!plan.has_partial);
}
END_TEST

START_TEST(a_tranche_ends_at_its_size_but_never_inside_a_segment)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1), make_row(2)};

	rows[1].stored_bytes = PLAN_TRANCHE_BYTES;
	rows[2].stored_bytes = PLAN_TRANCHE_BYTES;
	plan_segments(0, 2);
	answer(rows, 3);
	ck_assert_uint_eq(first->run_count, 1);
	ck_assert_ptr_nonnull(first->next);
	ck_assert_uint_eq(first->next->run_count, 1);
	ck_assert_ptr_nonnull(first->next->next);
	ck_assert_uint_eq(first->next->next->runs[0].ordinal, 2);
}
END_TEST

START_TEST(chunks_are_sent_in_part_and_charged_whole)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1)};

	plan_chunks(1, 2);
	answer(rows, 2);
	ck_assert(plan_is_done(&plan));
	ck_assert(plan.has_partial);
	ck_assert_uint_eq(first->run_count, 2);
	ck_assert_uint_eq(first->runs[0].chunk_first, 1);
	ck_assert_uint_eq(first->runs[0].offset, 100);
	ck_assert_uint_eq(first->runs[1].chunk_first, 2);
	ck_assert_uint_eq(first->runs[1].offset, 300);
	ck_assert_uint_eq(first->stored_bytes, 300);
	ck_assert_uint_eq(sl_multirange_count(&first->ordinals), 2);
}
END_TEST

START_TEST(what_is_missing_stops_the_plan_where_it_is)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(2)};

	plan_segments(0, 2);
	answer(rows, 2);
	ck_assert_str_eq(plan.stop_code, "not_found");
	ck_assert_uint_eq(first->run_count, 1);
}
END_TEST

START_TEST(what_is_missing_at_the_end_is_noticed)
{
	struct sl_segment_row rows[] = {make_row(0)};

	plan_segments(0, 1);
	answer(rows, 1);
	ck_assert_str_eq(plan.stop_code, "not_found");
}
END_TEST

START_TEST(a_retracted_segment_stops_the_plan)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1)};

	rows[1].retracted = true;
	plan_segments(0, 1);
	answer(rows, 2);
	ck_assert_str_eq(plan.stop_code, "retracted");
	ck_assert_uint_eq(plan.stop_chunk, 2);
	ck_assert_uint_eq(first->run_count, 1);
}
END_TEST

START_TEST(a_stream_leaves_retracted_segments_out)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1), make_row(2)};

	rows[1].retracted = true;
	plan_segments(0, 2);
	plan.skips_retracted = true;
	answer(rows, 3);
	ck_assert(plan_is_done(&plan));
	ck_assert_str_eq(plan.stop_code, "");
	ck_assert_uint_eq(first->run_count, 2);
}
END_TEST

START_TEST(a_layer_outside_the_scope_stops_the_plan)
{
	struct sl_segment_row rows[] = {make_row(0)};

	ck_assert_int_eq(
	    sl_layers_parse(&scope.layers, sl_slice_text("video"), NULL),
	    SL_OK);
	plan_segments(0, 0);
	answer(rows, 1);
	ck_assert_str_eq(plan.stop_code, "layer_not_in_scope");
	ck_assert_ptr_null(first);
}
END_TEST

START_TEST(an_episode_outside_the_window_stops_the_plan)
{
	struct sl_segment_row rows[] = {make_row(0)};

	scope.window_from = 2;
	plan_segments(0, 0);
	answer(rows, 1);
	ck_assert_str_eq(plan.stop_code, "episode_not_in_scope");
}
END_TEST

START_TEST(dataset_files_are_covered_by_every_scope)
{
	struct sl_segment_row rows[] = {make_row(0)};

	rows[0].number = 0;
	rows[0].layer = "meta";
	scope.window_from = 9;
	plan_segments(0, 0);
	answer(rows, 1);
	ck_assert_str_eq(plan.stop_code, "");
	ck_assert_ptr_nonnull(first);
}
END_TEST

START_TEST(a_rewound_plan_asks_for_the_rest_again)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1)};
	struct plan_cursor start;

	rows[1].retracted = true;
	plan_segments(0, 1);
	start = plan.at;
	answer(rows, 2);
	plan_rewind(&plan, &start);
	ck_assert(!plan_is_done(&plan));
	ck_assert_int_eq(plan_ask(&plan), SL_OK);
	ck_assert_uint_eq(sl_multirange_count(plan.wants[0].numbers), 2);
}
END_TEST

START_TEST(a_pack_range_leaves_out_what_it_does_not_touch)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1), make_row(2)};

	rows[0].retracted = true;
	plan_segments(0, 2);
	plan.byte_from = 300;
	plan.byte_until = 301;
	answer(rows, 3);
	ck_assert_str_eq(plan.stop_code, "");
	ck_assert_uint_eq(first->run_count, 1);
	ck_assert_uint_eq(first->runs[0].ordinal, 1);
}
END_TEST

START_TEST(a_cut_tranche_keeps_what_is_covered)
{
	struct sl_segment_row rows[] = {make_row(0), make_row(1), make_row(2)};
	struct sl_multirange covered = {0};

	plan_segments(0, 2);
	answer(rows, 3);
	ck_assert_int_eq(sl_multirange_add(&covered, 0, 1), SL_OK);
	ck_assert(tranche_cut(first, &covered));
	ck_assert_uint_eq(first->run_count, 2);
	ck_assert(!tranche_cut(first, &covered));
	sl_multirange_clear(&covered);
}
END_TEST

START_TEST(many_batches_are_asked_for_in_parts)
{
	struct sl_fetch fetch;

	sl_fetch_init(&fetch);
	for (uint32_t seq = 1; seq <= 200; seq++)
		ck_assert_int_eq(
		    sl_fetch_add_segments(&fetch, seq, 0, 0), SL_OK);
	plan_init(&plan, &fetch);
	ck_assert_int_eq(plan_ask(&plan), SL_OK);
	ck_assert_uint_gt(plan.want_count, 0);
	ck_assert_uint_le(plan.want_count, PLAN_PAGE_WANTS);
	ck_assert(!plan_is_done(&plan));
}
END_TEST

Suite *
suite_plan(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("plan");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, whole_segments_become_one_tranche);
	tcase_add_test(
	    tcase, a_tranche_ends_at_its_size_but_never_inside_a_segment);
	tcase_add_test(tcase, chunks_are_sent_in_part_and_charged_whole);
	tcase_add_test(tcase, what_is_missing_stops_the_plan_where_it_is);
	tcase_add_test(tcase, what_is_missing_at_the_end_is_noticed);
	tcase_add_test(tcase, a_retracted_segment_stops_the_plan);
	tcase_add_test(tcase, a_stream_leaves_retracted_segments_out);
	tcase_add_test(tcase, a_layer_outside_the_scope_stops_the_plan);
	tcase_add_test(tcase, an_episode_outside_the_window_stops_the_plan);
	tcase_add_test(tcase, dataset_files_are_covered_by_every_scope);
	tcase_add_test(tcase, a_rewound_plan_asks_for_the_rest_again);
	tcase_add_test(tcase, a_pack_range_leaves_out_what_it_does_not_touch);
	tcase_add_test(tcase, a_cut_tranche_keeps_what_is_covered);
	tcase_add_test(tcase, many_batches_are_asked_for_in_parts);
	suite_add_tcase(suite, tcase);
	return suite;
}
