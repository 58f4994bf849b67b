/* The inside of a run: what the parser fills and the accessors read. */
#ifndef SLUICE_COMMAND_RUN_STATE_H
#define SLUICE_COMMAND_RUN_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "sluice/base/error.h"
#include "sluice/command/command.h"
#include "sluice/command/value.h"

/* One option as it was given. */
struct given {
	const struct sl_option *option;
	struct sl_value value;
};

struct sl_run {
	const struct sl_program *program;
	const struct sl_command *command; /* NULL until its words are read */
	char words[64];                   /* those read before it was known */
	struct given *given;              /* room for every word of argv */
	size_t given_count;
	const char **args;
	size_t arg_count;
	bool is_blamed;
	char hint[SL_ERROR_TEXT_MAX];
};

/* The options that every command has; ends with {0}. */
extern const struct sl_option sl_common_options[];

/* Read argv into a zeroed run whose program is set.  Environment variables and
 * required options are looked at by sl_run_complete. */
SL_MUST_CHECK enum sl_status sl_run_parse(
    struct sl_run *run, int argc, char **argv, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_run_complete(
    struct sl_run *run, struct sl_error *err);
void sl_run_clear(struct sl_run *run);

/* Is there a command below these words ("licence" or "")? */
bool sl_program_has_group(const struct sl_program *program, const char *words);
const struct sl_command *sl_program_find(
    const struct sl_program *program, const char *words);

/* Print the failure of a run; `err` may be without text. */
void sl_run_report(
    struct sl_run *run, enum sl_status status, const struct sl_error *err);

#endif /* SLUICE_COMMAND_RUN_STATE_H */
