#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "camera.h"
#include "drawing.h"
#include "picture_stats.h"
#include "shape.h"
#include "suites.h"

#define PEG_EPISODE 8 /* of seed 1: a peg, no fault */

static struct rollout peg;

static void
make_peg(void)
{
	ck_assert(rollout_make(&peg, 1, PEG_EPISODE) == SL_OK);
	ck_assert_int_eq(peg.scene.task->goal, SCENE_INSERT);
	ck_assert(peg.success);
}

static void
clear_peg(void)
{
	rollout_clear(&peg);
}

static uint8_t *
draw(enum camera_view view, uint32_t at_ms)
{
	uint8_t *picture = malloc(CAMERA_BYTES);

	ck_assert_ptr_nonnull(picture);
	camera_draw(view, &peg, &peg.samples[at_ms], picture);
	return picture;
}

static size_t
count_changes(const uint8_t *a, const uint8_t *b)
{
	size_t changes = 0;

	for (size_t i = 0; i < CAMERA_BYTES; i++)
		changes += abs(a[i] - b[i]) > 20;
	return changes;
}

START_TEST(a_picture_depends_on_the_sample_alone)
{
	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		uint8_t *a = draw(view, 3000);
		uint8_t *b = draw(view, 3000);
		uint8_t *later = draw(view, 6000);

		ck_assert_mem_eq(a, b, CAMERA_BYTES);
		ck_assert_uint_gt(count_changes(a, later), CAMERA_BYTES / 50);
		free(a);
		free(b);
		free(later);
	}
}
END_TEST

START_TEST(pictures_drawn_ahead_come_in_order_and_are_the_same)
{
	struct rollout shorter = peg;
	struct drawing *drawing;
	const uint8_t *picture;
	uint32_t frames = 0;

	/* While it moves; not long, for it is slow with sanitizers. */
	shorter.samples += 2000;
	shorter.count = 400;
	ck_assert(drawing_new(&drawing, CAMERA_SCENE, &shorter) == SL_OK);
	while ((picture = drawing_next(drawing)) != NULL) {
		uint32_t at_ms = 2000 + frames * ROLLOUT_HZ / CAMERA_FPS;

		if (frames++ % 4 == 1) {
			uint8_t *alone = draw(CAMERA_SCENE, at_ms);

			ck_assert_mem_eq(picture, alone, CAMERA_BYTES);
			free(alone);
		}
	}
	ck_assert_uint_eq(frames, 10);
	ck_assert_ptr_null(drawing_next(drawing));
	drawing_free(drawing);
}
END_TEST

START_TEST(a_drawing_may_end_before_its_pictures)
{
	struct drawing *drawing;

	ck_assert(drawing_new(&drawing, CAMERA_WRIST, &peg) == SL_OK);
	ck_assert_ptr_nonnull(drawing_next(drawing));
	drawing_free(drawing);
}
END_TEST

/* From above: light that comes straight down is not stopped by a hole. */
START_TEST(a_hole_has_a_bottom_that_light_reaches_through_its_opening)
{
	const struct shape block = {.axes = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	    .half = {0.05, 0.05, 0.025},
	    .reach = 0.08,
	    .hole_half = 0.01,
	    .hole_depth = 0.03};
	const struct ray down = {{0, 0, 1}, {0, 0, -1}};
	const struct ray beside = {{0.02, 0, 1}, {0, 0, -1}};
	const struct ray up = {{0, 0, -0.0049}, {0, 0, 1}};
	const struct ray aslant = {{0, 0, -0.0049}, {0.8, 0, 0.6}};
	struct hit hit = {.distance = 10};

	shape_meet(&block, &down, &hit);
	ck_assert_ptr_eq(hit.shape, &block);
	ck_assert_double_eq_tol(hit.distance, 1.005, 1e-9);
	hit = (struct hit){.distance = 10};
	shape_meet(&block, &beside, &hit);
	ck_assert_double_eq_tol(hit.distance, 0.975, 1e-9);
	ck_assert(!shape_blocks(&block, &up));
	ck_assert(shape_blocks(&block, &aslant));
}
END_TEST

