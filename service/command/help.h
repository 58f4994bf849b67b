/* Help text made from the tables. */
#ifndef SLUICE_COMMAND_HELP_H
#define SLUICE_COMMAND_HELP_H

#include <stdio.h>

#include "sluice/command/command.h"

/* For a command, a group ("licence") or, with "", the program. */
void sl_help_print(
    const struct sl_program *program, const char *words, FILE *out);

/* One line for each command, option and variable, for the check of the manual
 * pages: "command NAME", "option NAME --OPTION", "variable NAME". */
void sl_help_dump(const struct sl_program *program, FILE *out);

#endif /* SLUICE_COMMAND_HELP_H */
