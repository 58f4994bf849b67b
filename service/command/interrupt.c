#include "sluice/command/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t is_seen;

static void
on_signal(int number)
{
	(void)number;
	is_seen = 1;
}

void
sl_interrupt_catch(void)
{
	/* SA_RESETHAND: the second signal does what it always does. */
	struct sigaction action = {
	    .sa_handler = on_signal,
	    .sa_flags = (int)SA_RESETHAND,
	};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool
sl_interrupt_seen(void)
{
	return is_seen != 0;
}
