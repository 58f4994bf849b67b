#include "sluice/command/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "suites.h"

static const struct sl_setting schema[] = {
    {.key = "listen",
        .kind = SL_VALUE_TEXT,
        .fallback = "127.0.0.1:8443",
        .env = "TEST_LISTEN",
        .help = "address"},
    {.key = "workers",
        .kind = SL_VALUE_U64,
        .fallback = "2",
        .min = 1,
        .max = 64,
        .help = "processes"},
    {.key = "body_max", .kind = SL_VALUE_SIZE, .help = "largest body"},
    {.key = "idle", .kind = SL_VALUE_DURATION, .max = 60000, .help = "wait"},
    {.key = "pepper_file",
        .kind = SL_VALUE_TEXT,
        .is_secret = true,
        .help = "secret"},
    {.key = "strict", .kind = SL_VALUE_FLAG, .help = "be strict"},
    {0},
};

static char path[] = "/tmp/sluice-settings-XXXXXX";
static struct sl_settings *settings;

static void
make_settings(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	unsetenv("TEST_LISTEN");
	ck_assert(sl_settings_new(&settings, schema, NULL) == SL_OK);
}

static void
remove_settings(void)
{
	sl_settings_free(settings);
	unlink(path);
}

static enum sl_status
read_text(struct sl_slice text, struct sl_error *err)
{
	*err = (struct sl_error){0};
	ck_assert(sl_file_replace(path, text, 0600, NULL) == SL_OK);
	return sl_settings_read(settings, path, err);
}

START_TEST(lines_that_do_not_fit_are_refused_with_their_number)
{
	static const struct {
		const char *text;
		const char *words;
	} bad[] = {
	    {"nope = 1\n", ":1: unknown setting 'nope'"},
	    {"\n# x\nworkers 3\n", ":3: expected 'key = value'"},
	    {"= 3\n", ":1: unknown setting ''"},
	    {"Workers = 3\n", ":1: unknown setting 'Workers'"},
	    {"idle = 1s\nidle = 2s\n", ":2: idle is set already in line 1"},
	    {"workers = 3x\n", ":1: workers: '3x' is not a whole number"},
	    {"workers =\n", ":1: workers: '' is not a whole number"},
	    {"workers = 0\n", ":1: workers: '0' is not between 1 and 64"},
	    {"workers = 65\n", ":1: workers: '65' is not between 1 and 64"},
	    {"body_max = 1 XB\n", ":1: body_max: '1 XB' is not a size"},
	    {"idle = 61s\n", ":1: idle: '61s' is not between 0 and 60000 ms"},
	    {"strict = perhaps\n", ":1: strict: 'perhaps' is neither"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sl_error err;

		sl_settings_free(settings);
		ck_assert(sl_settings_new(&settings, schema, NULL) == SL_OK);
		ck_assert(read_text(sl_slice_text(bad[i].text), &err) ==
		    SL_ERR_INVALID);
		ck_assert(strncmp(err.text, path, strlen(path)) == 0);
		ck_assert_msg(strstr(err.text, bad[i].words) != NULL,
		    "no '%s' in: %s", bad[i].words, err.text);
	}
}
END_TEST

START_TEST(files_that_are_no_text_are_refused)
{
	struct sl_error err;
	char *large = calloc(1, 65537);

	ck_assert_ptr_nonnull(large);
	memset(large, '#', 65537);
	ck_assert(read_text(sl_slice_of("strict = yes\0", 13), &err) ==
	    SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "NUL"));
	ck_assert(read_text(sl_slice_of(large, 65537), &err) == SL_ERR_LIMIT);
	ck_assert(read_text(sl_slice_of(large, 65536), &err) == SL_OK);
	ck_assert(
	    sl_settings_read(settings, "/nowhere/x", &err) == SL_ERR_NOT_FOUND);
	free(large);
}
END_TEST

START_TEST(flags_beat_the_environment_beats_the_file)
{
	struct sl_error err;

	ck_assert_str_eq(
	    sl_settings_text(settings, "listen"), "127.0.0.1:8443");
	ck_assert(read_text(sl_slice_text("listen = file"), &err) == SL_OK);
	ck_assert_str_eq(sl_settings_text(settings, "listen"), "file");

	sl_settings_free(settings);
	setenv("TEST_LISTEN", "environment", 1);
	ck_assert(sl_settings_new(&settings, schema, NULL) == SL_OK);
	ck_assert(read_text(sl_slice_text("listen = file"), &err) == SL_OK);
	ck_assert_str_eq(sl_settings_text(settings, "listen"), "environment");
	ck_assert(sl_settings_set(settings, "listen", "flag", &err) == SL_OK);
	ck_assert_str_eq(sl_settings_text(settings, "listen"), "flag");
	ck_assert(
	    sl_settings_set(settings, "nope", "x", &err) == SL_ERR_INVALID);
	ck_assert(
	    sl_settings_set(settings, "workers", "x", &err) == SL_ERR_INVALID);
	ck_assert_uint_eq(sl_settings_number(settings, "workers"), 2);
}
END_TEST

START_TEST(a_wrong_variable_is_named)
{
	static const struct sl_setting numbers[] = {
	    {.key = "n", .kind = SL_VALUE_U64, .env = "TEST_N", .help = "n"},
	    {0},
	};
	struct sl_settings *other;
	struct sl_error err = {0};

	setenv("TEST_N", "many", 1);
	ck_assert(sl_settings_new(&other, numbers, &err) == SL_ERR_INVALID);
	ck_assert_ptr_null(other);
	ck_assert_str_eq(
	    err.text, "TEST_N: 'many' is not a whole number from 0");
}
END_TEST

START_TEST(values_keep_their_inner_spaces_and_signs)
{
	struct sl_error err;

	ck_assert(!sl_settings_has(settings, "body_max"));
	ck_assert(read_text(sl_slice_text("# c\r\n\n  listen\t= a = #b c \r\n"
	                                  "body_max=1KiB\nidle = 1m\n"
	                                  "strict=on"),
	              &err) == SL_OK);
	ck_assert_str_eq(sl_settings_text(settings, "listen"), "a = #b c");
	ck_assert_uint_eq(sl_settings_number(settings, "body_max"), 1024);
	ck_assert_uint_eq(sl_settings_number(settings, "idle"), 60000);
	ck_assert(sl_settings_flag(settings, "strict"));
	ck_assert(sl_settings_has(settings, "body_max"));
}
END_TEST

START_TEST(secrets_are_not_printed)
{
	char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct sl_error err;

	ck_assert_ptr_nonnull(out);
	ck_assert(
	    sl_settings_set(settings, "pepper_file", "hush", &err) == SL_OK);
	sl_settings_print(settings, out);
	fclose(out);
	ck_assert_ptr_null(strstr(text, "hush"));
	ck_assert_ptr_nonnull(strstr(text, "pepper_file = (set)\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "# address (default)\nlisten = 127.0.0.1:8443\n"));
	ck_assert_ptr_nonnull(strstr(text, "#body_max =\n"));
}
END_TEST

TCase *
settings_cases(void)
{
	TCase *cases = tcase_create("settings");

	tcase_add_checked_fixture(cases, make_settings, remove_settings);
	tcase_add_test(
	    cases, lines_that_do_not_fit_are_refused_with_their_number);
	tcase_add_test(cases, files_that_are_no_text_are_refused);
	tcase_add_test(cases, flags_beat_the_environment_beats_the_file);
	tcase_add_test(cases, a_wrong_variable_is_named);
	tcase_add_test(cases, values_keep_their_inner_spaces_and_signs);
	tcase_add_test(cases, secrets_are_not_printed);
	return cases;
}
