#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/source.h"

#include "suites.h"

static char root[64];
static struct sl_source *source;
static struct sl_error err;

static void
put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	ck_assert(
	    sl_file_replace(path, sl_slice_text(text), 0644, NULL) == SL_OK);
}

static void
setup(void)
{
	snprintf(root, sizeof(root), "/tmp/sl-source-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void
teardown(void)
{
	char path[128];

	sl_source_free(source);
	snprintf(path, sizeof(path), "%s/episodes.jsonl", root);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/link", root);
	(void)unlink(path);
	ck_assert_int_eq(rmdir(root), 0);
}

static enum sl_status
open_lines(const char *text)
{
	put("episodes.jsonl", text);
	err = (struct sl_error){0};
	return sl_files_open(&source, root, &err);
}

START_TEST(a_list_that_two_readers_could_understand_differently_is_refused)
{
	static const char *const bad[] = {"", "[]\n", "{\"key\":\"a\"}\n",
	    "{\"key\":\"a\",\"key\":\"b\",\"layers\":{\"state\":[\"x\"]}}\n",
	    "{\"key\":\"\",\"layers\":{\"state\":[\"x\"]}}\n",
	    "{\"key\":\"a/b\",\"layers\":{\"state\":[\"x\"]}}\n",
	    "{\"key\":\"a\",\"layers\":{\"state\":\"x\"}}\n",
	    "{\"key\":\"a\",\"layers\":{\"state\":[]}}\n",
	    "{\"key\":\"a\",\"layers\":{\"state\":[1]}}\n",
	    "{\"key\":\"a\",\"layers\":{\"other\":[\"x\"]}}\n",
	    "{\"key\":\"a\",\"layers\":{}}\n",
	    "{\"key\":\"a\",\"layers\":{\"state\":[\"\xff\"]}}\n",
	    "{\"key\":\"a\",\"x\":1,\"layers\":{\"state\":[\"x\"]}}\n",
	    "{\"key\":\"a\",\"facets\":{\"task\":\"A\"},\"layers\":{\"state\":[\"x\"]}}\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(open_lines(bad[i]) == SL_ERR_INVALID, "%s: %s",
		    bad[i], err.text);
		ck_assert_ptr_null(source);
	}
}
END_TEST

START_TEST(the_line_of_a_fault_is_named)
{
	ck_assert(open_lines("{\"key\":\"a\",\"layers\":{\"state\":[\"x\"]}}\n"
	                     "\n{\"key\":\"a\",\"layers\":{\"state\":[\"y\"]}}"
	                     "\n") == SL_ERR_INVALID);
	ck_assert_str_eq(
	    err.text, "episodes.jsonl:3: episode key \"a\" a second time");
}
END_TEST

START_TEST(episodes_and_dataset_files_are_listed)
{
	ck_assert(open_lines("{\"key\":\"a\",\"metadata\":{\"b\":1},"
	                     "\"metadata_file\":\"m.json\",\"facets\":{"
	                     "\"task\":\"sort\",\"duration_ms\":7},"
	                     "\"layers\":{\"state\":[\"x\",\"y\"]}}\n"
	                     "{\"dataset_files\":[\"README.md\"]}") == SL_OK);
	ck_assert_uint_eq(source->episode_count, 1);
	ck_assert_uint_eq(source->episodes[0].file_count, 3);
	ck_assert_uint_eq(source->episodes[0].facets.duration_ms, 7);
	ck_assert_str_eq(source->episodes[0].files[1].path, "y");
	ck_assert_str_eq(source->episodes[0].files[2].layer, "meta");
	ck_assert_str_eq(
	    source->episodes[0].files[2].generated, "{\n  \"b\": 1\n}\n");
	ck_assert_uint_eq(source->dataset_file_count, 1);
}
END_TEST

START_TEST(nothing_is_opened_outside_or_through_a_link)
{
	static const char *const bad[] = {
	    "../x", "/etc/passwd", "a/../b", "link", "", ".", "link/x"};
	char path[128];
	int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	snprintf(path, sizeof(path), "%s/link", root);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(
		    sl_source_open_file(&fd, dir, bad[i], NULL) != SL_OK, "%s",
		    bad[i]);
		ck_assert_int_eq(fd, -1);
	}
	close(dir);
}
END_TEST

START_TEST(a_folder_that_is_no_dataset_is_refused)
{
	ck_assert(sl_lerobot_open(&source, root, &err) == SL_ERR_NOT_FOUND);
	ck_assert(sl_files_open(&source, "/nowhere", &err) == SL_ERR_NOT_FOUND);
}
END_TEST

TCase *
source_cases(void)
{
	TCase *cases = tcase_create("source");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases,
	    a_list_that_two_readers_could_understand_differently_is_refused);
	tcase_add_test(cases, the_line_of_a_fault_is_named);
	tcase_add_test(cases, episodes_and_dataset_files_are_listed);
	tcase_add_test(cases, nothing_is_opened_outside_or_through_a_link);
	tcase_add_test(cases, a_folder_that_is_no_dataset_is_refused);
	return cases;
}
