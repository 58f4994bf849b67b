#include <string.h>

#include "lerobot_path.h"
#include "suites.h"

static char path[LEROBOT_PATH_MAX];
static const struct lerobot_place place = {
    .chunk = 3, .index = 3141, .video_key = "observation.images.top"};

START_TEST(other_fields_and_formats_are_refused)
{
	static const char *const bad[] = {"{name}", "{episode_index!r}",
	    "{episode_index:x}", "{episode_index:3d}", "{video_key:03d}",
	    "{episode_index", "episode_index}", "{}", "{{episode_index}}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(lerobot_path_expand(path, bad[i], &place, NULL) ==
		        SL_ERR_INVALID,
		    "%s", bad[i]);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char pattern[LEROBOT_PATH_MAX + 32];

	memset(pattern, 'a', sizeof(pattern));
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert(
	    lerobot_path_expand(path, pattern, &place, NULL) == SL_ERR_INVALID);
}
END_TEST

START_TEST(lerobots_own_templates_are_filled)
{
	ck_assert(lerobot_path_expand(path,
	              "videos/chunk-{episode_chunk:03d}/{video_key}/"
	              "episode_{episode_index:06d}.mp4",
	              &place, NULL) == SL_OK);
	ck_assert_str_eq(
	    path, "videos/chunk-003/observation.images.top/episode_003141.mp4");
	ck_assert(lerobot_path_expand(path, "{episode_index}", &place, NULL) ==
	    SL_OK);
	ck_assert_str_eq(path, "3141");
}
END_TEST

TCase *
lerobot_path_cases(void)
{
	TCase *cases = tcase_create("lerobot_path");

	tcase_add_test(cases, other_fields_and_formats_are_refused);
	tcase_add_test(cases, a_path_that_is_too_long_is_refused);
	tcase_add_test(cases, lerobots_own_templates_are_filled);
	return cases;
}
