/* The client's inside, for the modules of this folder. */
#ifndef SL_CLIENT_ENGINE_H
#define SL_CLIENT_ENGINE_H

#include "sluice/client/client.h"
#include "transport.h"

struct sl_client {
	struct sl_profile profile;
	struct sl_client_options options;
	char *ca_file; /* options.ca_file */
	struct sl_transport *transport;
};

#endif /* SL_CLIENT_ENGINE_H */
