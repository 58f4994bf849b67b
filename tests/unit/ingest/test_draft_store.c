#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/ingest/draft_store.h"

#include "suites.h"

static char home[64];
static struct sl_stored_drafts drafts;

static void
put_draft(const char *id, const char *site, const char *into)
{
	struct sl_facets facets = {0};
	struct sl_draft *draft;
	struct sl_buf buf;
	char path[192];
	json_t *metadata = json_object();
	struct sl_draft_file file = {
	    .layer = "state", .path = "a", .media_type = "text/plain"};

	ck_assert(sl_draft_new(&draft, "test", site, into, NULL) == SL_OK);
	ck_assert(sl_draft_set_source(draft, "files", "/x", 0) == SL_OK);
	ck_assert(sl_draft_add_episode(draft, "k", metadata, &facets) == SL_OK);
	ck_assert(sl_draft_add_file(draft, &file) == SL_OK);
	ck_assert(sl_draft_seal(draft, NULL) == SL_OK);
	sl_buf_init(&buf, 1 << 16);
	ck_assert(sl_draft_write(&buf, draft) == SL_OK);
	snprintf(path, sizeof(path), "%s/drafts/test/%s", home, id);
	ck_assert(sl_file_make_dirs(path, NULL) == SL_OK);
	snprintf(path, sizeof(path), "%s/drafts/test/%s/draft.json", home, id);
	ck_assert(
	    sl_file_replace(path, sl_buf_slice(&buf), 0644, NULL) == SL_OK);
	sl_buf_clear(&buf);
	sl_draft_free(draft);
	json_decref(metadata);
}

static void
setup(void)
{
	snprintf(home, sizeof(home), "/tmp/sl-drafts-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
}

static void
teardown(void)
{
	char command[128];

	sl_stored_drafts_clear(&drafts);
	snprintf(command, sizeof(command), "rm -rf '%s'", home);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(the_newest_draft_of_each_site_and_folder_is_kept)
{
	put_draft("main-0001", "main", "");
	put_draft("main-0010", "main", "");
	put_draft("main-0009", "main", "");
	put_draft("main-0002", "main", "x");
	put_draft("lab-0001", "lab", "");
	ck_assert(sl_draft_store_list(&drafts, home, "test", NULL) == SL_OK);
	ck_assert_uint_eq(drafts.count, 5);
	sl_draft_store_keep_newest(&drafts);
	ck_assert_uint_eq(drafts.count, 3);
	ck_assert_str_eq(drafts.items[0].id, "lab-0001");
	ck_assert_str_eq(drafts.items[1].id, "main-0002");
	ck_assert_str_eq(drafts.items[2].id, "main-0010");
}
END_TEST

START_TEST(a_run_under_way_is_no_draft)
{
	put_draft(".work-1", "main", "");
	ck_assert(sl_draft_store_list(&drafts, home, "test", NULL) == SL_OK);
	ck_assert_uint_eq(drafts.count, 0);
	ck_assert(sl_draft_store_list(&drafts, home, NULL, NULL) == SL_OK);
	ck_assert_uint_eq(drafts.count, 0);
}
END_TEST

START_TEST(a_draft_of_another_dataset_is_refused)
{
	struct sl_draft *draft;
	char path[128];

	put_draft("main-0001", "main", "");
	snprintf(path, sizeof(path), "%s/drafts/test/main-0001", home);
	ck_assert(
	    sl_draft_store_read(&draft, path, "other", NULL) == SL_ERR_INVALID);
	ck_assert_ptr_null(draft);
	ck_assert(sl_draft_store_find(&drafts, home, "other", path, NULL) ==
	    SL_ERR_INVALID);
	ck_assert(
	    sl_draft_store_find(&drafts, home, "test", path, NULL) == SL_OK);
	ck_assert_str_eq(drafts.items[0].id, "main-0001");
}
END_TEST

TCase *
draft_store_cases(void)
{
	TCase *cases = tcase_create("draft_store");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, the_newest_draft_of_each_site_and_folder_is_kept);
	tcase_add_test(cases, a_run_under_way_is_no_draft);
	tcase_add_test(cases, a_draft_of_another_dataset_is_refused);
	return cases;
}
