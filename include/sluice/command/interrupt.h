/* Ctrl-C for commands that clean up: the first SIGINT or SIGTERM is noted, the
 * second ends the program at once. */
#ifndef SLUICE_COMMAND_INTERRUPT_H
#define SLUICE_COMMAND_INTERRUPT_H

#include <stdbool.h>

/* Catch both signals from now on.  Blocking calls end with EINTR. */
void sl_interrupt_catch(void);

/* Has one arrived?  A command then stops at its next safe point and returns
 * SL_ERR_CANCELLED (exit code 130).  Any thread. */
bool sl_interrupt_seen(void);

#endif /* SLUICE_COMMAND_INTERRUPT_H */
