#include "sluice/catalog/pin.h"

#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

static void
add_batch(struct sl_pin *pin, uint32_t seq, uint32_t first, uint32_t last)
{
	struct sl_multirange segments = {0};
	unsigned char hash[32];

	memset(hash, (int)seq, sizeof(hash));
	ck_assert(sl_multirange_add(&segments, first, last) == SL_OK);
	ck_assert(sl_multirange_add(&segments, last + 3, last + 3) == SL_OK);
	ck_assert(sl_pin_add_batch(pin, seq, hash, &segments) == SL_OK);
}

static void
make_pin(struct sl_pin *pin)
{
	struct sl_pin_episode episode = {.number = 1, .revision = 1};

	sl_pin_init(pin);
	(void)snprintf(pin->name, sizeof(pin->name), "run-7");
	(void)snprintf(pin->dataset, sizeof(pin->dataset), "ur5e-kitting");
	pin->seq = 7;
	memset(pin->licence.bytes, 0x17, sizeof(pin->licence.bytes));
	pin->created_us = INT64_C(1795223700) * 1000000;
	(void)snprintf(pin->purpose, sizeof(pin->purpose),
	    "commercial_train/logistics@DE");
	ck_assert(sl_layers_parse(&pin->layers, sl_slice_text("meta,state"),
	              NULL) == SL_OK);
	ck_assert(
	    sl_where_parse(&pin->where,
	        sl_slice_text("task=pick|place,success=true"), NULL) == SL_OK);
	(void)snprintf(
	    pin->log, sizeof(pin->log), "sluice.example.org/ur5e-kitting/1");
	pin->log_size = 9;
	memset(pin->log_root, 0xab, sizeof(pin->log_root));
	pin->files = 36;
	pin->bytes = 734003200;
	add_batch(pin, 1, 0, 12);
	add_batch(pin, 7, 4, 4);
	memset(episode.id.bytes, 1, sizeof(episode.id.bytes));
	ck_assert(sl_pin_add_episode(pin, &episode) == SL_OK);
	episode = (struct sl_pin_episode){.number = 4, .revision = 3};
	memset(episode.id.bytes, 4, sizeof(episode.id.bytes));
	ck_assert(sl_pin_add_episode(pin, &episode) == SL_OK);
	memset(pin->tree, 0xcd, sizeof(pin->tree));
}

START_TEST(a_pin_is_written_as_released)
{
	struct sl_pin pin;
	struct sl_buf buf;

	make_pin(&pin);
	sl_buf_init(&buf, SL_PIN_BYTES_MAX);
	ck_assert(sl_pin_format(&buf, &pin, NULL) == SL_OK);
	assert_golden(&buf, "pin-v1");
	sl_buf_clear(&buf);
	sl_pin_clear(&pin);
}
END_TEST

START_TEST(a_released_pin_is_read)
{
	struct sl_error err = {0};
	struct sl_pin pin;
	struct sl_buf buf;

	sl_pin_init(&pin);
	sl_buf_init(&buf, SL_PIN_BYTES_MAX);
	read_golden(&buf, "pin-v1");
	ck_assert_msg(sl_pin_parse(&pin, sl_buf_slice(&buf), &err) == SL_OK,
	    "%s", err.text);
	ck_assert_uint_eq(pin.seq, 7);
	ck_assert_uint_eq(pin.log_size, 9);
	ck_assert_uint_eq(pin.batch_count, 2);
	ck_assert_uint_eq(pin.episode_count, 2);
	ck_assert_uint_eq(sl_pin_find_episode(&pin, 4)->revision, 3);
	ck_assert(sl_pin_find_episode(&pin, 2) == NULL);
	ck_assert(
	    sl_multirange_contains(&sl_pin_find_batch(&pin, 7)->segments, 7));
	ck_assert(sl_pin_find_batch(&pin, 6) == NULL);
	sl_buf_clear(&buf);
	sl_pin_clear(&pin);
}
END_TEST

