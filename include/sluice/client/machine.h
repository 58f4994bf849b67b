/* What this machine's user has seen, beside the mirrors: known to every call of
 * the client, whether it asks a server or not. */
#ifndef SLUICE_CLIENT_MACHINE_H
#define SLUICE_CLIENT_MACHINE_H

/* The folder where the newest trust files that were seen are kept; NULL (so it
 * begins): nowhere.  Borrowed until the next call.  Before any thread, and
 * before any other call of the client. */
void sl_machine_use(const char *trust_folder);

const char *sl_machine_trust(void);

#endif /* SLUICE_CLIENT_MACHINE_H */
