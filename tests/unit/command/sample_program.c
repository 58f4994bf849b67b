#include "sample_program.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sluice/command/command.h"
#include "sluice/command/progress.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

static char out_text[OUTPUT_MAX];
static char err_text[OUTPUT_MAX];

/* Says what it was given, one line each. */
static enum sl_status
run_grant(struct sl_run *run, struct sl_error *err)
{
	(void)err;
	sl_run_print(run, "customer=%s", sl_run_text(run, "customer"));
	for (size_t i = 0; i < sl_run_count(run, "layer"); i++)
		sl_run_print(run, "layer=%s", sl_run_text_at(run, "layer", i));
	for (size_t i = 0; i < sl_run_arg_count(run); i++)
		sl_run_print(run, "arg=%s", sl_run_arg(run, i));
	sl_run_print(run, "quota=%ju until=%jd dry=%d timeout=%ju",
	    (uintmax_t)sl_run_number(run, "quota", 7),
	    (intmax_t)sl_run_time(run, "until", -1),
	    (int)sl_run_flag(run, "dry-run"),
	    (uintmax_t)sl_run_timeout_ms(run, 10));
	sl_run_print(run, "%s", "\x1b[2J\xc2\x9b\tx\xc3\xa4");
	sl_run_say(run, "said");
	sl_run_warn(run, "warned \xff");
	ck_assert_ptr_null(sl_run_arg(run, 99));
	return SL_OK;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "NAME", SL_COLUMN_TEXT},
	    {"bytes", "SIZE", SL_COLUMN_BYTES},
	    {"seconds", "LENGTH", SL_COLUMN_DURATION},
	    {"count", "COUNT", SL_COLUMN_COUNT},
	    {"layers", "LAYERS", SL_COLUMN_TEXT},
	    {0},
	};
	struct sl_table *table;
	enum sl_status status;

	(void)err;
	status = sl_table_new(&table, columns);
	if (status == SL_OK && sl_run_arg_count(run) > 0)
		status = sl_table_add(table,
		    json_pack("{s:s,s:I,s:f,s:i,s:[s,s],s:i}", "name",
		        sl_run_arg(run, 0), "bytes", (json_int_t)1440000000,
		        "seconds", 185.217, "count", 12, "layers", "state",
		        "video", "hidden", 1));
	if (status == SL_OK && sl_run_arg_count(run) > 0)
		status = sl_table_add(table,
		    json_pack("{s:s,s:n,s:i}", "name", "b\"c\x1b[2J", "bytes",
		        "count", -5));
	if (status == SL_OK && sl_run_arg_count(run) > 0)
		ck_assert(sl_table_add(table, NULL) == SL_ERR_NOMEM);
	if (status == SL_OK)
		sl_table_print(table, run, "no rows");
	sl_table_free(table);
	return status;
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"name", "Name", SL_COLUMN_TEXT},
	    {"used.bytes", "Bytes used", SL_COLUMN_BYTES},
	    {"used.ledger.head", "Head", SL_COLUMN_TEXT},
	    {"used.nothing.there", "None", SL_COLUMN_TEXT},
	    {"used.ms", "Time used", SL_COLUMN_MS},
	    {"used.micro", "Money used", SL_COLUMN_MONEY},
	    {"used.list", "List", SL_COLUMN_TEXT},
	    {0},
	};
	json_t *object = json_pack("{s:s,s:{s:i,s:{s:s},s:i,s:i,s:[]}}", "name",
	    "", "used", "bytes", 1500, "ledger", "head", "abc", "ms", 185217,
	    "micro", 12340000, "list");

	(void)err;
	ck_assert_ptr_nonnull(object);
	sl_table_show(run, columns, object);
	json_decref(object);
	return SL_OK;
}

static enum sl_status
run_fail(struct sl_run *run, struct sl_error *err)
{
	if (strcmp(sl_run_arg(run, 0), "quietly") == 0)
		return SL_ERR_PARTIAL;
	if (strcmp(sl_run_arg(run, 0), "usage") == 0)
		return sl_run_usage(run, err, "value %d is no good", 5);
	if (strcmp(sl_run_arg(run, 0), "plainly") == 0)
		return sl_error_set(err, SL_ERR_NOT_FOUND, "nothing there");
	sl_run_hint(run, "buy more");
	return sl_error_code(
	    err, SL_ERR_QUOTA, "quota_bytes", "no bytes are left");
}