/* The released text with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_buf buf, changed;
	enum sl_status status;
	struct sl_pin pin;
	const char *at;

	sl_pin_init(&pin);
	sl_buf_init(&buf, SL_PIN_BYTES_MAX);
	sl_buf_init(&changed, SL_PIN_BYTES_MAX);
	read_golden(&buf, "pin-v1");
	at = strstr(sl_buf_text(&buf), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, buf.data,
	              (size_t)(at - (const char *)buf.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	status = sl_pin_parse(&pin, sl_buf_slice(&changed), NULL);
	sl_pin_clear(&pin);
	sl_buf_clear(&buf);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(second_spellings_are_refused)
{
	static const char *const swaps[][2] = {{"/v1", "/v2"},
	    {"name: run-7", "name: Run"}, {"name: run-7", "name: ../run"},
	    {"dataset: ur5e-kitting", "dataset: gr1"}, {"seq: 7", "seq: 07"},
	    {"seq: 7", "seq: 6"}, {"seq: 7", "seq: 10"}, {"00Z", "00.5Z"},
	    {"@DE", "@de"}, {"# purpose: c", "# purpose: x"},
	    {"meta,state", "state,meta"}, {"meta,state", ""},
	    {"task=pick|place", "task=place|pick"}, {"where: t", "where: "},
	    {"1 9 ", "0 9 "}, {"1 9 ", "1 6 "}, {" 9 q", "  9 q"},
	    {"kitting/1 ", "kitten/1 "}, {"q6s=\n", "q6t=\n"},
	    {"org/ur5e", "org ur5e"}, {"0-12,15", "0-12,13"},
	    {"0-12,15", "15,0-12"}, {"0-12,15", ""}, {"batch: 1", "batch: 8"},
	    {"batch: 1", "batch: 0"}, {"batch: 7", "batch: 1"},
	    {"episode: 4", "episode: 1"}, {"episode: 1", "episode: 0"},
	    {"04 3\n", "04 0\n"}, {"cdcd", "CDCD"}, {"SHA256 (", "SHA256("},
	    {"bytes=734", "bytes= 734"}, {"# files", "# batch: 2\n# files"},
	    {"\n", "\r\n"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(
		    parse_with(swaps[i][0], swaps[i][1]) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	ck_assert(parse_with("seq: 7", "seq: 8") == SL_OK);
}
END_TEST

START_TEST(a_pin_cut_off_anywhere_or_longer_is_refused)
{
	struct sl_pin pin;
	struct sl_buf buf;

	sl_pin_init(&pin);
	sl_buf_init(&buf, SL_PIN_BYTES_MAX);
	read_golden(&buf, "pin-v1");
	for (size_t len = 0; len < buf.len; len++)
		ck_assert(sl_pin_parse(&pin, sl_slice_of(buf.data, len),
		              NULL) == SL_ERR_INVALID);
	ck_assert(sl_buf_append_text(&buf, "\n") == SL_OK);
	ck_assert(
	    sl_pin_parse(&pin, sl_buf_slice(&buf), NULL) == SL_ERR_INVALID);
	sl_buf_clear(&buf);
	sl_pin_clear(&pin);
}
END_TEST

START_TEST(a_pin_of_everything_has_neither_purpose_nor_filter)
{
	struct sl_pin pin, again;
	struct sl_buf buf;

	make_pin(&pin);
	pin.purpose[0] = '\0';
	sl_layers_set_all(&pin.layers);
	sl_where_free(pin.where);
	pin.where = NULL;
	sl_pin_init(&again);
	sl_buf_init(&buf, SL_PIN_BYTES_MAX);
	ck_assert(sl_pin_format(&buf, &pin, NULL) == SL_OK);
	ck_assert(strstr(sl_buf_text(&buf),
	              "# purpose: -\n# layers: *\n# where: -\n") != NULL);
	ck_assert(sl_pin_parse(&again, sl_buf_slice(&buf), NULL) == SL_OK);
	ck_assert(again.where == NULL && again.layers.all);
	ck_assert_str_eq(again.purpose, "");
	sl_buf_clear(&buf);
	sl_pin_clear(&again);
	sl_pin_clear(&pin);
}
END_TEST

START_TEST(values_that_no_pin_may_have_are_not_written)
{
	struct sl_pin pin;
	struct sl_buf buf;

	make_pin(&pin);
	sl_buf_init(&buf, SL_PIN_BYTES_MAX);
	pin.log_size = 6; /* the tree is of a batch that is no leaf */
	ck_assert(sl_pin_format(&buf, &pin, NULL) == SL_ERR_INVALID);
	pin.log_size = 7;
	pin.created_us += 1;
	ck_assert(sl_pin_format(&buf, &pin, NULL) == SL_ERR_INVALID);
	pin.created_us -= 1;
	(void)snprintf(pin.log, sizeof(pin.log), "ur5e-kitting/1");
	ck_assert(sl_pin_format(&buf, &pin, NULL) == SL_ERR_INVALID);
	(void)snprintf(pin.log, sizeof(pin.log), "/ur5e-kitting/1");
	ck_assert(sl_pin_format(&buf, &pin, NULL) == SL_ERR_INVALID);
	(void)snprintf(pin.log, sizeof(pin.log), "a/ur5e-kitting/1");
	ck_assert(sl_pin_format(&buf, &pin, NULL) == SL_OK);
	sl_buf_clear(&buf);
	sl_pin_clear(&pin);
}
END_TEST

TCase *
pin_cases(void)
{
	TCase *cases = tcase_create("pin");

	tcase_add_test(cases, a_pin_is_written_as_released);
	tcase_add_test(cases, a_released_pin_is_read);
	tcase_add_test(cases, second_spellings_are_refused);
	tcase_add_test(cases, a_pin_cut_off_anywhere_or_longer_is_refused);
	tcase_add_test(
	    cases, a_pin_of_everything_has_neither_purpose_nor_filter);
	tcase_add_test(cases, values_that_no_pin_may_have_are_not_written);
	return cases;
}
