#include "sluice/catalog/layer.h"

#include <stdio.h>

#include "suites.h"

START_TEST(only_layers_are_taken)
{
	static const char *const bad[] = {"", ".", "video.", ".wrist", "vide",
	    "videos", "Video", "meta.x", "video.a.b", "video..a", "video.-a",
	    "video.A", "video.a b", "*", "video.*", "video,state"};
	static const char *const good[] = {"meta", "state", "force", "video",
	    "depth", "audio", "annotation", "calibration", "raw", "video.wrist",
	    "video.wrist-cam_2", "raw.0"};
	char name[80] = "video.";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!sl_layer_is_valid(sl_slice_text(bad[i])),
		    "'%s' was taken", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(sl_layer_is_valid(sl_slice_text(good[i])),
		    "'%s' was refused", good[i]);
	memset(name + 6, 'x', sizeof(name) - 6);
	ck_assert(sl_layer_is_valid(sl_slice_of(name, SL_LAYER_MAX)));
	ck_assert(!sl_layer_is_valid(sl_slice_of(name, SL_LAYER_MAX + 1)));
}
END_TEST

START_TEST(a_layer_is_made_of_free_text)
{
	char layer[SL_LAYER_MAX + 1];
	char part[200];

	ck_assert(sl_layer_make(layer, "video", sl_slice_text("Wrist Cam"),
	              NULL) == SL_OK);
	ck_assert_str_eq(layer, "video.wrist-cam");
	ck_assert(sl_layer_make(layer, "video",
	              sl_slice_text("observation.images.top"), NULL) == SL_OK);
	ck_assert_str_eq(layer, "video.observation_images_top");
	ck_assert(
	    sl_layer_make(layer, "state", sl_slice_text(""), NULL) == SL_OK);
	ck_assert_str_eq(layer, "state");
	memset(part, 'p', sizeof(part));
	ck_assert(sl_layer_make(layer, "calibration",
	              sl_slice_of(part, sizeof(part)), NULL) == SL_OK);
	ck_assert(sl_layer_is_valid(sl_slice_text(layer)));
	ck_assert(sl_layer_make(layer, "video", sl_slice_text("!"), NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_layer_make(layer, "meta", sl_slice_text("x"), NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_layer_make(layer, "smell", sl_slice_text(""), NULL) ==
	    SL_ERR_INVALID);
}
END_TEST

START_TEST(a_list_is_parsed_sorted_and_written)
{
	static const char *const bad[] = {"", ",", "state,", ",state",
	    "state,,video", "state, video", "*,state", "video.*", "**"};
	struct sl_layers layers;
	struct sl_buf buf;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_layers_parse(&layers, sl_slice_text(bad[i]),
		                  NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	sl_buf_init(&buf, 100);
	ck_assert(sl_layers_parse(&layers,
	              sl_slice_text("video.wrist,state,state"), NULL) == SL_OK);
	ck_assert(sl_layers_format(&buf, &layers) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "state,video.wrist");
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_list_has_at_most_32_layers)
{
	struct sl_layers layers;
	struct sl_buf buf;

	sl_buf_init(&buf, 1000);
	for (int i = 0; i < SL_LAYERS_MAX; i++)
		ck_assert(sl_buf_printf(&buf, "%svideo.c%d", i == 0 ? "" : ",",
		              i) == SL_OK);
	ck_assert(sl_layers_parse(&layers, sl_buf_slice(&buf), NULL) == SL_OK);
	ck_assert(sl_buf_append_text(&buf, ",raw") == SL_OK);
	ck_assert(
	    sl_layers_parse(&layers, sl_buf_slice(&buf), NULL) == SL_ERR_LIMIT);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_word_covers_its_parts_and_meta_is_always_covered)
{
	struct sl_layers layers;

	ck_assert(sl_layers_parse(&layers, sl_slice_text("video,depth.wrist"),
	              NULL) == SL_OK);
	ck_assert(sl_layers_cover(&layers, "video"));
	ck_assert(sl_layers_cover(&layers, "video.wrist"));
	ck_assert(sl_layers_cover(&layers, "depth.wrist"));
	ck_assert(sl_layers_cover(&layers, "meta"));
	ck_assert(!sl_layers_cover(&layers, "depth"));
	ck_assert(!sl_layers_cover(&layers, "depth.wrist2"));
	ck_assert(!sl_layers_cover(&layers, "state"));
	sl_layers_set_all(&layers);
	ck_assert(sl_layers_cover(&layers, "raw"));
}
END_TEST

static bool
contains(const char *wide, const char *narrow)
{
	struct sl_layers a;
	struct sl_layers b;

	ck_assert(sl_layers_parse(&a, sl_slice_text(wide), NULL) == SL_OK);
	ck_assert(sl_layers_parse(&b, sl_slice_text(narrow), NULL) == SL_OK);
	return sl_layers_contain(&a, &b);
}

START_TEST(containment_follows_parts)
{
	ck_assert(contains("*", "*"));
	ck_assert(contains("*", "state"));
	ck_assert(contains("video", "video.wrist,meta"));
	ck_assert(!contains("video.wrist", "video"));
	ck_assert(!contains("video", "*"));
	ck_assert(!contains("video", "state"));
}
END_TEST

START_TEST(json_lists_go_both_ways)
{
	static const char *const bad[] = {
	    "[]", "{}", "[1]", "[\"*\",\"state\"]", "[null]", "[\"x\"]"};
	struct sl_layers layers;
	struct sl_layers again;
	json_t *json;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json = json_loads(bad[i], 0, NULL);
		ck_assert_msg(
		    sl_layers_from_json(&layers, json, NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
		json_decref(json);
	}
	ck_assert(sl_layers_parse(&layers, sl_slice_text("raw,audio"), NULL) ==
	    SL_OK);
	json = sl_layers_to_json(&layers);
	ck_assert(sl_layers_from_json(&again, json, NULL) == SL_OK);
	ck_assert_mem_eq(&layers, &again, sizeof(layers));
	json_decref(json);
	sl_layers_set_all(&layers);
	json = sl_layers_to_json(&layers);
	ck_assert(sl_layers_from_json(&again, json, NULL) == SL_OK);
	ck_assert(again.all);
	json_decref(json);
}
END_TEST

TCase *
layer_cases(void)
{
	TCase *tc = tcase_create("layer");

	tcase_add_test(tc, only_layers_are_taken);
	tcase_add_test(tc, a_layer_is_made_of_free_text);
	tcase_add_test(tc, a_list_is_parsed_sorted_and_written);
	tcase_add_test(tc, a_list_has_at_most_32_layers);
	tcase_add_test(tc, a_word_covers_its_parts_and_meta_is_always_covered);
	tcase_add_test(tc, containment_follows_parts);
	tcase_add_test(tc, json_lists_go_both_ways);
	return tc;
}
