#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_state.h"
#include "sluice/command/run.h"

const struct sl_option sl_common_options[] = {
    {.name = "json", .help = "print JSON instead of text"},
    {.name = "csv", .help = "print tables as CSV"},
    {.name = "quiet", .letter = 'q', .help = "print no messages"},
    {.name = "verbose",
        .letter = 'v',
        .help = "print more messages, codes of errors"},
    {.name = "no-color", .help = "no colours, no bars"},
    {.name = "timeout",
        .kind = SL_VALUE_DURATION,
        .argument = "TIME",
        .help = "give up waiting after this long, e.g. 30s or 5m"},
    {.name = "version", .help = "print the version"},
    {.name = "help", .letter = 'h', .help = "print help"},
    {0},
};

bool
sl_program_has_group(const struct sl_program *program, const char *words)
{
	size_t len = strlen(words);

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const char *name = program->commands[i]->name;

		if (len == 0 ||
		    (strncmp(name, words, len) == 0 && name[len] == ' '))
			return true;
	}
	return false;
}

const struct sl_command *
sl_program_find(const struct sl_program *program, const char *words)
{
	for (size_t i = 0; program->commands[i] != NULL; i++) {
		if (strcmp(program->commands[i]->name, words) == 0)
			return program->commands[i];
	}
	return NULL;
}

static const struct sl_option *
find_in(
    const struct sl_option *options, const char *name, size_t len, char letter)
{
	if (options == NULL)
		return NULL;
	for (; options->name != NULL; options++) {
		if (letter != 0 && options->letter == letter)
			return options;
		if (letter == 0 && strlen(options->name) == len &&
		    memcmp(options->name, name, len) == 0)
			return options;
	}
	return NULL;
}

/* By letter if that is not 0, else by name. */
static const struct sl_option *
find_option(const struct sl_run *run, const char *name, size_t len, char letter)
{
	const struct sl_option *option = NULL;

	if (run->command != NULL)
		option = find_in(run->command->options, name, len, letter);
	if (option == NULL)
		option = find_in(run->program->options, name, len, letter);
	if (option == NULL)
		option = find_in(sl_common_options, name, len, letter);
	return option;
}

static enum sl_status
give(struct sl_run *run, const struct sl_option *option, const char *text,
    struct sl_error *err)
{
	struct given *given = &run->given[run->given_count];
	enum sl_status status;

	for (size_t i = 0; i < run->given_count; i++) {
		if (run->given[i].option == option && !option->is_repeatable &&
		    option->kind != SL_VALUE_FLAG)
			return sl_run_usage(
			    run, err, "--%s is given twice", option->name);
	}
	status = sl_value_parse(&given->value, option->kind, text, err);
	if (status != SL_OK)
		return sl_run_blame(
		    run, sl_error_prefix(err, status, "--%s", option->name));
	given->option = option;
	run->given_count++;
	return SL_OK;
}

/* "--name", "--name=value" or "--name value"; *at moves past the value. */
static enum sl_status
take_long(
    struct sl_run *run, int argc, char **argv, int *at, struct sl_error *err)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals == NULL ? strlen(name) : (size_t)(equals - name);
	const struct sl_option *option = find_option(run, name, len, 0);

	if (option == NULL && run->command == NULL)
		return sl_run_usage(run, err,
		    "no option --%.*s here; options of a command go after it",
		    (int)len, name);
	if (option == NULL)
		return sl_run_usage(
		    run, err, "no option --%.*s", (int)len, name);
	if (option->kind == SL_VALUE_FLAG) {
		if (equals != NULL)
			return sl_run_usage(
			    run, err, "--%s takes no value", option->name);
		return give(run, option, "yes", err);
	}
	if (equals != NULL)
		return give(run, option, equals + 1, err);
	if (*at + 1 >= argc)
		return sl_run_usage(run, err, "--%s needs a value: %s",
		    option->name, option->argument);
	return give(run, option, argv[++*at], err);
}

