/* The parts of a manual page that the tables give. */
#ifndef SLUICE_COMMAND_MANUAL_PRIVATE_H
#define SLUICE_COMMAND_MANUAL_PRIVATE_H

#include <stdio.h>

#include "sluice/command/command.h"

/* The sections COMMANDS, OPTIONS and ENVIRONMENT in mdoc(7). */
void sl_manual_print(const struct sl_program *program, FILE *out);

#endif /* SLUICE_COMMAND_MANUAL_PRIVATE_H */
