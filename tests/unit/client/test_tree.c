#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suites.h"

static char dir[64];
static int root;

static void
set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/sl-tree-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	root = open(dir, O_RDONLY | O_DIRECTORY);
}

static void
tear_down(void)
{
	const char *name = strrchr(dir, '/') + 1;
	int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);

	close(root);
	ck_assert(sl_tree_remove_all(tmp, name, NULL) == SL_OK);
	close(tmp);
}

static void
make_file(const char *name)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT, 0644);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static enum sl_tree_kind
look(const char *path)
{
	enum sl_tree_kind kind;

	ck_assert(sl_tree_look(root, path, &kind, NULL, NULL) == SL_OK);
	return kind;
}

START_TEST(folders_are_made_on_the_way_and_pruned_on_the_way_back)
{
	make_file("x");
	ck_assert(sl_tree_place(root, "a/b/c/x", root, "x", NULL) == SL_OK);
	ck_assert_int_eq(look("a/b/c/x"), SL_TREE_FILE);
	ck_assert(sl_tree_remove(root, "a/b/c/x", NULL) == SL_OK);
	ck_assert_int_eq(look("a"), SL_TREE_NOTHING);
	ck_assert(sl_tree_remove(root, "a/b/c/x", NULL) == SL_OK);
}
END_TEST

START_TEST(a_link_in_the_way_is_not_followed)
{
	struct sl_error err = {0};
	int fd;

	make_file("x");
	ck_assert_int_eq(symlinkat("/tmp", root, "a"), 0);
	ck_assert_int_eq(look("a"), SL_TREE_ODD);
	ck_assert_int_eq(look("a/b"), SL_TREE_ODD);
	ck_assert(
	    sl_tree_place(root, "a/sl-x", root, "x", &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "planted");
	ck_assert(sl_tree_open(root, "a", &fd, &err) == SL_ERR_INTEGRITY);
	ck_assert(sl_tree_remove(root, "a/sl-x", &err) == SL_ERR_INTEGRITY);
	ck_assert_int_eq(look("x"), SL_TREE_FILE);
}
END_TEST

START_TEST(nothing_outside_of_the_root_is_reached)
{
	struct sl_error err = {0};
	int fd;

	ck_assert(sl_tree_open(root, "../etc/passwd", &fd, &err) != SL_OK);
	ck_assert(sl_tree_open(root, "/etc/passwd", &fd, &err) != SL_OK);
}
END_TEST

TCase *
tree_cases(void)
{
	TCase *tc = tcase_create("tree");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
	    tc, folders_are_made_on_the_way_and_pruned_on_the_way_back);
	tcase_add_test(tc, a_link_in_the_way_is_not_followed);
	tcase_add_test(tc, nothing_outside_of_the_root_is_reached);
	return tc;
}
