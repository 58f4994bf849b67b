/* Films made here, byte for byte, and damaged. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/formats/film.h"

#include "suites.h"

static struct sl_buf bytes;
static struct sl_error err;
static struct sl_film *film;
static int fd = -1;

static void
put(const void *data, size_t len)
{
	ck_assert(sl_buf_append(&bytes, data, len) == SL_OK);
}

static void
put_u32(uint32_t value)
{
	unsigned char text[4] = {(unsigned char)(value >> 24),
	    (unsigned char)(value >> 16), (unsigned char)(value >> 8),
	    (unsigned char)value};

	put(text, 4);
}

static void
set_u32(size_t at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes.data[at + i] = (unsigned char)(value >> (24 - 8 * i));
}

static size_t
begin_box(const char *type)
{
	size_t at = bytes.len;

	put_u32(0);
	put(type, 4);
	return at;
}

static void
end_box(size_t at)
{
	set_u32(at, (uint32_t)(bytes.len - at));
}

static void
put_zeros(size_t count)
{
	static const unsigned char zeros[128];

	put(zeros, count);
}

/* A box of `words`, each 32 bits. */
static void
put_box(const char *type, const uint32_t *words, size_t count)
{
	size_t at = begin_box(type);

	for (size_t i = 0; i < count; i++)
		put_u32(words[i]);
	end_box(at);
}

#define PUT_BOX(type, ...)                                              \
	do {                                                            \
		const uint32_t words[] = {__VA_ARGS__};                 \
		put_box(type, words, sizeof(words) / sizeof(words[0])); \
	} while (0)

struct plan {
	const char *entry;
	const char *config_type;
	struct sl_slice config;
	struct sl_slice samples[3];
	uint32_t count;
	uint32_t claimed; /* bytes of the first sample; 0: the truth */
	uint32_t shifts[3];
	bool has_shifts;
	bool has_edit;
	uint32_t edit[2]; /* its length, and the time it begins at */
	uint32_t entries; /* of stsd; 0: one */
	uint32_t copies;  /* of its chunk, all at one place; 0: one */
	bool has_keys_only;
};

static void
put_description(const struct plan *plan)
{
	size_t stsd = begin_box("stsd");
	size_t entry;
	size_t config;

	put_u32(0);
	put_u32(plan->entries == 0 ? 1 : plan->entries);
	entry = begin_box(plan->entry);
	put_zeros(78);
	config = begin_box(plan->config_type);
	put(plan->config.data, plan->config.len);
	end_box(config);
	end_box(entry);
	end_box(stsd);
}

static void
put_tables(const struct plan *plan, uint32_t offset)
{
	uint32_t copies = plan->copies == 0 ? 1 : plan->copies;
	size_t stbl = begin_box("stbl");
	size_t box;

	put_description(plan);
	PUT_BOX("stts", 0, 1, copies * plan->count, 40);
	if (plan->has_shifts)
		PUT_BOX("ctts", 0, 3, 1, plan->shifts[0], 1, plan->shifts[1], 1,
		    plan->shifts[2]);
	if (!plan->has_keys_only)
		PUT_BOX("stss", 0, 1, 1);
	PUT_BOX("stsc", 0, 1, 1, plan->count, 1);
	box = begin_box("stsz");
	put_u32(0);
	put_u32(0);
	put_u32(copies * plan->count);
	for (uint32_t i = 0; i < copies * plan->count; i++)
		put_u32(i == 0 && plan->claimed > 0
		        ? plan->claimed
		        : (uint32_t)plan->samples[i % plan->count].len);
	end_box(box);
	box = begin_box("stco");
	put_u32(0);
	put_u32(copies);
	for (uint32_t i = 0; i < copies; i++)
		put_u32(offset);
	end_box(box);
	end_box(stbl);
}

