/* Where a delivery goes if it answers no exchange: a file, for a customer
 * without a network.
 *
 * It behaves as an exchange does (net/exchange.h): it pulls from the loop, and
 * calls the source's `closed` once, from the loop, never inside one of these
 * calls.  The owner keeps it until then.  Loop thread only. */
#ifndef SLUICE_SESSION_OUTLET_H
#define SLUICE_SESSION_OUTLET_H

#include <stdint.h>

#include "sluice/base/status.h"
#include "sluice/net/exchange.h"

struct sl_outlet {
	void *ctx;
	const char *peer; /* for the lease table: "bundle" */
	/* Take what the source gives from now on. */
	enum sl_status (*begin)(
	    void *ctx, const struct sl_body_source *source, void *source_ctx);
	void (*resume)(void *ctx);
	void (*abort)(void *ctx);
	/* Body bytes that cannot be taken back any more. */
	uint64_t (*sent)(void *ctx);
};

#endif /* SLUICE_SESSION_OUTLET_H */