START_TEST(a_cylinder_is_met_at_its_side_and_its_ends)
{
	const struct shape rod = {.axes = {{0, 0, 1}, {0, 1, 0}, {-1, 0, 0}},
	    .half = {0.1, 0.1, 0.5},
	    .reach = 0.6,
	    .is_round = true};
	const struct ray at_side = {{0.2, -1, 0}, {0, 1, 0}};
	const struct ray at_end = {{2, 0.05, 0}, {-1, 0, 0}};
	const struct ray past = {{0.2, -1, 0.11}, {0, 1, 0}};
	struct hit hit = {.distance = 10};

	shape_meet(&rod, &at_side, &hit);
	ck_assert_double_eq_tol(hit.distance, 0.9, 1e-9);
	ck_assert_double_eq_tol(hit.normal[1], -1, 1e-9);
	hit = (struct hit){.distance = 10};
	shape_meet(&rod, &at_end, &hit);
	ck_assert_double_eq_tol(hit.distance, 1.5, 1e-9);
	ck_assert_double_eq_tol(hit.normal[0], 1, 1e-9);
	hit = (struct hit){.distance = 10};
	shape_meet(&rod, &past, &hit);
	ck_assert_ptr_null(hit.shape);
	ck_assert(!shape_blocks(&rod, &past));
}
END_TEST

static double
number_at(const json_t *stats, const char *name, size_t channel)
{
	const json_t *values = json_object_get(stats, name);

	return json_number_value(json_array_get(
	    json_array_get(json_array_get(values, channel), 0), 0));
}

/* Frame i is all of grey i: what is looked at can be told from the sums. */
START_TEST(picture_statistics_are_of_the_frames_that_lerobot_would_look_at)
{
	uint8_t *picture = malloc(CAMERA_BYTES);
	struct picture_stats stats;
	double sum = 0;
	json_t *value;

	/* 250 frames: 100 of them, at round(i * 249 / 99). */
	picture_stats_init(&stats, 250);
	for (uint32_t i = 0; i < 250; i++) {
		memset(picture, (int)i, CAMERA_BYTES);
		picture_stats_see(&stats, i, picture);
	}
	for (unsigned i = 0; i < 100; i++)
		sum += nearbyint(i * (249.0 / 99));
	value = picture_stats_json(&stats);
	ck_assert_int_eq(json_integer_value(json_array_get(
	                     json_object_get(value, "count"), 0)),
	    100);
	for (size_t channel = 0; channel < 3; channel++) {
		ck_assert_double_eq_tol(
		    number_at(value, "min", channel), 0, 1e-12);
		ck_assert_double_eq_tol(
		    number_at(value, "max", channel), 249 / 255.0, 1e-12);
		ck_assert_double_eq_tol(
		    number_at(value, "mean", channel), sum / 100 / 255, 1e-12);
	}
	json_decref(value);
	free(picture);
}
END_TEST

START_TEST(all_frames_of_a_short_clip_are_looked_at)
{
	uint8_t *picture = calloc(1, CAMERA_BYTES);
	struct picture_stats stats;

	picture_stats_init(&stats, 1);
	picture_stats_see(&stats, 0, picture);
	ck_assert_uint_eq(stats.seen, 1);
	picture_stats_init(&stats, 99);
	for (uint32_t i = 0; i < 99; i++)
		picture_stats_see(&stats, i, picture);
	ck_assert_uint_eq(stats.seen, 99);
	free(picture);
}
END_TEST

TCase *
camera_cases(void)
{
	TCase *tc = tcase_create("camera");

	tcase_add_checked_fixture(tc, make_peg, clear_peg);
	tcase_add_test(tc, a_picture_depends_on_the_sample_alone);
	tcase_add_test(tc, pictures_drawn_ahead_come_in_order_and_are_the_same);
	tcase_add_test(tc, a_drawing_may_end_before_its_pictures);
	tcase_add_test(
	    tc, a_hole_has_a_bottom_that_light_reaches_through_its_opening);
	tcase_add_test(tc, a_cylinder_is_met_at_its_side_and_its_ends);
	tcase_add_test(tc,
	    picture_statistics_are_of_the_frames_that_lerobot_would_look_at);
	tcase_add_test(tc, all_frames_of_a_short_clip_are_looked_at);
	return tc;
}
