#include "completion.h"

#include <stdbool.h>
#include <string.h>

#include "run_state.h"

static void
put_options(FILE *out, const struct sl_option *options)
{
	for (; options != NULL && options->name != NULL; options++)
		fprintf(out, " --%s", options->name);
}

/* "|--name" for each option that takes a value. */
static void
put_valued(FILE *out, const struct sl_option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		if (options->kind != SL_VALUE_FLAG)
			fprintf(out, "|--%s", options->name);
	}
}

static void
put_valued_pattern(FILE *out, const struct sl_program *program)
{
	/* The pattern begins with something that never matches. */
	fprintf(out, "''");
	for (size_t i = 0; program->commands[i] != NULL; i++)
		put_valued(out, program->commands[i]->options);
	put_valued(out, program->options);
	put_valued(out, sl_common_options);
}

/* The next words below `words`, each once. */
static void
put_next_words(FILE *out, const struct sl_program *program, const char *words)
{
	size_t len = strlen(words);
	const char *last = "";
	size_t last_len = 0;

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const char *name = program->commands[i]->name;
		size_t next_len;

		if (strncmp(name, words, len) != 0)
			continue;
		name += len;
		next_len = strcspn(name, " ");
		if (next_len == last_len && strncmp(name, last, last_len) == 0)
			continue;
		fprintf(out, " %.*s", (int)next_len, name);
		last = name;
		last_len = next_len;
	}
}

/* One case for each command and for each group, first come first served. */
static void
put_cases(FILE *out, const struct sl_program *program)
{
	char group[64] = "";

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const struct sl_command *command = program->commands[i];
		const char *space = strchr(command->name, ' ');
		char words[64];

		fprintf(out, "\t'%s '*) choices='", command->name);
		put_options(out, command->options);
		fprintf(out, "' ;;\n");
		if (space == NULL)
			continue;
		snprintf(words, sizeof(words), "%.*s ",
		    (int)(space - command->name), command->name);
		if (strcmp(words, group) == 0)
			continue;
		memcpy(group, words, sizeof(group));
		fprintf(out, "\t'%s') choices='", words);
		put_next_words(out, program, words);
		fprintf(out, "' ;;\n");
	}
}

void
sl_completion_print(const struct sl_program *program, FILE *out)
{
	fprintf(out,
	    "# bash completion for %s; made by '%s completion bash'\n"
	    "_%s_complete()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words='' choices='' i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n\t\t",
	    program->name, program->name, program->name);
	put_valued_pattern(out, program);
	fprintf(out,
	    ") i=$((i + 1)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) words+=\"${COMP_WORDS[i]} \" ;;\n"
	    "\t\tesac\n\tdone\n"
	    "\t# the value of an option, or an argument: a file perhaps\n"
	    "\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	    "\t((i == COMP_CWORD)) || return 0\n"
	    "\tcase $words in\n");
	fprintf(out, "\t'') choices='");
	put_next_words(out, program, "");
	fprintf(out, " help completion' ;;\n");
	put_cases(out, program);
	fprintf(out, "\tesac\n\t[[ $cur == -* ]] && choices+='");
	put_options(out, program->options);
	put_options(out, sl_common_options);
	fprintf(out,
	    "'\n"
	    "\tif [[ -n $choices && ($cur == -* || $choices != *--*) ]]; then\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$cur\")\n"
	    "\tfi\n}\n"
	    "complete -o filenames -F _%s_complete %s\n",
	    program->name, program->name);
}
