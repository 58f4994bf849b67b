/* Bash completion made from the tables. */
#ifndef SLUICE_COMMAND_COMPLETION_H
#define SLUICE_COMMAND_COMPLETION_H

#include <stdio.h>

#include "sluice/command/command.h"

/* A script for /usr/share/bash-completion/completions or for `eval`. */
void sl_completion_print(const struct sl_program *program, FILE *out);

#endif /* SLUICE_COMMAND_COMPLETION_H */