/* mdat first, so that its place is known; 1,000 units a second. */
static void
make(const struct plan *plan)
{
	size_t at = begin_box("mdat");
	uint32_t offset = (uint32_t)bytes.len;
	size_t moov;
	size_t trak;
	size_t mdia;
	size_t minf;

	for (uint32_t i = 0; i < plan->count; i++)
		put(plan->samples[i].data, plan->samples[i].len);
	end_box(at);
	moov = begin_box("moov");
	PUT_BOX("mvhd", 0, 0, 0, 1000, 120, 0, 0, 0);
	trak = begin_box("trak");
	PUT_BOX("tkhd", 0, 0, 0, 1, 0, 120, 0, 0, 0, 0);
	if (plan->has_edit) {
		size_t edts = begin_box("edts");

		PUT_BOX("elst", 0, 1, plan->edit[0], plan->edit[1], 1 << 16);
		end_box(edts);
	}
	mdia = begin_box("mdia");
	PUT_BOX("mdhd", 0, 0, 0, 1000, 120, 0);
	PUT_BOX("hdlr", 0, 0, 0x76696465, 0);
	minf = begin_box("minf");
	PUT_BOX("dinf", 0);
	put_tables(plan, offset);
	end_box(minf);
	end_box(mdia);
	end_box(trak);
	end_box(moov);
}

static enum sl_status
open_film(void)
{
	err = (struct sl_error){0};
	fd = open_bytes(sl_buf_slice(&bytes));
	return sl_film_open(&film, fd, bytes.len, &err);
}

#define SLICE(text) sl_slice_of(text, sizeof(text) - 1)

/* One SPS "gS", one PPS "hP"; lengths of four bytes. */
#define AVC_CONFIG "\1\144\0\12\377\341\0\2gS\1\0\2hP"

static struct plan
avc_plan(void)
{
	return (struct plan){.entry = "avc1",
	    .config_type = "avcC",
	    .config = SLICE(AVC_CONFIG),
	    .samples = {SLICE("\0\0\0\2\145I"), SLICE("\0\0\0\2\101P"),
	        SLICE("\0\0\0\2\101Q")},
	    .count = 3};
}

static void
expect_next(struct sl_slice want, int64_t shown_ns)
{
	struct sl_film_picture picture;
	bool is_there;

	ck_assert_msg(sl_film_next(film, &is_there, &picture, &err) == SL_OK,
	    "%s", err.text);
	ck_assert(is_there);
	ck_assert(sl_slice_is(picture.data, want));
	ck_assert_int_eq(picture.shown_ns, shown_ns);
}

static void
expect_damage(const char *word)
{
	struct sl_film_picture picture;
	bool is_there;

	ck_assert(
	    sl_film_next(film, &is_there, &picture, &err) == SL_ERR_INVALID);
	ck_assert_msg(strstr(err.text, word) != NULL, "%s", err.text);
}

static void
setup(void)
{
	sl_buf_init(&bytes, 1 << 20);
}

static void
teardown(void)
{
	sl_film_free(film);
	film = NULL;
	if (fd >= 0)
		close(fd);
	fd = -1;
	sl_buf_clear(&bytes);
}

START_TEST(a_film_that_is_cut_anywhere_is_refused)
{
	struct plan plan = avc_plan();
	size_t len;

	make(&plan);
	len = bytes.len;
	for (size_t i = 0; i < len; i++) {
		bytes.len = i;
		ck_assert_msg(open_film() != SL_OK, "cut at %zu", i);
		ck_assert_ptr_null(film);
		close(fd);
	}
	fd = -1;
}
END_TEST