static enum sl_status
run_pull(struct sl_run *run, struct sl_error *err)
{
	struct sl_progress *progress;
	enum sl_status status;

	(void)err;
	status = sl_progress_new(&progress, run, "pulling x", "episodes");
	if (status != SL_OK)
		return status;
	sl_progress_total(progress, 100, 10);
	for (uint64_t i = 0; i <= 600; i++) {
		sl_progress_set(progress, i / 6, i / 60);
		poll(NULL, 0, 1);
	}
	sl_progress_free(progress);
	return SL_OK;
}

static const struct sl_option grant_options[] = {
    {.name = "customer",
        .letter = 'c',
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .is_required = true,
        .help = "who gets it"},
    {.name = "layer",
        .kind = SL_VALUE_TEXT,
        .argument = "LAYER",
        .is_repeatable = true,
        .help = "what to give"},
    {.name = "quota",
        .kind = SL_VALUE_SIZE,
        .argument = "SIZE",
        .env = "SAMPLE_QUOTA",
        .help = "how much"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "until when"},
    {.name = "dry-run", .letter = 'n', .help = "change nothing"},
    {0},
};

static const struct sl_command grant = {
    .name = "licence grant",
    .summary = "give a licence",
    .arguments = "[NOTE...]",
    .args_max = 2,
    .options = grant_options,
    .details = "Default: everything.",
    .run = run_grant,
};
static const struct sl_command list = {
    .name = "licence list",
    .summary = "list licences",
    .args_max = SL_ARGS_ANY,
    .run = run_list,
};
static const struct sl_command show = {
    .name = "licence show",
    .summary = "show a licence",
    .run = run_show,
};
static const struct sl_command fail = {
    .name = "fail",
    .summary = "fail in some way",
    .arguments = "HOW",
    .args_min = 1,
    .args_max = 1,
    .run = run_fail,
};
/* Its name goes on where another command's ends. */
static const struct sl_command fail_later = {
    .name = "fail later",
    .summary = "show a licence after all",
    .run = run_show,
};
static const struct sl_command pull = {
    .name = "pull",
    .summary = "take a while",
    .run = run_pull,
};
static const struct sl_command *const commands[] = {
    &grant, &list, &show, &fail, &fail_later, &pull, NULL};
static const struct sl_option options[] = {
    {.name = "db",
        .kind = SL_VALUE_TEXT,
        .argument = "CONNINFO",
        .env = "SAMPLE_DB",
        .help = "which database"},
    {0},
};
static const struct sl_variable variables[] = {
    {"SAMPLE_OTHER", "something else"}, {0}};
static const struct sl_program program = {
    .name = "sample",
    .summary = "try the toolkit",
    .version = "1.2.3",
    .options = options,
    .commands = commands,
    .variables = variables,
};

static int
divert(int fd)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(dup2(file, fd), fd);
	return file;
}

static void
take_back(int file, char text[OUTPUT_MAX])
{
	ssize_t got = pread(file, text, OUTPUT_MAX - 1, 0);

	ck_assert_int_ge(got, 0);
	text[got] = '\0';
	close(file);
}

int
run_sample(const char *const *words)
{
	char *argv[16] = {(char *)"sample"};
	int argc = 1;
	int saved_out = dup(STDOUT_FILENO);
	int saved_err = dup(STDERR_FILENO);
	int out;
	int err;
	int code;

	for (; words[argc - 1] != NULL; argc++) {
		ck_assert_int_lt(argc, 15);
		argv[argc] = (char *)words[argc - 1];
	}
	fflush(NULL);
	out = divert(STDOUT_FILENO);
	err = divert(STDERR_FILENO);
	code = sl_main(&program, argc, argv);
	fflush(NULL);
	dup2(saved_out, STDOUT_FILENO);
	dup2(saved_err, STDERR_FILENO);
	close(saved_out);
	close(saved_err);
	take_back(out, out_text);
	take_back(err, err_text);
	return code;
}

const char *
sample_out(void)
{
	return out_text;
}

const char *
sample_err(void)
{
	return err_text;
}