/* "-q", "-qv", "-o value" or "-ovalue". */
static enum sl_status
take_short(
    struct sl_run *run, int argc, char **argv, int *at, struct sl_error *err)
{
	for (const char *letter = argv[*at] + 1; *letter != '\0'; letter++) {
		const struct sl_option *option =
		    find_option(run, "", 0, *letter);
		enum sl_status status;

		if (option == NULL)
			return sl_run_usage(run, err, "no option -%c", *letter);
		if (option->kind != SL_VALUE_FLAG) {
			if (letter[1] != '\0')
				return give(run, option, letter + 1, err);
			if (*at + 1 >= argc)
				return sl_run_usage(run, err,
				    "-%c needs a value: %s", *letter,
				    option->argument);
			return give(run, option, argv[++*at], err);
		}
		status = give(run, option, "yes", err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

/* Was an option of the command itself given? */
static bool
has_own_options(const struct sl_run *run)
{
	const struct sl_option *options = run->command->options;

	for (size_t i = 0; options != NULL && i < run->given_count; i++) {
		for (size_t k = 0; options[k].name != NULL; k++) {
			if (run->given[i].option == &options[k])
				return true;
		}
	}
	return false;
}

/* A word that is no option: part of the command's name, then an argument. */
static enum sl_status
take_word(struct sl_run *run, const char *word, struct sl_error *err)
{
	char words[sizeof(run->words)];
	int len;

	len = snprintf(words, sizeof(words), "%s%s%s", run->words,
	    run->words[0] == '\0' ? "" : " ", word);
	/* "usage" is a command, and so is "usage verify". */
	if (run->command != NULL && run->arg_count == 0 &&
	    run->words[0] != '\0' && !has_own_options(run) &&
	    len < (int)sizeof(words) &&
	    sl_program_find(run->program, words) != NULL)
		run->command = NULL;
	if (run->command != NULL) {
		run->args[run->arg_count++] = word;
		return SL_OK;
	}
	if (*word != '\0' && len < (int)sizeof(words)) {
		run->command = sl_program_find(run->program, words);
		if (run->command != NULL ||
		    sl_program_has_group(run->program, words)) {
			memcpy(run->words, words, sizeof(words));
			return SL_OK;
		}
	}
	return sl_run_usage(run, err, "no command '%s%s%.40s'", run->words,
	    run->words[0] == '\0' ? "" : " ", word);
}

enum sl_status
sl_run_parse(struct sl_run *run, int argc, char **argv, struct sl_error *err)
{
	bool is_over = false; /* after "--" */
	size_t room = (size_t)argc;

	/* Short flags come several to a word, the environment adds its own. */
	for (int i = 0; i < argc; i++)
		room += strlen(argv[i]);
	run->given = calloc(room + 1, sizeof(*run->given));
	run->args = calloc((size_t)argc + 1, sizeof(*run->args));
	if (run->given == NULL || run->args == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	run->command = sl_program_find(run->program, "");
	for (int at = 1; at < argc; at++) {
		const char *word = argv[at];
		enum sl_status status;

		if (is_over || word[0] != '-' || word[1] == '\0')
			status = take_word(run, word, err);
		else if (word[1] != '-')
			status = take_short(run, argc, argv, &at, err);
		else if (word[2] != '\0')
			status = take_long(run, argc, argv, &at, err);
		else {
			is_over = true;
			continue;
		}
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

/* What the environment says of options that were not given. */
static enum sl_status
take_variables(
    struct sl_run *run, const struct sl_option *options, struct sl_error *err)
{
	for (; options != NULL && options->name != NULL; options++) {
		const char *text =
		    options->env == NULL ? NULL : getenv(options->env);
		struct given *grown;
		enum sl_status status;

		if (text == NULL || *text == '\0' ||
		    sl_run_has(run, options->name))
			continue;
		grown = realloc(
		    run->given, (run->given_count + 2) * sizeof(*grown));
		if (grown == NULL)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		run->given = grown;
		status = sl_value_parse(
		    &grown[run->given_count].value, options->kind, text, err);
		if (status != SL_OK)
			return sl_run_blame(run,
			    sl_error_prefix(err, status, "%s", options->env));
		grown[run->given_count++].option = options;
	}
	return SL_OK;
}

/* What is left of "DATASET DRAFT" after `count` words. */
static const char *
skip_words(const char *words, size_t count)
{
	while (count-- > 0) {
		const char *next = strchr(words, ' ');

		if (next == NULL)
			break;
		words = next + 1;
	}
	return words;
}

static enum sl_status
check_arguments(struct sl_run *run, struct sl_error *err)
{
	const struct sl_command *command = run->command;
	const char *wanted =
	    command->arguments == NULL ? "none" : command->arguments;

	if (run->arg_count < command->args_min && run->arg_count == 0)
		return sl_run_usage(run, err, "missing: %s", wanted);
	if (run->arg_count < command->args_min)
		return sl_run_usage(run, err, "missing: %s (expected: %s)",
		    skip_words(wanted, run->arg_count), wanted);
	if (command->args_max != SL_ARGS_ANY &&
	    run->arg_count > command->args_max)
		return sl_run_usage(run, err,
		    "one argument too many: '%.80s' (expected: %s)",
		    run->args[command->args_max], wanted);
	return SL_OK;
}

static enum sl_status
check_required(
    struct sl_run *run, const struct sl_option *options, struct sl_error *err)
{
	for (; options != NULL && options->name != NULL; options++) {
		if (options->is_required && !sl_run_has(run, options->name))
			return sl_run_usage(run, err, "--%s %s is missing: %s",
			    options->name, options->argument, options->help);
	}
	return SL_OK;
}

enum sl_status
sl_run_complete(struct sl_run *run, struct sl_error *err)
{
	enum sl_status status;

	if (sl_run_is_json(run) && sl_run_is_csv(run))
		return sl_run_usage(
		    run, err, "--json and --csv exclude each other");
	status = take_variables(run, run->command->options, err);
	if (status == SL_OK)
		status = take_variables(run, run->program->options, err);
	if (status == SL_OK)
		status = check_arguments(run, err);
	if (status == SL_OK)
		status = check_required(run, run->command->options, err);
	if (status == SL_OK)
		status = check_required(run, run->program->options, err);
	return status;
}

void
sl_run_clear(struct sl_run *run)
{
	free(run->given);
	free(run->args);
}
