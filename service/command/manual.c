#include "manual.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "run_state.h"

/* An option that so many commands have is explained once. */
#define COMMON_MIN 8

/* Text of a manual page: no line begins with a macro. */
static void
put_text(FILE *out, const char *text)
{
	bool at_start = true;

	for (; *text != '\0'; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
		at_start = *text == '\n';
	}
}

/* "what it does" -> "What it does.", a new line for each sentence. */
static void
put_sentence(FILE *out, const char *text)
{
	size_t len = strlen(text);
	char first[2] = {(char)toupper((unsigned char)text[0]), '\0'};

	put_text(out, first);
	put_text(out, text + 1);
	fputs(len > 0 && text[len - 1] == '.' ? "\n" : ".\n", out);
}

/* Paragraphs, with a new line after each full stop. */
static void
put_details(FILE *out, const char *text)
{
	char line[2048];
	size_t len = 0;

	for (; *text != '\0' && len + 1 < sizeof(line); text++) {
		if (strncmp(text, ".  ", 3) == 0 ||
		    strncmp(text, ". \n", 3) == 0) {
			line[len++] = '.';
			line[len++] = '\n';
			text += 2;
		} else {
			line[len++] = *text == '\n' ? ' ' : *text;
		}
	}
	line[len] = '\0';
	put_text(out, line);
	fputc('\n', out);
}

static void
put_option(FILE *out, const struct sl_option *option)
{
	fputs(".It ", out);
	if (option->letter != 0)
		fprintf(out, "Fl %c , ", option->letter);
	fprintf(out, "Fl -%s", option->name);
	if (option->argument != NULL)
		fprintf(out, " Ar %s", option->argument);
	fputc('\n', out);
	put_sentence(out, option->help);
	if (option->is_required)
		fputs("Required.\n", out);
	if (option->is_repeatable)
		fputs("May be repeated.\n", out);
	if (option->env != NULL)
		fprintf(out, "Else\n.Ev %s .\n", option->env);
}

static bool
is_same(const struct sl_option *a, const struct sl_option *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->help, b->help) == 0;
}

/* How many commands up to the `end`-th have this option? */
static size_t
count_of(const struct sl_program *program, const struct sl_option *option,
    size_t end)
{
	size_t count = 0;

	for (size_t i = 0; i < end && program->commands[i] != NULL; i++) {
		const struct sl_option *one = program->commands[i]->options;

		for (; one != NULL && one->name != NULL; one++)
			count += is_same(one, option);
	}
	return count;
}

static bool
is_common(const struct sl_program *program, const struct sl_option *option)
{
	return count_of(program, option, SIZE_MAX) >= COMMON_MIN;
}

static void
put_command(FILE *out, const struct sl_program *program,
    const struct sl_command *command)
{
	const struct sl_option *option = command->options;
	bool has_list = false;

	fprintf(out, ".It Cm %s", command->name);
	if (command->arguments != NULL)
		fprintf(out, " Ar %s", command->arguments);
	for (; option != NULL && option->name != NULL; option++) {
		if (option->is_required && !is_common(program, option))
			fprintf(out, " Fl -%s Ar %s", option->name,
			    option->argument);
	}
	fputc('\n', out);
	put_sentence(out, command->summary);
	if (command->details != NULL)
		put_details(out, command->details);
	option = command->options;
	for (; option != NULL && option->name != NULL; option++) {
		if (is_common(program, option))
			continue;
		if (!has_list)
			fputs(".Bl -tag -width Ds\n", out);
		has_list = true;
		put_option(out, option);
	}
	if (has_list)
		fputs(".El\n", out);
}

static void
put_commands(FILE *out, const struct sl_program *program)
{
	const char *group = "";
	size_t len = 0;

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const char *name = program->commands[i]->name;

		if (strcspn(name, " ") != len ||
		    strncmp(name, group, len) != 0) {
			if (i > 0)
				fputs(".El\n", out);
			group = name;
			len = strcspn(name, " ");
			fprintf(out, ".Ss %.*s\n.Bl -tag -width Ds\n", (int)len,
			    group);
		}
		put_command(out, program, program->commands[i]);
	}
	fputs(".El\n", out);
}

/* What many commands have, in the order in which it is first met. */
static void
put_shared(FILE *out, const struct sl_program *program)
{
	bool has_any = false;

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const struct sl_option *one = program->commands[i]->options;

		for (; one != NULL && one->name != NULL; one++) {
			if (!is_common(program, one) ||
			    count_of(program, one, i) != 0)
				continue;
			if (!has_any)
				fputs("Many commands have these:\n"
				      ".Bl -tag -width Ds\n",
				    out);
			has_any = true;
			put_option(out, one);
		}
	}
	if (has_any)
		fputs(".El\n.Pp\n", out);
}

static void
put_plain(FILE *out, const struct sl_option *options)
{
	for (; options != NULL && options->name != NULL; options++)
		put_option(out, options);
}

static void
put_environment(FILE *out, const struct sl_program *program)
{
	const struct sl_variable *variable = program->variables;

	fputs(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n", out);
	for (; variable != NULL && variable->name != NULL; variable++) {
		fprintf(out, ".It Ev %s\n", variable->name);
		put_sentence(out, variable->help);
	}
	fputs(".El\n.Pp\nOptions name the others.\n", out);
}

void
sl_manual_print(const struct sl_program *program, FILE *out)
{
	fputs(".Sh COMMANDS\n", out);
	put_commands(out, program);
	fputs(".Sh OPTIONS\n"
	      "Options stand anywhere after the command.\n",
	    out);
	put_shared(out, program);
	fputs("All commands have these:\n.Bl -tag -width Ds\n", out);
	put_plain(out, program->options);
	put_plain(out, sl_common_options);
	fputs(".El\n", out);
	put_environment(out, program);
}