START_TEST(a_sample_outside_of_the_file_is_refused)
{
	struct plan plan = avc_plan();

	plan.claimed = 1u << 30;
	make(&plan);
	ck_assert(open_film() == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_film_that_grows_when_it_is_read_is_refused)
{
	struct plan plan = avc_plan();
	unsigned char frame[1000] = {0, 0, 3, 228, 101};

	plan.samples[0] = sl_slice_of(frame, sizeof(frame));
	plan.count = 1;
	plan.copies = 2;
	make(&plan);
	ck_assert(open_film() == SL_ERR_INVALID);
	ck_assert_msg(strstr(err.text, "more frames") != NULL, "%s", err.text);
}
END_TEST

/* 16 sets of 60,000 bytes, before each of so many key frames. */
static enum sl_status
open_with_large_sets(uint32_t keys)
{
	static unsigned char config[6 + 16 * 60002 + 1] = {
	    1, 66, 0, 30, 255, 0xe0 | 16};
	struct plan plan = avc_plan();

	for (size_t i = 0; i < 16; i++) {
		config[6 + i * 60002] = 60000 >> 8;
		config[7 + i * 60002] = 60000 & 255;
		config[8 + i * 60002] = 'g';
	}
	plan.config = sl_slice_of(config, sizeof(config));
	plan.count = 1;
	plan.copies = keys;
	plan.has_keys_only = true;
	make(&plan);
	return open_film();
}

START_TEST(parameter_sets_that_make_a_film_many_times_larger_are_refused)
{
	ck_assert_msg(open_with_large_sets(2) == SL_OK, "%s", err.text);
	teardown();
	ck_assert(open_with_large_sets(100) == SL_ERR_INVALID);
	ck_assert_msg(
	    strstr(err.text, "parameter sets") != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_unit_of_no_bytes_or_beyond_its_sample_is_damage)
{
	struct plan plan = avc_plan();
	static const char *const units[] = {
	    "\0\0\0\0\145I", "\0\0\0\3\145I", "\377\377\377\377\145I"};

	for (size_t i = 0; i < 3; i++) {
		plan.samples[0] = sl_slice_of(units[i], 6);
		make(&plan);
		ck_assert(open_film() == SL_OK);
		expect_damage("not whole h264");
		teardown();
	}
}
END_TEST

START_TEST(a_length_that_is_cut_is_damage)
{
	struct plan plan = avc_plan();

	plan.samples[0] = SLICE("\0\0\0\2\145I\0\0");
	make(&plan);
	ck_assert(open_film() == SL_OK);
	expect_damage("not whole h264");
}
END_TEST

START_TEST(a_frame_of_no_bytes_is_damage)
{
	struct plan plan = avc_plan();

	plan.samples[0].len = 0;
	make(&plan);
	ck_assert(open_film() == SL_OK);
	expect_damage("0 bytes");
}
END_TEST

START_TEST(a_description_that_is_cut_is_refused)
{
	struct plan plan = avc_plan();

	for (size_t i = 0; i < sizeof(AVC_CONFIG) - 1; i++) {
		plan.config.len = i;
		make(&plan);
		ck_assert_msg(open_film() == SL_ERR_INVALID, "cut at %zu", i);
		ck_assert_ptr_nonnull(strstr(err.text, "avcC"));
		teardown();
	}
}
END_TEST

START_TEST(a_key_frame_that_nothing_describes_is_damage)
{
	struct plan plan = avc_plan();

	plan.entry = "avc3";
	plan.config = SLICE("\1\144\0\12\377\340\0");
	make(&plan);
	ck_assert(open_film() == SL_OK);
	expect_damage("not whole h264");
}
END_TEST

START_TEST(another_codec_is_named)
{
	struct plan plan = avc_plan();

	plan.entry = "mp4v";
	make(&plan);
	ck_assert(open_film() == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "\"mp4v\""));
}
END_TEST

START_TEST(two_descriptions_are_refused)
{
	struct plan plan = avc_plan();

	plan.entries = 2;
	make(&plan);
	ck_assert(open_film() == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "one way"));
}
END_TEST

START_TEST(parameter_sets_come_before_a_key_frame_only)
{
	struct plan plan = avc_plan();
	struct sl_film_picture picture;
	bool is_there;

	make(&plan);
	ck_assert_msg(open_film() == SL_OK, "%s", err.text);
	ck_assert_str_eq(sl_film_format(film), "h264");
	ck_assert(!sl_film_is_reordered(film));
	ck_assert_uint_eq(sl_film_hidden(film), 0);
	expect_next(SLICE("\0\0\0\1gS\0\0\0\1hP\0\0\0\1\145I"), 0);
	expect_next(SLICE("\0\0\0\1\101P"), 40000000);
	expect_next(SLICE("\0\0\0\1\101Q"), 80000000);
	ck_assert(sl_film_next(film, &is_there, &picture, &err) == SL_OK);
	ck_assert(!is_there);
}
END_TEST

START_TEST(sets_that_are_there_are_not_repeated)
{
	struct plan plan = avc_plan();

	plan.samples[0] = SLICE("\0\0\0\2gT\0\0\0\2\145I");
	make(&plan);
	ck_assert(open_film() == SL_OK);
	expect_next(SLICE("\0\0\0\1gT\0\0\0\1\145I"), 0);
}
END_TEST

START_TEST(a_delimiter_stays_the_first_unit)
{
	struct plan plan = avc_plan();

	plan.samples[0] = SLICE("\0\0\0\2\11\360\0\0\0\2\145I");
	make(&plan);
	ck_assert(open_film() == SL_OK);
	expect_next(
	    SLICE("\0\0\0\1\11\360\0\0\0\1gS\0\0\0\1hP\0\0\0\1\145I"), 0);
}
END_TEST

