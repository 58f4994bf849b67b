/* Calls that a bundle answers in place of a server.  The transport's owner
 * thread only. */
#ifndef SL_CLIENT_REPLAY_H
#define SL_CLIENT_REPLAY_H

#include <stdbool.h>

#include "bundle.h"
#include "transport.h"

/* Embedded in the transport. */
struct sl_replay {
	struct sl_bundle *bundle; /* owned; NULL: a server answers */
	struct sl_call *calls;    /* under way */
};

SL_MUST_CHECK enum sl_status sl_replay_start(
    struct sl_replay *replay, struct sl_call *call, struct sl_error *err);
/* Hand out a piece of each call that takes one; false if none did. */
bool sl_replay_step(struct sl_replay *replay);
void sl_replay_cancel(struct sl_replay *replay, struct sl_call *call);

#endif /* SL_CLIENT_REPLAY_H */
