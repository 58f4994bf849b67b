/* A program is a const table of commands; each command is a const entry with
 * its options.  The same tables feed parsing, help, completion and the check
 * of the manual pages.
 *
 *	static const struct sl_option grant_options[] = {
 *		{.name = "customer", .argument = "NAME", .kind = SL_VALUE_TEXT,
 *		    .is_required = true, .help = "who gets the licence"},
 *		{0},
 *	};
 *	const struct sl_command licence_grant = {
 *		.name = "licence grant",
 *		.summary = "give a customer a licence on a dataset",
 *		.options = grant_options,
 *		.run = run_grant,
 *	};
 *	static const struct sl_command *const commands[] = {
 *		&licence_grant, NULL};
 *	static const struct sl_program program = {
 *		.name = "sluicectl", .commands = commands, ...};
 *	int main(int argc, char **argv) {
 *		return sl_main(&program, argc, argv);
 *	}
 *
 * Every command also takes --json, --csv, -q/--quiet, -v/--verbose,
 * --no-color, --timeout, -h/--help; every program has --version, `help
 * [COMMAND]`, `completion bash` and, for the manual pages, `help --dump` (names
 * of all) and `help --mdoc` (their sections COMMANDS, OPTIONS, ENVIRONMENT).
 * Options may stand before or after the command's words and arguments; `--`
 * ends them; names are never abbreviated. */
#ifndef SLUICE_COMMAND_COMMAND_H
#define SLUICE_COMMAND_COMMAND_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/command/value.h"

struct sl_run;

struct sl_option {
	const char *name; /* without "--"; NULL ends a table */
	char letter;      /* 0 if there is no short form */
	enum sl_value_kind kind;
	bool is_required;
	bool is_repeatable;
	const char *argument; /* "FILE"; NULL for a flag */
	const char *env;      /* variable used when the option is not given */
	const char *help;     /* lower case, no full stop */
};

#define SL_ARGS_ANY 0xffffU

/* The status becomes the exit code (exit.h); on failure sl_main prints `err`.
 * SL_ERR_PARTIAL with an empty text prints nothing. */
typedef enum sl_status sl_command_fn(struct sl_run *run, struct sl_error *err);

struct sl_command {
	const char *name;      /* one to three words: "licence grant" */
	const char *summary;   /* one line for lists of commands */
	const char *arguments; /* "DATASET [DRAFT...]"; NULL if none */
	unsigned args_min;
	unsigned args_max;               /* SL_ARGS_ANY: no limit */
	const struct sl_option *options; /* ends with {0}; NULL if none */
	const char *details;             /* more paragraphs for help, or NULL */
	sl_command_fn *run;
};

/* An environment variable that no option names. */
struct sl_variable {
	const char *name; /* NULL ends a table */
	const char *help;
};

struct sl_program {
	const char *name;
	const char *summary;
	const char *version;
	const struct sl_option *options; /* of every command; may be NULL */
	/* Ends with NULL.  A program without subcommands has one command
	 * whose name is "". */
	const struct sl_command *const *commands;
	const struct sl_variable *variables; /* may be NULL */
	/* What to do about a failure that came without a hint: sl_run_hint().
	 * May be NULL. */
	void (*advise)(struct sl_run *run, const struct sl_error *err);
};

/* Parse, run one command, print its failure; returns the exit code. */
int sl_main(const struct sl_program *program, int argc, char **argv);

#endif /* SLUICE_COMMAND_COMMAND_H */