START_TEST(frames_that_change_places_are_sent_in_their_order)
{
	struct plan plan = avc_plan();
	struct sl_film_picture picture;
	bool is_there;
	int64_t last = 0;

	plan.has_shifts = true;
	plan.shifts[1] = 40;
	plan.shifts[2] = (uint32_t)-40;
	make(&plan);
	ck_assert(open_film() == SL_OK);
	ck_assert(sl_film_is_reordered(film));
	for (unsigned i = 0; i < 3; i++) {
		static const int64_t shown[] = {0, 80000000, 40000000};

		ck_assert(
		    sl_film_next(film, &is_there, &picture, &err) == SL_OK);
		ck_assert(is_there);
		ck_assert_int_eq(picture.shown_ns, shown[i]);
		ck_assert_int_ge(picture.sent_ns, last);
		last = picture.sent_ns;
	}
}
END_TEST

START_TEST(pictures_that_an_edit_cuts_off_keep_their_times)
{
	struct plan plan = avc_plan();

	plan.has_edit = true;
	plan.edit[0] = 30;
	plan.edit[1] = 40;
	make(&plan);
	ck_assert(open_film() == SL_OK);
	/* The first, and the last, which begins with the end. */
	ck_assert_uint_eq(sl_film_hidden(film), 2);
	expect_next(SLICE("\0\0\0\1gS\0\0\0\1hP\0\0\0\1\145I"), -40000000);
	expect_next(SLICE("\0\0\0\1\101P"), 0);
	expect_next(SLICE("\0\0\0\1\101Q"), 40000000);
}
END_TEST

/* A sequence header of one byte, 'h'. */
#define AV1_CONFIG "\201\0\0\0\12\1h"

static struct plan
av1_plan(void)
{
	return (struct plan){.entry = "av01",
	    .config_type = "av1C",
	    .config = SLICE(AV1_CONFIG),
	    /* The last unit of a sample need not say its size. */
	    .samples = {SLICE("\60ab"), SLICE("\62\1c")},
	    .count = 2};
}

START_TEST(av1_becomes_temporal_units)
{
	struct plan plan = av1_plan();

	make(&plan);
	ck_assert_msg(open_film() == SL_OK, "%s", err.text);
	ck_assert_str_eq(sl_film_format(film), "av1");
	expect_next(SLICE("\22\0\12\1h\62\2ab"), 0);
	expect_next(SLICE("\22\0\62\1c"), 40000000);
}
END_TEST

START_TEST(av1_units_beyond_their_sample_are_damage)
{
	struct plan plan = av1_plan();
	static const char *const units[] = {
	    "\62\3ab", "\62\377\377\377", "\262\1ab", "\62\200\200\200"};

	for (size_t i = 0; i < 4; i++) {
		plan.samples[0] = sl_slice_of(units[i], 4);
		make(&plan);
		ck_assert(open_film() == SL_OK);
		expect_damage("not whole av1");
		teardown();
	}
}
END_TEST

TCase *
film_cases(void)
{
	TCase *cases = tcase_create("film");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_film_that_is_cut_anywhere_is_refused);
	tcase_add_test(cases, a_sample_outside_of_the_file_is_refused);
	tcase_add_test(cases, a_film_that_grows_when_it_is_read_is_refused);
	tcase_add_test(cases,
	    parameter_sets_that_make_a_film_many_times_larger_are_refused);
	tcase_add_test(
	    cases, a_unit_of_no_bytes_or_beyond_its_sample_is_damage);
	tcase_add_test(cases, a_length_that_is_cut_is_damage);
	tcase_add_test(cases, a_frame_of_no_bytes_is_damage);
	tcase_add_test(cases, a_description_that_is_cut_is_refused);
	tcase_add_test(cases, a_key_frame_that_nothing_describes_is_damage);
	tcase_add_test(cases, another_codec_is_named);
	tcase_add_test(cases, two_descriptions_are_refused);
	tcase_add_test(cases, parameter_sets_come_before_a_key_frame_only);
	tcase_add_test(cases, sets_that_are_there_are_not_repeated);
	tcase_add_test(cases, a_delimiter_stays_the_first_unit);
	tcase_add_test(
	    cases, frames_that_change_places_are_sent_in_their_order);
	tcase_add_test(cases, pictures_that_an_edit_cuts_off_keep_their_times);
	tcase_add_test(cases, av1_becomes_temporal_units);
	tcase_add_test(cases, av1_units_beyond_their_sample_are_damage);
	return cases;
}
