#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "completion.h"
#include "help.h"
#include "manual.h"
#include "run_state.h"
#include "sluice/command/exit.h"
#include "sluice/command/run.h"
#include "text.h"

static const char *
style(const struct sl_run *run, const char *code)
{
	return sl_run_has_color(run) ? code : "";
}

static int
exit_code(const struct sl_run *run, enum sl_status status)
{
	if (status != SL_OK && run->is_blamed)
		return SL_EXIT_USAGE;
	return sl_exit_of(status);
}

static void
report_json(const struct sl_run *run, enum sl_status status, const char *code,
    const char *text)
{
	json_t *event = json_pack("{s:s,s:s,s:o,s:i}", "event", "error", "code",
	    code, "text", sl_text_json(text), "exit", exit_code(run, status));

	if (event == NULL)
		return;
	if (run->hint[0] != '\0')
		json_object_set_new(event, "hint", sl_text_json(run->hint));
	json_dumpf(event, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(event);
}

/* A program without commands, which has no `help` either. */
static bool
is_single(const struct sl_program *program)
{
	return program->commands[0] != NULL &&
	    program->commands[0]->name[0] == '\0';
}

/* The code of an error that has none of its own: SL_ERR_NOT_FOUND is
 * "not_found". */
static void
status_code(char *out, size_t size, enum sl_status status)
{
	const char *name = sl_status_name(status);
	size_t i = 0;

	if (strncmp(name, "SL_ERR_", 7) == 0)
		name += 7;
	for (; name[i] != '\0' && i + 1 < size; i++)
		out[i] = name[i] >= 'A' && name[i] <= 'Z'
		    ? (char)(name[i] - 'A' + 'a')
		    : name[i];
	out[i] = '\0';
}

void
sl_run_report(
    struct sl_run *run, enum sl_status status, const struct sl_error *err)
{
	const char *text =
	    err->text[0] != '\0' ? err->text : sl_status_text(status);
	char own[32];
	const char *code = err->code[0] != '\0' ? err->code
	    : run->is_blamed                    ? "usage"
	                                        : own;

	status_code(own, sizeof(own), status);

	if (status == SL_ERR_PARTIAL && err->text[0] == '\0')
		return;
	if (run->is_blamed && run->hint[0] == '\0')
		sl_run_hint(run, "see '%s %s%s%s'", run->program->name,
		    is_single(run->program) ? "--help" : "help",
		    run->words[0] == '\0' ? "" : " ", run->words);
	fflush(stdout);
	if (sl_run_is_json(run)) {
		report_json(run, status, code, text);
		return;
	}
	fprintf(stderr, "%s%s: %s%s\n", style(run, "\033[31m"),
	    run->program->name, text, style(run, "\033[0m"));
	if (run->hint[0] != '\0')
		fprintf(stderr, "  %s\n", run->hint);
	if (sl_run_is_verbose(run))
		fprintf(stderr, "  code %s, exit %d\n", code,
		    exit_code(run, status));
}

/* What is left in stdio's hands must reach the other end. */
static int
close_output(const struct sl_run *run, int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	/* A reader that went away (head, less) knows that it did. */
	if (errno != EPIPE)
		fprintf(stderr, "%s: cannot write standard output\n",
		    run->program->name);
	return code == SL_EXIT_OK ? SL_EXIT_STORAGE : code;
}

static enum sl_status
run_command(struct sl_run *run, struct sl_error *err)
{
	enum sl_status status;

	if (run->command == NULL) {
		if (run->words[0] == '\0') {
			sl_help_print(run->program, "", stderr);
			sl_run_hint(run, "see '%s --help'", run->program->name);
			return sl_run_usage(run, err, "no command given");
		}
		sl_help_print(run->program, run->words, stderr);
		return sl_run_usage(
		    run, err, "'%s' needs a further word", run->words);
	}
	status = sl_run_complete(run, err);
	if (status != SL_OK)
		return status;
	return run->command->run(run, err);
}

/* "help" and "completion" are in no table: they are about the table. */
static bool
is_about_table(const struct sl_program *program, int argc, char **argv)
{
	return argc > 1 && sl_program_find(program, "") == NULL &&
	    (strcmp(argv[1], "help") == 0 ||
	        strcmp(argv[1], "completion") == 0);
}

static enum sl_status
run_completion(struct sl_run *run, int argc, char **argv, struct sl_error *err)
{
	if (argc != 3 || strcmp(argv[2], "bash") != 0)
		return sl_run_usage(
		    run, err, "usage: %s completion bash", run->program->name);
	sl_completion_print(run->program, stdout);
	return SL_OK;
}

static enum sl_status
run_help(struct sl_run *run, int argc, char **argv, struct sl_error *err)
{
	char words[sizeof(run->words)] = "";

	if (argc == 3 && strcmp(argv[2], "--dump") == 0) {
		sl_help_dump(run->program, stdout);
		return SL_OK;
	}
	if (argc == 3 && strcmp(argv[2], "--mdoc") == 0) {
		sl_manual_print(run->program, stdout);
		return SL_OK;
	}
	for (int i = 2; i < argc; i++) {
		size_t used = strlen(words);

		snprintf(words + used, sizeof(words) - used, "%s%s",
		    used == 0 ? "" : " ", argv[i]);
	}
	if (sl_program_find(run->program, words) == NULL &&
	    !sl_program_has_group(run->program, words))
		return sl_run_usage(run, err, "no command '%s'", words);
	sl_help_print(run->program, words, stdout);
	return SL_OK;
}

/* The words that could not be read may still say how to tell it. */
static void
look_ahead(struct sl_run *run, int argc, char **argv)
{
	static const struct given json = {
	    &sl_common_options[0], {.flag = true}};

	if (run->given == NULL || sl_run_is_json(run))
		return;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			run->given[run->given_count++] = json;
			return;
		}
	}
}

