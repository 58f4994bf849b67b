#include "completion.h"

#include <stdbool.h>
#include <string.h>

#include "run_state.h"

/* Of a command's name. */
#define WORDS_MAX 3

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

static size_t
word_len(const char *name)
{
	return strcspn(name, " ");
}

/* The next words below `words`, each once. */
static void
put_next_words(FILE *out, const struct sl_program *program, const char *words)
{
	size_t len = strlen(words);

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const char *name = program->commands[i]->name;
		bool is_known = false;

		if (strncmp(name, words, len) != 0)
			continue;
		name += len;
		for (size_t j = 0; j < i && !is_known; j++) {
			const char *other = program->commands[j]->name;

			is_known = strncmp(other, words, len) == 0 &&
			    word_len(other + len) == word_len(name) &&
			    strncmp(other + len, name, word_len(name)) == 0;
		}
		if (!is_known)
			fprintf(out, " %.*s", (int)word_len(name), name);
	}
}

/* Does a command before the i-th begin with these words? */
static bool
is_known_group(const struct sl_program *program, size_t i, const char *words)
{
	while (i-- > 0) {
		if (strncmp(program->commands[i]->name, words, strlen(words)) ==
		    0)
			return true;
	}
	return false;
}

/* "licence " -> the command `licence`, if there is one. */
static const struct sl_command *
find_command(const struct sl_program *program, const char *words)
{
	size_t len = strlen(words) - 1;

	for (size_t i = 0; program->commands[i] != NULL; i++) {
		if (strlen(program->commands[i]->name) == len &&
		    strncmp(program->commands[i]->name, words, len) == 0)
			return program->commands[i];
	}
	return NULL;
}

/* Words that have further words; some of them are a command, too. */
static void
put_group(FILE *out, const struct sl_program *program, const char *words)
{
	const struct sl_command *command = find_command(program, words);

	fprintf(out, "\t'%s') next='", words);
	put_next_words(out, program, words);
	fprintf(out, "'");
	if (command != NULL) {
		fprintf(out, " choices='");
		put_options(out, command->options);
		fprintf(out, "'");
	}
	fprintf(out, " ;;\n");
}

static void
put_groups(FILE *out, const struct sl_program *program)
{
	for (size_t i = 0; program->commands[i] != NULL; i++) {
		const char *name = program->commands[i]->name;
		const char *space = name;
		char words[64];

		while ((space = strchr(space, ' ')) != NULL) {
			space++;
			snprintf(words, sizeof(words), "%.*s",
			    (int)(space - name), name);
			if (!is_known_group(program, i, words))
				put_group(out, program, words);
		}
	}
}

static unsigned
count_words(const char *name)
{
	unsigned count = 1;

	for (; *name != '\0'; name++)
		count += *name == ' ';
	return count;
}

/* One case for each command, the longest names first, because the name of one
 * may begin another's. */
static void
put_cases(FILE *out, const struct sl_program *program)
{
	for (unsigned words = WORDS_MAX; words > 0; words--) {
		for (size_t i = 0; program->commands[i] != NULL; i++) {
			const struct sl_command *command = program->commands[i];

			if (count_words(command->name) != words)
				continue;
			fprintf(out, "\t'%s '*) choices='", command->name);
			put_options(out, command->options);
			fprintf(out, "' ;;\n");
		}
	}
}

void
sl_completion_print(const struct sl_program *program, FILE *out)
{
	fprintf(out,
	    "# bash completion for %s; made by '%s completion bash'\n"
	    "_%s_complete()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words='' choices='' next='' i\n"
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
	fprintf(out, "\t'') next='");
	put_next_words(out, program, "");
	fprintf(out, " help completion' ;;\n");
	put_groups(out, program);
	put_cases(out, program);
	fprintf(out, "\tesac\n\t[[ $cur == -* ]] && choices+='");
	put_options(out, program->options);
	put_options(out, sl_common_options);
	fprintf(out,
	    "'\n"
	    "\tif [[ $cur == -* ]]; then\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$cur\")\n"
	    "\telif [[ -n $next ]]; then\n"
	    "\t\t[[ -n $choices ]] || COMPREPLY=()\n"
	    "\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < \\\n"
	    "\t\t\t<(compgen -W \"$next\" -- \"$cur\")\n"
	    "\tfi\n}\n"
	    "complete -o filenames -F _%s_complete %s\n",
	    program->name, program->name);
}
