#include "sluice/catalog/draft.h"

#include <stdio.h>

#include "suites.h"

static void
put_episode(struct sl_draft *draft, const char *key, const char *layer,
    const char *path)
{
	struct sl_draft_file file = {layer, path, "video/mp4", 77, {1}};
	struct sl_facets facets = {.value = {"pick"}, .duration_ms = 5};
	json_t *metadata = json_pack("{s:i}", "n", 1);

	ck_assert(sl_draft_add_episode(draft, key, metadata, &facets) == SL_OK);
	ck_assert(sl_draft_add_file(draft, &file) == SL_OK);
	json_decref(metadata);
}

static struct sl_draft *
start_draft(void)
{
	struct sl_draft_file file = {
	    "meta", "meta/info.json", "application/json", 5, {2}};
	struct sl_draft *draft;

	ck_assert(
	    sl_draft_new(&draft, "ur5e-kitting", "lab", "", NULL) == SL_OK);
	ck_assert(sl_draft_set_source(draft, "files", "source",
	              INT64_C(1795223700) * 1000000) == SL_OK);
	put_episode(draft, "b", "video.wrist", "v/b.mp4");
	put_episode(draft, "a", "state", "s/a.parquet");
	ck_assert(sl_draft_add_dataset_file(draft, &file) == SL_OK);
	ck_assert(sl_draft_add_warning(draft, "no audio") == SL_OK);
	ck_assert(sl_draft_add_left_out(draft, "c", "broken") == SL_OK);
	return draft;
}

START_TEST(a_draft_is_sorted_written_and_read)
{
	struct sl_draft *draft = start_draft();
	struct sl_draft *again;
	struct sl_error err = {0};
	struct sl_buf buf;
	struct sl_buf second;

	sl_buf_init(&buf, 100000);
	sl_buf_init(&second, 100000);
	ck_assert(sl_draft_seal(draft, NULL) == SL_OK);
	ck_assert_str_eq(draft->episodes[0].key, "a");
	ck_assert(sl_draft_write(&buf, draft) == SL_OK);
	assert_golden(&buf, "draft-v1.json");
	ck_assert_msg(sl_draft_parse(&again, sl_buf_slice(&buf), &err) == SL_OK,
	    "%s", err.text);
	ck_assert_mem_eq(again->digest, draft->digest, 32);
	ck_assert_ptr_eq(sl_draft_find(again, "b"), &again->episodes[1]);
	ck_assert_ptr_null(sl_draft_find(again, "c"));
	ck_assert(sl_draft_write(&second, again) == SL_OK);
	ck_assert(sl_slice_is(sl_buf_slice(&buf), sl_buf_slice(&second)));
	sl_draft_free(again);
	sl_draft_free(draft);
	sl_buf_clear(&buf);
	sl_buf_clear(&second);
}
END_TEST

/* Seal the draft with one more episode. */
static enum sl_status
seal_with(const char *key, const char *layer, const char *path)
{
	struct sl_draft *draft = start_draft();
	enum sl_status status;

	put_episode(draft, key, layer, path);
	status = sl_draft_seal(draft, NULL);
	sl_draft_free(draft);
	return status;
}

START_TEST(what_clashes_is_refused)
{
	ck_assert(seal_with("d", "state", "d") == SL_OK);
	ck_assert(seal_with("a", "state", "d") == SL_ERR_INVALID);
	ck_assert(seal_with("d", "smell", "d") == SL_ERR_INVALID);
	ck_assert(seal_with("d", "state", "../d") == SL_ERR_INVALID);
	ck_assert(seal_with("d", "state", "v/b.mp4") == SL_ERR_CONFLICT);
	ck_assert(seal_with("d", "state", "V/b.mp4") == SL_ERR_CONFLICT);
	ck_assert(seal_with("d", "state", "v") == SL_ERR_CONFLICT);
}
END_TEST

/* The released draft with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_draft *draft = NULL;
	struct sl_buf buf;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	sl_buf_init(&buf, 100000);
	sl_buf_init(&changed, 100000);
	read_golden(&buf, "draft-v1.json");
	at = strstr(sl_buf_text(&buf), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, buf.data,
	              (size_t)(at - (const char *)buf.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	status = sl_draft_parse(&draft, sl_buf_slice(&changed), NULL);
	sl_draft_free(draft);
	sl_buf_clear(&buf);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(what_was_changed_by_hand_is_refused)
{
	static const char *const swaps[][2] = {
	    {"\"version\":1", "\"version\":2"},
	    {"\"version\":1", "\"version\":1,\"extra\":1"},
	    {"ur5e-kitting", "ur5e"}, {"\"site\":\"lab\"", "\"site\":\"l\""},
	    {"\"key\":\"a\"", "\"key\":\"b\""},
	    {"\"key\":\"a\"", "\"key\":\"\""}, {"\"task\":\"pick\"", ""},
	    {"v/b.mp4", "v/c.mp4"}, {"s/a.parquet", "../a.parquet"},
	    {"\"01000", "\"02000"}, {"video.wrist", "video.w"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(parse_with(swaps[i][0], swaps[i][1]) != SL_OK,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	ck_assert(parse_with("no audio", "no sound") == SL_OK);
}
END_TEST

START_TEST(only_names_are_taken_for_dataset_site_and_folder)
{
	struct sl_draft *draft;

	ck_assert(
	    sl_draft_new(&draft, "DS", "lab", "", NULL) == SL_ERR_INVALID);
	ck_assert(
	    sl_draft_new(&draft, "ds", "a b", "", NULL) == SL_ERR_INVALID);
	ck_assert(
	    sl_draft_new(&draft, "ds", "lab", "..", NULL) == SL_ERR_INVALID);
	ck_assert_ptr_null(draft);
}
END_TEST

TCase *
draft_cases(void)
{
	TCase *tc = tcase_create("draft");

	tcase_add_test(tc, a_draft_is_sorted_written_and_read);
	tcase_add_test(tc, what_clashes_is_refused);
	tcase_add_test(tc, what_was_changed_by_hand_is_refused);
	tcase_add_test(tc, only_names_are_taken_for_dataset_site_and_folder);
	return tc;
}
