#include "help.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "run_state.h"

/* Where the explanations begin. */
#define LEFT_COLUMN 26

static void
put_left(FILE *out, int used)
{
	if (used >= LEFT_COLUMN)
		fprintf(out, "\n%*s", LEFT_COLUMN, "");
	else
		fprintf(out, "%*s", LEFT_COLUMN - used, "");
}

static void
put_option(FILE *out, const struct sl_option *option)
{
	int used;

	if (option->letter != 0)
		used =
		    fprintf(out, "  -%c, --%s", option->letter, option->name);
	else
		used = fprintf(out, "      --%s", option->name);
	if (option->argument != NULL)
		used += fprintf(out, " %s", option->argument);
	put_left(out, used);
	fprintf(out, "%s", option->help);
	if (option->is_required)
		fprintf(out, " (required)");
	if (option->is_repeatable)
		fprintf(out, " (may be repeated)");
	if (option->env != NULL)
		fprintf(out, " [%s]", option->env);
	fputc('\n', out);
}

static void
put_options(FILE *out, const char *title, const struct sl_option *options)
{
	if (options == NULL || options->name == NULL)
		return;
	fprintf(out, "\n%s:\n", title);
	for (; options->name != NULL; options++)
		put_option(out, options);
}

static void
put_variables(FILE *out, const struct sl_variable *variables)
{
	if (variables == NULL || variables->name == NULL)
		return;
	fprintf(out, "\nEnvironment:\n");
	for (; variables->name != NULL; variables++) {
		put_left(out, fprintf(out, "  %s", variables->name));
		fprintf(out, "%s\n", variables->help);
	}
}

static void
put_sentence(FILE *out, const char *text)
{
	fprintf(out, "%c%s.\n", toupper((unsigned char)text[0]), text + 1);
}

static void
put_command(FILE *out, const struct sl_program *program,
    const struct sl_command *command)
{
	fprintf(out, "Usage: %s%s%s [OPTION...]%s%s\n\n", program->name,
	    command->name[0] == '\0' ? "" : " ", command->name,
	    command->arguments == NULL ? "" : " ",
	    command->arguments == NULL ? "" : command->arguments);
	put_sentence(out, command->summary);
	if (command->details != NULL)
		fprintf(out, "\n%s\n", command->details);
	put_options(out, "Options", command->options);
	put_options(out, "Program options", program->options);
	put_options(out, "Common options", sl_common_options);
	put_variables(out, program->variables);
}

static bool
is_below(const char *name, const char *words)
{
	size_t len = strlen(words);

	return len == 0 || (strncmp(name, words, len) == 0 && name[len] == ' ');
}

void
sl_help_print(const struct sl_program *program, const char *words, FILE *out)
{
	const struct sl_command *command = sl_program_find(program, words);

	if (command != NULL) {
		put_command(out, program, command);
		return;
	}
	fprintf(out, "Usage: %s%s%s COMMAND [OPTION...] [ARGUMENT...]\n\n",
	    program->name, words[0] == '\0' ? "" : " ", words);
	if (words[0] == '\0')
		put_sentence(out, program->summary);
	fprintf(out, "%sCommands:\n", words[0] == '\0' ? "\n" : "");
	for (size_t i = 0; program->commands[i] != NULL; i++) {
		command = program->commands[i];
		if (!is_below(command->name, words))
			continue;
		put_left(out, fprintf(out, "  %s", command->name));
		fprintf(out, "%s\n", command->summary);
	}
	if (words[0] == '\0') {
		put_options(out, "Program options", program->options);
		put_options(out, "Common options", sl_common_options);
		put_variables(out, program->variables);
	}
	fprintf(out, "\n'%s help COMMAND' says more about one of them.\n",
	    program->name);
}

static void
dump_options(FILE *out, const char *command, const struct sl_option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		fprintf(out, "option %s --%s\n", command, options->name);
		if (options->env != NULL)
			fprintf(out, "variable %s\n", options->env);
	}
}

void
sl_help_dump(const struct sl_program *program, FILE *out)
{
	const struct sl_variable *variable = program->variables;

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const struct sl_command *command = program->commands[i];
		const char *name =
		    command->name[0] == '\0' ? "*" : command->name;

		if (command->name[0] != '\0')
			fprintf(out, "command %s\n", name);
		dump_options(out, name, command->options);
	}
	dump_options(out, "*", program->options);
	dump_options(out, "*", sl_common_options);
	for (; variable != NULL && variable->name != NULL; variable++)
		fprintf(out, "variable %s\n", variable->name);
}