static enum sl_status
run_asked(struct sl_run *run, int argc, char **argv, struct sl_error *err)
{
	enum sl_status status;

	if (is_about_table(run->program, argc, argv))
		return argv[1][0] == 'h' ? run_help(run, argc, argv, err)
		                         : run_completion(run, argc, argv, err);
	if (argc == 3 && strcmp(argv[1], "--help") == 0 &&
	    strcmp(argv[2], "--dump") == 0) {
		sl_help_dump(run->program, stdout);
		return SL_OK;
	}
	status = sl_run_parse(run, argc, argv, err);
	if (status != SL_OK)
		look_ahead(run, argc, argv);
	if (run->given != NULL && sl_run_flag(run, "help")) {
		sl_help_print(run->program, run->words, stdout);
		return SL_OK;
	}
	if (status != SL_OK)
		return status;
	if (sl_run_flag(run, "version")) {
		sl_run_print(
		    run, "%s %s", run->program->name, run->program->version);
		sl_run_json(run,
		    json_pack("{s:s,s:s}", "name", run->program->name,
		        "version", run->program->version));
		return SL_OK;
	}
	return run_command(run, err);
}

int
sl_main(const struct sl_program *program, int argc, char **argv)
{
	struct sl_run run = {.program = program};
	struct sl_error err = {0};
	enum sl_status status;
	int code;

	/* A reader that goes away is an error of the write. */
	signal(SIGPIPE, SIG_IGN);
	/* So is a file that grows over a limit: the disk is full, for us. */
	signal(SIGXFSZ, SIG_IGN);
	status = run_asked(&run, argc, argv, &err);
	if (status != SL_OK && program->advise != NULL && run.hint[0] == '\0')
		program->advise(&run, &err);
	if (status != SL_OK)
		sl_run_report(&run, status, &err);
	code = close_output(&run, exit_code(&run, status));
	sl_run_clear(&run);
	return code;
}
