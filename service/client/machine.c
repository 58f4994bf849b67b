#include "sluice/client/machine.h"

#include <stddef.h>

/* One user and one state folder a process: every look at a mirror needs it. */
static const char *folder;

void
sl_machine_use(const char *trust_folder)
{
	folder = trust_folder;
}

const char *
sl_machine_trust(void)
{
	return folder;
}
